"""A load keeps what was said of its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def apply(connection: duckdb.DuckDBPyConnection) -> None:
    """The column, where it is not there; null for loads of before."""
    connection.execute("ALTER TABLE lake.raw.batches ADD COLUMN IF NOT EXISTS notes VARCHAR")
