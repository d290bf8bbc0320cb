"""Run as a program of its own by `cartera.sources.columnar`: one sheet to an Arrow file.

It imports nothing of Cartera, so that it starts fast and needs no import path.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl
    from fastexcel import CellError

CANNOT_READ = 3
#: There is no such sheet: the names of those that there are, as JSON.
NO_SHEET = 4
#: A cell holds an error that the reader does not know.
NEWER_ERROR = 5
MEMORY = 4 << 30
#: Cells whose formula has no value, as the reader calls them and as people see them.
ERRORS = {
    "NA": "#N/A", "Ref": "#REF!", "Value": "#VALUE!", "Div0": "#DIV/0!", "Name": "#NAME?",
    "Num": "#NUM!", "Null": "#NULL!", "GettingData": "#GETTING_DATA",
}  # fmt: skip
#: What binary noise is, in numbers that have real digits behind the fifteenth.
LARGE, NOISE, HALF_A_CENT = 1e11, 1e-15, 0.004
_ERROR = re.compile(r"'Error\((\w+)\)'")
_NEWER_ERROR = "Unsupported cell error value"
_SKIPS_ALL = "Too many rows skipped"
#: fastexcel writes numbers with nine decimals, so a large one shows where its float ends; it leaves
#: out zeros at their end, but then there are more digits than the fifteen that Excel keeps.
_FLOAT_ENDS = (
    r"^-?([0-9]+\.[0-9]{9}|"
    + "|".join(rf"[0-9]{{{whole},}}\.[0-9]{{{16 - whole},8}}" for whole in range(8, 16))
    + ")$"
)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows: the workbook's own limits have to do
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def excel_number(text: str) -> str:
    """A number as Excel itself means it: fifteen significant digits, and more only where a program
    wrote them, not binary noise (as in `cartera.sources.typed_text`). A text stays what it says.

    >>> excel_number("99999999999.990005493")
    '99999999999.99'
    >>> excel_number("54321098765432.109375")
    '54321098765432.11'
    >>> excel_number("12345678901234.56")
    '12345678901234.56'
    """
    value = float(text)
    if f"{value:.9f}".rstrip("0") != text.rstrip("0"):
        return text  # not how a float ends: somebody wrote these digits
    digits = f"{value:.15g}"
    if abs(value) >= LARGE and abs(value - float(digits)) > min(abs(value) * NOISE, HALF_A_CENT):
        digits = repr(value)
    exact = Decimal(digits)
    return f"{exact.normalize():f}" if exact else "0"


def with_errors(frame: pl.DataFrame, errors: Iterable[CellError]) -> pl.DataFrame:
    """The sheet with the text of each error in its cell, where the reader leaves nothing."""
    found: dict[int, dict[int, str]] = {}
    for error in errors:
        row, column = error.offset_position
        named = _ERROR.search(error.detail)
        found.setdefault(column, {})[row] = ERRORS.get(named[1], "#N/A") if named else "#N/A"
    for column, cells in found.items():
        series = frame.to_series(column).scatter(list(cells), list(cells.values()))
        frame = frame.with_columns(series)
    return frame


def sheet_named(sheet: str, names: list[str], *, is_position: bool = False) -> str | None:
    """The sheet at a position or of a name, whatever its capitals and spaces.

    >>> sheet_named("saldos  2026", ["Resumen", "Saldos 2026 "])
    'Saldos 2026 '
    """
    if is_position and 0 <= int(sheet) < len(names):
        return names[int(sheet)]
    alike = [name for name in names if _plain(name) == _plain(sheet)]
    return sheet if sheet in names else next(iter(alike), None)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def with_mark(text: pl.DataFrame, typed: pl.DataFrame, mark: str) -> pl.DataFrame:
    """The sheet with typed numbers spelled as its texts are, cell by cell; the header stays.

    `typed` is not null where a cell of `text` is a number (or true or false).
    """
    import polars as pl

    is_row = pl.int_range(pl.len()) > 0
    return text.with_columns(
        pl.when(is_row & typed[column].is_not_null())
        .then(pl.col(column).str.replace(".", mark, literal=True))
        .otherwise(pl.col(column))
        for column in text.columns
    )


def main(arguments: list[str]) -> int:
    """Read `source` sheet `sheet` from row `skip` on; write every cell as text."""
    _limit_memory()
    import fastexcel
    import polars as pl

    source, target, kind, sheet, skip, decimal_mark = arguments
    try:
        book = fastexcel.read_excel(source)
        which = sheet_named(sheet, book.sheet_names, is_position=kind == "int")
        if which is None:
            sys.stdout.write(json.dumps(book.sheet_names))
            return NO_SHEET
        cells, errors = book.load_sheet(
            which, header_row=None, skip_rows=int(skip), dtypes="string"
        ).to_arrow_with_errors()
        # As true or false only what is typed comes: a number does, a text of the same digits not.
        typed = (
            None
            if decimal_mark == "."
            else book.load_sheet(
                which, header_row=None, skip_rows=int(skip), dtypes="boolean"
            ).to_polars()
        )
    except fastexcel.FastExcelError as error:
        said = " ".join(str(error).split())
        if _SKIPS_ALL in said:
            pl.DataFrame().write_ipc(target)
            return 0
        return NEWER_ERROR if _NEWER_ERROR in said else CANNOT_READ
    text = pl.DataFrame(cells).select(
        # A cell formatted as a date comes as midnight of that day; the time is Excel's own.
        pl.all().cast(pl.String).str.strip_suffix(" 00:00:00")
    )
    del cells
    if errors is not None:
        text = with_errors(text, errors.errors)
    for column in text.columns:
        long = text[column].filter(text[column].str.contains(_FLOAT_ENDS)).unique().to_list()
        if long:
            text = text.with_columns(pl.col(column).replace(long, list(map(excel_number, long))))
    if typed is not None:
        text = with_mark(text, typed, decimal_mark)
    text.write_ipc(target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
