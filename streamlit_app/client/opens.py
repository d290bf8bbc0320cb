"""Counting how often each link's page was opened.

A page counts when its own connection draws it for the first time, so a mail scanner that fetches
the address does not. The counts are written together, a moment later: a burst of openings is one
transaction, not a hundred that wait for one another. Whoever's count is lost with the process
comes back to the next one by themselves, and is counted there.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from cartera import clock
from cartera.store import links
from streamlit_app.shared.services import services

EVERY_SECONDS = 1.0

_log = logging.getLogger(__name__)

_lock = threading.Lock()
_counts: Counter[str] = Counter()


def note(public_id: str) -> None:
    """One more page of this link was opened."""
    with _lock:
        _counts[public_id] += 1


def write() -> None:
    """Write down what was noted; what could not be written is noted again."""
    with _lock:
        counts = dict(_counts)
        _counts.clear()
    if not counts:
        return
    try:
        links.count_opens(services().store, counts, clock.now())
    except SQLAlchemyError:
        _log.exception("openings could not be counted")
        with _lock:
            _counts.update(counts)


async def keep_writing() -> None:
    """Write every moment, and once more at the end."""
    try:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await run_in_threadpool(write)
    finally:
        write()
