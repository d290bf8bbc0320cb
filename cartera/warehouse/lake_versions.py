"""The lake's version: which changes its tables have had, recorded in the lake itself.

A version is a migration's number (`cartera.warehouse.migrations`). Each change is a row of
`raw.schema_changes`, written in the transaction that makes it, so a crash leaves the old lake or
the new one. The newest version, and the columns of the contract that the lake gained, are also that
table's comment: a reader finds them in the catalog, whichever snapshot it is attached at.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from cartera import __version__, clock
from cartera.contract import TABLES
from cartera.errors import LakeNewerThanProgram
from cartera.warehouse import migrations
from cartera.warehouse.lake_schema import (
    ALIAS,
    CHANGES_TABLE,
    DUCKDB_TYPES,
    OWN_TABLES,
    gained,
)

if TYPE_CHECKING:
    import duckdb

    from cartera.contract import Column, Table


def newest() -> int:
    """The version that this program brings a lake to."""
    return max(migrations.modules())


def version_of(connection: duckdb.DuckDBPyConnection, alias: str = ALIAS) -> int:
    """The newest version of the attached lake; 0 where none was ever recorded."""
    return _read_mark(connection, alias)[0]


def _read_mark(connection: duckdb.DuckDBPyConnection, alias: str) -> tuple[int, list[str]]:
    """The version and the gained columns (`documents.purchase_order`) of the attached lake."""
    catalog = f"__ducklake_metadata_{alias}"
    row = connection.execute(
        f"SELECT max(tags.value) FROM {catalog}.ducklake_tag AS tags "
        f"JOIN {catalog}.ducklake_table AS tables ON tables.table_id = tags.object_id "
        "WHERE tags.key = 'comment' AND tags.end_snapshot IS NULL "
        "AND tables.end_snapshot IS NULL AND tables.table_name = ?",
        [CHANGES_TABLE],
    ).fetchone()
    version, *columns = (row[0] if row and row[0] else "0").split()
    return int(version), columns


def refuse_newer(connection: duckdb.DuckDBPyConnection, alias: str = ALIAS) -> None:
    """Raise `LakeNewerThanProgram` where a later program made the attached lake."""
    version, columns = _read_mark(connection, alias)
    if version > newest():
        raise LakeNewerThanProgram(version, newest())
    known = {f"{table.name}.{one.name}" for table in TABLES.values() for one in table.all_columns}
    for column in columns:
        if column not in known:  # rows that this program writes would be without it
            raise LakeNewerThanProgram(version, newest(), column)


def bring_up(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Bring the attached lake to this program's version; what was changed.

    All in one transaction: missing migrations, columns that the contract gained, and currencies
    whose decimals changed. Idempotent; the caller holds the writer's lock.
    """
    # Outside the transaction: DuckLake's catalog is asked directly.
    version, columns = _read_mark(connection, ALIAS)
    connection.execute("BEGIN")
    try:
        changes: list[tuple[int | None, str]] = []
        for number, name in migrations.modules().items():
            if number > version:
                import_module(f"{migrations.__name__}.{name}").apply(connection)
                changes.append((number, name))
        for table, column in gained(connection):
            _add(connection, table, column)
            columns.append(f"{table.name}.{column.name}")
            changes.append((None, f"{table.name}.{column.name} {DUCKDB_TYPES[column.type]}"))
        if _fill_currencies(connection):
            changes.append((None, "currencies"))
        if changes:
            _record(connection, changes, columns)
            connection.execute(
                f"CALL {ALIAS}.set_commit_message('cartera', ?)",
                [f"schema: {', '.join(change for _, change in changes)}"],
            )
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return [change for _, change in changes]


def _add(connection: duckdb.DuckDBPyConnection, table: Table, column: Column) -> None:
    """Add a column of the contract.

    Rows that are there read as a file without the column does: the contract's default, or null.
    So the same file loaded again still changes nothing.
    """
    default = (
        "" if column.default is None else " DEFAULT '" + column.default.replace("'", "''") + "'"
    )
    connection.execute(
        f'ALTER TABLE {ALIAS}.raw.{table.name} ADD COLUMN "{column.name}" '
        f"{DUCKDB_TYPES[column.type]}{default}"
    )


def _fill_currencies(connection: duckdb.DuckDBPyConnection) -> bool:
    """Make `raw.currencies` what this program knows; whether anything changed."""
    from cartera.money import currency_decimals

    known = currency_decimals()
    here = connection.execute(f"SELECT currency, decimals FROM {ALIAS}.raw.currencies").fetchall()
    if len(here) == len(known) and dict(here) == known:
        return False
    import pyarrow as pa

    rows = sorted(known.items())
    names, decimals = zip(*rows, strict=True)
    connection.execute(f"DELETE FROM {ALIAS}.raw.currencies")
    connection.register(
        "known_currencies",
        pa.table({"currency": names, "decimals": pa.array(decimals, pa.int32())}),
    )
    connection.execute(f"INSERT INTO {ALIAS}.raw.currencies BY NAME FROM known_currencies")
    connection.unregister("known_currencies")
    return True


def _record(
    connection: duckdb.DuckDBPyConnection,
    changes: list[tuple[int | None, str]],
    columns: list[str],
) -> None:
    fields = ", ".join(f"{name} {kind}" for name, kind in OWN_TABLES[CHANGES_TABLE].items())
    connection.execute(f"CREATE TABLE IF NOT EXISTS {ALIAS}.raw.{CHANGES_TABLE} ({fields})")
    mark = " ".join([str(newest()), *columns])
    now = clock.now().replace(tzinfo=None)
    connection.executemany(
        f"INSERT INTO {ALIAS}.raw.{CHANGES_TABLE} (version, change, changed_at, program) "
        "VALUES (?, ?, ?, ?)",
        [[version, change, now, __version__] for version, change in changes],
    )
    connection.execute(f"COMMENT ON TABLE {ALIAS}.raw.{CHANGES_TABLE} IS '{mark}'")
