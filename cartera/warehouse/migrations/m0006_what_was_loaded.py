"""Keys that a file had twice; and by which mapping a load was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def apply(connection: duckdb.DuckDBPyConnection) -> None:
    """The table and the column, where they are not there; null for loads of before."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS lake.raw.repeated_keys (company_id VARCHAR, "
        "table_name VARCHAR, record_id VARCHAR, instalment BIGINT, file VARCHAR, "
        '"row" BIGINT, other_row BIGINT, batch_id BIGINT)'
    )
    # Statistics of an empty table: see m0004.
    if connection.execute("SELECT 1 FROM lake.raw.repeated_keys LIMIT 1").fetchone() is None:
        connection.execute("INSERT INTO lake.raw.repeated_keys (company_id) VALUES (NULL)")
        connection.execute("DELETE FROM lake.raw.repeated_keys")
    connection.execute(
        "ALTER TABLE lake.raw.batches ADD COLUMN IF NOT EXISTS mapping_sha256 VARCHAR"
    )
