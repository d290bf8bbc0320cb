"""A statement as an Excel workbook that a bookkeeper can filter, add up and reconcile.

One sheet for each currency, named by it; beside it, where there are any, the payments applied,
the instalments and the payments dated later. Totals are formulas that follow the filters and
carry the statement's own figure as their value.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time
from pathlib import Path
from typing import BinaryIO

from xlsxwriter import Workbook

from cartera.money import ZERO
from cartera.render import selection
from cartera.render.sheet import MEDIUM, NARROW, WIDE, Book, Column, Grid
from cartera.render.text import clip
from cartera.render.words import Words
from cartera.statement import Item, Line, Party, Section, Statement

#: Column of the open amount (items), and of amount, balance and state (movements).
ITEM_OPEN = 9
LINE_AMOUNT, LINE_BALANCE, LINE_STATE = 5, 6, 7


def write_xlsx(statement: Statement, target: Path | BinaryIO) -> None:
    """Writes the statement to a file or a binary stream, in memory that does not grow with it."""
    words = Words.of(statement)
    with Workbook(target, {"constant_memory": True}) as workbook:
        workbook.set_properties(
            {
                "title": f"{words.title(statement.kind)} · {clip(statement.client.name)}",
                "author": clip(statement.company.name),
                "company": clip(statement.company.name),
                "created": datetime.combine(statement.as_of, time(), UTC),
            }
        )
        book = Book(workbook, words, statement.company.color)
        for section in statement.sections:
            _write_section(book, statement, section)
        if not statement.sections:
            empty = Grid(book, words.title(statement.kind), [Column("", WIDE)], "")
            _write_letterhead(empty, statement)
            empty.above([words.summary(statement)[0]])


def _write_section(book: Book, statement: Statement, section: Section) -> None:
    if statement.kind == "open":
        _write_items(book, statement, section)
    else:
        _write_lines(book, statement, section)
    _write_applied(book, section)
    _write_instalments(book, section)
    _write_later(book, section)


def _write_letterhead(grid: Grid, statement: Statement) -> None:
    """Few rows on purpose: everything above the header stays frozen on the screen."""
    t, words = grid.book.words.t, grid.book.words
    company, client = statement.company, statement.client
    period = words.period(statement.from_date, statement.to_date)
    grid.above([words.title(statement.kind), "", t("Cut-off date"), statement.as_of], bold=True)
    grid.above([t("Company"), company.name, t("Tax ID"), company.tax_id, *_contact(company)])
    grid.above([t("Client"), client.name, t("Tax ID"), client.tax_id, *_contact(client)])
    if period:
        grid.above([t("Period"), period])
    if listed := selection.sentence(statement, words):
        grid.above([listed])


def _contact(party: Party) -> list[str]:
    return [" · ".join(filter(None, (party.address, party.phone, party.email)))]


def _write_aging(grid: Grid, statement: Statement, section: Section) -> None:
    words = grid.book.words
    ranges = [words.bucket(name) for name in (*section.aging, "unapplied")]
    figures = [*section.aging.values(), section.unapplied]
    totals = [words.t("Total balance"), words.t("Total overdue")]
    grid.above([words.basis(statement.basis), *ranges, *totals], bold=True)
    grid.above([clip(section.currency, 8), *figures, section.total, section.overdue])
    grid.above([])


def _write_items(book: Book, statement: Statement, section: Section) -> None:
    t, words = book.words.t, book.words
    order = _order_column(book, section.items)
    columns = (
        Column(t("Type"), WIDE),
        Column(t("Number"), WIDE),
        Column(t("Reference"), MEDIUM),
        Column(t("Date"), MEDIUM),
        Column(t("Due date"), MEDIUM),
        Column(t("Days overdue"), MEDIUM, "right"),
        Column(t("Range"), MEDIUM),
        Column(t("Amount"), MEDIUM, "right"),
        Column(t("Applied"), MEDIUM, "right"),
        Column(t("Balance"), MEDIUM, "right"),
        Column(t("Status"), MEDIUM),
        Column(t("Overdue"), NARROW),
        Column(t("Remarks"), MEDIUM),
        *order,
    )
    grid = Grid(book, section.currency, columns, section.currency)
    _write_letterhead(grid, statement)
    _write_aging(grid, statement, section)
    grid.header()
    for item in section.items:
        grid.add(
            (
                words.type(item.type),
                item.number,
                item.reference,
                item.issue_date,
                item.due_date,
                item.days_overdue if item.overdue else None,
                words.bucket(item.bucket) if item.open else None,
                item.total,
                item.applied,
                item.open,
                words.status(item),
                words.overdue(item),
                words.marks(item) or None,
                *(item.purchase_order for _ in order),
            )
        )
    if statement.selection is not None:
        # The total is the whole account's: the rows above do not add up to it, nor claim to.
        grid.figure(t("Total balance"), ITEM_OPEN, section.total)
        return
    # Only the open column: amounts of void documents stand in the others.
    grid.totals(t("Total balance"), {ITEM_OPEN: section.total})


def _write_lines(book: Book, statement: Statement, section: Section) -> None:
    t, words = book.words.t, book.words
    order = _order_column(book, section.lines)
    columns = (
        Column(t("Date"), WIDE),
        Column(t("Type"), WIDE),
        Column(t("Number"), MEDIUM),
        Column(t("Reference"), MEDIUM),
        Column(t("What was applied"), MEDIUM),
        Column(t("Amount"), MEDIUM, "right"),
        Column(t("Balance"), MEDIUM, "right"),
        Column(t("Status"), MEDIUM),
        *order,
    )
    grid = Grid(book, section.currency, columns, section.currency)
    _write_letterhead(grid, statement)
    _write_aging(grid, statement, section)
    grid.header()
    # The opening balance is the first movement: then the closing balance is the sum of a column.
    opening = ZERO if section.opening is None else section.opening
    row = (statement.from_date, t("Opening balance"), None, None, None, opening, opening)
    grid.add(row, bold=True)
    for line in section.lines:
        grid.add(
            (
                line.date,
                words.type(line.type),
                line.number,
                line.reference,
                line.label,
                line.amount,
                line.balance,
                words.void(line),
                *(line.purchase_order for _ in order),
            )
        )
    # Not SUBTOTAL: a closing balance does not change with what is filtered, and void movements
    # (those with a word in the last column) stay out of it.
    ranges = zip(grid.ranges(LINE_AMOUNT), grid.ranges(LINE_STATE), strict=True)
    sums = (f'SUMIFS({amounts},{states},"=")' for amounts, states in ranges)
    grid.total(t("Closing balance"), LINE_BALANCE, "=" + "+".join(sums), section.closing)


def _order_column(book: Book, rows: Iterable[Item | Line]) -> tuple[Column, ...]:
    """The client's orders, where there are any: the last column, so that no other one moves."""
    if not any(row.purchase_order for row in rows):
        return ()
    return (Column(book.words.t("Purchase order"), MEDIUM),)


