"""Old runs are deleted, new and unfinished ones are not."""

from __future__ import annotations

from datetime import timedelta

import dagster as dg
from dagster import DagsterRunStatus
from dagster._core.utils import make_new_run_id

from cartera import clock
from pipelines.defs.history.jobs import forget_runs


def add_runs(instance: dg.DagsterInstance, count: int, status=DagsterRunStatus.SUCCESS):
    return [
        instance.add_run(
            dg.DagsterRun(job_name="job", run_id=make_new_run_id(), status=status)
        ).run_id
        for _ in range(count)
    ]


def left(instance: dg.DagsterInstance) -> list[str]:
    return [run.run_id for run in instance.get_runs()]


def test_old_runs_are_deleted(instance):
    add_runs(instance, 3)
    assert forget_runs(instance, now=clock.now()) == 0
    assert forget_runs(instance, now=clock.now() + timedelta(days=31)) == 3
    assert left(instance) == []


def test_a_run_under_way_is_kept_however_old(instance):
    (running,) = add_runs(instance, 1, DagsterRunStatus.STARTED)
    add_runs(instance, 1)
    assert forget_runs(instance, now=clock.now() + timedelta(days=31)) == 1
    assert left(instance) == [running]


def test_only_the_newest_are_kept(instance):
    runs = add_runs(instance, 5)
    assert forget_runs(instance, now=clock.now(), keep_runs=2) == 3
    assert left(instance) == [runs[4], runs[3]]


def test_the_job_deletes_them(definitions, instance, home):
    job = definitions.resolve_job_def("forget_history")
    assert job.execute_in_process(instance=instance).success
