"""What clients' notices keep reminders from: reported payments, promises, disputes.

A promise holds until its day. A reported payment holds until it is rejected, or counts in the
figures; it speaks of the documents that it names, or of all. A dispute holds its document until
staff find it wrong or are done with it: one that was found right ends with a credit note.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from cartera.reminders.terms import Hold
from cartera.store.db import Store
from cartera.store.latest import latest
from cartera.store.notice_schema import notice_documents, notices
from cartera.store.own_payment_rows import source_is_on_its_way

#: `Hold.cause` of each kind; `cartera.reminders.words` has the sentences.
CAUSES = {"payment": "@payment", "promise": "@promise", "dispute": "@dispute"}
_HOLD = tuple(CAUSES)


def holds(
    store: Store,
    company_id: str,
    day: date,
    *,
    timezone: str,
    client_ids: Collection[str] | None = None,
) -> dict[str, list[Hold]]:
    """What is held back on a day of the company's, past or to come, by client."""
    end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(timezone))
    # An accepted payment that the figures do not have yet, or not until its doubt is decided.
    on_its_way = source_is_on_its_way("report", notices.c.company_id, notices.c.public_id)
    decided_later = sa.or_(notices.c.decided_at.is_(None), notices.c.decided_at >= end)
    query = (
        sa.select(
            notices.c.client_id, notices.c.kind, notices.c.day, notice_documents.c.document_id
        )
        .outerjoin(notice_documents, notice_documents.c.notice_id == notices.c.id)
        .where(
            notices.c.company_id == company_id,
            notices.c.kind.in_(_HOLD),
            notices.c.created_at < end,
            sa.or_(
                decided_later,
                sa.and_(notices.c.kind == "dispute", notices.c.state == "accepted"),
                sa.and_(notices.c.state == "accepted", on_its_way),
            ),
            sa.or_(notices.c.kind != "promise", notices.c.day >= day),
        )
        .order_by(notices.c.id)
    )
    if client_ids is not None:
        query = query.where(notices.c.client_id.in_(list(client_ids)))
    found: dict[str, list[Hold]] = {}
    with store.read() as connection:
        for row in connection.execute(query):
            until = row.day if row.kind == "promise" else None
            hold = Hold(row.document_id or "", "", until, CAUSES[row.kind])
            found.setdefault(row.client_id, []).append(hold)
    return found


def changed_at(store: Store, company_id: str) -> datetime | None:
    """When a notice was made or decided last; None: there never was one."""
    return latest(store, company_id, notices.c.created_at, notices.c.decided_at)
