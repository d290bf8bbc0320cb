"""The DuckLake itself: extensions from their wheels, attaching, and its tables made ready.

Every process has its own DuckDB in memory and attaches the same lake as `lake`. One process
writes at a time (`cartera.store.locks.writer_lock`); any number read, each at the snapshot that
was last published (`cartera.store.publications`).
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import duckdb

from cartera.config import Settings
from cartera.errors import ConfigError, LakeUnreachable
from cartera.warehouse import extensions, lake_schema, lake_versions, no_pandas

ALIAS = lake_schema.ALIAS
_log = logging.getLogger(__name__)
_CATALOGS = ("sqlite", "postgres")
#: At the first import, while there is only one thread.
no_pandas.keep_out()


def load_extensions(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Give a connection what it needs to attach this lake."""
    kind = _catalog(settings).partition(":")[0]
    if kind not in _CATALOGS:
        raise ConfigError(f"CARTERA_CATALOG must start with sqlite: or postgres:, not {kind!r}")
    on_s3 = settings.lake_path.startswith("s3://")
    # DuckLake loads its catalog's extension by name; let it find ours, already loaded.
    wanted = ["json", "icu", kind, *(["httpfs"] if on_s3 else []), "ducklake"]
    extensions.load(connection, wanted, links=settings.root / "extensions")
    if on_s3:
        connection.execute(_s3_secret())


def _s3_secret() -> str:
    """Object-store access from the usual AWS variables (plus CARTERA_S3_ENDPOINT)."""
    parts = ["TYPE s3"]
    for option, variable in (
        ("KEY_ID", "AWS_ACCESS_KEY_ID"),
        ("SECRET", "AWS_SECRET_ACCESS_KEY"),
        ("SESSION_TOKEN", "AWS_SESSION_TOKEN"),
        ("REGION", "AWS_REGION"),
    ):
        if value := os.environ.get(variable):
            parts.append(f"{option} {quote(value)}")
    if endpoint := os.environ.get("CARTERA_S3_ENDPOINT"):
        secure = not endpoint.startswith("http://")
        parts += [
            f"ENDPOINT {quote(endpoint.removeprefix('http://').removeprefix('https://'))}",
            f"USE_SSL {str(secure).lower()}",
            "URL_STYLE 'path'",
        ]
    return f"CREATE OR REPLACE SECRET cartera_s3 ({', '.join(parts)})"


def quote(text: str) -> str:
    """A SQL string literal (for statements that take no parameters, such as ATTACH)."""
    return "'" + text.replace("'", "''") + "'"


def _catalog(settings: Settings) -> str:
    """`KIND:WHERE`; a PostgreSQL URL, as every hoster shows it, is taken as it comes."""
    uri = settings.catalog_uri
    return f"postgres:{uri}" if uri.startswith(("postgres://", "postgresql://")) else uri


def ducklake_uri(settings: Settings) -> str:
    """What ATTACH is given, for example `ducklake:sqlite:/srv/cartera/catalog.sqlite`."""
    return f"ducklake:{_catalog(settings)}"


