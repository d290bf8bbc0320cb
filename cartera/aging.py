"""Aging as data: who owes how much, by how many days late.

Ranges are closed on the right: with limits 30, 60, 90 and basis `due_date` they are `current`,
`1-30`, `31-60`, `61-90`, `90+`; with basis `issue_date` they are `0-30`, `31-60`, ... (contract,
ledger rule 3). The amounts come from `marts.aging`; nothing here adds money.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from cartera.config import Basis
from cartera.errors import UsageError
from cartera.money import amount_text


@dataclass(frozen=True, slots=True)
class AgingRow:
    """One client in one currency; `client_id` and `client` are empty in a total.

    total = sum of `buckets` + unapplied. `documents` counts the open receivables, `clients` (in a
    total) the clients that have any.
    """

    client_id: str
    client: str
    currency: str
    buckets: dict[str, Decimal]
    overdue: Decimal
    unapplied: Decimal
    total: Decimal
    documents: int
    clients: int = 1


@dataclass(frozen=True, slots=True)
class Aging:
    """Aging of a company's clients as of a day."""

    as_of: date
    basis: Basis
    limits: tuple[int, ...]
    rows: tuple[AgingRow, ...]
    totals: tuple[AgingRow, ...]


def bucket_names(basis: Basis, limits: Sequence[int]) -> list[str]:
    """Names of the ranges in order, as `marts.aging` numbers them from 0.

    >>> bucket_names("due_date", [30, 60])
    ['current', '1-30', '31-60', '60+']
    >>> bucket_names("issue_date", [30, 60])
    ['0-30', '31-60', '60+']
    """
    first = 1 if basis == "due_date" else 0
    starts = [first, *(limit + 1 for limit in limits[:-1])]
    names = [f"{start}-{end}" for start, end in zip(starts, limits, strict=True)]
    return (["current"] if basis == "due_date" else []) + [*names, f"{limits[-1]}+"]


def parse_limits(text: str) -> tuple[int, ...]:
    """Limits from a command line or a query string, for example `30,60,90`."""
    try:
        limits = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"--buckets takes whole numbers such as 30,60,90, not {text!r}") from None
    if list(limits) != sorted(set(limits)) or limits[0] < 1 or len(limits) > 12:
        raise UsageError("--buckets takes 1 to 12 ascending limits in days, such as 30,60,90")
    return limits


def to_json(aging: Aging) -> dict[str, Any]:
    """The contract's shape; amounts are text with the currency's decimals."""
    return {
        "as_of": aging.as_of.isoformat(),
        "basis": aging.basis,
        "rows": [
            {"client_id": row.client_id, "client": row.client, **_amounts(row)}
            for row in aging.rows
        ],
        "totals": [{**_amounts(row), "clients": row.clients} for row in aging.totals],
    }


def _amounts(row: AgingRow) -> dict[str, Any]:
    def money(amount: Decimal) -> str:
        return amount_text(amount, row.currency)

    return {
        "currency": row.currency,
        **{name: money(amount) for name, amount in row.buckets.items()},
        "overdue": money(row.overdue),
        "unapplied": money(row.unapplied),
        "total": money(row.total),
        "documents": row.documents,
    }
