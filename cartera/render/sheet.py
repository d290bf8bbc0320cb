"""Tables in an Excel workbook: rows in strict order, texts that stay texts, exact amounts.

xlsxwriter's constant memory keeps one row at a time, so rows are written top to bottom and a
`Grid` never goes back. A table that fills a sheet goes on in the next one, with its header.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from xlsxwriter.utility import xl_range_abs

from cartera.money import decimals_of
from cartera.render.color import palette
from cartera.render.text import LONGEST_CELL, clip
from cartera.render.words import Words

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

#: Rows of a sheet, by Excel's file format.
ROWS = 1_048_576
#: Significant digits that Excel's numbers keep; an amount with more is written as text.
DIGITS = 15
#: Excel counts days from 1900; an earlier date is written as text.
FIRST_YEAR = 1900
NARROW, MEDIUM, WIDE = 13, 16, 30

Cell = str | int | Decimal | date | None


@dataclass(frozen=True, slots=True)
class Column:
    """Title and width of a column; `align` is the title's, and follows what stands below."""

    title: str
    width: int = MEDIUM
    align: Literal["left", "right"] = "left"


class Book:
    """A workbook with the formats and names that its sheets share."""

    def __init__(self, workbook: Workbook, words: Words, color: str) -> None:
        self.workbook = workbook
        self.words = words
        self._names: set[str] = set()
        colors = palette(color)
        head = {"bold": True, "bg_color": colors.accent, "font_color": colors.on_accent}
        self._head = {
            side: workbook.add_format({**head, "align": side, "valign": "top", "text_wrap": True})
            for side in ("left", "right")
        }
        spanish = words.language == "es"
        self._day = {"num_format": "dd/mm/yyyy" if spanish else "mmm d, yyyy", "align": "left"}
        self._formats: dict[tuple[str, str, bool], Format] = {}

    def heading(self, align: str) -> Format:
        """The look of a column's title."""
        return self._head[align]

    def format(self, kind: str, currency: str = "", *, bold: bool = False) -> Format:
        """The look of a `text`, `day`, `money` or `figure` (money that had to be text)."""
        key = (kind, currency, bold)
        if key not in self._formats:
            places = decimals_of(currency)
            looks = {
                "text": {},
                "day": self._day,
                "money": {"num_format": "#,##0" + ("." + "0" * places if places else "")},
                "figure": {"align": "right"},
            }
            self._formats[key] = self.workbook.add_format({**looks[kind], "bold": bold})
        return self._formats[key]

    def sheet(self, name: str) -> Worksheet:
        """A new sheet; the name is made one that Excel takes and no other sheet has."""
        wanted = re.sub(r"[\[\]:*?/\\']", " ", clip(name, 31)).strip() or "-"
        found, number = wanted, 1
        while found.lower() in self._names:
            number += 1
            suffix = f" ({number})"
            found = wanted[: 31 - len(suffix)] + suffix
        self._names.add(found.lower())
        return self.workbook.add_worksheet(found)


