"""Dagster's run history in SQLite, whose databases each process looks through once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagster._core.storage.event_log.sqlite.sqlite_event_log import (
    INDEX_SHARD_NAME,
    SqliteEventLogStorage,
)
from dagster._core.storage.runs import SqliteRunStorage
from dagster._core.storage.schedules import SqliteScheduleStorage
from dagster._core.storage.sqlite import create_db_conn_string
from dagster._core.storage.sqlite_storage import (
    DagsterSqliteStorage,
    _event_logs_directory,
    _runs_directory,
    _schedule_directory,
)
from dagster._serdes import ConfigurableClassData

#: The databases (their inodes) of which this process knows that their tables are up to date.
_known: dict[str, tuple[int, ...]] = {}


class SqliteStorage(DagsterSqliteStorage):
    """As Dagster's own, but cheap to open again.

    Each tick of a sensor opens an instance, for which Dagster reads all scripts of its migrations
    three times to learn that there is nothing to do: half of what an idle pipeline costs.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        found = _found(base_dir)
        if found is None or _known.get(base_dir) != found:
            super().__init__(base_dir, inst_data)
            with self._event_log_storage.index_connection():
                pass  # its tables are looked through where they are first used
            if (made := _found(base_dir)) is not None:
                _known[base_dir] = made
            return
        super(DagsterSqliteStorage, self).__init__()  # type: ignore[no-untyped-call]
        self.base_dir = base_dir
        self._inst_data = inst_data
        runs, schedules = _runs_directory(base_dir), _schedule_directory(base_dir)
        self._run_storage = SqliteRunStorage(create_db_conn_string(runs, "runs"))
        self._event_log_storage = SqliteEventLogStorage(_event_logs_directory(base_dir))
        self._event_log_storage._initialized_dbs.add(INDEX_SHARD_NAME)
        self._schedule_storage = SqliteScheduleStorage(
            create_db_conn_string(schedules, "schedules")
        )

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> SqliteStorage:
        """Called by Dagster with what `dagster.yaml` says."""
        return cls(inst_data=inst_data, **config_value)


def _found(base_dir: str) -> tuple[int, ...] | None:
    """The inodes of the databases; None unless all of them are there."""
    paths = (
        Path(_runs_directory(base_dir), "runs.db"),
        Path(_event_logs_directory(base_dir), f"{INDEX_SHARD_NAME}.db"),
        Path(_schedule_directory(base_dir), "schedules.db"),
    )
    try:
        return tuple(path.stat().st_ino for path in paths)
    except FileNotFoundError:
        return None
