"""What a run of messages reads, in few queries for many clients: accounts, documents, whom to ask.

Whatever belongs to one batch of messages comes from one snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cartera.portfolio import Document
from cartera.statement import Statement
from cartera.warehouse import statements

if TYPE_CHECKING:
    import duckdb

#: Company's documents by client and id: what of them is left on a day.
DOCUMENTS = """
    WITH wanted AS (
        SELECT * FROM lake.marts.all_items
        WHERE company_id || '' = ? AND list_contains(?::VARCHAR[], client_id)
            AND item_kind = 'document' AND list_contains(?::VARCHAR[], item_id)
            -- What asks for money; void from a later day on, it still does.
            AND is_receivable AND (counts OR voided_on > ?::DATE)
    ),
    moved AS (
        SELECT client_id, item_id, sum(amount) AS open
        FROM lake.marts.ledger
        WHERE company_id || '' = ? AND list_contains(?::VARCHAR[], client_id)
            AND item_kind = 'document' AND list_contains(?::VARCHAR[], item_id)
            -- The document itself counts on any day: it is what the message is about.
            AND (movement_date + 0 <= ? OR allocation_id IS NULL AND kind <> 'void')
        GROUP BY client_id, item_id
    ),
    -- A document in instalments is late with the first of them, and due with the next one open.
    dues AS (
        SELECT client_id, item_id, min(due_date) AS next_due, bool_or(is_overdue) AS is_overdue
        FROM lake.marts.aging_items(?::DATE, ?, ?::INTEGER[])
        WHERE company_id || '' = ? AND list_contains(?::VARCHAR[], client_id)
            AND item_kind = 'document' AND list_contains(?::VARCHAR[], item_id)
        GROUP BY client_id, item_id
    ),
    numbers AS (
        SELECT lower(number) AS number, count(*) AS count FROM lake.marts.documents
        WHERE company_id || '' = ?
            AND lower(number) IN (SELECT lower(number) FROM wanted)
        GROUP BY ALL
    )
    SELECT client_id, item_id, wanted.number, item_type, currency, issue_date,
        coalesce(next_due, due_date), total_amount, coalesce(open, 0),
        coalesce(is_overdue, false), coalesce(url, ''), coalesce(count, 0) > 1
    FROM wanted
    LEFT JOIN moved USING (client_id, item_id)
    LEFT JOIN dues USING (client_id, item_id)
    LEFT JOIN numbers ON numbers.number = lower(wanted.number)
"""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Accounts (None: no such client) and documents by client and id, of one publication."""

    publication_id: int
    statements: Mapping[str, Statement | None]
    documents: Mapping[tuple[str, str], Document]


def accounts(
    connection: duckdb.DuckDBPyConnection,
    publication_id: int,
    request: statements.Request,
    client_ids: Sequence[str],
    documents: Sequence[tuple[str, str]] = (),
) -> Accounts:
    """The accounts of these clients, and these documents (client and document id)."""
    # One transaction: the catalog is looked up once, and every figure is of one snapshot.
    connection.execute("BEGIN")
    found = statements.build_many(connection, request, client_ids)
    return Accounts(publication_id, found, _documents(connection, request, documents))


def _documents(
    connection: duckdb.DuckDBPyConnection,
    request: statements.Request,
    wanted: Sequence[tuple[str, str]],
) -> dict[tuple[str, str], Document]:
    if not wanted:
        return {}
    company, day = request.company, request.day
    these = [company.id, *([pair[n] for pair in wanted] for n in (0, 1))]
    ages = [day, company.aging_basis, list(company.buckets)]
    rows = connection.execute(
        DOCUMENTS, [*these, day, *these, day, *ages, *these, company.id]
    ).fetchall()
    asked = set(wanted)
    return {(row[0], row[1]): Document(*row) for row in rows if (row[0], row[1]) in asked}
