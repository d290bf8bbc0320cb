"""The two lanes, and what becomes of runs that a dead daemon left open."""

from __future__ import annotations

import logging.config
import threading

import dagster as dg
import pytest
import yaml
from dagster import DagsterRunStatus, DefaultRunLauncher
from dagster._core.launcher import LaunchRunContext
from dagster._core.utils import make_new_run_id

from pipelines import launcher
from pipelines.instance import write_instance
from pipelines.lanes import FAST, HEAVY, MAIL


def add_run(instance, tags, status=DagsterRunStatus.NOT_STARTED):
    run = dg.DagsterRun(job_name="job", run_id=make_new_run_id(), status=status, tags=tags)
    return instance.add_run(run)


@pytest.fixture
def lanes(instance, monkeypatch):
    """A launcher, and which run went where."""
    went: list[tuple[str, str]] = []
    monkeypatch.setattr(launcher, "_execute", lambda instance, id_: went.append(("warm", id_)))
    monkeypatch.setattr(
        DefaultRunLauncher,
        "launch_run",
        lambda self, context: went.append(("own process", context.dagster_run.run_id)),
    )
    made = launcher.LaneLauncher()
    made.register_instance(instance)
    return made, went


def test_fast_runs_stay_here_and_heavy_ones_do_not(lanes, instance):
    made, went = lanes
    fast, heavy, mail = (add_run(instance, tags) for tags in (FAST, HEAVY, MAIL))
    with launcher.warm_lanes():
        for run in (fast, heavy, mail):
            made.launch_run(LaunchRunContext(run, None))
    assert set(went) == {
        ("own process", heavy.run_id), ("warm", fast.run_id), ("warm", mail.run_id),
    }  # fmt: skip


def test_mail_that_waits_for_a_server_does_not_hold_up_the_ledger(instance, monkeypatch):
    answered, loaded = threading.Event(), threading.Event()
    mail, fast = add_run(instance, MAIL), add_run(instance, FAST)

    def execute(_instance, run_id):
        if run_id == mail.run_id:
            assert answered.wait(20)
        else:
            loaded.set()

    monkeypatch.setattr(launcher, "_execute", execute)
    made = launcher.LaneLauncher()
    made.register_instance(instance)
    with launcher.warm_lanes():
        made.launch_run(LaunchRunContext(mail, None))
        made.launch_run(LaunchRunContext(fast, None))
        assert loaded.wait(20)
        answered.set()


def test_a_fast_run_from_the_web_page_gets_a_process(lanes, instance):
    made, went = lanes
    fast = add_run(instance, FAST)
    made.launch_run(LaunchRunContext(fast, None))
    assert went == [("own process", fast.run_id)]


def test_a_run_leaves_the_logging_of_the_process_alone(here, monkeypatch):
    """Configured anew while a run on the other lane wrote an event, it stopped the whole daemon."""
    monkeypatch.setenv("DAGSTER_HOME", str(write_instance(here)))

    def configured(*_):
        raise AssertionError("the logging of the whole process was configured")

    monkeypatch.setattr(logging.config, "dictConfig", configured)
    with dg.DagsterInstance.get() as instance:
        with launcher.warm_lanes():
            assert len(instance.get_handlers()) == 1
        with pytest.raises(AssertionError):
            instance.get_handlers()


def test_warm_runs_left_open_are_closed(instance):
    orphans = [add_run(instance, tags, DagsterRunStatus.STARTED) for tags in (FAST, MAIL)]
    heavy = add_run(instance, HEAVY, DagsterRunStatus.STARTED)
    assert launcher.fail_orphans(instance) == 2
    for orphan in orphans:
        assert instance.get_run_by_id(orphan.run_id).status == DagsterRunStatus.FAILURE
    assert instance.get_run_by_id(heavy.run_id).status == DagsterRunStatus.STARTED


def test_the_instance_is_written_once_and_dagster_takes_it(here):
    home = write_instance(here)
    path = home / "dagster.yaml"
    written = path.stat().st_mtime_ns
    assert write_instance(here) == home
    assert path.stat().st_mtime_ns == written
    assert [p.name for p in home.iterdir()] == ["dagster.yaml"]
    assert yaml.safe_load(path.read_text())["telemetry"] == {"enabled": False}
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert isinstance(instance.run_launcher, launcher.LaneLauncher)
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
