"""How often somebody may guess passwords.

Three counts over a quarter of an hour: guesses at one login from one network address, guesses
from one address, guesses at one login from everywhere. The last would let a stranger shut a
person out, so it does not hold for an address from which that person signed in lately.

The counts live in this process's memory: another process of the app counts for itself, a restart
forgets. They are bounded by the password checks, of which only a few run at once: an attempt is
counted when its check begins.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

PAIR = parse("5 per 15 minutes")
ADDRESS = parse("60 per 15 minutes")
LOGIN = parse("30 per 15 minutes")
LONGEST = 64


class Throttle:
    """The three counts of one process; safe between threads."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def begin(self, login: str, address: str, knows: Callable[[str, str], bool]) -> int:
        """Count an attempt: 0 if it may go on, or else the seconds until the next one may."""
        login = _key(login)
        counts: list[tuple[RateLimitItem, str]] = [
            (PAIR, f"{address} {login}"),
            (ADDRESS, address),
            (LOGIN, login),
        ]
        full = [(item, key) for item, key in counts if not self._limiter.test(item, key)]
        if full == [(LOGIN, login)] and knows(login, address):
            full = []
        if full:
            return max(self._seconds(item, key) for item, key in full)
        for item, key in counts:
            self._limiter.hit(item, key)
        return 0

    def succeeded(self, login: str, address: str) -> None:
        """Forget the guesses at a login whose password was right; those of the address stay."""
        login = _key(login)
        self._limiter.clear(PAIR, f"{address} {login}")
        self._limiter.clear(LOGIN, login)

    def _seconds(self, item: RateLimitItem, key: str) -> int:
        # `limits` counts by this clock; it is no calculation's day.
        until = self._limiter.get_window_stats(item, key).reset_time - time.time()  # noqa: TID251
        return max(math.ceil(until), 1)


def _key(login: str) -> str:
    return login.strip().casefold()[:LONGEST]
