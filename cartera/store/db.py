"""The store's engine: SQLite by default, PostgreSQL by URL.

Reading is `with store.read() as connection`, writing `with store.write() as connection`; both
are one transaction. On SQLite a write takes its lock at once (`BEGIN IMMEDIATE`): a transaction
that reads first and writes later cannot wait for another writer, it only fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError

from cartera.config import Settings
from cartera.errors import ConfigError

#: How long a SQLite connection waits for another one's write; commits here take milliseconds.
BUSY_TIMEOUT_MS = 10_000
#: Any fixed number: whoever migrates this database on PostgreSQL holds it.
MIGRATION_LOCK = 4_817_210_001
MIGRATIONS = Path(__file__).parent / "migrations"


class Store:
    """What people and gateways do, committed at once; safe to share between threads."""

    def __init__(self, url: str) -> None:
        self.url = _normal(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _postgres_engine(self.url)
        self._writing = self.engine.execution_options(cartera_write=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One transaction that only reads."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that writes; committed at the end, rolled back on an error."""
        with self._writing.begin() as connection:
            yield connection

    def insert_missing(self, table: sa.Table, *unique: str) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that passes over a row whose unique key, these columns, is there already."""
        if self.is_sqlite:
            return sqlite.insert(table).on_conflict_do_nothing(index_elements=unique)
        return postgresql.insert(table).on_conflict_do_nothing(index_elements=unique)

    def migrate(self) -> None:
        """Bring the schema up to date; nothing happens where it is. One process at a time."""
        if self._is_current():
            return
        # Commands open the store all the time: alembic is imported only where it is needed.
        from alembic import command
        from alembic.config import Config
        from alembic.runtime.migration import MigrationContext

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with self._migrating(), self.write() as connection:
            if not self.is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
            if MigrationContext.configure(connection).get_current_revision() != newest_version():
                config.attributes["connection"] = connection
                command.upgrade(config, "head")

    def _is_current(self) -> bool:
        """Whether the schema is the newest that there is a migration to."""
        try:
            with self.read() as connection:
                found = connection.execute(sa.text("SELECT version_num FROM alembic_version"))
                return [row.version_num for row in found] == [newest_version()]
        except DatabaseError:  # no such table; what else is wrong is said where it is migrated
            return False

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()

    @contextmanager
    def _migrating(self) -> Iterator[None]:
        """Hold the database file for this process; PostgreSQL locks inside the transaction."""
        if not self.is_sqlite or not self.url.database or self.url.database == ":memory:":
            yield
            return
        from filelock import FileLock

        with FileLock(f"{self.url.database}.migrating"):
            # The mode stays with the file. It is switched here, and not at every connection,
            # because switching does not wait for other connections, it fails.
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
                plain.exec_driver_sql("PRAGMA journal_mode = WAL")
            yield


def newest_version() -> str:
    """The version that the last migration leads to: what its file's name begins with."""
    files = (MIGRATIONS / "versions").glob("[0-9]*_*.py")
    return max(file.name for file in files).partition("_")[0]


def open_store(settings: Settings) -> Store:
    """The store of these settings, its folder made (for the owner alone) and its schema ready."""
    settings.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = Store(settings.store_url)
    store.migrate()
    return store


def _normal(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError("CARTERA_STORE is not a database URL") from error
    backend = parsed.get_backend_name()
    if backend in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite":
        return parsed
    raise ConfigError(f"CARTERA_STORE: {backend!r} is neither sqlite nor postgresql")


def _sqlite_engine(url: URL) -> Engine:
    # A web app asks from many threads at once; opening a connection costs more than keeping it.
    engine = sa.create_engine(url, pool_size=20)

    @sa.event.listens_for(engine, "connect")
    def _prepare(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None  # the driver's own BEGIN comes too late; ours is below
        cursor = dbapi.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA foreign_keys = ON")
        # A confirmed payment or a revoked link must survive a power cut: no NORMAL here.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("isolation_level") != "AUTOCOMMIT":
            write = options.get("cartera_write")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _postgres_engine(url: URL) -> Engine:
    # A database restart leaves dead connections in the pool: ask each one before using it.
    return sa.create_engine(url, pool_pre_ping=True)
