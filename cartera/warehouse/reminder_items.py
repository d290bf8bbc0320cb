"""What clients owe that has a due date of its own, for reminders: few queries for a whole company.

Good for tens of thousands of clients. Amounts are added up in SQL, one currency at a time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from cartera.reminders.terms import Item
from cartera.warehouse import client_search
from cartera.warehouse.portfolio import UNITS, decimal_of

if TYPE_CHECKING:
    import duckdb

    from cartera.config import Company


@dataclass(frozen=True, slots=True)
class ReminderClient:
    """A client with open items or money; `emails` and `language` as its record has them.

    `balances` are net, by currency; `items` are by due date.
    """

    client_id: str
    name: str
    group: str
    emails: str
    language: str
    balances: dict[str, Decimal]
    items: tuple[Item, ...]


def found(
    connection: duckdb.DuckDBPyConnection,
    company: Company,
    *,
    as_of: date,
    client_ids: Collection[str] | None = None,
) -> tuple[ReminderClient, ...]:
    """The company's clients as of a day, by name; those asked for, whatever they owe."""
    whose = "true" if client_ids is None else "list_contains(?::VARCHAR[], client_id)"
    ids = [] if client_ids is None else [list(client_ids)]
    parts = f"""
        FROM lake.marts.aging_items(?::DATE, ?, ?::INTEGER[])
        WHERE company_id || '' = ? AND {whose}
    """
    asked = [as_of, company.aging_basis, list(company.buckets), company.id, *ids]
    # Rows of items are grouped here: lists made in SQL, each in its order, take six times as long.
    balances: dict[str, dict[str, Decimal]] = {}
    for client_id, currency, total in connection.execute(
        f"""
        SELECT client_id, currency, (sum(open_amount) * {UNITS})::HUGEINT {parts}
        GROUP BY ALL ORDER BY ALL
        """,
        asked,
    ).fetchall():
        balances.setdefault(client_id, {})[currency] = decimal_of(total)
    items: dict[str, list[Item]] = {}
    for row in connection.execute(
        f"""
        SELECT client_id, item_id, number, instalment, currency, due_date,
            is_disputed, (open_amount * {UNITS})::HUGEINT
        {parts} AND is_owed
        ORDER BY client_id, due_date, number, item_id, instalment
        """,
        asked,
    ).fetchall():
        item = Item(row[1], row[2], row[3], row[4], row[5], row[6], decimal_of(row[7]))
        items.setdefault(row[0], []).append(item)
    rows = connection.execute(
        f"""
        WITH languages AS (
            SELECT client_id, language FROM lake.marts.clients WHERE company_id || '' = ?
        )
        SELECT client_id, name, client_group, emails, coalesce(language, '')
        FROM {client_search.TABLE} JOIN languages USING (client_id)
        WHERE company_id = ? AND {whose}
        ORDER BY sort_name, client_id
        """,
        [company.id, company.id, *ids],
    ).fetchall()
    return tuple(
        ReminderClient(
            client_id, name, group, emails, language,
            balances.get(client_id, {}), tuple(items.get(client_id, ())),
        )
        for client_id, name, group, emails, language in rows
    )  # fmt: skip


def payments_at(
    connection: duckdb.DuckDBPyConnection, company_id: str, before: datetime | None = None
) -> datetime | None:
    """When data about payments came last (before a moment, where given); None: it never did.

    A file of payments that brought nothing new counts: it says that nobody paid. One of which
    every row was refused says nothing, and neither do payments that came in through Cartera.
    """
    columns = connection.execute("DESCRIBE lake.raw.batches").fetchall()
    # Figures of before loads said what they were about: what a file brought tells.
    said = "tables" if "tables" in {column[0] for column in columns} else "NULL"
    row = connection.execute(
        f"""
        SELECT max(loaded_at)
        FROM lake.raw.batches
        WHERE company_id = ? AND (?::TIMESTAMP IS NULL OR loaded_at < ?::TIMESTAMP)
            AND file <> ''
            AND (row_count = 0 OR loaded + unchanged > 0)
            AND CASE WHEN {said} IS NULL
                THEN regexp_matches(lower(file), '^(payments|allocations)') OR batch_id IN (
                    SELECT batch_id FROM lake.raw.payments WHERE company_id = ?
                    UNION SELECT batch_id FROM lake.raw.allocations WHERE company_id = ?
                )
                ELSE list_has_any(string_split({said}, ';'), ['payments', 'allocations'])
            END
        """,
        [company_id, *[before and before.astimezone(UTC).replace(tzinfo=None)] * 2,
         company_id, company_id],
    ).fetchone()  # fmt: skip
    return row[0].replace(tzinfo=UTC) if row and row[0] else None
