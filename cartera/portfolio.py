"""The portfolio as data: clients with their balances, open documents, trend, a client's record.

Amounts are Decimals of one currency each and are never added across currencies. They come from
the marts (`cartera.warehouse.portfolio` and the modules beside it); nothing here adds money.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Only = Literal["all", "balance", "overdue", "credit"]
ClientSort = Literal["name", "total", "overdue", "oldest_due", "days_overdue"]
DocumentSort = Literal["due_date", "client", "open", "days_overdue", "number"]


@dataclass(frozen=True, slots=True)
class ClientRow:
    """What a search shows of a client."""

    client_id: str
    name: str
    tax_id: str
    emails: str


@dataclass(frozen=True, slots=True)
class ClientBalance:
    """One client in one currency; `currency` is None, and all zero, where nothing is open.

    `oldest_due_date` is the earliest due date of its open receivables, `days_overdue` how many
    days ago that was (0 where it is still to come, or there is none). `documents` counts open
    receivables.
    """

    client_id: str
    name: str
    tax_id: str
    group: str
    salesperson: str
    currency: str | None
    total: Decimal
    overdue: Decimal
    unapplied: Decimal
    documents: int
    oldest_due_date: date | None
    days_overdue: int


@dataclass(frozen=True, slots=True)
class ClientPage:
    """Some of the clients; `count` is how many rows there are on all pages."""

    rows: tuple[ClientBalance, ...]
    count: int


@dataclass(frozen=True, slots=True)
class LastPayment:
    """Money received; `number` is what people call it."""

    date: date
    currency: str
    amount: Decimal
    number: str


@dataclass(frozen=True, slots=True)
class ClientRecord:
    """What is known of a client; `language` is empty where its file says none.

    `edited_fields` names what a person wrote by hand, over what files say; `is_by_hand` is true
    while no file names the client at all.
    """

    client_id: str
    name: str
    tax_id: str
    emails: tuple[str, ...]
    phone: str
    language: str
    salesperson: str
    group: str
    credit_limit: Decimal | None
    notes: str
    first_document: date | None
    last_document: date | None
    last_payments: tuple[LastPayment, ...]
    edited_fields: frozenset[str] = frozenset()
    is_by_hand: bool = False


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """An open document, or money in favour. `open` is what of it the figure asked for contains.

    A document in instalments is one row: `open` is the sum of those in the range asked for,
    `due_date`, `days_overdue` and `bucket` are of the oldest of them. `days_overdue` is negative
    before the due date.
    """

    client_id: str
    client: str
    document_id: str
    number: str
    type: str
    currency: str
    issue_date: date
    due_date: date
    days_overdue: int
    bucket: str
    total: Decimal
    open: Decimal
    disputed: bool
    purchase_order: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One document, open or settled, as of a day. `open` is what is left of it.

    `shares_number`: another document of the company bears the same number.
    """

    client_id: str
    document_id: str
    number: str
    type: str
    currency: str
    issue_date: date
    due_date: date | None
    total: Decimal
    open: Decimal
    is_overdue: bool
    url: str
    shares_number: bool


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """Some of the documents; `count` and `totals` (by currency) are of all pages."""

    rows: tuple[OpenDocument, ...]
    count: int
    totals: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """What was open at the end of a day, in one currency. total = sum of `buckets` + unapplied."""

    day: date
    currency: str
    buckets: dict[str, Decimal]
    overdue: Decimal
    unapplied: Decimal
    total: Decimal
    clients: int
