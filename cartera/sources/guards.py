"""Looking at a file before trusting it: size, encoding, line lengths, zip bombs.

Everything here streams or reads only a directory, so that a hostile file costs a few megabytes
of memory whatever its size.
"""

from __future__ import annotations

import codecs
import hashlib
import zipfile
from pathlib import Path

from cartera.errors import FileRefused

CHUNK = 1 << 20
MAX_BYTES = 5 << 30
#: A row of five tables with long notes is some kilobytes; a megabyte is not a row.
MAX_LINE = 1 << 20
MAX_COLUMNS = 500
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
    position = line = since_newline = 0
    with path.open("rb") as handle:
        while chunk := handle.read(CHUNK):
            if b"\x00" in chunk:
                where = position + chunk.index(b"\x00")
                raise FileRefused(name, f"not a text file: a zero byte at position {where:,}")
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                where = position + error.start
                raise FileRefused(
                    name, f"not {encoding.upper()} text: byte {where:,} cannot be read; "
                    "save it again as UTF-8"
                ) from error  # fmt: skip
            for piece in chunk.split(b"\n")[:-1]:
                line += 1
                _check_line(since_newline + len(piece), line, name)
                since_newline = 0
            since_newline += len(chunk) - (chunk.rfind(b"\n") + 1)
            _check_line(since_newline, line + 1, name)
            position += len(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise FileRefused(name, f"not {encoding.upper()} text: it ends inside a character") from error


def _check_line(length: int, line: int, name: str) -> None:
    if length > MAX_LINE:
        raise FileRefused(name, f"line {line:,} is longer than {MAX_LINE:,} bytes")


def check_columns(columns: list[str], name: str) -> None:
    """Refuse an absurd or ambiguous header."""
    if len(columns) > MAX_COLUMNS:
        raise FileRefused(name, f"{len(columns):,} columns; {MAX_COLUMNS} is the most")
    seen: set[str] = set()
    for column in columns:
        key = column.strip().lower()
        if key in seen:
            raise FileRefused(name, f"two columns are called {column.strip()!r}")
        seen.add(key)


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
