"""Cells of a workbook that its reader passes over, or stops at; in a copy they are text.

A formula that no program has computed yet (one that a script wrote) has no value: the reader takes
its cell for an empty one, and an amount or a due date would be missing in silence. Errors that are
newer than the reader (`#SPILL!`) end its reading. Ordinary workbooks have neither, and are only
looked through, a block at a time, while the reader is at work.
"""

from __future__ import annotations

import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from cartera.sources.excel_child import ERRORS

#: What such a formula reads as: this, and the formula.
FORMULA = "#="
#: Errors that the reader does not know.
NEWER_ERRORS = {
    "#SPILL!", "#CALC!", "#FIELD!", "#CONNECT!", "#BLOCKED!", "#BUSY!", "#UNKNOWN!", "#EXTERNAL!",
    "#PYTHON!", "#TIMEOUT!",
}  # fmt: skip
_BLOCK = 1 << 20
#: Longer is no cell: its text has at most 32,767 characters.
_MAX_CELL = 1 << 20
_ROOT = re.compile(rb"<([A-Za-z_][\w.-]*:)?worksheet\b")
_KIND = re.compile(rb"\s+t=(?:\"[^\"]*\"|'[^']*')")
_TEXT = re.compile(rb"\st=[\"'](?:str|s|inlineStr)[\"']")
_DAMAGED = (
    OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError,
    ValueError,
)  # fmt: skip


def has_uncomputed(path: Path) -> bool:
    """Whether a formula has no value. A file that cannot be read has none: the reader says why."""
    try:
        with zipfile.ZipFile(path) as book:
            return any(_has_uncomputed(book, name) for name in map(_name, _sheets(book)))
    except _DAMAGED:
        return False


def mend(path: Path, target: Path) -> None:
    """Copy the workbook, with such cells as text. Raises `OSError` where it cannot be read."""
    try:
        with (
            zipfile.ZipFile(path) as book,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy,
        ):
            sheets = set(map(_name, _sheets(book)))
            for name in dict.fromkeys(map(_name, book.infolist())):
                with book.open(name) as old, copy.open(name, "w") as new:
                    if name in sheets:
                        for block, cells in _blocks(old):
                            new.write(cells.mended(block))
                    else:
                        shutil.copyfileobj(old, new)
    except _DAMAGED as error:
        raise OSError(str(error)) from error


def _name(member: zipfile.ZipInfo) -> str:
    return member.filename


def _sheets(book: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [m for m in book.infolist() if "/worksheets/" in m.filename and not m.is_dir()]


def _has_uncomputed(book: zipfile.ZipFile, name: str) -> bool:
    has_formulas = False
    with book.open(name) as stream:
        for block, cells in _blocks(stream):
            # A formula that is shared has its text only once, and not in every block.
            has_formulas = has_formulas or cells.formula_end in block
            if has_formulas and cells.has_uncomputed(block):
                return True
    return False


def _blocks(stream: IO[bytes]) -> Iterator[tuple[bytes, _Cells]]:
    """The sheet in pieces that part no cell, and what its cells look like."""
    rest, cells = b"", None
    while data := stream.read(_BLOCK):
        data = rest + data
        if cells is None:
            root = _ROOT.search(data)
            cells = _Cells(root[1] or b"" if root else b"")
        end = data.rfind(cells.start)
        if end < 0 or len(data) - end > _MAX_CELL:
            end = len(data)
        yield data[:end], cells
        rest = data[end:]
    if cells is not None:
        yield rest, cells


class _Cells:
    """What cells look like in a sheet whose elements have this prefix (mostly none).

    No pattern reads beyond the next `<` that it does not know, so that a hostile sheet costs no
    more than another.
    """

    def __init__(self, prefix: bytes) -> None:
        self.prefix = prefix
        self.start = b"<" + prefix + b"c"
        self.formula_end = b"</" + prefix + b"f>"
        p = re.escape(prefix)
        cell = rb"<%bc((?:\s[^<>]*)?)>\s*" % p
        formula = rb"<%bf(?:\s[^<>]*)?(?:/>|>([^<]*)</%bf>)\s*" % (p, p)
        no_value = rb"(?:<%bv(?:\s[^<>]*)?(?:/>|>\s*</%bv>)\s*)?</%bc>" % (p, p, p)
        error = rb"<%bc(\s[^<>]*\bt=[\"']e[\"'][^<>]*)>\s*(?:%b)?" % (p, formula)
        value = rb"<%bv(?:\s[^<>]*)?>([^<]*)</%bv>\s*</%bc>" % (p, p, p)
        self.formula = re.compile(cell + formula + no_value)
        # Looked for first: they start with what only formulas have, and cost little to find.
        self.ends = (
            re.compile(rb"</%bf>\s*" % p + no_value),
            re.compile(rb"<%bf\s[^<>]*/>\s*" % p + no_value),
        )
        self.error = re.compile(error + value)

    def has_uncomputed(self, block: bytes) -> bool:
        """Whether a formula of these cells has no value."""
        return any(end.search(block) for end in self.ends) and any(
            not _TEXT.search(found[1]) for found in self.formula.finditer(block)
        )

    def mended(self, block: bytes) -> bytes:
        """The cells, with text where the reader would find nothing or stop."""
        return self.error.sub(self._error, self.formula.sub(self._formula, block))

    def _formula(self, found: re.Match[bytes]) -> bytes:
        if _TEXT.search(found[1]):  # it has a value: the empty text
            return found[0]
        return self._as_text(found[1], FORMULA.encode() + (found[2] or b"..."))

    def _error(self, found: re.Match[bytes]) -> bytes:
        said = found[3].strip().decode(errors="replace").upper()
        if said in ERRORS.values():
            return found[0]
        # What no version of Excel is known to write is an error all the same.
        return self._as_text(found[1], (said if said in NEWER_ERRORS else "#N/A").encode())

    def _as_text(self, attributes: bytes, text: bytes) -> bytes:
        others = _KIND.sub(b"", attributes)
        value = b"<%bv>%b</%bv>" % (self.prefix, text, self.prefix)
        return b'%b%b t="str">%b</%bc>' % (self.start, others, value, self.prefix)
