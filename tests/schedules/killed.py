"""A process that runs what schedules have due, and dies by kill -9 at a given line.

`python -m tests.schedules.killed HOME STORE NOW POINT`; POINT "" comes to the end.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from cartera.config import Settings
from cartera.sample import COMPANY_ID
from cartera.schedules import run
from cartera.store import outbox, schedule_runs
from cartera.store.db import Store
from cartera.warehouse.reader import Reader
from tests.reminders.killed import die


def arm(point: str) -> None:
    match point:
        case "missed":  # what was missed is noted, and the latest day is not seen to
            run.schedule_runs.write = die  # type: ignore[assignment]
        case "half":  # in a transaction that has the messages, and not all that belongs to them
            outbox.note = die  # type: ignore[assignment]
        case "audited":  # all is written, and not committed
            schedule_runs.audit.add = die  # type: ignore[assignment]


def main(home: str, store_url: str, now: str, point: str) -> None:
    arm(point)
    settings = Settings(home=Path(home), company=COMPANY_ID, store=store_url, mail="folder")
    store = Store(settings.store_url)
    run.run_due(settings, store, Reader(settings, store), now=datetime.fromisoformat(now))


if __name__ == "__main__":
    main(*sys.argv[1:])
