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
    said = announced(store, company_id, day, timezone=timezone, client_ids=client_ids)
    return _together(found, said)


def announced(
    store: Store,
    company_id: str,
    day: date,
    *,
    timezone: str,
    client_ids: Collection[str] | None = None,
) -> dict[str, list[Hold]]:
    """What clients themselves hold back: what they announced, and what they are paying."""
    return _together(
        notice_holds.holds(store, company_id, day, timezone=timezone, client_ids=client_ids),
        online_holds.holds(store, company_id, day, timezone=timezone, client_ids=client_ids),
    )


def _together(found: dict[str, list[Hold]], more: dict[str, list[Hold]]) -> dict[str, list[Hold]]:
    """The first with what the second has of each client."""
    for client_id, theirs in more.items():
        found.setdefault(client_id, []).extend(theirs)
    return found
