"""What sensors ask of the runs before theirs: is one under way, and did the last one fail?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster import DagsterRunStatus

ENDED = {DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED}
UNFINISHED = [status for status in DagsterRunStatus if status not in ENDED]
#: After a failure the same work is tried again, later and later.
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
#: As many failures in a row are looked at; more do not lengthen the pause.
FAILURES_SEEN = 8
#: Why a sensor starts nothing, as its tick says it.
RUNNING = "a run is under way"
LATER = "the last run failed: it is tried again, later and later"


def is_running(
    instance: dg.DagsterInstance, job: str | None = None, tags: dict[str, str] | None = None
) -> bool:
    """Whether a run of this job, or with these tags, is under way.

    A daemon that starts ends what its last one left (`pipelines.launcher.fail_orphans`).
    """
    which = dg.RunsFilter(job_name=job, tags=tags, statuses=UNFINISHED)
    return instance.get_runs_count(which) > 0


def ended_runs(
    instance: dg.DagsterInstance, job: str | None = None, tags: dict[str, str] | None = None
) -> list[tuple[bool, datetime]]:
    """The newest of them, newest first: whether each succeeded, and when it ended."""
    which = dg.RunsFilter(job_name=job, tags=tags, statuses=list(ENDED))
    return [
        (
            record.dagster_run.status == DagsterRunStatus.SUCCESS,
            datetime.fromtimestamp(record.end_time or record.create_timestamp.timestamp(), UTC),
        )
        for record in instance.get_run_records(which, limit=FAILURES_SEEN)
    ]


def pause_is_over(runs: Sequence[tuple[bool, datetime]], now: datetime) -> bool:
    """Whether what failed last time may be tried again."""
    failures = next((n for n, (succeeded, _) in enumerate(runs) if succeeded), len(runs))
    if not failures:
        return True
    ended = runs[0][1]
    return now - ended >= min(FIRST_PAUSE * (1 << (failures - 1)), LONGEST_PAUSE)


def held_up(instance: dg.DagsterInstance, job: str, now: datetime) -> str:
    """Why another run of a job must not start yet; "" where it may."""
    if is_running(instance, job):
        return RUNNING
    return "" if pause_is_over(ended_runs(instance, job), now) else LATER
