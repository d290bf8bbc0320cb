"""A large, plain portfolio as Parquet: the input of the benchmarks. Made by DuckDB, no randomness.

Each client has an equal share of documents over three years. Of every ten invoices seven are
paid in full, one in two parts, and two stay open with a withholding and most with a discount; one
document in forty is a credit note applied to the invoice before it.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

FIRST_DAY = "DATE '2023-12-01'"


def write(folder: Path, documents: int, clients: int) -> dict[str, int]:
    """Write the four tables; returns the rows of each."""
    folder.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect()
    connection.execute(
        f"""
        CREATE TABLE numbered AS
        SELECT
            i, 'D' || i AS document_id, 'C' || (i % {clients}) AS client_id,
            i % 40 = 39 AS is_credit,
            i % 10 < 8 AND i % 40 <> 39 AS is_paid,
            {FIRST_DAY} + ((i * 7919) % 1080)::INTEGER AS issue_date,
            CAST(10000 + (i * 104729) % 5000000 AS DECIMAL(18, 2)) AS total
        FROM range({documents}) AS r(i)
        """
    )
    tables = {
        "clients": f"""
            SELECT 'C' || i AS client_id, 'Cliente número ' || i AS name,
                '9' || lpad(i::VARCHAR, 8, '0') AS tax_id, 'c' || i || '@example.com' AS emails
            FROM range({clients}) AS r(i)""",
        "documents": """
            SELECT document_id, client_id,
                CASE WHEN is_credit THEN 'credit_note' ELSE 'invoice' END AS type,
                'FE-' || i AS number, issue_date, issue_date + 30 AS due_date, 'COP' AS currency,
                CASE WHEN is_credit THEN CAST(1000 AS DECIMAL(18, 2)) ELSE total END AS total
            FROM numbered""",
        "payments": """
            SELECT 'P' || i || '-' || part AS payment_id, client_id,
                issue_date + 20 + (i % 50)::INTEGER + 5 * part::INTEGER AS date,
                CASE WHEN i % 10 < 7 THEN total
                     WHEN part = 0 THEN CAST(5000 AS DECIMAL(18, 2))
                     ELSE total - 5000 END AS amount, 'COP' AS currency
            FROM numbered, range(2) AS p(part)
            WHERE is_paid AND (part = 0 OR i % 10 = 7)""",
        "allocations": """
            SELECT 'A' || i || '-' || part AS allocation_id, 'payment' AS kind,
                CASE WHEN i % 10 < 7 THEN total
                     WHEN part = 0 THEN CAST(5000 AS DECIMAL(18, 2))
                     ELSE total - 5000 END
                AS amount, 'P' || i || '-' || part AS source_id, document_id
            FROM numbered, range(2) AS p(part)
            WHERE is_paid AND (part = 0 OR i % 10 = 7)
            UNION ALL
            SELECT 'W' || i, 'withholding', CAST(100 AS DECIMAL(18, 2)), NULL, document_id
            FROM numbered WHERE NOT is_credit AND NOT is_paid AND i % 40 <> 38
            UNION ALL
            SELECT 'K' || i, 'credit', CAST(1000 AS DECIMAL(18, 2)), document_id, 'D' || (i - 1)
            FROM numbered WHERE is_credit
            UNION ALL
            SELECT 'X' || i, 'discount', CAST(50 AS DECIMAL(18, 2)), NULL, document_id
            FROM numbered WHERE i % 20 IN (8, 9, 18) AND i % 40 <> 38 AND NOT is_credit""",
    }
    rows = {}
    for name, query in tables.items():
        target = folder / f"{name}.parquet"
        connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet)")
        found = connection.execute(f"SELECT count(*) FROM '{target}'").fetchone()
        rows[name] = found[0] if found else 0
    connection.close()
    return rows
