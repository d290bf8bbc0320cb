"""How the data is: what was refused, what waits, what is odd, what does not tie, how fresh."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cartera.contract import Reason
from cartera.warehouse.batches import notes_from

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


_REFUSED = """
    FROM lake.raw.rejects
    WHERE company_id = ? AND (?::VARCHAR IS NULL OR file = ?)
        AND (? = '' OR contains(lower(concat_ws(' ', file, table_name, record, reasons)), lower(?)))
"""


def refused(
    connection: duckdb.DuckDBPyConnection,
    company_id: str,
    *,
    file: str | None = None,
    text: str = "",
    limit: int | None = None,
    offset: int = 0,
) -> list[Refused]:
    """Refused rows, newest first: those of a file, those that contain a text."""
    rows = connection.execute(
        f"SELECT table_name, file, row, record, reasons, rejected_at {_REFUSED} "
        "ORDER BY rejected_at DESC, file, row, table_name LIMIT ? OFFSET ?",
        [company_id, file, file, text, text, limit, offset],
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


def refused_count(
    connection: duckdb.DuckDBPyConnection,
    company_id: str,
    *,
    file: str | None = None,
    text: str = "",
) -> int:
    """How many rows `refused` gives without a limit."""
    return _count(connection, _REFUSED, [company_id, file, file, text, text])


def refused_files(
    connection: duckdb.DuckDBPyConnection, company_id: str, limit: int = 100
) -> list[tuple[str, int]]:
    """Files with refused rows and how many each, the newest first."""
    return connection.execute(
        "SELECT file, count(*) FROM lake.raw.rejects WHERE company_id = ? "
        "GROUP BY file ORDER BY max(rejected_at) DESC, file LIMIT ?",
        [company_id, limit],
    ).fetchall()


_WAITING = "FROM lake.marts.waiting WHERE company_id = ?"


def waiting(
    connection: duckdb.DuckDBPyConnection,
    company_id: str,
    *,
    limit: int | None = None,
    offset: int = 0,
) -> list[Waiting]:
    """Rows that wait for another."""
    rows = connection.execute(
        f"SELECT table_name, record_id, waits_for, waits_for_id, reason {_WAITING} "
        "ORDER BY ALL LIMIT ? OFFSET ?",
        [company_id, limit, offset],
    ).fetchall()
    return [Waiting(*row) for row in rows]


def waiting_count(connection: duckdb.DuckDBPyConnection, company_id: str) -> int:
    """How many rows wait."""
    return _count(connection, _WAITING, [company_id])


_WARNINGS = "FROM lake.marts.warnings WHERE company_id = ?"


def warnings(
    connection: duckdb.DuckDBPyConnection,
    company_id: str,
    *,
    limit: int | None = None,
    offset: int = 0,
) -> list[dict[str, Any]]:
    """What is odd but loaded as it is."""
    cursor = connection.execute(
        f"SELECT warning, client_id, item_kind, item_id, number, amount {_WARNINGS} "
        "ORDER BY ALL LIMIT ? OFFSET ?",
        [company_id, limit, offset],
    )
    names = [d[0] for d in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def warnings_count(connection: duckdb.DuckDBPyConnection, company_id: str) -> int:
    """How many warnings there are."""
    return _count(connection, _WARNINGS, [company_id])


def _count(connection: duckdb.DuckDBPyConnection, source: str, parameters: list[Any]) -> int:
    row = connection.execute(f"SELECT count(*) {source}", parameters).fetchone()
    return int(row[0]) if row else 0


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
    """The newest loads of files with rows of this company, newest first, with its counts alone.

    `notes` is what was said of the file, as `Note`s.
    """
    columns = {row[0] for row in connection.execute("DESCRIBE lake.raw.batches").fetchall()}
    # Figures of before there were these are read as they were.
    held, notes = (name if name in columns else "NULL" for name in ("held", "notes"))
    cursor = connection.execute(
        "SELECT batch_id, file, loaded_at, row_count AS rows, loaded, unchanged, rejected, "
        f"{held} AS held, {notes} AS notes "
        "FROM lake.raw.batches WHERE company_id = ? AND file <> '' "
        "ORDER BY batch_id DESC LIMIT ?",
        [company_id, limit],
    )
    names = [d[0] for d in cursor.description]
    loads = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [load | {"notes": notes_from(load["notes"])} for load in loads]


def last_loaded(
    connection: duckdb.DuckDBPyConnection, company_id: str, files: Sequence[str]
) -> dict[str, datetime]:
    """When files of these names were last loaded with rows of this company, by name."""
    rows = connection.execute(
        "SELECT file, max(loaded_at) FROM lake.raw.batches "
        "WHERE company_id = ? AND list_contains(?::VARCHAR[], file) GROUP BY file",
        [company_id, list(files)],
    ).fetchall()
    return {file: at.replace(tzinfo=UTC) for file, at in rows}
