"""Lists of changed figures, for tests that are about what they hold back."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from cartera.store import publications
from cartera.store.db import Store
from cartera.store.figure_changes import AccountChange, Comparison, Figure
from cartera.store.publications import Publication
from tests.store.mails import NOW

TODAY, MONTH_END = date(2026, 11, 24), date(2026, 10, 31)


def figure(before: str, after: str) -> Figure:
    old, new = Decimal(before), Decimal(after)
    return Figure(old, new, new - old)


def account(client_id: str = "C1", **changes: Any) -> AccountChange:
    values: dict[str, Any] = {
        "as_of": TODAY,
        "client_id": client_id,
        "currency": "COP",
        "figures": {
            "total": figure("1000", "900"),
            "overdue": figure("1000", "1000"),
            "unapplied": figure("0", "-100"),
        },
    }
    return AccountChange(**(values | changes))


def comparison(company_id: str = "main", **changes: Any) -> Comparison:
    values: dict[str, Any] = {
        "company_id": company_id,
        "before_id": 1,
        "program": "0.2.0",
        "days": (TODAY, MONTH_END),
        "accounts": (account(),),
    }
    return Comparison(**(values | changes))


def published(store: Store, *changes: Comparison, now: datetime = NOW) -> Publication:
    """A publication by another version, of the snapshot that was there."""
    before = publications.current(store)
    return publications.publish(
        store,
        snapshot_id=before.snapshot_id if before else 1,
        batch_seq=before.batch_seq if before else 1,
        definitions=before.definitions if before else "",
        changes=changes or (comparison(),),
        now=now,
    )
