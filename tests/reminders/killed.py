"""A process that decides and queues reminders, and dies by kill -9 at a given line.

`python -m tests.reminders.killed HOME STORE NOW POINT`; POINT "" comes to the end.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from cartera.config import Settings
from cartera.reminders import run
from cartera.sample import COMPANY_ID
from cartera.store import outbox, reminders
from cartera.store.db import Store
from cartera.warehouse.reader import Reader

#: Small chunks, so that a run has several.
CHUNK = 3


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def after(calls: int, act: Callable[..., Any]) -> Callable[..., Any]:
    """`act` so many times, then the end."""
    left = [calls]

    def counted(*arguments: Any, **named: Any) -> Any:
        if not left[0]:
            die()
        left[0] -= 1
        return act(*arguments, **named)

    return counted


def arm(point: str) -> None:
    reminders.CHUNK = CHUNK
    match point:
        case "decided":  # all is decided, nothing is written
            run.reminders.queue = die  # type: ignore[assignment]
        case "written":  # in a transaction that has the reminders, and not their messages yet
            reminders.outbox.add_drafts = die  # type: ignore[assignment]
        case "later":  # the same, after one chunk was committed
            reminders.outbox.add_drafts = after(1, outbox.add_drafts)
        case "audited":  # all is written, and not committed
            reminders.audit.add = die  # type: ignore[assignment]


def main(home: str, store_url: str, now: str, point: str) -> None:
    arm(point)
    settings = Settings(home=Path(home), company=COMPANY_ID, store=store_url, mail="folder")
    store = Store(settings.store_url)
    reader = Reader(settings, store)
    run.remind(settings, store, reader, COMPANY_ID, now=datetime.fromisoformat(now))


if __name__ == "__main__":
    main(*sys.argv[1:])
