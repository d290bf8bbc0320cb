"""How often somebody may do what costs something: try links that do not exist, send forms.

A token has 256 bits: nobody guesses one. The limit on tries keeps whoever does from costing
anything, and tells it apart in the log from a mistyped link. It counts failures only, per network
address, so an office whose thirty clients open their mails at once is never in its way.
"""

from __future__ import annotations

import logging
from functools import lru_cache

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.requests import Request
from starlette.responses import Response

from cartera.config import Company
from cartera.i18n import Translator
from streamlit_app.shared import shell
from streamlit_app.shared.network import network

#: Unknown links that one address may try in a minute.
TRIES = RateLimitItemPerMinute(20)
#: What a refused browser is told to wait, in seconds.
WAIT_SECONDS = 60

_log = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def _limiter() -> FixedWindowRateLimiter:
    # In this process's memory: it forgets whoever is quiet for as long as their limit counts.
    return FixedWindowRateLimiter(MemoryStorage())


def may_try(request: Request) -> bool:
    """Whether this address has tries left."""
    return _limiter().test(TRIES, network_of(request))


def count_failure(request: Request) -> None:
    """Note a try that found nothing."""
    if not _limiter().hit(TRIES, network_of(request)):
        _log.warning("too many unknown links from %s", network_of(request))


def take(limit: RateLimitItem, what: str, who: str) -> bool:
    """Note that somebody does something once more; whether that was within the limit."""
    return _limiter().hit(limit, what, who)


def network_of(request: Request) -> str:
    """The network address that a request comes from, as limits count it."""
    return network(request.client.host if request.client else None)


def page(company: Company, tr: Translator, sentence: str, seconds: int) -> Response:
    """The friendly page for whoever did too much; `sentence` says what to do, in their language."""
    answer = shell.message(
        company, tr.t("Too many tries"), sentence, status=429, language=tr.language
    )
    answer.headers["Retry-After"] = str(seconds)
    return answer


def forget() -> None:
    """Start anew."""
    _limiter.cache_clear()
