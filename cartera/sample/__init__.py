"""A small believable company to look at: Empresa Ejemplar S.A.S., with two years of history.

`write_sample` makes the five input tables of the contract, always the same amounts, always up to
`today`. Its letterhead is `data/sample/cartera.toml`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from cartera.contract import ALLOCATIONS, CLIENTS, DOCUMENTS, INSTALMENTS, PAYMENTS, Table
from cartera.sample import stories
from cartera.sample.clients import PEDRO, Client, clients
from cartera.sample.history import (
    DAYS_PER_INSTALMENT,
    Allocation,
    Book,
    Document,
    Payment,
    trade,
)
from cartera.sample.paper import invoice_pdf

COMPANY_ID = "ejemplar"
#: Settings of the sample company, ready to copy to `$CARTERA_HOME/cartera.toml`.
PROFILE = Path(__file__).parents[2] / "data" / "sample" / "cartera.toml"
#: Folder beside the tables with files to drop in the inbox by hand.
NEWS = "novedades"

_SEED = 1819
#: What each kind of paper is called and where its numbers start.
_SERIES = {
    "invoice": ("FE", 1001), "debit_note": ("ND", 51), "credit_note": ("NC", 201),
    "in": ("RC", 3001), "out": ("CE", 401),
}  # fmt: skip

Row = dict[str, object]


def write_sample(folder: Path, today: date) -> None:
    """Write the five tables to `folder` and two small later deliveries to `folder`/novedades.

    The deliveries are not meant to be loaded with the rest: `payments_hoy.csv` with
    `allocations_hoy.csv` pays an open invoice of Pedro Gómez, `documents_hoy.csv` with the
    invoice's own PDF sells him more.
    """
    roster = clients(_SEED)
    papers = _Papers(_tell(roster), today)
    _write(folder, CLIENTS, [_client_row(client) for client in roster])
    _write(folder, DOCUMENTS, [papers.document_row(d) for d in papers.documents])
    _write(folder, INSTALMENTS, papers.instalment_rows())
    _write(folder, PAYMENTS, [papers.payment_row(p) for p in papers.payments])
    _write(folder, ALLOCATIONS, papers.allocation_rows(papers.book.allocations, first=1))

    later = _news(papers.book, roster[0])
    more = _Papers(later, today, after=papers)
    news = folder / NEWS
    first = len(papers.book.allocations) + 1
    _write(news, PAYMENTS, [more.payment_row(p) for p in more.payments], "_hoy")
    _write(news, ALLOCATIONS, more.allocation_rows(later.allocations, first=first), "_hoy")
    _write(news, DOCUMENTS, [more.document_row(d) for d in more.documents], "_hoy")
    for document in more.documents:
        number = more.numbers[document]
        (news / f"{number}.pdf").write_bytes(_pdf(document, number, more.day(document.age)))


def _tell(roster: Sequence[Client]) -> Book:
    book = Book()
    for client in roster:
        if client.client_id != PEDRO:  # his is told by hand
            trade(book, client, Random(f"{_SEED}:{client.client_id}:trade"))
    stories.tell_all(book, {client.client_id: client for client in roster}, _SEED)
    return book


def _news(book: Book, pedro: Client) -> Book:
    """What happens today: Pedro pays the invoice that is a few days late, and buys again."""
    late = next(d for d in book.documents if d.client is pedro and d.purchase_order == "OC-144")
    later = Book()
    amount = book.open_of(late)
    payment = later.payment(pedro, 0, amount, method="PSE", reference="71540926")
    later.allocate("payment", late, amount, 0, source=payment)
    later.invoice(pedro, 0, Decimal(1_250_000), purchase_order="OC-153")
    return later


def _pdf(document: Document, number: str, issued: date) -> bytes:
    return invoice_pdf(
        PROFILE,
        document.client,
        number=number,
        issued=issued,
        due=None if document.terms is None else issued + timedelta(days=document.terms),
        purchase_order=document.purchase_order,
        total=document.total,
    )


def workday(today: date, age: int) -> date:
    """The day `age` days before today; a weekend's trade happened on its Friday.

    Never later than asked and never out of order, so nothing is dated after today and no payment
    comes before its invoice.
    """
    day = today - timedelta(days=age)
    return day - timedelta(days=max(0, day.weekday() - 4))


class _Papers:
    """A book with calendar dates and numbers, as the accounting system would have given them.

    Numbers go on from those of the papers that this book comes `after`. Such a later book happens
    on its very days, also on a weekend: an invoice of the Friday before would count as history,
    which is not mailed.
    """

    def __init__(self, book: Book, today: date, after: _Papers | None = None) -> None:
        self.book = book
        self.today = today
        self.is_later = after is not None
        self.documents = sorted(book.documents, key=lambda d: -d.age)
        self.payments = sorted(book.payments, key=lambda p: -p.age)
        self.numbers: dict[Document | Payment, str] = dict(after.numbers if after else {})
        next_of = {kind: start for kind, (_, start) in _SERIES.items()}
        for paper in (*self.numbers, *self.documents, *self.payments):
            kind = paper.type if isinstance(paper, Document) else paper.direction
            self.numbers.setdefault(paper, f"{_SERIES[kind][0]}-{next_of[kind]}")
            next_of[kind] += 1

    def day(self, age: int) -> date:
        """The calendar day of what happened `age` days ago."""
        return self.today - timedelta(days=age) if self.is_later else workday(self.today, age)

    def document_row(self, document: Document) -> Row:
        issued = self.day(document.age)
        due = None if document.terms is None else issued + timedelta(days=document.terms)
        return {
            "document_id": self.numbers[document],
            "client_id": document.client.client_id,
            "type": document.type,
            "number": self.numbers[document],
            "issue_date": issued,
            "due_date": due,
            "currency": document.currency,
            "total": document.total,
            "status": document.status,
            "disputed": "true" if document.disputed else "false",
            "reference": document.reference,
            "purchase_order": document.purchase_order,
        }

    def instalment_rows(self) -> list[Row]:
        return [
            {
                "document_id": self.numbers[document],
                "instalment": number,
                "due_date": self.day(document.age) + timedelta(days=DAYS_PER_INSTALMENT * number),
                "amount": amount,
            }
            for document in self.documents
            for number, amount in enumerate(document.instalments, start=1)
        ]

    def payment_row(self, payment: Payment) -> Row:
        return {
            "payment_id": self.numbers[payment],
            "client_id": payment.client.client_id,
            "date": self.day(payment.age),
            "amount": payment.amount,
            "currency": payment.currency,
            "direction": payment.direction,
            "status": payment.status,
            "method": payment.method,
            "reference": payment.reference,
        }

    def allocation_rows(self, allocations: Iterable[Allocation], first: int) -> list[Row]:
        ordered = sorted(allocations, key=lambda a: -a.age)
        return [self._allocation_row(f"AP-{i}", a) for i, a in enumerate(ordered, first)]

    def _allocation_row(self, allocation_id: str, allocation: Allocation) -> Row:
        target = allocation.target
        side = "document_id" if isinstance(target, Document) else "target_payment_id"
        return {
            "allocation_id": allocation_id,
            "kind": allocation.kind,
            "amount": allocation.amount,
            "date": self.day(allocation.age),
            "source_id": self.numbers[allocation.source] if allocation.source else None,
            side: self.numbers[target],
            "source_amount": allocation.source_amount,
            "status": allocation.status,
            "label": allocation.label,
            "instalment": allocation.instalment,
        }


def _client_row(client: Client) -> Row:
    return {column.name: getattr(client, column.name) for column in CLIENTS.columns}


def _write(folder: Path, table: Table, rows: Iterable[Row], suffix: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    columns = ["company_id", *(column.name for column in table.columns)]
    path = folder / f"{table.name}{suffix}.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns, restval="", lineterminator="\n")
        writer.writeheader()
        for row in rows:
            cells = {name: _cell(value) for name, value in row.items()}
            writer.writerow({"company_id": COMPANY_ID, **cells})


def _cell(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:.2f}"  # both currencies have two decimals; nothing here has more
    return "" if value is None else str(value)
