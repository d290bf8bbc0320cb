"""A sender to kill, in a process of its own.

Its clock runs `SPEED` times as fast as the wall's, from a moment on that all of them share, so
that greylisted messages come back within a second and a dead sender's lease ends within three.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from cartera.config import Settings
from cartera.mail.sender import Sender
from cartera.store.db import Store
from tests.mail.letters import PlainComposer

SPEED = 600
LEASE = timedelta(minutes=30)


def clock(start: float) -> datetime:
    """The test's time."""
    return datetime.fromtimestamp(start + (time.time() - start) * SPEED, UTC)


def send_until_killed(settings: Settings, start: float) -> None:
    """What the process does."""
    sender = Sender(
        settings, Store(settings.store_url), None,  # type: ignore[arg-type]
        composer=PlainComposer(), lease=LEASE, now=lambda: clock(start),
    )  # fmt: skip
    while True:
        sender.run()
        time.sleep(0.05)
