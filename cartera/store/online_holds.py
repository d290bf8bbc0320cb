"""What payments on clients' pages keep reminders from: documents that are being paid, and those
that were and are still open in the figures.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from cartera.online.terms import TAKEN
from cartera.reminders.terms import Hold
from cartera.store.db import Store
from cartera.store.latest import latest
from cartera.store.notice_schema import own_payments
from cartera.store.online_schema import online_payments as table
from cartera.store.own_payment_rows import source_is_on_its_way

#: `Hold.cause`; `cartera.reminders.words` has the sentence.
CAUSE = "@paying"


def holds(
    store: Store,
    company_id: str,
    day: date,
    *,
    timezone: str,
    client_ids: Collection[str] | None = None,
) -> dict[str, list[Hold]]:
    """What is held back on a day of the company's, by client: each document by itself."""
    end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(timezone))
    on_its_way = source_is_on_its_way("online", table.c.company_id, table.c.public_id)
    query = (
        sa.select(table.c.client_id, table.c.lines)
        .where(
            table.c.company_id == company_id,
            table.c.created_at < end,
            sa.or_(table.c.state.in_(TAKEN), table.c.ended_at >= end, on_its_way),
        )
        .order_by(table.c.id)
    )
    if client_ids is not None:
        query = query.where(table.c.client_id.in_(list(client_ids)))
    found: dict[str, list[Hold]] = {}
    with store.read() as connection:
        for row in connection.execute(query):
            documents = (Hold(line["document_id"], "", None, CAUSE) for line in row.lines)
            found.setdefault(row.client_id, []).extend(documents)
    return found


def changed_at(store: Store, company_id: str) -> datetime | None:
    """When a payment was begun or ended last; None: there never was one."""
    return latest(store, company_id, table.c.created_at, table.c.ended_at)


def booked(store: Store, company_id: str, public_ids: Collection[str]) -> set[str]:
    """Which of these payments the published figures have."""
    own = own_payments.c
    query = sa.select(own.source_id).where(
        own.company_id == company_id,
        own.source == "online",
        own.source_id.in_(list(public_ids)),
        own.carried == own.revision,
        own.match != "doubt",
    )
    with store.read() as connection:
        return set(connection.execute(query).scalars())