def _write_applied(book: Book, section: Section) -> None:
    items = [item for item in section.items if item.allocations]
    if not items:
        return
    t, words = book.words.t, book.words
    columns = (
        Column(t("Document"), MEDIUM),
        Column(t("Type"), MEDIUM),
        Column(t("Date"), NARROW),
        Column(t("What was applied"), MEDIUM),
        Column(t("Reference"), WIDE),
        Column(t("Detail"), WIDE),
        Column(t("Applied to"), MEDIUM),
        Column(t("Applied amount"), MEDIUM, "right"),
    )
    name = t("Applied payments {currency}", currency=clip(section.currency, 8))
    grid = Grid(book, name, columns, section.currency)
    grid.header()
    for item in items:
        for a in item.allocations:
            grid.add(
                (
                    item.number,
                    words.type(item.type),
                    a.date,
                    words.kind(a.kind),
                    a.reference or a.source_id,
                    a.label,
                    a.number,
                    a.amount,
                )
            )
    grid.close()


def _write_instalments(book: Book, section: Section) -> None:
    items: list[Item] = [item for item in section.items if item.instalments]
    if not items:
        return
    t, words = book.words.t, book.words
    columns = (
        Column(t("Document"), MEDIUM),
        Column(t("Instalment"), NARROW, "right"),
        Column(t("Due date"), NARROW),
        Column(t("Days overdue"), MEDIUM, "right"),
        Column(t("Range"), MEDIUM),
        Column(t("Amount"), MEDIUM, "right"),
        Column(t("Balance"), MEDIUM, "right"),
    )
    name = t("Instalments {currency}", currency=clip(section.currency, 8))
    grid = Grid(book, name, columns, section.currency)
    grid.header()
    for item in items:
        for part in item.instalments:
            grid.add(
                (
                    item.number,
                    part.instalment,
                    part.due_date,
                    part.days_overdue if part.open and part.days_overdue > 0 else None,
                    words.bucket(part.bucket) if part.open else t("settled"),
                    part.amount,
                    part.open,
                )
            )
    grid.close()


def _write_later(book: Book, section: Section) -> None:
    lines: tuple[Line, ...] = section.future_payments
    if not lines:
        return
    t, words = book.words.t, book.words
    columns = (
        Column(t("Date"), NARROW),
        Column(t("Type"), MEDIUM),
        Column(t("Number"), MEDIUM),
        Column(t("Reference"), WIDE),
        Column(t("Amount"), MEDIUM, "right"),
    )
    name = t("Later payments {currency}", currency=clip(section.currency, 8))
    grid = Grid(book, name, columns, section.currency)
    grid.header()
    for line in lines:
        grid.add((line.date, words.type(line.type), line.number, line.reference, line.amount))
    grid.close()
