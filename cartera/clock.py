"""The one clock. Nothing else in Cartera asks what time it is.

Calculations take `as_of: date`; only the outermost layer (a command, a page, a sensor) calls
`today`. `CARTERA_TODAY` (ISO date) fixes the company's day for demos and tests: what is decided by
the day follows it (`today`, `local`), what is noted as having happened (`now`) does not.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def today(timezone: str) -> date:
    """The calendar day in a company's time zone."""
    return local(now(), timezone).date()


def local(present: datetime, timezone: str) -> datetime:
    """The present moment in a company's time zone: its hour there, on the day that is today.

    Only for the present: a moment of the past or to come stays on its own day.
    """
    there = present.astimezone(ZoneInfo(timezone))
    fixed = os.environ.get("CARTERA_TODAY")
    if not fixed:
        return there
    # Combined anew, so that the clock change of the fixed day counts, not that of the real one.
    return datetime.combine(date.fromisoformat(fixed), there.time(), ZoneInfo(timezone))
