"""Dagster's storage: looked through once in a process, and again where it is another one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from dagster import DagsterInstance, job
from dagster._core.storage import sql
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from dagster._core.storage.schedules.sqlite import sqlite_schedule_storage

from cartera.config import Settings
from pipelines.instance import write_instance


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each database of which Dagster read all scripts of its migrations."""
    seen: list[str] = []

    def look(config: object, connection: object) -> sql.AlembicVersion:
        seen.append(str(config))
        return sql.check_alembic_revision(config, connection)  # type: ignore[arg-type]

    for module in (sqlite_event_log, sqlite_run_storage, sqlite_schedule_storage):
        monkeypatch.setattr(module, "check_alembic_revision", look)
    return seen


@job
def nothing() -> None:
    pass


def runs_of(home: Path) -> int:
    """Opens the instance, writes a run with an event, and counts runs."""
    with DagsterInstance.from_config(str(home)) as instance:
        instance.report_run_failed(instance.create_run_for_job(job_def=nothing))
        assert instance.all_instigator_state() == []
        return instance.get_runs_count()


def test_databases_are_looked_through_once(here: Settings, looks: list[str]) -> None:
    home = write_instance(here)
    assert runs_of(home) == 1
    many = len(looks)
    assert many >= 3
    assert runs_of(home) == 2
    assert len(looks) - many <= 1  # of the new run's own database

    shutil.rmtree(home / "storage")  # another home at the same place
    assert runs_of(home) == 1
    assert len(looks) >= 2 * many - 1
