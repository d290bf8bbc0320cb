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
from cartera.errors import ConfigError, StoreNewerThanProgram

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
        """Bring the schema up to date; nothing happens where it is. One process at a time.

        What the schema then has otherwise than the code declares is logged. Raises
        `StoreNewerThanProgram`, before anything is written.
        """
        found = self._versions()
        if found == [newest_version()]:
            return
        _must_be_known(found)
        # Commands open the store all the time: alembic is imported only where it is needed.
        from alembic import command
        from alembic.config import Config
        from alembic.runtime.migration import MigrationContext

        from cartera.store.drift import log_differences

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with self._migrating() as connection:
            # Asked again: another process may have been first.
            found = list(MigrationContext.configure(connection).get_current_heads())
            _must_be_known(found)
            if found == [newest_version()]:
                return
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        log_differences(self)

    def _versions(self) -> list[str]:
        """What the schema's version is recorded as: one, or none where nothing was made yet."""
        try:
            with self.read() as connection:
                found = connection.execute(sa.text("SELECT version_num FROM alembic_version"))
                return [row.version_num for row in found]
        except DatabaseError:  # no such table; what else is wrong is said where it is migrated
            return []

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()

    @contextmanager
    def _migrating(self) -> Iterator[Connection]:
        """A transaction for migrations, the only one of all processes'."""
        if not self.is_sqlite:
            with self.write() as connection:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
                yield connection
            return
        with self._file_held(), self._writing.connect() as connection:
            # SQLite changes a column by copying its table, and dropping the old one would be
            # refused for the rows that refer to it. Inside a transaction this cannot be switched.
            _foreign_keys(connection, on=False)
            try:
                with connection.begin():
                    before = _orphans(connection)
                    yield connection
                    if orphans := _orphans(connection) - before:
                        raise RuntimeError(f"a migration left rows that refer to none: {orphans}")
            finally:
                _foreign_keys(connection, on=True)

    @contextmanager
    def _file_held(self) -> Iterator[None]:
        """Hold the database file for this process."""
        if not self.url.database or self.url.database == ":memory:":
            yield
            return
        from filelock import FileLock

        with FileLock(f"{self.url.database}.migrating"):
            # The mode stays with the file. It is switched here, and not at every connection,
            # because switching does not wait for other connections, it fails.
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
                plain.exec_driver_sql("PRAGMA journal_mode = WAL")
            yield


def known_versions() -> list[str]:
    """Versions that there is a migration to, oldest first: what its files' names begin with."""
    files = (MIGRATIONS / "versions").glob("[0-9]*_*.py")
    return sorted(file.name.partition("_")[0] for file in files)


def newest_version() -> str:
    """The version that the last migration leads to."""
    return known_versions()[-1]


def open_store(settings: Settings) -> Store:
    """The store of these settings, its folder made (for the owner alone) and its schema ready.

    Raises `StoreNewerThanProgram`.
    """
    settings.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = Store(settings.store_url)
    try:
        store.migrate()
    except BaseException:
        store.close()
        raise
    return store


def _must_be_known(versions: list[str]) -> None:
    """Refuse a schema that a newer program made: this one would write into tables it misreads."""
    known = known_versions()
    if unknown := [version for version in versions if version not in known]:
        raise StoreNewerThanProgram(unknown[0], known[-1])


def _foreign_keys(connection: Connection, *, on: bool) -> None:
    """Switch SQLite's enforcement of foreign keys on the driver's own connection."""
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")


def _orphans(connection: Connection) -> set[tuple[str, int, str]]:
    """Rows that refer to a row that is not there: table, number, and the table referred to."""
    found = connection.exec_driver_sql("PRAGMA foreign_key_check")
    return {(row.table, row.rowid, row.parent) for row in found}


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
