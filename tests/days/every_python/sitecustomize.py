"""Loaded by each Python process of a run under faketime (on PYTHONPATH, by `tests.days`).

Since 3.11 `time.sleep` waits for an absolute moment of the monotonic clock, which libfaketime
0.9.10 takes for one of the faked clock, also where it was told not to fake the monotonic one:
`OSError: [Errno 22] Invalid argument`. `select` waits for a span.
"""

import select
import time


def _sleep(seconds, /):
    select.select((), (), (), seconds)


time.sleep = _sleep
