"""How often somebody may try links that do not exist.

A token has 256 bits: nobody guesses one. The limit keeps whoever tries from costing anything,
and tells it apart in the log from a mistyped link. It counts failures only, per network address,
so an office whose thirty clients open their mails at once is never in its way.
"""

from __future__ import annotations

import logging
from functools import lru_cache

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.requests import Request

from streamlit_app.shared.network import network

#: Unknown links that one address may try in a minute.
TRIES = RateLimitItemPerMinute(20)
#: What a refused browser is told to wait, in seconds.
WAIT_SECONDS = 60

_log = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def _limiter() -> FixedWindowRateLimiter:
    # In this process's memory: it forgets an address a minute after its last try.
    return FixedWindowRateLimiter(MemoryStorage())


def may_try(request: Request) -> bool:
    """Whether this address has tries left."""
    return _limiter().test(TRIES, _address(request))


def count_failure(request: Request) -> None:
    """Note a try that found nothing."""
    if not _limiter().hit(TRIES, _address(request)):
        _log.warning("too many unknown links from %s", _address(request))


def _address(request: Request) -> str:
    return network(request.client.host if request.client else None)


def forget() -> None:
    """Start anew."""
    _limiter.cache_clear()
