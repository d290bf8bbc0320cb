"""Invoices that arrived since a company began to mail them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from cartera.errors import NotFound

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
        [_utc(since), company_id, after_batch, since_day, company_id, since_day],
    ).fetchall()
    return [NewInvoice(*row) for row in rows], last


@dataclass(frozen=True, slots=True)
class OldInvoice:
    """An invoice that counts as history, and the moment when it first came as issued."""

    document_id: str
    client_id: str
    number: str
    issue_date: date
    loaded_at: datetime


def taken_as_history(
    connection: duckdb.DuckDBPyConnection,
    company_id: str,
    *,
    since: datetime,
    since_day: date,
    timezone: str,
    latest_days: int,
    loaded_from: datetime,
    limit: int,
) -> list[OldInvoice]:
    """Invoices that only one of the two rules of history keeps from being new, newest first.

    Those of `since_day` or later that were loaded before `since`; and those of an earlier day that
    came later, at most `latest_days` after their day (older ones are books that are caught up
    with). Only what first came from `loaded_from` on.
    """
    rows = connection.execute(
        """
        WITH came AS (
            SELECT document_id, min(loaded_at) AS loaded_at
            FROM lake.raw.documents AS documents
            JOIN (SELECT DISTINCT batch_id, loaded_at FROM lake.raw.batches) USING (batch_id)
            WHERE documents.company_id = ? AND issue_date >= ?::DATE - ?::INTEGER
                AND coalesce(status, 'issued') <> 'draft'
            GROUP BY document_id
        )
        SELECT document_id, client_id, number, issue_date, came.loaded_at
        FROM lake.marts.documents AS documents JOIN came USING (document_id)
        WHERE company_id = ? AND type = 'invoice' AND status NOT IN ('draft', 'void', 'waiting')
            AND came.loaded_at >= ?::TIMESTAMP
            AND CASE WHEN issue_date >= ?::DATE THEN came.loaded_at <= ?::TIMESTAMP
                ELSE came.loaded_at > ?::TIMESTAMP
                AND (came.loaded_at AT TIME ZONE 'UTC' AT TIME ZONE ?)::DATE - issue_date <= ? END
        ORDER BY came.loaded_at DESC, issue_date DESC, number, document_id
        LIMIT ?
        """,
        [
            company_id, since_day, latest_days, company_id, _utc(loaded_from), since_day,
            _utc(since), _utc(since), timezone, latest_days, limit,
        ],
    ).fetchall()  # fmt: skip
    return [
        OldInvoice(document_id, client_id, number, issue_date, loaded_at.replace(tzinfo=UTC))
        for document_id, client_id, number, issue_date, loaded_at in rows
    ]


def one(connection: duckdb.DuckDBPyConnection, company_id: str, document_id: str) -> NewInvoice:
    """An invoice that counts, by its id. Raises `NotFound`."""
    row = connection.execute(
        "SELECT document_id, client_id, number, issue_date, 0, false FROM lake.marts.documents "
        "WHERE company_id = ? AND document_id = ? AND type = 'invoice' "
        "AND status NOT IN ('draft', 'void', 'waiting')",
        [company_id, document_id],
    ).fetchone()
    if row is None:
        raise NotFound("invoice", document_id, company_id)
    return NewInvoice(*row)


def numbers(
    connection: duckdb.DuckDBPyConnection, company_id: str, document_ids: Sequence[str]
) -> dict[str, str]:
    """Numbers of documents, by id."""
    rows = connection.execute(
        "SELECT document_id, number FROM lake.marts.documents "
        "WHERE company_id = ? AND list_contains(?::VARCHAR[], document_id)",
        [company_id, list(document_ids)],
    ).fetchall()
    return dict(rows)


def _utc(moment: datetime) -> datetime:
    """A moment as the lake keeps it."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def shares_number(connection: duckdb.DuckDBPyConnection, company_id: str, number: str) -> bool:
    """Whether two documents of the company bear this number."""
    row = connection.execute(
        "SELECT count(*) FROM lake.marts.documents "
        "WHERE company_id = ? AND lower(number) = lower(?)",
        [company_id, number],
    ).fetchone()
    return bool(row and row[0] > 1)
