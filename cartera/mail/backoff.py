"""When a message that was put off is tried again, and when we give up."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

#: Greylisting servers want some minutes (RFC 6647); after that, later and later.
PAUSES = tuple(timedelta(minutes=m) for m in (5, 10, 20, 40, 90, 180, 360))
#: Two days, as mail servers themselves do: a statement that is older is no news any more.
GIVE_UP = timedelta(days=2)
#: Each pause is up to this share longer, so that what failed together does not come back so.
JITTER = 0.25

_random = Random()  # noqa: S311  # spreads load, keeps no secret


def again_at(attempts: int, trying_since: datetime | None, now: datetime) -> datetime | None:
    """Moment of the next attempt after `attempts` that failed; None: give up."""
    if trying_since is not None and now - trying_since >= GIVE_UP:
        return None
    pause = PAUSES[min(max(attempts, 1), len(PAUSES)) - 1]
    return now + pause * (1 + JITTER * _random.random())
