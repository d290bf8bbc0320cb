"""A file that somebody sends through a browser: its name made harmless, its bytes written whole.

Nothing of the name is trusted but its letters. The bytes go into a hidden file beside the target
(which no sensor looks at) and get their name in one step: cut off anywhere, no half file is left
under a name that means something, and a file that is there already is never overwritten.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cartera.errors import FileRefused
from cartera.sources.guards import CHUNK

#: What a browser may send; larger files are copied into the inbox.
MAX_UPLOAD = 200 << 20
#: File systems take 255 bytes; a number or `.reason.txt` may still be added.
MAX_NAME_BYTES = 200
#: A name that is free is found long before that.
MOST_NUMBERS = 10_000
#: Leftovers of uploads that were cut off are thrown away after a day.
LEFTOVER_SECONDS = 86_400.0
_SCRATCH = re.compile(r"\.upload-[0-9a-f]{32}\.tmp")
#: What some system or shell gives a meaning to.
_SPECIAL = re.compile(r'[<>:"|?*%$`\']')
_NO_HARD_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


def clean_name(name: str) -> str:
    """The last part of a name as it is safe in any folder; may be empty.

    >>> clean_name("C:\\\\Users\\\\ana\\\\../clients (2).csv")
    'clients (2).csv'
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    # Controls, marks that turn the direction of reading, surrogates: nothing a person typed.
    plain = "".join(c if c == " " or c.isprintable() else "" for c in last)
    plain = _SPECIAL.sub("_", plain).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if not dot:
        stem, ending = plain, ""
    room = MAX_NAME_BYTES - len(f"{dot}{ending}".encode())
    if room < 1:
        return ""
    stem = stem.encode()[:room].decode(errors="ignore").rstrip(" .")
    return f"{stem}{dot}{ending}"


@dataclass(frozen=True, slots=True)
class Scratch:
    """All bytes of an upload, in a hidden file of the folder where they belong."""

    path: Path
    size: int
    sha256: str

    def publish(self, name: str) -> Path:
        """Give the file its name, or that name with a number where it is taken."""
        stem, suffix = os.path.splitext(name)  # noqa: PTH122  # a name, not a path
        for number in range(1, MOST_NUMBERS):
            target = self.path.with_name(name if number == 1 else f"{stem}-{number}{suffix}")
            try:
                os.link(self.path, target, follow_symlinks=False)  # unlike a rename: never over
            except FileExistsError:
                continue
            except OSError as error:
                if error.errno not in _NO_HARD_LINKS:
                    raise
                if os.path.lexists(target):
                    continue
                self.path.rename(target)
            return target
        raise FileRefused(name, "there are too many files of this name already")


@contextmanager
def received(content: bytes | BinaryIO, folder: Path, name: str) -> Iterator[Scratch]:
    """Write an upload into a hidden file, gone again at the end. Raises `FileRefused`."""
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    source = io.BytesIO(content) if isinstance(content, bytes) else content
    path = folder / f".upload-{secrets.token_hex(16)}.tmp"
    digest = hashlib.sha256()
    size = 0
    try:
        with path.open("xb") as target:
            while data := source.read(CHUNK):
                size += len(data)
                if size > MAX_UPLOAD:
                    raise FileRefused(name, "more than {most} MB", most=MAX_UPLOAD >> 20)
                digest.update(data)
                target.write(data)
            target.flush()
            os.fsync(target.fileno())  # a name must never come before its bytes
        if size == 0:
            raise FileRefused(name, "the file is empty")
        yield Scratch(path, size, digest.hexdigest())
    finally:
        path.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Throw away what uploads that were killed left behind."""
    with os.scandir(folder) as entries:
        old = [e.path for e in entries if _SCRATCH.fullmatch(e.name) and _is_old(e)]
    for path in old:
        Path(path).unlink(missing_ok=True)


def _is_old(entry: os.DirEntry[str]) -> bool:
    try:
        age = time.time() - entry.stat(follow_symlinks=False).st_mtime  # noqa: TID251  # a file's
    except FileNotFoundError:  # its upload ended since the folder was listed
        return False
    return age > LEFTOVER_SECONDS
