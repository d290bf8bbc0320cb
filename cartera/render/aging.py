"""The aging of all clients as an Excel workbook: one sheet for each currency."""

from __future__ import annotations

from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

from xlsxwriter import Workbook

from cartera.aging import Aging, AgingRow
from cartera.render.sheet import MEDIUM, WIDE, Book, Column, Grid
from cartera.render.text import clip
from cartera.render.words import Words
from cartera.statement import Party


def write_aging_xlsx(
    aging: Aging,
    company: Party,
    target: Path | BinaryIO,
    *,
    language: str = "es",
    country: str = "CO",
) -> None:
    """Writes who owes how much and since when; totals follow the filters."""
    words = Words(language, country)
    title = words.t("Accounts receivable aging")
    with Workbook(target, {"constant_memory": True}) as workbook:
        workbook.set_properties(
            {
                "title": title,
                "author": clip(company.name),
                "company": clip(company.name),
                "created": datetime.combine(aging.as_of, time(), UTC),
            }
        )
        book = Book(workbook, words, company.color)
        for total in aging.totals:
            _write_currency(book, aging, total, company)
        if not aging.totals:
            empty = Grid(book, title, [Column("", WIDE)], "")
            empty.above([words.t("Nothing to show.")])


def _write_currency(book: Book, aging: Aging, total: AgingRow, company: Party) -> None:
    t, words = book.words.t, book.words
    names = [words.bucket(name) for name in (*total.buckets, "unapplied")]
    columns = (
        Column(t("Client"), WIDE),
        Column(t("Code"), MEDIUM),
        *(Column(name, MEDIUM, "right") for name in names),
        Column(t("Total balance"), MEDIUM, "right"),
        Column(t("Total overdue"), MEDIUM, "right"),
        Column(t("Open documents"), MEDIUM, "right"),
    )
    grid = Grid(book, total.currency, columns, total.currency)
    grid.above([t("Accounts receivable aging"), "", t("Cut-off date"), aging.as_of], bold=True)
    grid.above([company.name, company.tax_id, clip(total.currency, 8), words.basis(aging.basis)])
    grid.above([])
    grid.header()
    for row in aging.rows:
        if row.currency == total.currency:
            grid.add((row.client, row.client_id, *_figures(row), row.documents))
    grid.totals(t("Total"), dict(enumerate(_figures(total), start=2)))


def _figures(row: AgingRow) -> tuple[Decimal, ...]:
    return (*row.buckets.values(), row.unapplied, row.total, row.overdue)
