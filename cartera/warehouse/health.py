"""How the data is: what was refused, what waits, what is odd, what does not tie, how fresh."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cartera.contract import Reason

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was refused, as the last load of its file left it."""

    table: str
    file: str
    row: int
    record: dict[str, Any]
    reasons: tuple[Reason, ...]
    rejected_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row that counts for nothing until what it names arrives (or is corrected)."""

    table: str
    record_id: str
    waits_for: str
    waits_for_id: str | None
    reason: str


def refused(connection: duckdb.DuckDBPyConnection, company_id: str) -> list[Refused]:
    """Refused rows, newest first."""
    rows = connection.execute(
        "SELECT table_name, file, row, record, reasons, rejected_at FROM lake.raw.rejects "
        "WHERE company_id = ? ORDER BY rejected_at DESC, file, row, table_name",
        [company_id],
    ).fetchall()
    return [
        Refused(
            table=table,
            file=file,
            row=row,
            record=json.loads(record),
            reasons=tuple(Reason(**reason) for reason in json.loads(reasons)),
            rejected_at=at,
        )
        for table, file, row, record, reasons, at in rows
    ]


def waiting(connection: duckdb.DuckDBPyConnection, company_id: str) -> list[Waiting]:
    """Rows that wait for another."""
    rows = connection.execute(
        "SELECT table_name, record_id, waits_for, waits_for_id, reason FROM lake.marts.waiting "
        "WHERE company_id = ? ORDER BY ALL",
        [company_id],
    ).fetchall()
    return [Waiting(*row) for row in rows]


def warnings(connection: duckdb.DuckDBPyConnection, company_id: str) -> list[dict[str, Any]]:
    """What is odd but loaded as it is."""
    cursor = connection.execute(
        "SELECT warning, client_id, item_kind, item_id, number, amount FROM lake.marts.warnings "
        "WHERE company_id = ? ORDER BY ALL",
        [company_id],
    )
    names = [d[0] for d in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def integrity(connection: duckdb.DuckDBPyConnection, company_id: str) -> list[dict[str, Any]]:
    """Figures that do not tie; empty when all is well."""
    cursor = connection.execute(
        "SELECT rule, client_id, currency, item_id, as_of, expected_amount AS expected, "
        "found_amount AS found FROM lake.marts.integrity WHERE company_id = ? ORDER BY ALL",
        [company_id],
    )
    names = [d[0] for d in cursor.description]
    return [
        {n: None if v is None else str(v) for n, v in zip(names, row, strict=True)}
        for row in cursor.fetchall()
    ]


def counts(connection: duckdb.DuckDBPyConnection, company_id: str) -> dict[str, Any]:
    """Rows of each table, and what was invoiced and paid, per currency."""
    tables = {}
    for table in ("clients", "documents", "instalments", "payments", "allocations"):
        row = connection.execute(
            f"SELECT count(*) FROM lake.staging.stg_{table} WHERE company_id = ?", [company_id]
        ).fetchone()
        tables[table] = row[0] if row else 0
    currencies = connection.execute(
        "SELECT currency, count(*) AS documents, sum(total) AS invoiced, "
        "sum(balance) AS open, count(*) FILTER (WHERE days_late > 0) AS paid_late "
        "FROM lake.marts.documents WHERE company_id = ? AND counts AND type <> 'credit_note' "
        "GROUP BY currency ORDER BY currency",
        [company_id],
    ).fetchall()
    return {
        "tables": tables,
        "receivables": [
            {
                "currency": currency,
                "documents": documents,
                "invoiced": invoiced,
                "open": open_amount,
                "paid_late": late,
            }
            for currency, documents, invoiced, open_amount, late in currencies
        ],
    }


def last_loads(
    connection: duckdb.DuckDBPyConnection, company_id: str, limit: int = 10
) -> list[dict[str, Any]]:
    """The newest loads of files with rows of this company, newest first, with its counts alone."""
    cursor = connection.execute(
        "SELECT batch_id, file, loaded_at, row_count AS rows, loaded, unchanged, rejected "
        "FROM lake.raw.batches WHERE company_id = ? "
        "ORDER BY batch_id DESC LIMIT ?",
        [company_id, limit],
    )
    names = [d[0] for d in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
