"""Loaded by each Python process of a run under faketime (on PYTHONPATH, by `tests.days`).

Since 3.11 `time.sleep` waits for an absolute moment of the monotonic clock, which libfaketime
0.9.10 takes for one of the faked clock, also where it was told not to fake the monotonic one:
`OSError: [Errno 22] Invalid argument`. `select` waits for a span.

Processes of one `faketime` share a semaphore, so that one that is killed may stop the others. Those
that are started from here on have their own.
"""

import os
import select
import time


def _sleep(seconds, /):
    select.select((), (), (), seconds)


time.sleep = _sleep
os.environ.pop("FAKETIME_SHARED", None)
