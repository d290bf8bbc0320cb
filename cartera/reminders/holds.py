"""Everything that keeps reminders back: what staff paused, what clients announced or are paying."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from cartera.reminders.terms import Hold
from cartera.store import notice_holds, online_holds, pauses
from cartera.store.db import Store


def holds(
    store: Store,
    company_id: str,
    day: date,
    *,
    timezone: str,
    client_ids: Collection[str] | None = None,
) -> dict[str, list[Hold]]:
    """What is held back on a day of the company's, past or to come, by client."""
    found = pauses.holds(store, company_id, day, timezone=timezone, client_ids=client_ids)
    for more in (notice_holds, online_holds):
        theirs = more.holds(store, company_id, day, timezone=timezone, client_ids=client_ids)
        for client_id, holds_of_one in theirs.items():
            found.setdefault(client_id, []).extend(holds_of_one)
    return found
