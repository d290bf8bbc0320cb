"""Invoices that arrived since a company began to mail them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class NewInvoice:
    """An invoice that nobody knew before, and the batch that brought it (its newest version).

    `is_waiting`: its client has not been loaded yet.
    """

    document_id: str
    client_id: str
    number: str
    issue_date: date
    batch_id: int
    is_waiting: bool


def found(
    connection: duckdb.DuckDBPyConnection,
    company_id: str,
    *,
    since: datetime,
    since_day: date,
    after_batch: int,
) -> tuple[list[NewInvoice], int]:
    """Those of the batches after `after_batch`, oldest first, and the newest batch there is.

    History is what was issued before `since_day`, and what was loaded, as issued, up to `since`:
    none of it is ever here, whichever file brings it again.
    """
    newest = connection.execute("SELECT max(batch_id) FROM lake.raw.batches").fetchone()
    last = int(newest[0] or 0) if newest else 0
    rows = connection.execute(
        """
        WITH history AS (
            SELECT coalesce(max(batch_id), 0) AS last_batch
            FROM lake.raw.batches WHERE loaded_at <= ?::TIMESTAMP
        ),
        touched AS (
            SELECT document_id, max(batch_id) AS batch_id
            FROM lake.raw.documents
            WHERE company_id = ? AND batch_id > ? AND issue_date >= ?::DATE
            GROUP BY document_id
        )
        SELECT documents.document_id, client_id, number, issue_date, touched.batch_id,
            status = 'waiting'
        FROM lake.marts.documents AS documents JOIN touched USING (document_id)
        WHERE company_id = ? AND type = 'invoice' AND status NOT IN ('draft', 'void')
            AND issue_date >= ?::DATE
            AND NOT EXISTS (
                SELECT 1 FROM lake.raw.documents AS before, history
                WHERE before.company_id = documents.company_id
                    AND before.document_id = documents.document_id
                    AND before.batch_id <= history.last_batch
                    AND coalesce(before.status, 'issued') <> 'draft'
            )
        ORDER BY touched.batch_id, issue_date, number, documents.document_id
        """,
        [since.replace(tzinfo=None), company_id, after_batch, since_day, company_id, since_day],
    ).fetchall()
    return [NewInvoice(*row) for row in rows], last


def shares_number(connection: duckdb.DuckDBPyConnection, company_id: str, number: str) -> bool:
    """Whether two documents of the company bear this number."""
    row = connection.execute(
        "SELECT count(*) FROM lake.marts.documents "
        "WHERE company_id = ? AND lower(number) = lower(?)",
        [company_id, number],
    ).fetchone()
    return bool(row and row[0] > 1)
