"""The demo's mailbox: the folder that stands for a mail server, read for the pages."""

from __future__ import annotations

from cartera.config import Settings
from cartera.errors import CarteraError
from cartera.mail import reading
from cartera.mail.reading import Letter
from cartera.mail.transports import folder
from cartera.mail.transports.folder import FolderMessage


def is_there(settings: Settings) -> bool:
    """Whether messages go into a folder at all."""
    return settings.mail_transport == "folder"


def listed(
    settings: Settings, company_id: str, text: str, first: int, rows: int
) -> tuple[list[FolderMessage], int]:
    """Some of the messages, newest first, and how many there are; `text` narrows them down."""
    box = folder.box(settings, company_id)
    if not text:
        return folder.messages(box, limit=first + rows)[first:], folder.count(box)
    wanted = text.casefold()
    fitting = [
        one for one in folder.messages(box) if wanted in f"{one.subject}\n{one.to}".casefold()
    ]
    return fitting[first : first + rows], len(fitting)


def content(settings: Settings, company_id: str, name: str) -> bytes | None:
    """A message of the company's as it lies there; None where there is none of that name."""
    if not is_there(settings):
        return None
    try:
        return folder.read(folder.box(settings, company_id), f"{name}.eml").as_bytes()
    except (CarteraError, OSError):
        return None


def letter(settings: Settings, company_id: str, name: str) -> Letter | None:
    """The same, read."""
    found = content(settings, company_id, name)
    return None if found is None else reading.read(found)
