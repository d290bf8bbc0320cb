"""The one clock. Nothing else in Cartera asks what time it is.

Calculations take `as_of: date`; only the outermost layer (a command, a page, a sensor) calls
`today`. `CARTERA_TODAY` (ISO date) fixes the day for demos and tests.
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
    fixed = os.environ.get("CARTERA_TODAY")
    if fixed:
        return date.fromisoformat(fixed)
    return now().astimezone(ZoneInfo(timezone)).date()
