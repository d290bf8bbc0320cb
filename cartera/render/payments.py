"""Online payments as an Excel workbook: what each of three says of them, one sheet per currency."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import BinaryIO, NamedTuple

from xlsxwriter import Workbook

from cartera.render.sheet import MEDIUM, WIDE, Book, Column, Grid
from cartera.render.text import clip
from cartera.render.words import Words
from cartera.statement import Party


class PaymentRow(NamedTuple):
    """One payment, words and exact amounts; None where there is no amount."""

    currency: str
    begun: str
    reference: str
    client: str
    client_id: str
    documents: str
    gateway: str
    transaction: str
    gateway_says: str
    paid: Decimal | None
    went_back: Decimal | None
    we_say: str
    kept: Decimal | None
    ledger_says: str
    in_ledger: Decimal | None
    differences: str


#: Titles in English, and widths; the amounts stand to the right.
_COLUMNS = (
    ("Begun", MEDIUM), ("Reference", MEDIUM), ("Client", WIDE), ("Code", MEDIUM),
    ("Documents", WIDE), ("Gateway", MEDIUM), ("Transaction", WIDE),
    ("The gateway says", MEDIUM), ("Received", MEDIUM), ("Went back", MEDIUM), ("We say", MEDIUM),
    ("Left", MEDIUM), ("The ledger says", WIDE), ("In the ledger", MEDIUM), ("Differences", WIDE),
)  # fmt: skip
_AMOUNTS = ("Received", "Went back", "Left", "In the ledger")


def write_payments_xlsx(
    rows: Sequence[PaymentRow],
    company: Party,
    target: BinaryIO,
    *,
    as_of: date,
    language: str = "es",
    country: str = "CO",
) -> None:
    """Writes the rows in their order."""
    words = Words(language, country)
    title = words.t("Online payments")
    with Workbook(target, {"constant_memory": True}) as workbook:
        workbook.set_properties(
            {
                "title": title,
                "company": clip(company.name),
                "created": datetime.combine(as_of, time(), UTC),
            }
        )
        book = Book(workbook, words, company.color)
        for currency in dict.fromkeys(row.currency for row in rows):
            columns = [
                Column(words.t(name), width, "right" if name in _AMOUNTS else "left")
                for name, width in _COLUMNS
            ]
            grid = Grid(book, currency, columns, currency)
            grid.above([title, "", words.t("Day"), as_of], bold=True)
            grid.above([company.name, company.tax_id, clip(currency, 8)])
            grid.above([])
            grid.header()
            for row in rows:
                if row.currency == currency:
                    grid.add(row[1:])
            grid.close()
        if not rows:
            empty = Grid(book, title, [Column("", WIDE)], "")
            empty.above([words.t("Nothing to show.")])
