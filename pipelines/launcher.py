"""Launches runs: those of a warm lane on its one thread in the daemon, others as Dagster does.

Importing and starting takes longer than loading a file; in a process that stays up it is done
once. Only the daemon opens the warm lanes: a fast run started from the web page goes where
heavy ones go, and takes a few seconds more.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, DefaultRunLauncher, RunsFilter
from dagster._core.execution.api import execute_run
from dagster._core.launcher import LaunchRunContext
from dagster._utils.hosted_user_process import recon_job_from_origin

from pipelines.lanes import LANE, WARM

log = logging.getLogger("cartera.pipelines")
#: How long a stop waits for the run under way. Cut off later, it is simply done again.
STOP_SECONDS = 10.0


class WarmLane:
    """One thread that executes runs, one after the other, in this process."""

    def __init__(self, name: str) -> None:
        self._waiting: queue.SimpleQueue[tuple[DagsterInstance, str] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=f"{name}-lane", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the run under way, if it is quick, and take no other."""
        self._waiting.put(None)
        self._thread.join(STOP_SECONDS)

    def submit(self, instance: DagsterInstance, run_id: str) -> None:
        self._waiting.put((instance, run_id))

    def _work(self) -> None:
        while (job := self._waiting.get()) is not None:
            _execute(*job)


def _execute(instance: DagsterInstance, run_id: str) -> None:
    """Execute a run; whatever happens, the thread goes on and the run does not stay open."""
    try:
        run = instance.get_run_by_id(run_id)
        if run is None or run.is_finished or run.job_code_origin is None:
            return
        execute_run(recon_job_from_origin(run.job_code_origin), run, instance)
    except Exception as error:
        log.exception("run %s", run_id)
        if (run := instance.get_run_by_id(run_id)) is not None and not run.is_finished:
            instance.report_run_failed(run, f"could not be executed: {error}")


#: By name; empty in every process but the daemon.
_lanes: dict[str, WarmLane] = {}


@contextmanager
def warm_lanes() -> Iterator[None]:
    """Open the warm lanes in this process."""
    opened = {name: WarmLane(name) for name in WARM}
    with _logging_left_alone():
        for lane in opened.values():
            lane.start()
        _lanes.update(opened)
        try:
            yield
        finally:
            _lanes.clear()
            for lane in opened.values():
                lane.stop()


@contextmanager
def _logging_left_alone() -> Iterator[None]:
    """Keep runs that begin from configuring the logging of the whole process.

    Dagster does so for handlers of its `dagster.yaml`, of which ours has none. It takes the lock
    of every handler while it holds logging's own; a run on another lane, which writes an event,
    holds its handler's and asks for logging's: both would wait for ever, and all sensors with them.
    """
    configure = DagsterInstance.get_yaml_python_handlers
    setattr(DagsterInstance, "get_yaml_python_handlers", lambda _: [])  # noqa: B010
    try:
        yield
    finally:
        setattr(DagsterInstance, "get_yaml_python_handlers", configure)  # noqa: B010


class LaneLauncher(DefaultRunLauncher):
    """Named in the instance's `dagster.yaml`."""

    def launch_run(self, context: LaunchRunContext) -> None:
        run = context.dagster_run
        lane = _lanes.get(lane_of(run))
        if lane is not None:
            lane.submit(self._instance, run.run_id)
        else:
            super().launch_run(context)

    def terminate(self, run_id: str) -> bool:
        run = self._instance.get_run_by_id(run_id)
        if run is not None and lane_of(run) in _lanes:
            # A thread cannot be stopped, and a warm run is over before anybody could.
            return False
        return bool(super().terminate(run_id))  # type: ignore[no-untyped-call]


def lane_of(run: DagsterRun) -> str:
    return run.tags.get(LANE, "")


def fail_orphans(instance: DagsterInstance) -> int:
    """Close the warm runs that a daemon which died left open; how many.

    Their files still lie in the inbox, their batches wait unpublished, their messages are due
    once the claim's lease is over: the sensors start anew.
    """
    finished = {DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED}
    left_open = [status for status in DagsterRunStatus if status not in finished]
    runs = instance.get_runs(RunsFilter(tags={LANE: list(WARM)}, statuses=left_open))
    for run in runs:
        instance.report_run_failed(run, "the daemon stopped while this ran; it is done again")
    return len(runs)
