"""Looking at a file before trusting it: size, encoding, line lengths, zip bombs.

Everything here streams or reads only a directory, so that a hostile file costs a few megabytes
of memory whatever its size.
"""

from __future__ import annotations

import codecs
import hashlib
import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from cartera import keys
from cartera.errors import Fault, FileRefused

CHUNK = 1 << 20
MAX_BYTES = 5 << 30
#: A row of five tables with long notes is some kilobytes; a megabyte is not a row.
MAX_LINE = 1 << 20
MAX_COLUMNS = 500
#: Longer names of columns are cut.
MAX_NAME = 200
#: So much of a name is looked at: what has no shape may stand in it.
_LOOKED_AT = 1000
#: Unpacked size of a workbook: a million rows are about 150 MB of XML.
MAX_UNPACKED = 500 << 20
#: XML compresses some 20 times; hundreds of times is a bomb.
MAX_RATIO = 200
RATIO_FROM = 10 << 20
#: What no text of cp1252 has.
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_HIGH = re.compile(rb"[\x80-\xff]")
#: A letter in UTF-8; in cp1252 a capital with a mark behind it, now and then by chance.
_UTF8_LETTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
_ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def size_of(path: Path, name: str) -> int:
    """Size in bytes of a plain file of bearable size."""
    if not path.is_file():
        raise FileRefused(name, "it is not a plain file")
    size = path.stat().st_size
    if size == 0:
        raise FileRefused(name, "the file is empty")
    if size > MAX_BYTES:
        raise FileRefused(
            name, "{size} bytes; {most} is the most for one file", size=size, most=MAX_BYTES
        )
    return size


def sha256_of(path: Path) -> str:
    """SHA-256 of the bytes, streamed."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


class NotThisEncoding(FileRefused):
    """The bytes are not those of a text in this encoding."""


def encoding_of(path: Path, name: str) -> str:
    """The encoding of a text file that nobody named one for; refuses what is not text.

    UTF-8; UTF-16, where its mark says so; and cp1252, as Windows programs of Western languages
    write, for a file that can be nothing else: a single broken byte in UTF-8 does not make it one.
    """
    with path.open("rb") as handle:
        is_utf16 = handle.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    if is_utf16:
        check_text(path, name, "utf-16")
        return "utf-16"
    try:
        check_text(path, name, "utf-8")
    except NotThisEncoding:
        if not _may_be_cp1252(path):
            raise
        try:
            check_text(path, name, "cp1252")
        except NotThisEncoding:
            pass
        else:
            return "cp1252"
        raise
    return "utf-8"


def _may_be_cp1252(path: Path) -> bool:
    """Without control characters, and with more letters of one byte than letters in UTF-8."""
    alone = letters = 0
    with path.open("rb") as handle:
        while data := handle.read(CHUNK):
            if _CONTROLS.search(data):
                return False
            found = _UTF8_LETTER.findall(data)
            letters += len(found)
            alone += len(_HIGH.findall(data)) - sum(map(len, found))
    return alone > letters


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
                raise NotThisEncoding(
                    name,
                    "not {encoding} text: byte {byte} (line {line}) cannot be read; save the file"
                    " again as UTF-8",
                    encoding=encoding.upper(),
                    byte=where,
                    line=line,
                ) from error
            if "\x00" in text:
                line += text[: text.index("\x00")].count("\n")
                raise FileRefused(name, "not a text file: a zero byte in line {line}", line=line)
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
        raise FileRefused(
            name, "line {line} is longer than {most} characters", line=line, most=MAX_LINE
        )


def shown(text: str) -> str:
    """Without the characters that a terminal would obey."""
    if text.isprintable():  # almost always, and asked for each field of each JSON line
        return text
    return "".join(c if c.isprintable() else "?" for c in text)


def column_name(name: str) -> str:
    """A column's name as it is compared: as people see it, on one line, whatever its capitals.

    >>> column_name(" Valor\\n\u00a0total\u200b")
    'valor total'
    """
    return _column_name(name[:_LOOKED_AT])


@lru_cache(maxsize=1000)  # asked for each field of each JSON line
def _column_name(name: str) -> str:
    return shown(" ".join(keys.normal(name).lower().split()))[:MAX_NAME]


def header(names: Sequence[str], file: str) -> list[str]:
    """The columns' names, cleaned; refuses an absurd or ambiguous header.

    A column without a name (a separator too many, mostly) is called by its position.
    """
    if not any(map(column_name, names)):
        raise FileRefused(file, "no header in the first line")
    if len(names) > MAX_COLUMNS:
        raise FileRefused(
            file, "{columns} columns; {most} is the most", columns=len(names), most=MAX_COLUMNS
        )
    columns = [
        column_name(name) or f"column_{position}" for position, name in enumerate(names, start=1)
    ]
    twice = [column for column, count in Counter(columns).items() if count > 1]
    if twice:
        faults = [Fault("two columns are called “{column}”", column=column) for column in twice]
        raise FileRefused(file, faults, header=list(dict.fromkeys(columns)))
    return columns


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
        raise FileRefused(
            name, "unpacks to {size} bytes; that is not a workbook of rows", size=total
        )
