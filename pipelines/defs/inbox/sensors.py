"""Watches the inbox, what people did that the figures lack, and what was loaded but not published.

Waiting happens inside the tick: Dagster asks a sensor again only after seconds, and those would
be the better part of the time from a file to its figures.
"""

import hashlib
import time
from collections.abc import Sequence

import dagster as dg
from dagster import SensorEvaluationContext

from cartera import clock, inbox
from cartera.config import Settings
from cartera.errors import Busy
from cartera.inbox import InboxFile
from cartera.store import client_edits, held_decisions, own_payments
from cartera.store.db import Store
from cartera.store.locks import writer_lock
from cartera.warehouse import lake
from cartera.warehouse.refresh import plan
from pipelines.defs.inbox.jobs import fast_lane
from pipelines.lanes import FAST, stopping
from pipelines.resources import Home
from pipelines.runs import ended_runs, is_running, pause_is_over

#: Shorter than Dagster's patience with a tick (60 s), and than its wish for a sign of life.
WAIT_SECONDS = 20.0
POLL_SECONDS = 0.3
#: What people do that the next refresh carries into the lake.
ACTS = (client_edits, held_decisions, own_payments)


@dg.sensor(
    job=fast_lane,
    minimum_interval_seconds=1,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts the fast lane as soon as a file in the inbox is complete, a client was"
    " changed by hand, a reported payment was accepted, or a row that waited was decided about.",
)
def inbox_files(context: SensorEvaluationContext, home: Home) -> dg.SensorResult | dg.SkipReason:
    here = home.settings
    until = time.monotonic() + WAIT_SECONDS
    behind: bool | None = None
    while True:
        files = inbox.ready(here)
        acted = any(rows.are_waiting(home.store) for rows in ACTS)
        if (files or acted or behind is not False) and not is_running(context.instance, tags=FAST):
            if not (files or acted) and behind is None:  # asked once a tick: it opens the lake
                behind = is_behind(here, home.store)
            if is_due(context, files, behind=acted or bool(behind)):
                return dg.SensorResult([dg.RunRequest()], cursor=fingerprint(files))
        if time.monotonic() >= until or stopping.wait(POLL_SECONDS):
            return dg.SkipReason(reason_to_skip(here, files))


def is_due(context: SensorEvaluationContext, files: Sequence[InboxFile], *, behind: bool) -> bool:
    """Whether to start a run now. Other files than last time always are: they may be the cure."""
    if files and fingerprint(files) != context.cursor:
        return True
    return (bool(files) or behind) and pause_is_over(
        ended_runs(context.instance, tags=FAST), clock.now()
    )


def fingerprint(files: Sequence[InboxFile]) -> str:
    """Says whether these are the files of last time; short, since Dagster keeps it per tick."""
    return hashlib.sha256("\n".join(sorted(f.key for f in files)).encode()).hexdigest()


def is_behind(here: Settings, store: Store) -> bool:
    """Whether batches were loaded that no publication shows, or the models changed since.

    Never while somebody writes: a command that loads is about to refresh, too.
    """
    if not lake.exists(here):
        return False
    try:
        with writer_lock(here, store, wait=0, who="sensor"):
            return not plan(here, store).is_empty
    except Busy:
        return False


def reason_to_skip(here: Settings, files: Sequence[InboxFile]) -> str:
    """What the tick says in Dagster when it starts nothing."""
    if files:
        return f"{len(files)} file(s) wait: a run is under way, or the last one failed"
    if refused := inbox.links(here):
        return f"links are not followed: {', '.join(path.name for path in refused)}"
    return "no complete file in the inbox"
