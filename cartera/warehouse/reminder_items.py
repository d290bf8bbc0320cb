"""What clients owe that has a due date of its own, for reminders: one query for a whole company.

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
    rows = connection.execute(
        f"""
        WITH parts AS MATERIALIZED (
            SELECT client_id, currency, item_id, number, instalment, due_date, is_disputed,
                is_receivable, open_amount
            FROM lake.marts.aging_items(?::DATE, ?, ?::INTEGER[])
            WHERE company_id || '' = ? AND {whose}
        ),
        balances AS (
            SELECT client_id, list(currency ORDER BY currency) AS currencies,
                list((total * {UNITS})::HUGEINT ORDER BY currency) AS totals
            FROM (SELECT client_id, currency, sum(open_amount) AS total FROM parts GROUP BY ALL)
            GROUP BY client_id
        ),
        items AS (
            SELECT client_id,
                list(item_id ORDER BY {_ORDER}) AS ids,
                list(number ORDER BY {_ORDER}) AS numbers,
                list(coalesce(instalment, 0) ORDER BY {_ORDER}) AS instalments,
                list(currency ORDER BY {_ORDER}) AS currencies,
                list(due_date ORDER BY {_ORDER}) AS due_dates,
                list(is_disputed ORDER BY {_ORDER}) AS disputed,
                list((open_amount * {UNITS})::HUGEINT ORDER BY {_ORDER}) AS amounts
            FROM parts WHERE is_receivable AND open_amount > 0
            GROUP BY client_id
        ),
        languages AS (
            SELECT client_id, language FROM lake.marts.clients WHERE company_id || '' = ?
        )
        SELECT client_id, name, client_group, emails, coalesce(language, ''),
            balances.currencies, totals,
            ids, numbers, instalments, items.currencies, due_dates, disputed, amounts
        FROM {client_search.TABLE}
        JOIN languages USING (client_id)
        LEFT JOIN balances USING (client_id)
        LEFT JOIN items USING (client_id)
        WHERE company_id = ? AND {whose}
        ORDER BY sort_name, client_id
        """,
        [as_of, company.aging_basis, list(company.buckets), company.id, *ids, company.id,
         company.id, *ids],
    ).fetchall()  # fmt: skip
    return tuple(
        ReminderClient(
            client_id=client_id,
            name=name,
            group=group,
            emails=emails,
            language=language,
            balances={
                currency: decimal_of(total)
                for currency, total in zip(currencies or (), totals or (), strict=True)
            },
            items=tuple(map(Item, *columns, map(decimal_of, amounts))) if amounts else (),
        )
        for client_id, name, group, emails, language, currencies, totals, *columns, amounts in rows
    )


_ORDER = "due_date, number, item_id, instalment"


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
