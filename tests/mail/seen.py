"""A message's figures and rows, read back out of its text and its HTML as a person sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from html.parser import HTMLParser
from typing import NamedTuple

#: An amount with its currency, which a no-break space keeps together; in a subject it is a space.
AMOUNT = re.compile(r"\b([A-Z]{3})[\u00a0 ](-?[\d.,]*\d)")
_ROW = re.compile(r"- (?P<what>.+): (?P<amount>(?:[A-Z]{3}\u00a0)?-?[\d.,]+)")


class Row(NamedTuple):
    """One line of a list: all that it says before its amount, and the amount."""

    what: str
    amount: Decimal


def number(text: str, language: str) -> Decimal:
    """An amount as people of that language write it, its currency or not."""
    bare = text.rpartition("\u00a0")[2]
    marks = {".": "", ",": "."} if language == "es" else {",": ""}
    return Decimal(bare.translate(str.maketrans(marks)))


def amounts(text: str, language: str) -> dict[str, Decimal]:
    """The amounts that a sentence names, by currency; of two in one currency the first."""
    found: dict[str, Decimal] = {}
    for currency, amount in AMOUNT.findall(text):
        found.setdefault(currency, number(amount, language))
    return found


def text_rows(text: str, heading: str, language: str) -> list[Row]:
    """The lines below a heading of a plain text, up to the first line that is none."""
    rows = []
    for line in text.partition(f"\n{heading}:\n")[2].splitlines():
        if not (found := _ROW.fullmatch(line)):
            break
        rows.append(Row(found["what"], number(found["amount"], language)))
    return rows


def html_rows(page: str, heading: str, language: str) -> list[Row]:
    """The same of a table in the HTML, its heading and its sum left out."""
    table = next(cells for title, cells in _Tables(page).found if title == heading)
    return [
        Row(", ".join(cells[:-1]), number(cells[-1], language))
        for kind, cells in table
        if kind not in ("sum", "head")
    ]


class _Tables(HTMLParser):
    """The tables of open documents: what stands over each, and the cells of its rows."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self._rows: list[tuple[str, list[str]]] = []
        self._heading = self._cell = ""
        self._inside = ""
        self.found: list[tuple[str, list[tuple[str, list[str]]]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = dict(attrs).get("class") or ""
        if tag == "div" and kind == "title":
            self._inside, self._heading = "title", ""
        elif tag == "table":
            self._inside, self._rows = ("rows" if kind == "rows" else ""), []
        elif tag == "tr" and self._inside == "rows":
            self._rows.append((kind, []))
        elif tag in ("td", "th") and self._inside == "rows":
            self._cell = ""
            if tag == "th":
                self._rows[-1] = ("head", self._rows[-1][1])

    def handle_endtag(self, tag: str) -> None:
        if tag == "div" and self._inside == "title":
            self._inside = ""
        elif tag in ("td", "th") and self._inside == "rows":
            text = re.sub(r"[ \n]+", " ", self._cell).strip()
            self._rows[-1][1].append(text)
        elif tag == "table" and self._inside == "rows":
            self._inside = ""
            self.found.append((self._heading.strip(), self._rows))

    def handle_data(self, data: str) -> None:
        if self._inside == "title":
            self._heading += data
        elif self._inside == "rows":
            self._cell += data


def sums(rows: Iterator[Row] | list[Row]) -> Decimal:
    """What the rows come to."""
    return sum((row.amount for row in rows), Decimal())
