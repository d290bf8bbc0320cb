"""Statements for tests: sensible defaults, so that a test shows only what matters to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from cartera.statement import Allocation, Item, Line, Party, Section, Statement

AS_OF = date(2026, 11, 24)
COMPANY = Party(
    id="main",
    name="Distribuidora Ñandú S.A.S.",
    tax_id="900.123.456-7",
    address="Calle 93 # 11-27, Bogotá",
    phone="+57 601 555 0100",
    email="cartera@nandu.example",
    website="https://nandu.example",
)
CLIENT = Party(
    id="C-001",
    name="Ferretería El Cóndor Ltda.",
    tax_id="830.987.654-3",
    address="Carrera 7 # 45-10, Medellín",
    email="pagos@condor.example",
)
BUCKETS = ("current", "1-30", "31-60", "61-90", "90+")


def money(amount: str | int | Decimal) -> Decimal:
    """An amount as the warehouse gives it: four decimals."""
    return Decimal(amount).quantize(Decimal("0.0001"))


def make_allocation(amount: str | int | Decimal = "0", **fields: Any) -> Allocation:
    """A payment applied, ten days before the statement's day."""
    given: dict[str, Any] = {"kind": "payment", "source_id": "P-1"}
    given["date"] = AS_OF - timedelta(days=10)
    return Allocation(amount=money(amount), **(given | fields))


def make_item(
    number: str = "FV-1001",
    total: str | int | Decimal = "1190000",
    *,
    days: int = 0,
    allocations: Iterable[Allocation] = (),
    **fields: Any,
) -> Item:
    """An item due `days` before the statement's day; what is open follows from what is applied."""
    applied_by = tuple(allocations)
    applied = sum((a.amount for a in applied_by), money(0))
    void = fields.get("status") == "void"
    opened = money(0) if void else money(total) - applied
    in_favour = fields.get("type") in ("payment", "credit_note")
    due = None if in_favour else AS_OF - timedelta(days=days)
    status = "open" if not applied else "partial" if opened else "paid"
    given: dict[str, Any] = {
        "document_id": f"D-{number}",
        "type": "invoice",
        "issue_date": AS_OF - timedelta(days=days + 30),
        "due_date": due,
        "days_overdue": days,
        "status": status,
        "overdue": bool(days > 0 and opened and not in_favour),
        "bucket": "unapplied" if in_favour else bucket_of(days),
    }
    return Item(
        number=number,
        total=money(total),
        applied=applied,
        open=opened,
        allocations=applied_by,
        **(given | fields),
    )


def bucket_of(days: int) -> str:
    """The aging range of a debt, with the usual limits."""
    limits = zip((0, 30, 60, 90), BUCKETS, strict=False)
    return next((name for limit, name in limits if days <= limit), "90+")


def make_line(amount: str | int | Decimal = "1190000", **fields: Any) -> Line:
    """One movement: an invoice of the statement's day."""
    given: dict[str, Any] = {
        "date": AS_OF,
        "type": "invoice",
        "number": "FV-1001",
        "reference": None,
        "balance": money(amount),
        "document_id": "D-FV-1001",
    } | fields
    return Line(amount=money(amount), **given)


def make_section(
    items: Iterable[Item] | None = None,
    *,
    currency: str = "COP",
    opening: str | int | Decimal | None = None,
    lines: Iterable[Line] = (),
    **fields: Any,
) -> Section:
    """A section whose figures tie: ranges and total follow from the items, or from the lines."""
    shown = (make_item(),) if items is None else tuple(items)
    moved = tuple(lines)
    aging = dict.fromkeys(BUCKETS, money(0))
    unapplied = money(0)
    for item in shown:
        if item.bucket == "unapplied":
            unapplied += item.open
        else:
            aging[item.bucket] += item.open
    total = sum(aging.values(), unapplied)
    if moved and not shown:
        total = aging["current"] = moved[-1].balance
    given: dict[str, Any] = {
        "aging": aging,
        "overdue": sum((i.open for i in shown if i.overdue), money(0)),
        "unapplied": unapplied,
        "total": total,
        "closing": total,
    }
    return Section(
        currency=currency,
        opening=None if opening is None else money(opening),
        items=shown,
        lines=moved,
        **(given | fields),
    )


def make_activity(count: int = 6, *, opening: str = "500000", currency: str = "COP") -> Section:
    """A section of movements, with the running balance after each: invoices, every third paid."""
    balance, lines = money(opening), []
    for n in range(count):
        paid = n % 3 == 2
        amount = money(-750_000 if paid else 380_000 + 1_000 * n)
        balance += amount
        line = make_line(
            amount,
            date=AS_OF - timedelta(days=count - n),
            type="payment" if paid else "invoice",
            number=f"RC-{n}" if paid else f"FV-{n}",
            reference="Transferencia Bancolombia" if paid else f"OC-{4500 + n}",
            balance=balance,
        )
        lines.append(line)
    return make_section((), currency=currency, opening=opening, lines=lines)


def make_statement(*sections: Section, **fields: Any) -> Statement:
    """A statement in Spanish of a company in Colombia; one section with one invoice if none."""
    company = replace(COMPANY, **fields.pop("company", {}))
    client = replace(CLIENT, **fields.pop("client", {}))
    given: dict[str, Any] = {
        "kind": "open",
        "as_of": AS_OF,
        "from_date": None,
        "to_date": None,
        "language": "es",
        "country": "CO",
        "basis": "due_date",
        "sections": sections or (make_section(),),
    }
    return Statement(company=company, client=client, **(given | fields))
