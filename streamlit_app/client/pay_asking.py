"""Asking the gateway from a client's page: few at a time, and never so that a page waits long."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache

from limits import RateLimitItemPerMinute

from cartera import clock
from cartera.errors import CarteraError
from cartera.online.asking import ask
from cartera.online.terms import OnlinePayment
from cartera.store.links import CLIENT
from streamlit_app.client import limits
from streamlit_app.shared.services import services

#: How often the gateway is asked about one payment because of somebody outside.
ASKED = RateLimitItemPerMinute(12)
#: Gateways that answer slowly take no more than these threads of the process.
THREADS = 4
#: Seconds that a page waits for the answer; after that it shows what is known.
PATIENCE = 4.0
#: Letters of a gateway's name for a payment.
LONGEST_HINT = 100

_log = logging.getLogger(__name__)


def start(payment: OnlinePayment, hints: Sequence[str] = ()) -> Future[None] | None:
    """Ask in the background; None: this payment was asked about enough for now."""
    if not limits.take(ASKED, "asking", payment.public_id):
        return None
    return _pool().submit(_ask, payment, [hint for hint in hints if len(hint) <= LONGEST_HINT])


def wait(payment: OnlinePayment, hints: Sequence[str] = ()) -> None:
    """Ask, and wait for the answer, but not for long."""
    asked = start(payment, hints)
    if asked is None:
        return
    try:
        asked.result(PATIENCE)
    except TimeoutError:
        _log.info("payment %s: the gateway takes its time", payment.reference)


def _ask(payment: OnlinePayment, hints: list[str]) -> None:
    try:
        ask(services().store, payment, hints=hints, who=CLIENT, now=clock.now)
    except CarteraError as error:
        _log.warning("payment %s: %s", payment.reference, error)
    except Exception:  # noqa: BLE001  # the pipeline asks anyway; a page shows what is known
        _log.exception("payment %s could not be asked about", payment.reference)


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, "asking")


def forget() -> None:
    """Wait for what was begun, and start anew."""
    _pool().shutdown()
    _pool.cache_clear()
