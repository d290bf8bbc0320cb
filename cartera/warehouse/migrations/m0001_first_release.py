"""The tables of the first release, written out as they were then."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

SCHEMAS = ("raw", "staging", "ledger", "marts")
#: Bookkeeping columns of every table that files feed.
_ROW = (
    "updated_at TIMESTAMP, extra VARCHAR, version_at TIMESTAMP, batch_id BIGINT, file VARCHAR, "
    '"row" BIGINT'
)
TABLES = {
    "clients": (
        "company_id VARCHAR, client_id VARCHAR, name VARCHAR, tax_id VARCHAR, emails VARCHAR, "
        'phone VARCHAR, language VARCHAR, salesperson VARCHAR, "group" VARCHAR, '
        f"credit_limit DECIMAL(18, 4), notes VARCHAR, {_ROW}"
    ),
    "documents": (
        "company_id VARCHAR, document_id VARCHAR, client_id VARCHAR, type VARCHAR, "
        "number VARCHAR, issue_date DATE, due_date DATE, currency VARCHAR, "
        "total DECIMAL(18, 4), status VARCHAR, disputed BOOLEAN, reference VARCHAR, "
        f"url VARCHAR, {_ROW}"
    ),
    "instalments": (
        "company_id VARCHAR, document_id VARCHAR, instalment BIGINT, due_date DATE, "
        f"amount DECIMAL(18, 4), {_ROW}"
    ),
    "payments": (
        'company_id VARCHAR, payment_id VARCHAR, client_id VARCHAR, "date" DATE, '
        "amount DECIMAL(18, 4), currency VARCHAR, direction VARCHAR, status VARCHAR, "
        f"method VARCHAR, reference VARCHAR, {_ROW}"
    ),
    "allocations": (
        "company_id VARCHAR, allocation_id VARCHAR, kind VARCHAR, amount DECIMAL(18, 4), "
        '"date" DATE, source_id VARCHAR, document_id VARCHAR, target_payment_id VARCHAR, '
        "source_amount DECIMAL(18, 4), status VARCHAR, label VARCHAR, instalment BIGINT, "
        f"{_ROW}"
    ),
    "rejects": (
        'company_id VARCHAR, table_name VARCHAR, file VARCHAR, "row" BIGINT, record VARCHAR, '
        "reasons VARCHAR, batch_id BIGINT, rejected_at TIMESTAMP"
    ),
    "currencies": "currency VARCHAR, decimals INTEGER",
    "batches": (
        "batch_id BIGINT, company_id VARCHAR, file VARCHAR, sha256 VARCHAR, "
        "loaded_at TIMESTAMP, row_count BIGINT, loaded BIGINT, unchanged BIGINT, "
        "rejected BIGINT, unknown_columns VARCHAR"
    ),
}


def apply(connection: duckdb.DuckDBPyConnection) -> None:
    """Schemas and tables, where they are not there."""
    for schema in SCHEMAS:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS lake.{schema}")
    for name, columns in TABLES.items():
        connection.execute(f"CREATE TABLE IF NOT EXISTS lake.raw.{name} ({columns})")
