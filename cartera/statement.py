"""The account statement as data: one object that feeds page, mail, PDF, Excel and JSON.

Amounts are Decimals in the section's currency; credits (payments, credit notes) are negative.
Figures are computed in SQL (`dbt_project/models/marts`); `cartera.warehouse.statements` fills
these classes and nothing here adds or subtracts money.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from cartera.money import amount_text

if TYPE_CHECKING:
    from cartera.filters import Selection

Kind = Literal["open", "activity", "forward"]
KINDS: tuple[Kind, ...] = ("open", "activity", "forward")
ItemType = Literal["invoice", "debit_note", "credit_note", "payment", "refund"]
Status = Literal["open", "partial", "paid", "void"]


@dataclass(frozen=True, slots=True)
class Party:
    """Who sends (company) or who owes (client); `id` is company_id or client_id."""

    id: str
    name: str
    tax_id: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    #: company only: accent colour and absolute path of the logo ("" for none)
    color: str = "#1f6f6b"
    logo: str = ""


@dataclass(frozen=True, slots=True)
class Allocation:
    """One thing applied to an item: a payment, credit, refund, withholding, discount, ...

    `amount` is what it adds to the item's `applied`: positive where it settles an invoice, negative
    where it re-opens one (a refund) or uses up money in favour (on a payment or credit note).
    `reference` is what people call the source (payment reference or credit note number);
    `document_id` and `number` name the other side where the item itself is a payment or credit
    note.
    """

    date: date
    kind: str
    amount: Decimal
    source_id: str | None = None
    reference: str | None = None
    label: str | None = None
    document_id: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Instalment:
    """One instalment of a document, with what is still open of it."""

    instalment: int
    due_date: date
    amount: Decimal
    open: Decimal
    days_overdue: int
    bucket: str


@dataclass(frozen=True, slots=True)
class Item:
    """One document or payment with what is still open of it as of the statement's day.

    Signed as in the ledger: payments and credit notes are negative. total - applied = open, and
    applied = the sum of `allocations`. `days_overdue` is negative before the due date.
    `bucket` is the aging range's name, or "unapplied" for money in favour.
    """

    document_id: str
    number: str
    type: ItemType
    issue_date: date
    due_date: date | None
    days_overdue: int
    total: Decimal
    applied: Decimal
    open: Decimal
    status: Status
    overdue: bool
    bucket: str
    disputed: bool = False
    #: The client reported a payment of it that does not count yet; promised to pay it by a day.
    reported: bool = False
    promised: date | None = None
    #: A payment of it is under way on the client's page, or was made and is not in the figures yet.
    paying: bool = False
    reference: str | None = None
    purchase_order: str | None = None
    url: str | None = None
    allocations: tuple[Allocation, ...] = ()
    instalments: tuple[Instalment, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an activity or forward statement, with the balance after it."""

    date: date
    type: str
    number: str
    reference: str | None
    amount: Decimal
    balance: Decimal
    document_id: str
    label: str | None = None
    void: bool = False
    purchase_order: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """All of one currency. total = sum of aging + unapplied = closing, always.

    `opening` is the balance before `from` (None for an open-item statement). `aging` keeps the
    ranges in order. `future_payments` are payments dated after the statement's day; they count
    for nothing in it.
    """

    currency: str
    opening: Decimal | None
    items: tuple[Item, ...]
    lines: tuple[Line, ...]
    aging: dict[str, Decimal]
    overdue: Decimal
    unapplied: Decimal
    total: Decimal
    closing: Decimal
    future_payments: tuple[Line, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether something is open in it, in favour of either side, even where it adds up to 0."""
        return bool(self.total or self.unapplied or any(self.aging.values()))

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing but zeros: nothing is open and no row is listed."""
        rows = (self.items, self.lines, self.future_payments)
        return not (self.is_open or self.opening or self.closing or any(rows))


def arranged(sections: Iterable[Section]) -> tuple[Section, ...]:
    """The sections in the order in which they are read: first where something is open.

    A currency of nothing but zeros is left out where another one has something to say.
    """
    found = sorted(sections, key=lambda one: (not one.is_open, one.is_empty))  # stable
    filled = tuple(section for section in found if not section.is_empty)
    return filled or tuple(found)


@dataclass(frozen=True, slots=True)
class Statement:
    """A client's account with a company, as of a day.

    `selection` says which items are listed where not all of them are; figures are always of the
    whole account.
    """

    company: Party
    client: Party
    kind: Kind
    as_of: date
    from_date: date | None
    to_date: date | None
    language: str
    country: str
    basis: str
    sections: tuple[Section, ...] = field(default_factory=tuple)
    selection: Selection | None = None

    @property
    def last_due(self) -> date | None:
        """The last day on which something that is open falls due; None: nothing is."""
        days = (
            day
            for section in self.sections
            for item in section.items
            if item.open > 0
            for day in (item.due_date, *(part.due_date for part in item.instalments if part.open))
        )
        return max((day for day in days if day is not None), default=None)


def to_json(statement: Statement) -> dict[str, Any]:
    """The contract's JSON shape: amounts as text with the currency's decimals, dates ISO."""
    shown: dict[str, Any] = {
        "company": _party(statement.company, "company_id"),
        "client": _party(statement.client, "client_id"),
        "kind": statement.kind,
        "as_of": statement.as_of.isoformat(),
        "from": _iso(statement.from_date),
        "to": _iso(statement.to_date),
        "basis": statement.basis,
        "sections": [_section(s, statement.kind) for s in statement.sections],
    }
    if (chosen := statement.selection) is not None:
        shown["selection"] = {
            "listed": chosen.listed,
            "total": chosen.total,
            "filters": chosen.filters.to_query(),
        }
    return shown


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _party(party: Party, key: str) -> dict[str, str]:
    return {
        key: party.id,
        "name": party.name,
        "tax_id": party.tax_id,
        "address": party.address,
        "phone": party.phone,
        "email": party.email,
    }


def _section(section: Section, kind: Kind) -> dict[str, Any]:
    def money(amount: Decimal) -> str:
        return amount_text(amount, section.currency)

    rows = (
        [_item(i, money) for i in section.items]
        if kind == "open"
        else [_line(line, money) for line in section.lines]
    )
    return {
        "currency": section.currency,
        "opening": None if section.opening is None else money(section.opening),
        "items": rows,
        "aging": {name: money(amount) for name, amount in section.aging.items()},
        "overdue": money(section.overdue),
        "unapplied": money(section.unapplied),
        "total": money(section.total),
        "closing": money(section.closing),
        "future_payments": [_line(line, money) for line in section.future_payments],
    }


def _item(item: Item, money: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "document_id": item.document_id,
        "number": item.number,
        "type": item.type,
        "issue_date": item.issue_date.isoformat(),
        "due_date": _iso(item.due_date),
        "days_overdue": item.days_overdue,
        "total": money(item.total),
        "applied": money(item.applied),
        "open": money(item.open),
        "status": item.status,
        "overdue": item.overdue,
        "bucket": item.bucket,
        "disputed": item.disputed,
        "reported": item.reported,
        "promised": _iso(item.promised),
        "paying": item.paying,
        "reference": item.reference,
        "purchase_order": item.purchase_order,
        "url": item.url,
        "allocations": [
            {
                "date": a.date.isoformat(),
                "kind": a.kind,
                "source_id": a.source_id,
                "reference": a.reference,
                "label": a.label,
                "amount": money(a.amount),
                "document_id": a.document_id,
                "number": a.number,
            }
            for a in item.allocations
        ],
    }
    if item.instalments:
        shown["instalments"] = [
            {
                "instalment": i.instalment,
                "due_date": i.due_date.isoformat(),
                "amount": money(i.amount),
                "open": money(i.open),
                "days_overdue": i.days_overdue,
                "bucket": i.bucket,
            }
            for i in item.instalments
        ]
    return shown


def _line(line: Line, money: Any) -> dict[str, Any]:
    return {
        "date": line.date.isoformat(),
        "type": line.type,
        "number": line.number,
        "reference": line.reference,
        "purchase_order": line.purchase_order,
        "amount": money(line.amount),
        "balance": money(line.balance),
        "document_id": line.document_id,
        "label": line.label,
        "void": line.void,
    }
