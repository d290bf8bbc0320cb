"""Which online payments a page's address asks for: the page and its file read it the same way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cartera.online.terms import STATES
from cartera.store.online_listing import Asked
from streamlit_app.staff import address

#: Days back that the page shows by itself.
DAYS = 30


def query_of(query: Mapping[str, str], timezone: str, today: date) -> Asked:
    """The period in whole days of the company's time zone, the state, the client."""
    first = address.day(query, "from") or today - timedelta(DAYS)
    last = address.day(query, "to")
    state = query.get("state")
    return Asked(
        since=_start(first, timezone),
        until=_start(min(last, date.max - timedelta(1)) + timedelta(1), timezone) if last else None,
        states=[known for known in STATES if known == state],
        client_id=address.text(query, "client"),
    )


def _start(day: date, timezone: str) -> datetime:
    """When a day begins there. The first and last years that there are have no other zone's."""
    day = min(max(day, date(1900, 1, 1)), date(9000, 1, 1))
    return datetime.combine(day, time(), ZoneInfo(timezone))
