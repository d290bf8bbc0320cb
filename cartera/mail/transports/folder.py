"""A folder instead of a mail server: the demo's mailbox, and a look at what would be sent.

A message is a file `ID.eml` in its company's folder, there whole or not at all, readable by its
owner alone: the link in it opens an account.
"""

from __future__ import annotations

import email
import email.policy
import os
import re
import tempfile
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path

from cartera.config import Settings
from cartera.errors import NotFound
from cartera.mail.transports.base import Answer, Parcel
from cartera.paths import part

NAME = "folder"
_FILE = re.compile(r"[0-9a-f]{32}\.eml")


@dataclass(frozen=True, slots=True)
class FolderMessage:
    """A message of the folder, as a mail program lists it; `name` is its file's."""

    name: str
    subject: str
    to: str
    date: datetime | None


class Folder:
    """The transport."""

    name = NAME

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, parcel: Parcel) -> Answer:
        """Write the file; again gives the same file, never a second one."""
        folder = self._path / part(parcel.company_id)
        target = _file(folder, parcel.public_id)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, fresh = tempfile.mkstemp(dir=folder, prefix=".new-")  # mode 0600
            with os.fdopen(handle, "wb") as file:
                file.write(parcel.raw)
                file.flush()
                os.fsync(file.fileno())
            Path(fresh).replace(target)
        except OSError as error:
            return Answer("deferred", "unreachable", error.strerror or "", is_outage=True)
        return Answer("accepted", detail=target.name)

    def close(self) -> None:
        """Nothing is open."""


def box(settings: Settings, company_id: str) -> Path:
    """Where a company's messages lie: one company's people never see another's."""
    return settings.mail_path / part(company_id)


def arrived(box: Path, public_id: str) -> bool:
    """Whether a message's file is there: a folder can tell, unlike a mail server."""
    return _file(box, public_id).is_file()


def messages(box: Path, *, limit: int | None = None) -> list[FolderMessage]:
    """What lies in a box, newest first."""
    if not box.is_dir():
        return []
    with os.scandir(box) as entries:
        found = sorted(
            (
                (entry.stat().st_mtime_ns, entry.name)
                for entry in entries
                if _FILE.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
            ),
            reverse=True,
        )
    listed = (_listed(box / name) for _, name in found[:limit])
    return [message for message in listed if message is not None]


def count(box: Path) -> int:
    """How many messages lie in a box."""
    if not box.is_dir():
        return 0
    return sum(1 for path in box.iterdir() if _FILE.fullmatch(path.name))


def read(box: Path, name: str) -> EmailMessage:
    """One message by its file's name, as `messages` gives it; `NotFound` for anything else."""
    path = box / name
    if not _FILE.fullmatch(name) or path.is_symlink() or not path.is_file():
        raise NotFound("message", name[:40], "folder")
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101  # the policy makes it one
    return message


def _file(folder: Path, public_id: str) -> Path:
    name = f"{public_id}.eml"
    if not _FILE.fullmatch(name):
        raise ValueError(f"{public_id[:40]!r} is no message's id")
    return folder / name


def _listed(path: Path) -> FolderMessage | None:
    parser = BytesHeaderParser(policy=email.policy.default)
    try:
        with path.open("rb") as file:
            head = parser.parse(file)
    except OSError:  # tidied away between listing and reading
        return None
    date = head["Date"]
    return FolderMessage(
        path.name,
        str(head["Subject"] or ""),
        str(head["To"] or ""),
        date.datetime if date is not None else None,
    )
