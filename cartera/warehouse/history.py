"""Documents and payments of a client by day, as its time line and the matching of payments show
them: whatever there is, settled and void ones too.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    import duckdb


class Booked(NamedTuple):
    """A document or a payment; `amount` is positive for both, `number` is what people call it."""

    kind: Literal["document", "payment"]
    item_id: str
    type: str
    number: str
    currency: str
    amount: Decimal
    is_void: bool
    day: date


_COLUMNS = """
    item_kind, item_id, item_type, coalesce(nullif(number, ''), nullif(reference, ''), item_id),
    currency, abs(total_amount), is_void, issue_date
"""
#: Not what only waits to be money: a payment that is pending, or accepted here and in doubt.
_SHOWN = "company_id = ? AND client_id = ? AND (counts OR is_void)"


def items(
    cursor: duckdb.DuckDBPyConnection, company_id: str, client_id: str, *, limit: int
) -> list[Booked]:
    """The newest of them, newest first."""
    rows = cursor.execute(
        f"SELECT {_COLUMNS} FROM lake.marts.all_items WHERE {_SHOWN} "
        "ORDER BY issue_date DESC, item_kind, item_id LIMIT ?",
        [company_id, client_id, limit],
    ).fetchall()
    return [Booked(*row) for row in rows]


def count(cursor: duckdb.DuckDBPyConnection, company_id: str, client_id: str) -> int:
    """How many there are."""
    row = cursor.execute(
        f"SELECT count(*) FROM lake.marts.all_items WHERE {_SHOWN}",
        [company_id, client_id],
    ).fetchone()
    return int(row[0]) if row else 0


def payments(
    cursor: duckdb.DuckDBPyConnection, company_id: str, client_id: str, ids: Collection[str]
) -> dict[str, Booked]:
    """These payments of a client, by id; those that are not there are left out."""
    rows = cursor.execute(
        f"SELECT {_COLUMNS} FROM lake.marts.all_items WHERE company_id = ? AND client_id = ? "
        "AND item_kind = 'payment' AND list_contains(?, item_id)",
        [company_id, client_id, list(ids)],
    ).fetchall()
    return {row[1]: Booked(*row) for row in rows}
