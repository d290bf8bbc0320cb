"""Looking at a file before trusting it: size, encoding, line lengths, zip bombs.

Everything here streams or reads only a directory, so that a hostile file costs a few megabytes
of memory whatever its size.
"""

from __future__ import annotations

import codecs
import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

from cartera.errors import FileRefused

CHUNK = 1 << 20
MAX_BYTES = 5 << 30
#: A row of five tables with long notes is some kilobytes; a megabyte is not a row.
MAX_LINE = 1 << 20
MAX_COLUMNS = 500
#: Longer names of columns are cut.
MAX_NAME = 200
#: Unpacked size of a workbook: a million rows are about 150 MB of XML.
MAX_UNPACKED = 500 << 20
#: XML compresses some 20 times; hundreds of times is a bomb.
MAX_RATIO = 200
RATIO_FROM = 10 << 20
_ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def size_of(path: Path, name: str) -> int:
    """Size in bytes of a plain file of bearable size."""
    if not path.is_file():
        raise FileRefused(name, "it is not a plain file")
    size = path.stat().st_size
    if size == 0:
        raise FileRefused(name, "the file is empty")
    if size > MAX_BYTES:
        raise FileRefused(name, f"{size:,} bytes; {MAX_BYTES:,} is the most for one file")
    return size


def sha256_of(path: Path) -> str:
    """SHA-256 of the bytes, streamed."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def check_text(path: Path, name: str, encoding: str = "utf-8") -> None:
    """Refuse what is not text: wrong encoding, NUL bytes, endless lines."""
    decoder = codecs.getincrementaldecoder(encoding)()
    position, line, length = 0, 1, 0
    with path.open("rb") as handle:
        while True:
            data = handle.read(CHUNK)
            try:
                text = decoder.decode(data, final=not data)
            except UnicodeDecodeError as error:
                # `object` starts with what the decoder held back of the chunk before.
                where = position + len(data) - len(error.object) + error.start
                line += error.object[: error.start].count(b"\n")
                raise FileRefused(
                    name,
                    f"not {encoding.upper()} text: byte {where:,} (line {line:,}) cannot be read; "
                    "save the file again as UTF-8",
                ) from error
            if "\x00" in text:
                line += text[: text.index("\x00")].count("\n")
                raise FileRefused(name, f"not a text file: a zero byte in line {line:,}")
            position += len(data)
            first, *others = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            _check_line(length + len(first), line, name)
            length += len(first)
            for piece in others:
                line += 1
                length = len(piece)
                _check_line(length, line, name)
            if not data:
                return


def _check_line(length: int, line: int, name: str) -> None:
    if length > MAX_LINE:
        raise FileRefused(name, f"line {line:,} is longer than {MAX_LINE:,} characters")


def shown(text: str) -> str:
    """Without the characters that a terminal would obey."""
    if text.isprintable():  # almost always, and asked for each field of each JSON line
        return text
    return "".join(c if c.isprintable() else "?" for c in text)


def column_name(name: str) -> str:
    """A column's name as it is compared: capitals and spaces around it do not count."""
    return shown(name.strip().lower())[:MAX_NAME]


def header(names: Sequence[str], file: str) -> list[str]:
    """The columns' names, cleaned; refuses an absurd or ambiguous header.

    A column without a name (a separator too many, mostly) is called by its position.
    """
    if not any(name.strip() for name in names):
        raise FileRefused(file, "no header in the first line")
    if len(names) > MAX_COLUMNS:
        raise FileRefused(file, f"{len(names):,} columns; {MAX_COLUMNS} is the most")
    columns: dict[str, None] = {}
    for position, name in enumerate(names, start=1):
        column = column_name(name) or f"column_{position}"
        if column in columns:
            raise FileRefused(file, f"two columns are called {column!r}")
        columns[column] = None
    return list(columns)


def check_workbook(path: Path, name: str) -> None:
    """Refuse what is not a plain .xlsx: encrypted, not a zip, macros, a zip bomb."""
    with path.open("rb") as handle:
        start = handle.read(8)
    if start == _ENCRYPTED:
        raise FileRefused(name, "the workbook is encrypted or of the old .xls kind")
    try:
        with zipfile.ZipFile(path) as book:
            members = book.infolist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
        raise FileRefused(name, "not an Excel workbook (.xlsx)") from error
    names = {m.filename for m in members}
    if "[Content_Types].xml" not in names:
        raise FileRefused(name, "not an Excel workbook (.xlsx)")
    if any(n.endswith("vbaProject.bin") for n in names):
        raise FileRefused(name, "the workbook has macros; save it as .xlsx without them")
    total = sum(m.file_size for m in members)
    bomb = any(
        m.file_size > RATIO_FROM and m.file_size > MAX_RATIO * max(m.compress_size, 1)
        for m in members
    )
    if total > MAX_UNPACKED or bomb or len(members) > 10_000:
        raise FileRefused(name, f"unpacks to {total:,} bytes; that is not a workbook of rows")
