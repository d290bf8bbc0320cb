"""Rows that wait for a person's yes, and how many of a load do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def apply(connection: duckdb.DuckDBPyConnection) -> None:
    """The table and the column, where they are not there; null for loads of before."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS lake.raw.held (company_id VARCHAR, held_id VARCHAR, "
        "entry_id VARCHAR, table_name VARCHAR, record_key VARCHAR, client_id VARCHAR, "
        'file VARCHAR, "row" BIGINT, record VARCHAR, known VARCHAR, reasons VARCHAR, '
        "extra VARCHAR, batch_id BIGINT, held_at TIMESTAMP, state VARCHAR, decision BIGINT)"
    )
    # A row that comes and goes, for the table's statistics: see m0004.
    if connection.execute("SELECT 1 FROM lake.raw.held LIMIT 1").fetchone() is None:
        connection.execute("INSERT INTO lake.raw.held (company_id) VALUES (NULL)")
        connection.execute("DELETE FROM lake.raw.held")
    connection.execute("ALTER TABLE lake.raw.batches ADD COLUMN IF NOT EXISTS held BIGINT")
