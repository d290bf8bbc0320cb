"""The lake's own tables (`raw`) as the code declares them, and what a lake has otherwise.

Figures (`staging`, `ledger`, `marts`) are dbt's: they are built again from these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cartera.contract import TABLES, Column, ColumnType, Table

if TYPE_CHECKING:
    import duckdb

ALIAS = "lake"
DUCKDB_TYPES: dict[ColumnType, str] = {
    "text": "VARCHAR",
    "date": "DATE",
    "amount": "DECIMAL(18, 4)",
    "bool": "BOOLEAN",
    "int": "BIGINT",
    "time": "TIMESTAMP",
}
#: Bookkeeping columns behind the contract's own in every raw table.
META_COLUMNS = {
    "extra": "VARCHAR",
    "version_at": "TIMESTAMP",
    "batch_id": "BIGINT",
    "file": "VARCHAR",
    "row": "BIGINT",
}
#: What was changed in the tables, when, and by which version of the program.
CHANGES_TABLE = "schema_changes"
#: Tables that no file feeds.
OWN_TABLES: dict[str, dict[str, str]] = {
    "rejects": {
        "company_id": "VARCHAR",
        "table_name": "VARCHAR",
        "file": "VARCHAR",
        "row": "BIGINT",
        "record": "VARCHAR",
        "reasons": "VARCHAR",
        "batch_id": "BIGINT",
        "rejected_at": "TIMESTAMP",
    },
    "repeated_keys": {
        "company_id": "VARCHAR",
        "table_name": "VARCHAR",
        "record_id": "VARCHAR",
        "instalment": "BIGINT",
        "file": "VARCHAR",
        "row": "BIGINT",
        "other_row": "BIGINT",
        "batch_id": "BIGINT",
    },
    "currencies": {"currency": "VARCHAR", "decimals": "INTEGER"},
    "client_edits": {
        "company_id": "VARCHAR",
        "client_id": "VARCHAR",
        "is_new": "BOOLEAN",
        "edited_fields": "VARCHAR",
        "name": "VARCHAR",
        "tax_id": "VARCHAR",
        "phone": "VARCHAR",
        "language": "VARCHAR",
        "salesperson": "VARCHAR",
        "group": "VARCHAR",
        "credit_limit": "DECIMAL(18, 4)",
        "notes": "VARCHAR",
        "changed_by": "VARCHAR",
        "changed_at": "TIMESTAMP",
        "batch_id": "BIGINT",
    },
    "batches": {
        "batch_id": "BIGINT",
        "company_id": "VARCHAR",
        "file": "VARCHAR",
        "sha256": "VARCHAR",
        "loaded_at": "TIMESTAMP",
        "row_count": "BIGINT",
        "loaded": "BIGINT",
        "unchanged": "BIGINT",
        "rejected": "BIGINT",
        "unknown_columns": "VARCHAR",
        "tables": "VARCHAR",
        "held": "BIGINT",
        "mapping_sha256": "VARCHAR",
        "notes": "VARCHAR",
    },
    "held": {
        "company_id": "VARCHAR",
        "held_id": "VARCHAR",
        "entry_id": "VARCHAR",
        "table_name": "VARCHAR",
        "record_key": "VARCHAR",
        "client_id": "VARCHAR",
        "file": "VARCHAR",
        "row": "BIGINT",
        "record": "VARCHAR",
        "known": "VARCHAR",
        "reasons": "VARCHAR",
        "extra": "VARCHAR",
        "batch_id": "BIGINT",
        "held_at": "TIMESTAMP",
        "state": "VARCHAR",
        "decision": "BIGINT",
    },
    CHANGES_TABLE: {
        "version": "INTEGER",
        "change": "VARCHAR",
        "changed_at": "TIMESTAMP",
        "program": "VARCHAR",
    },
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where a lake is not what the code declares; a type of None is not there."""

    table: str
    column: str | None
    declared: str | None
    found: str | None

    @property
    def kind(self) -> Literal["table", "missing", "unknown", "type"]:
        """A table or a column is missing, a column is unknown to the code, or a type differs."""
        if self.column is None:
            return "table"
        if self.found is None:
            return "missing"
        return "unknown" if self.declared is None else "type"

    @property
    def sentence(self) -> str:
        """For a person: where, declared and found."""
        if self.column is None:
            return f"the table {self.table} is not there"
        where = f"{self.table}.{self.column}"
        if self.found is None:
            return f"{where} ({self.declared}) is not there"
        if self.declared is None:
            return f"{where} ({self.found}) is unknown to this version"
        return f"{where} is {self.found}, declared {self.declared}"


def raw_columns(table: Table) -> dict[str, str]:
    """Columns of a raw table with their DuckDB types: the contract's, then the bookkeeping."""
    own = {c.name: DUCKDB_TYPES[c.type] for c in table.all_columns}
    return own | META_COLUMNS


def declared() -> dict[str, dict[str, str]]:
    """Every table of `raw` with its columns and their DuckDB types."""
    return {name: raw_columns(table) for name, table in TABLES.items()} | OWN_TABLES


def found(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """The same of the lake that is attached, as it stands at the snapshot attached."""
    # Not information_schema: it takes ten times as long.
    rows = connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = ? AND schema_name = 'raw'",
        [ALIAS],
    ).fetchall()
    tables: dict[str, dict[str, str]] = {}
    for table, column, data_type in rows:
        tables.setdefault(table, {})[column] = data_type
    return tables


def differences(connection: duckdb.DuckDBPyConnection) -> list[Difference]:
    """Where the attached lake is not what the code declares; empty when all is well.

    Tables that the code does not know are nobody's business: whoever runs the lake may have some.
    """
    here = found(connection)
    return [
        difference
        for table, columns in declared().items()
        for difference in _of_table(table, columns, here.get(table))
    ]


def _of_table(table: str, columns: dict[str, str], here: dict[str, str] | None) -> list[Difference]:
    if here is None:
        return [Difference(table, None, None, None)]
    names = [*columns, *(name for name in here if name not in columns)]
    return [
        Difference(table, name, columns.get(name), here.get(name))
        for name in names
        if _plain(columns.get(name)) != _plain(here.get(name))
    ]


def _plain(data_type: str | None) -> str | None:
    """A type without the spaces that DuckDB leaves out."""
    return data_type.replace(" ", "") if data_type else None


def gained(connection: duckdb.DuckDBPyConnection) -> list[tuple[Table, Column]]:
    """Columns of the contract that the lake's tables do not have yet."""
    here = found(connection)
    return [
        (table, column)
        for name, table in TABLES.items()
        for column in table.all_columns
        if name in here and column.name not in here[name]
    ]
