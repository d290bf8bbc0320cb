"""What people write of clients by hand, carried from the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def apply(connection: duckdb.DuckDBPyConnection) -> None:
    """The table of edits, where it is not there."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS lake.raw.client_edits (company_id VARCHAR, "
        "client_id VARCHAR, is_new BOOLEAN, edited_fields VARCHAR, name VARCHAR, "
        "tax_id VARCHAR, phone VARCHAR, language VARCHAR, salesperson VARCHAR, "
        '"group" VARCHAR, credit_limit DECIMAL(18, 4), notes VARCHAR, changed_by VARCHAR, '
        "changed_at TIMESTAMP, batch_id BIGINT)"
    )
