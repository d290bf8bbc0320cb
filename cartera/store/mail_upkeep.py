"""What the outbox forgets: messages themselves after a while, and clocks that stand still.

That a message was sent, to whom and what became of it is kept for good.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from cartera.store import companies
from cartera.store.db import Store
from cartera.store.notice_schema import link_opens
from cartera.store.schema import domain_pace, message_contents, messages

#: Rows that one transaction deletes: senders must not wait for it.
CHUNK = 1_000
QUIET = timedelta(days=1)
#: When a page was opened is for its client's time line; how often it was is kept for good.
OPENS_KEPT = timedelta(days=400)


def forget(store: Store, now: datetime) -> dict[str, int]:
    """Drop contents older than their company keeps them, and paces of quiet domains; counts."""
    with store.read() as connection:
        query = sa.select(messages.c.company_id).distinct()
        known: list[str] = [row.company_id for row in connection.execute(query)]
    contents = 0
    for company_id in known:
        keep = timedelta(days=companies.mail_profile(store, company_id).keep_days)
        contents += _forget_contents(store, company_id, now - keep)
    with store.write() as connection:
        opens = connection.execute(
            sa.delete(link_opens).where(link_opens.c.opened_at < now - OPENS_KEPT)
        )
        quiet = connection.execute(
            sa.delete(domain_pace).where(domain_pace.c.available_at < now - QUIET)
        )
    return {"contents": contents, "domains": quiet.rowcount, "opens": opens.rowcount}


def _forget_contents(store: Store, company_id: str, before: datetime) -> int:
    old = (
        sa.select(message_contents.c.message_id)
        .join(messages)
        .where(messages.c.company_id == company_id, message_contents.c.kept_at < before)
        .limit(CHUNK)
    )
    count = 0
    while True:
        with store.write() as connection:
            ids: list[int] = [row.message_id for row in connection.execute(old)]
            connection.execute(
                sa.delete(message_contents).where(message_contents.c.message_id.in_(ids))
            )
        count += len(ids)
        if len(ids) < CHUNK:
            return count