class Grid:
    """One table: rows above it, a frozen header with filters, rows, a total."""

    def __init__(self, book: Book, name: str, columns: Sequence[Column], currency: str) -> None:
        self.book = book
        self.name = name
        self.columns = columns
        self.currency = currency
        #: where the rows stand, one (sheet, first row, last row) for each sheet used
        self._parts: list[tuple[str, int, int]] = []
        self._textual: set[int] = set()
        self._open()

    def _open(self) -> None:
        self.sheet = self.book.sheet(self.name)
        self.row = 0
        self._first: int | None = None
        for index, column in enumerate(self.columns):
            self.sheet.set_column(index, index, column.width)
        self.sheet.set_column(len(self.columns), len(self.columns) + 12, MEDIUM)
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self.sheet.set_footer("&L&A&R&P / &N")

    def above(self, cells: Sequence[Cell], *, bold: bool = False) -> None:
        """A row above the table."""
        self._write(cells, bold=bold)

    def header(self) -> None:
        """The columns' titles: they stay in sight, and on top of every printed page."""
        for index, column in enumerate(self.columns):
            self._text(index, column.title, self.book.heading(column.align))
        self.sheet.freeze_panes(self.row + 1, 0)
        self.sheet.repeat_rows(self.row)
        self.row += 1
        self._first = self.row

    def add(self, cells: Sequence[Cell], *, bold: bool = False) -> None:
        """A row of the table; goes on in a next sheet where this one is full."""
        if self.row >= ROWS - 1:  # the last row is left for the total
            self.close()
            self._open()
            self.header()
        for index, cell in enumerate(cells):
            if isinstance(cell, Decimal) and not is_exact(cell):
                self._textual.add(index)
        self._write(cells, bold=bold)

    def close(self) -> None:
        """Puts the filters on the rows of this sheet."""
        if self._first is None or (self._parts and self._parts[-1][0] == self.sheet.get_name()):
            return
        last = max(self.row - 1, self._first)
        self.sheet.autofilter(self._first - 1, 0, last, len(self.columns) - 1)
        self._parts.append((self.sheet.get_name(), self._first, last))

    def ranges(self, column: int) -> list[str]:
        """The column's rows as a formula names them, sheet by sheet (`'USD'!$A$2:$A$9`)."""
        self.close()
        return [
            f"'{name}'!{xl_range_abs(first, column, last, column)}"
            for name, first, last in self._parts
        ]

    def total(self, label: str, column: int, formula: str, value: Decimal) -> None:
        """The row under the table, with a formula of one's own in one column."""
        self.close()
        self._text(0, label, self.book.format("text", bold=True))
        self._formula(column, formula, value)
        self.row += 1

    def figure(self, label: str, column: int, value: Decimal) -> None:
        """A row under the table that says a figure which is not made of the rows above."""
        self.close()
        self._text(0, label, self.book.format("text", bold=True))
        self._money(column, value, bold=True)
        self.row += 1

    def totals(self, label: str, values: Mapping[int, Decimal]) -> None:
        """The row under the table: what the filters let through of some columns, added up."""
        self.close()
        self._text(0, label, self.book.format("text", bold=True))
        for column, value in values.items():
            subtotals = (f"SUBTOTAL(109,{cells})" for cells in self.ranges(column))
            self._formula(column, "=" + "+".join(subtotals), value)
        self.row += 1

    def _formula(self, column: int, formula: str, value: Decimal) -> None:
        """A formula that shows `value` before anybody calculates.

        Where an amount had to be text a formula would leave it out; then the figure stands alone.
        """
        if self._textual or not is_exact(value):
            self._money(column, value, bold=True)
        else:
            look = self.book.format("money", self.currency, bold=True)
            self.sheet.write_formula(self.row, column, formula, look, value)

    def _write(self, cells: Sequence[Cell], *, bold: bool) -> None:
        for index, cell in enumerate(cells):
            if isinstance(cell, Decimal):
                self._money(index, cell, bold=bold)
            elif isinstance(cell, date):
                self._date(index, cell, bold=bold)
            elif isinstance(cell, int):
                self.sheet.write_number(self.row, index, cell)
            elif cell:
                self._text(index, cell, self.book.format("text", bold=bold))
        self.row += 1

    def _text(self, column: int, text: str, look: Format) -> None:
        # Only ever `write_string`: `write` would make a formula of a client called "=1+1".
        self.sheet.write_string(self.row, column, clip(text, LONGEST_CELL), look)

    def _money(self, column: int, amount: Decimal, *, bold: bool) -> None:
        if is_exact(amount):
            # The Decimal itself: xlsxwriter prints 16 digits of it, where a float would already
            # carry its binary rest into the file.
            look = self.book.format("money", self.currency, bold=bold)
            self.sheet.write_number(self.row, column, amount, look)
        else:
            text = self.book.words.money(amount, self.currency)
            self._text(column, text, self.book.format("figure", bold=bold))

    def _date(self, column: int, day: date, *, bold: bool) -> None:
        look = self.book.format("day", bold=bold)
        if day.year < FIRST_YEAR:
            self._text(column, day.isoformat(), look)
        else:
            self.sheet.write_datetime(self.row, column, datetime.combine(day, time()), look)


def is_exact(amount: Decimal) -> bool:
    """Whether a cell's number can hold the amount without losing a digit.

    >>> is_exact(Decimal("9999999999999.99")), is_exact(Decimal("99999999999999.99"))
    (True, False)
    """
    return len(amount.normalize().as_tuple().digits) <= DIGITS
