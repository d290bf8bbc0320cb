"""A migration that is cut off leaves the store as it was; two at once are one after the other."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cartera.config import Settings
from cartera.store.db import Store, newest_version, open_store
from cartera.store.drift import differences
from tests.shared import plain_environment
from tests.store.old_stores import Home, make, rows
from tests.store.schemas import schema

OLD = Home("0006", "922ac83", "8e700ce")
FILE = "store.sqlite"
#: Killed before the first of so many statements that write, and so on.
EVERY = 3
Migrate = Callable[..., dict[str, int]]


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that lacks everything that was ever left out."""
    home = tmp_path_factory.mktemp("old")
    store = Store(Settings(home=home).store_url)
    make(store, OLD)
    store.close()
    return home


@pytest.fixture(scope="module")
def migrate() -> Iterator[Migrate]:
    """Migrate in a process that is killed where it is told to be."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.store.killed_migration"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=plain_environment(),
    ) as forking:
        assert forking.stdin is not None
        assert forking.stdout is not None

        def ask(home: Path, *, before: int = 0, at_commit: bool = False) -> dict[str, int]:
            asked = {"home": str(home), "before": before, "at_commit": at_commit}
            forking.stdin.write(json.dumps(asked) + "\n")
            forking.stdin.flush()
            answer: dict[str, int] = json.loads(forking.stdout.readline())
            return answer

        yield ask
        forking.stdin.close()


def dump(home: Path) -> list[str]:
    """Everything in the database, as the next process finds it."""
    connection = sqlite3.connect(home / FILE)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    lines = list(connection.iterdump())
    connection.close()
    return lines


@pytest.mark.full
def test_killed_before_a_statement_the_store_is_as_it_was(
    old: Path, tmp_path: Path, migrate: Migrate
) -> None:
    home, whole = (Path(shutil.copytree(old, tmp_path / name)) for name in ("home", "whole"))
    before = dump(home)
    done = migrate(whole)
    assert done["end"] == 0
    assert done["statements"] > 20
    for number in range(1, done["statements"] + 1, EVERY):
        assert migrate(home, before=number)["end"] == -signal.SIGKILL
        assert dump(home) == before, f"killed before statement {number}"
    assert migrate(home, at_commit=True)["end"] == -signal.SIGKILL
    assert dump(home) == before
    assert migrate(home)["end"] == 0  # and none of that stands in the next one's way
    assert schema_of(home) == schema_of(whole)


def schema_of(home: Path) -> dict[str, Any]:
    store = Store(Settings(home=home).store_url)
    assert differences(store) == []
    found = schema(store)
    store.close()
    return found


@pytest.mark.postgres
def test_a_failure_on_postgresql_leaves_the_store_as_it_was(cluster: Any) -> None:
    store = Store(cluster.empty())
    put = make(store, OLD)
    before = schema(store)

    @sa.event.listens_for(store.engine, "before_cursor_execute")
    def _fail(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "schedule_holds" in statement and statement.lstrip().startswith("CREATE"):
            raise OSError("the network is gone")

    with pytest.raises(OSError, match="gone"):
        store.migrate()
    assert schema(store) == before
    assert rows(store, put) == put
    sa.event.remove(store.engine, "before_cursor_execute", _fail)
    store.migrate()
    assert differences(store) == []
    store.close()


def _open(settings: Settings) -> None:
    open_store(settings).close()


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
@pytest.mark.full
def test_two_processes_may_bring_an_old_store_up_to_date_at_once(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("cluster").empty() if kind == "postgres" else ""
    settings = Settings(home=tmp_path, store=url)
    store = Store(settings.store_url)
    put = make(store, OLD)
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_open, args=(settings,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert rows(store, put) == put
    assert differences(store) == []
    assert store._versions() == [newest_version()]
    store.close()


def test_rows_that_would_refer_to_nothing_stop_a_migration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite does not enforce foreign keys while it migrates: they are looked at before the end."""
    settings = Settings(home=tmp_path)
    store = Store(settings.store_url)
    make(store, Home("0006"))
    monkeypatch.setattr("alembic.command.upgrade", lambda config, _: _lose(config))
    with pytest.raises(RuntimeError, match="refer to none"):
        store.migrate()
    with store.read() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM messages")) == 3
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    store.close()


def _lose(config: Any) -> None:
    config.attributes["connection"].exec_driver_sql("DELETE FROM messages")
