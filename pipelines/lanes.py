"""The lanes: fast runs and a few messages stay warm in the daemon, each on a thread of its own;
heavy runs get a process of their own.

The warehouse has one writer, whatever the lane: a run that finds it taken is tried again later.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from cartera.errors import Busy

LANE = "cartera/lane"
FAST = {LANE: "fast"}
HEAVY = {LANE: "heavy"}
#: Mail waits for mail servers: the ledger must not wait with it.
MAIL = {LANE: "mail"}
#: Payments wait for gateways: neither the ledger nor mail must wait with them.
PAY = {LANE: "pay"}
#: Lanes that the daemon keeps warm.
WARM = (FAST[LANE], MAIL[LANE], PAY[LANE])
#: With the minute that each attempt waits for the lock, enough for a long rebuild to finish.
BUSY_RETRIES = 8
LONGEST_PAUSE = 120

#: Set once this process has been told to stop: a sensor that waits inside its tick ends at once.
stopping = threading.Event()


@contextmanager
def busy_is_retried(context: dg.OpExecutionContext) -> Iterator[None]:
    """Turn "somebody else writes" into a retry of the step, later and later."""
    try:
        yield
    except Busy as busy:
        raise dg.RetryRequested(
            max_retries=BUSY_RETRIES, seconds_to_wait=pause(context.retry_number)
        ) from busy


def pause(attempt: int) -> int:
    """Seconds to wait after an attempt, counted from 0: 2, 4, 8 ... at most two minutes."""
    return min(2 << attempt, LONGEST_PAUSE)
