"""What the published figures say of payments that came in through Cartera, and sums of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import duckdb

    from cartera.online.terms import State
    from cartera.store.online_listing import Moved


class InLedger(NamedTuple):
    """A payment as the figures have it, positive. `counts`: the client's balance has it."""

    payment_id: str
    number: str
    currency: str
    amount: Decimal
    counts: bool
    is_void: bool
    day: date


class Sum(NamedTuple):
    """Payments of one currency in one state: how many, of how much, and what went back of it."""

    currency: str
    state: State
    payments: int
    amount: Decimal
    refunded: Decimal


def ledger_payments(
    cursor: duckdb.DuckDBPyConnection,
    company_id: str,
    client_ids: Collection[str],
    payment_ids: Collection[str],
) -> dict[str, InLedger]:
    """These payments of these clients, by id; those that are not there are left out."""
    rows = cursor.execute(
        """
        SELECT item_id, coalesce(nullif(number, ''), nullif(reference, ''), item_id),
            currency, abs(total_amount), counts, is_void, issue_date
        FROM lake.marts.all_items
        WHERE company_id = ? AND list_contains(?::VARCHAR[], client_id)
            AND item_kind = 'payment' AND list_contains(?::VARCHAR[], item_id)
        """,
        [company_id, sorted(client_ids), sorted(payment_ids)],
    ).fetchall()
    return {row[0]: InLedger(*row) for row in rows}


def sums(cursor: duckdb.DuckDBPyConnection, rows: Sequence[Moved]) -> list[Sum]:
    """By currency and state. The store has amounts as text, which no SQL adds up exactly there."""
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    found = cursor.execute(
        """
        SELECT currency, state, count(*), sum(amount::DECIMAL(38, 4)), sum(refunded::DECIMAL(38, 4))
        FROM (
            SELECT unnest(?::VARCHAR[]) AS currency, unnest(?::VARCHAR[]) AS state,
                unnest(?::VARCHAR[]) AS amount, unnest(?::VARCHAR[]) AS refunded
        )
        GROUP BY ALL ORDER BY currency, state
        """,
        [list(column) for column in columns],
    ).fetchall()
    return [Sum(*row) for row in found]
