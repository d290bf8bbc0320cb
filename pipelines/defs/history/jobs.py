"""Deletes old runs: the fast lane makes one for every drop, and Dagster forgets none by itself.

What happened to the figures is not lost with them: batches, rejects and publications are the
warehouse's own.
"""

from datetime import datetime, timedelta

import dagster as dg
from dagster import DagsterRunStatus, OpExecutionContext

from cartera import clock
from pipelines.lanes import HEAVY

KEEP = timedelta(days=30)
#: However young: the run history is one small database, made to be looked at.
KEEP_RUNS = 2_000
FINISHED = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
#: Runs looked at in one go; the job goes on until none is left over.
PAGE = 500


@dg.op(out=dg.Out(dg.Nothing))
def forget_old_runs(context: OpExecutionContext) -> None:
    """Delete finished runs that are older than `KEEP` or beyond the newest `KEEP_RUNS`."""
    count = forget_runs(context.instance, now=clock.now())
    context.log.info("%d runs deleted", count)
    context.add_output_metadata({"deleted": count})


@dg.job(tags=HEAVY, description="Delete finished runs that are old or beyond the newest ones.")
def forget_history() -> None:
    forget_old_runs()


def forget_runs(
    instance: dg.DagsterInstance,
    *,
    now: datetime,
    keep: timedelta = KEEP,
    keep_runs: int = KEEP_RUNS,
) -> int:
    """Delete old finished runs with their events and logs; how many."""
    gone = _delete(instance, dg.RunsFilter(statuses=FINISHED, created_before=now - keep))
    newest = instance.get_run_records(dg.RunsFilter(statuses=FINISHED), limit=keep_runs + 1)
    if len(newest) > keep_runs:
        # Records come newest first: the one too many, and all that came before it.
        limit = newest[-1].create_timestamp + timedelta(microseconds=1)
        gone += _delete(instance, dg.RunsFilter(statuses=FINISHED, created_before=limit))
    return gone


def _delete(instance: dg.DagsterInstance, which: dg.RunsFilter) -> int:
    count = 0
    while found := instance.get_run_records(which, limit=PAGE):
        for record in found:
            instance.delete_run(record.dagster_run.run_id)
        count += len(found)
    return count
