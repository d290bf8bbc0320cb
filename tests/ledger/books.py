"""Rows for the examples of `test_rules`, and a company's figures as they read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cartera.contract import TABLES
from cartera.statement import Item
from cartera.warehouse import health
from cartera.warehouse.reader import Reader
from tests.ledger.histories import Arrival

DAY = date(2026, 6, 30)
#: company -> rows of the first load, and of a second one that comes after a refresh
FIRST: dict[str, list[Arrival]] = {}
THEN: dict[str, list[Arrival]] = {}
Test = Callable[..., None]


def ledger(*rows: Arrival, then: tuple[Arrival, ...] = ()) -> Callable[[Test], Test]:
    """The rows of a test's company; client C is always there."""

    def register(test: Test) -> Test:
        name = test.__name__
        FIRST[name] = [("clients", {**_row("clients"), "client_id": "C", "name": "C"}), *rows]
        if then:
            THEN[name] = list(then)
        return test

    return register


def _row(table: str, **values: Any) -> dict[str, Any]:
    return {column.name: None for column in TABLES[table].all_columns} | values


def client(client_id: str) -> Arrival:
    return "clients", _row("clients", client_id=client_id, name=client_id)


def document(document_id: str, total: int, **given: Any) -> Arrival:
    """An invoice in COP of 1 March, due 31 March."""
    values = {"client_id": "C", "type": "invoice", "number": document_id, "currency": "COP"}
    values |= {"issue_date": "2026-03-01", "due_date": "2026-03-31", "total": total}
    return "documents", _row("documents", document_id=document_id, **(values | given))


def payment(payment_id: str, amount: int, **given: Any) -> Arrival:
    """Money received from C on 10 April."""
    values = {"client_id": "C", "date": "2026-04-10", "amount": amount, "currency": "COP"}
    return "payments", _row("payments", payment_id=payment_id, **(values | given))


def allocation(kind: str, source: str, target: str, amount: int, **given: Any) -> Arrival:
    """What settles what; its id is made of kind, source and target."""
    values = {"allocation_id": f"{kind} {source} {target}", "kind": kind, "amount": amount}
    values |= {"source_id": source or None, "document_id": target or None}
    return "allocations", _row("allocations", **(values | given))


def part(instalment: int, due_date: str, amount: int | str, **given: Any) -> Arrival:
    """One instalment of document I."""
    values = {"instalment": instalment, "due_date": due_date, "amount": amount, **given}
    return "instalments", _row("instalments", document_id="I", **values)


@dataclass
class Book:
    """One company's figures; `before` and `waited` are as they were after the first load."""

    reader: Reader
    company: str
    before: dict[str, Any] = field(default_factory=dict)
    waited: set[str] = field(default_factory=set)

    def items(self, client_id: str = "C", as_of: date = DAY) -> dict[str, Item]:
        """Items of the client's open statement, paid documents too."""
        found = self.reader.statement(self.company, client_id, as_of=as_of, include_paid=True)
        return {item.document_id: item for part in found.sections for item in part.items}

    def open(self, client_id: str = "C", as_of: date = DAY) -> dict[str, Any]:
        """What is open of each item that is not settled."""
        return {n: i.open for n, i in self.items(client_id, as_of).items() if i.open}

    def ranges(self, **options: Any) -> dict[str, Any]:
        """Client C's aging ranges that are not zero."""
        (row,) = self.reader.aging(self.company, as_of=DAY, **options).rows
        return {name: amount for name, amount in row.buckets.items() if amount}

    def ask(self, query: str) -> list[Any]:
        """Rows of a query; `?` is the company."""
        with self.reader.cursor() as cursor:
            return cursor.execute(query, [self.company]).fetchall()

    def warnings(self) -> set[tuple[str, str]]:
        """Kinds of warning, each with its item."""
        with self.reader.cursor() as cursor:
            found = health.warnings(cursor, self.company)
        return {(row["warning"], row["item_id"]) for row in found}

    def waiting(self) -> set[str]:
        """Ids of the rows that wait."""
        with self.reader.cursor() as cursor:
            return {row.record_id for row in health.waiting(cursor, self.company)}


def rows_of(companies: dict[str, list[Arrival]]) -> list[Arrival]:
    """All rows, each with its company."""
    return [
        (table, row | {"company_id": company})
        for company, rows in companies.items()
        for table, row in rows
    ]
