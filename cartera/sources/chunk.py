"""What every format turns into: chunks of plain text, whatever the file was.

A chunk is a polars frame of strings with a column `ROW` (1-based, the header and blank lines not
counted); what the text means is decided later, once, for all formats (`cartera.sources.checks`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from cartera.contract import Reason

ROW = "__row__"
#: In front of a number of which the file has only the first digits.
INEXACT = "≈"
#: A chunk ends at this many rows or characters, so that long rows cost no more than short ones.
CHUNK_ROWS = 100_000
CHUNK_CHARACTERS = 32 << 20
#: What is kept to show of a line that is no row.
SHOWN_LINE = 500


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read a foreign file; the defaults are the contract's."""

    delimiter: str | None = None
    #: None: UTF-8, or what a CSV file is recognised as
    encoding: str | None = None
    sheet: str | int = 0
    skip_rows: int = 0
    #: how numbers that the file holds as numbers are spelled, so that one rule reads them all
    decimal_mark: str = "."
    #: the zone of moments that have none of their own
    timezone: str = "UTC"
    #: columns that are read; what others hold is only kept aside
    read: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that is not even a row: ragged, or no JSON object."""

    row: int
    reason: Reason
    line: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows as text, the broken ones beside them, and how much of the file that makes."""

    frame: pl.DataFrame
    broken: list[Broken] = field(default_factory=list)
    #: part of the file read so far, 0 to 1
    done: float = 1.0
    #: how a text file was read, where it is not UTF-8 and nobody said so
    recognised: str | None = None


def bare(number: pl.Expr) -> pl.Expr:
    """A number as text without the zeros at the end of its decimals: nobody typed those."""
    return number.str.replace(r"^(-?[0-9]+)\.0+$", "$1").str.replace(
        r"^(-?[0-9]+\.[0-9]*[1-9])0+$", "$1"
    )


def frame_of(columns: list[str], rows: list[list[str | None]], numbers: list[int]) -> pl.DataFrame:
    """Rows of text as a frame with their numbers."""
    data = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    return data.with_columns(pl.Series(ROW, numbers, dtype=pl.Int64))


class Collector:
    """Rows of one chunk while it grows."""

    def __init__(self) -> None:
        self.rows: list[list[str | None]] = []
        self.numbers: list[int] = []
        self.broken: list[Broken] = []
        self.characters = 0

    def add(self, number: int, row: list[str | None], characters: int) -> None:
        """Take one good row."""
        self.rows.append(row)
        self.numbers.append(number)
        self.characters += characters

    def refuse(self, number: int, reason: Reason, line: str) -> None:
        """Take one line that is no row."""
        self.broken.append(Broken(number, reason, line[:SHOWN_LINE]))

    @property
    def is_full(self) -> bool:
        """Whether it is time for the next chunk."""
        return (
            len(self.rows) + len(self.broken) >= CHUNK_ROWS or self.characters >= CHUNK_CHARACTERS
        )