def blank_connection(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory with the extensions loaded and its limits set; nothing attached."""
    config: dict[str, str | bool | int | float | list[str]] = {
        **extensions.CONFIG,
        "memory_limit": settings.memory,
        "temp_directory": str(settings.root / "tmp"),
        "TimeZone": "UTC",
    }
    if settings.threads:
        config["threads"] = str(settings.threads)
    connection = duckdb.connect(config={k: v for k, v in config.items() if k != "TimeZone"})
    load_extensions(connection, settings)
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def connect(
    settings: Settings, *, read_only: bool = False, snapshot: int | None = None
) -> duckdb.DuckDBPyConnection:
    """A DuckDB with the lake attached as `lake`, optionally as it stood at a snapshot."""
    connection = blank_connection(settings)
    try:
        attach(connection, settings, read_only=read_only, snapshot=snapshot)
    except BaseException:
        connection.close()
        raise
    if read_only:
        confine(connection, settings)
    return connection


def confine(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """From now on this DuckDB opens the lake's files and no others, and stays so.

    What a reader is asked comes from people outside; a query that should never have been run
    finds no other file, no network and no setting to change. The SQLite extension opens its files
    by itself and is not held by this (docs/decisions/0007).
    """
    folders = [f"{settings.lake_path.rstrip('/')}/", f"{settings.root / 'tmp'}/"]
    connection.execute(f"SET allowed_directories = [{', '.join(map(quote, folders))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def attach(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    *,
    alias: str = ALIAS,
    read_only: bool = False,
    snapshot: int | None = None,
) -> None:
    """Attach the lake to a connection under `alias`.

    Raises `LakeUnreachable`, and `LakeNewerThanProgram` where a later program made it: also in a
    process that opened it before, which is why each opening asks (a tenth of its time).
    """
    options = [f"DATA_PATH {quote(settings.lake_path)}", "OVERRIDE_DATA_PATH true"]
    if read_only:
        options.append("READ_ONLY")
    if snapshot is not None:
        options.append(f"SNAPSHOT_VERSION {int(snapshot)}")
    uri = ducklake_uri(settings)
    try:
        connection.execute(f"ATTACH {quote(uri)} AS {alias} ({', '.join(options)})")
        lake_versions.refuse_newer(connection, alias)
    except duckdb.Error as error:
        # DuckDB repeats the address, and with it a database's password, in logs and pages.
        address = uri.removeprefix("ducklake:").partition(":")[2]
        reason = " ".join(str(error).replace(address, "…").split())
        raise LakeUnreachable(f"the lake cannot be opened: {reason}") from None


def _use_wal(settings: Settings) -> None:
    """Put a SQLite catalog in WAL mode: without it a writer locks every reader out."""
    kind, _, path = settings.catalog_uri.partition(":")
    if kind == "sqlite":
        connection = sqlite3.connect(path, timeout=30)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()


#: Lakes that this process has already found complete: looking costs a connection each time.
_complete: set[tuple[str, str]] = set()


def initialise(settings: Settings) -> None:
    """Make the lake, or bring its tables to this program's version. Idempotent.

    The writer calls it. What it must not change by itself (`lake_schema.differences`) is logged as
    a warning.
    """
    address = (settings.catalog_uri, settings.lake_path)
    if address in _complete and exists(settings):
        return
    settings.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not settings.lake_path.startswith("s3://"):
        Path(settings.lake_path).mkdir(parents=True, exist_ok=True)
    with closing(connect(settings)) as connection:
        _use_wal(settings)
        lake_versions.bring_up(connection)
        warn(lake_schema.differences(connection))
    _complete.add(address)


def differences(settings: Settings) -> list[lake_schema.Difference]:
    """Where the lake, as it stands now, is not what the code declares."""
    with closing(connect(settings, read_only=True)) as connection:
        return lake_schema.differences(connection)


def warn(found: Iterable[lake_schema.Difference]) -> None:
    """Log where a lake is not what the code declares."""
    for difference in found:
        _log.warning("the lake is not as declared: %s", difference.sentence)


def exists(settings: Settings) -> bool:
    """Whether a lake was ever created here (never creates one).

    The catalog's file or database is not enough: a first start that was cut off leaves it empty.
    """
    kind, _, where = _catalog(settings).partition(":")
    if kind == "sqlite":
        if not Path(where).exists():
            return False
        with closing(sqlite3.connect(where, timeout=30)) as catalog:
            query = "SELECT 1 FROM sqlite_master WHERE name = 'ducklake_metadata'"
            try:
                return catalog.execute(query).fetchone() is not None
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):  # busy, or a full disk
                    raise
                raise LakeUnreachable(f"the lake's catalog is damaged: {error}") from error
    import psycopg

    with psycopg.connect(where) as connection:
        found = connection.execute("SELECT to_regclass('ducklake_metadata')").fetchone()
    return found is not None and found[0] is not None


def last_snapshot(connection: duckdb.DuckDBPyConnection) -> int:
    """Newest snapshot id that this connection sees."""
    row = connection.execute(f"FROM {ALIAS}.current_snapshot()").fetchone()
    return int(row[0]) if row else 0
