from __future__ import annotations

import multiprocessing
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from cartera.config import Settings
from cartera.errors import ConfigError
from cartera.store import online_schema, schema
from cartera.store.db import MIGRATIONS, Store, newest_version, open_store

pytestmark = pytest.mark.dialects


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Where nothing is yet, not the copy of a migrated store that other tests begin with."""
    is_postgres = request.param == "postgres"
    url = request.getfixturevalue("cluster").empty() if is_postgres else ""
    return Settings(home=tmp_path / "home", store=url)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = open_store(settings)
    yield opened
    opened.close()


def test_migrations_give_exactly_the_tables_of_the_schema(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
    assert online_schema.online_payments.metadata is schema.metadata


def test_migrating_again_changes_nothing(store: Store) -> None:
    store.migrate()
    store.migrate()


def test_the_newest_version_is_what_migrations_lead_to(store: Store) -> None:
    folder = ScriptDirectory(str(MIGRATIONS))
    assert newest_version() == folder.get_current_head()
    with store.read() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == newest_version()


def test_a_store_of_an_older_version_is_brought_up_to_date(settings: Settings) -> None:
    settings.root.mkdir(parents=True)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    old = Store(settings.store_url)
    with old.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
    old.close()
    store = open_store(settings)
    with store.read() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == newest_version()
    store.close()


def _open(settings: Settings) -> None:
    open_store(settings).close()


@pytest.mark.full
def test_several_processes_may_migrate_a_new_store_at_once(settings: Settings) -> None:
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_open, args=(settings,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0, 0]


def test_home_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    open_store(Settings(home=tmp_path / "a" / "home"))
    assert stat.S_IMODE((tmp_path / "a" / "home").stat().st_mode) == 0o700


def test_sqlite_is_prepared_for_several_processes(tmp_path: Path) -> None:
    store = open_store(Settings(home=tmp_path))
    with store.read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "synchronous": 2,
        "busy_timeout": 10_000,
    }


def test_a_write_that_reads_first_waits_for_the_other_writer(tmp_path: Path) -> None:
    """With a plain BEGIN the second one failed at once: its snapshot was already old."""
    store = open_store(Settings(home=tmp_path))
    other = Store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    with other.engine.connect() as plain:
        plain.exec_driver_sql("PRAGMA busy_timeout = 50")
        plain.rollback()
        with store.write() as connection:
            connection.execute(sa.select(schema.links)).all()
            with pytest.raises(sa.exc.OperationalError, match="locked"):
                plain.execution_options(cartera_write=True).begin()


def test_a_naive_time_is_refused(store: Store) -> None:
    row = {"snapshot_id": 1, "batch_seq": 1, "published_at": datetime(2026, 1, 1), "full": False}
    with pytest.raises(sa.exc.StatementError, match="no time zone"), store.write() as connection:
        connection.execute(sa.insert(schema.publications).values(row))


@pytest.mark.parametrize("url", ["not a url", "mysql://host/db"])
def test_other_databases_are_refused_without_showing_the_url(url: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Store(url)
    assert url not in str(refused.value)
