"""The PDFs of invoices, as the source gives them: dropped in the inbox, named like the invoice.

`FV-1042.pdf` is the file of the document whose id or number is `FV-1042` (capitals ignored).
They lie in `$CARTERA_HOME/invoices/COMPANY/`, and the newest of a name holds. A character of a
number that no file name can hold stands there as `%2F` and the like, as in web addresses.
"""

from __future__ import annotations

import os
import tempfile
import unicodedata
from pathlib import Path
from urllib.parse import unquote

from cartera.config import Settings
from cartera.errors import FileRefused
from cartera.paths import part

ENDING = ".pdf"
#: What mail servers still take once it is encoded, with a statement beside it.
MAX_BYTES = 10 << 20
#: Every PDF starts with this (ISO 32000-1, 7.5.2).
SIGNATURE = b"%PDF-"
#: File systems take 255 bytes.
MAX_NAME_BYTES = 200


def is_pdf(path: Path) -> bool:
    """Whether a file's name says that it is an invoice's PDF."""
    return path.suffix.lower() == ENDING and not path.name.startswith(".")


def keep(settings: Settings, company_id: str, path: Path) -> Path:
    """Take an invoice's PDF in: a copy under its own name, whole or not at all.

    Raises `FileRefused` where it is none, or too large. The name is checked by nobody here: an
    invoice that never comes leaves a file that nothing refers to.
    """
    with path.open("rb") as source:
        content = source.read(MAX_BYTES + 1)
    if not content.startswith(SIGNATURE):
        raise FileRefused(path.name, "is not a PDF")
    if len(content) > MAX_BYTES:
        raise FileRefused(path.name, "more than {most} MB", most=MAX_BYTES >> 20)
    name = _name(unquote(path.stem))
    if len(name.encode()) > MAX_NAME_BYTES:
        raise FileRefused(path.name, "its name is too long")
    folder = _folder(settings, company_id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False, prefix=".", suffix=".tmp") as fresh:
        fresh.write(content)
        fresh.flush()
        os.fsync(fresh.fileno())
    target = folder / name
    os.replace(fresh.name, target)  # noqa: PTH105
    return target


def of_document(
    settings: Settings, company_id: str, document_id: str, number: str, *, shares_number: bool
) -> bytes | None:
    """A document's own PDF, by its id or its number; None where its source gave none.

    By the number only where no other document bears it: a file must never go to another
    document's client.
    """
    return find(settings, company_id, document_id, "" if shares_number else number)


def find(settings: Settings, company_id: str, *names: str) -> bytes | None:
    """The PDF of the first of these names that has one."""
    for name in (_name(name) for name in names if name):
        path = _folder(settings, company_id) / name
        if len(name.encode()) <= MAX_NAME_BYTES and path.exists():
            return path.read_bytes()
    return None


def has_any(settings: Settings, company_id: str) -> bool:
    """Whether this company's source gives PDFs at all."""
    try:
        with os.scandir(_folder(settings, company_id)) as entries:
            return any(not entry.name.startswith(".") for entry in entries)
    except FileNotFoundError:
        return False


def _folder(settings: Settings, company_id: str) -> Path:
    return settings.root / "invoices" / part(company_id)


def _name(text: str) -> str:
    return part(unicodedata.normalize("NFC", text).strip().casefold()) + ENDING
