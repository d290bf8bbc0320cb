"""Aging of all clients, from the marts at one snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from cartera.aging import Aging, AgingRow, bucket_names
from cartera.money import SCALE, ZERO

if TYPE_CHECKING:
    import duckdb

    from cartera.config import Basis


#: Units of the last decimal in one.
UNITS = 10**SCALE


def aging(
    connection: duckdb.DuckDBPyConnection,
    company_id: str,
    *,
    as_of: date,
    basis: Basis,
    limits: Sequence[int],
    client_id: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Aging:
    """Aging by client and currency, and its totals per currency, both summed in SQL.

    Clients without any open item are left out; currencies are never added together. `limit` and
    `offset` choose rows of each currency, the largest first; totals are of all clients.
    """
    names = bucket_names(basis, limits)
    ranges = ", ".join(
        f"coalesce(sum(open_amount) FILTER (WHERE bucket = {n}), 0) AS range_{n}"
        for n in range(len(names))
    )
    sums = ["overdue", "unapplied", "total", *(f"range_{n}" for n in range(len(names)))]
    # Compared plainly, a client picks its own file alone.
    whose, whose_id = ("true", []) if client_id is None else ("client_id = ?", [client_id])
    query = f"""
        WITH by_client AS MATERIALIZED (
            SELECT
                client_id, currency,
                -- Over all ranges: an item in instalments may stand in several, and is one.
                count(DISTINCT item_id) FILTER (WHERE is_owed) AS documents,
                coalesce(sum(open_amount) FILTER (WHERE is_overdue), 0) AS overdue,
                coalesce(sum(open_amount) FILTER (WHERE bucket = -1), 0) AS unapplied,
                sum(open_amount) AS total, {ranges},
                row_number() OVER (
                    PARTITION BY currency ORDER BY sum(open_amount) DESC, client_id
                ) AS position
            FROM lake.marts.aging_items(?::DATE, ?, ?::INTEGER[])
            WHERE company_id || '' = ? AND {whose}
            GROUP BY client_id, currency
        ),
        both_kinds AS (
            SELECT client_id, currency, documents, 1 AS clients, {", ".join(sums)} FROM by_client
            WHERE position > ? AND (?::BIGINT IS NULL OR position <= ?)
            UNION ALL
            SELECT NULL, currency, sum(documents), count(*), {", ".join(f"sum({x})" for x in sums)}
            FROM by_client GROUP BY currency
        )
        SELECT client_id, name, currency, documents::BIGINT, clients,
            {", ".join(f"({x} * {UNITS})::HUGEINT" for x in sums)}
        FROM both_kinds
        LEFT JOIN (SELECT client_id, name FROM lake.marts.clients WHERE company_id = ?)
            USING (client_id)
        ORDER BY currency, total DESC, client_id
    """
    last = None if limit is None else offset + limit
    parameters = [
        as_of,
        basis,
        list(limits),
        company_id,
        *whose_id,
        offset,
        limit,
        last,
        company_id,
    ]
    rows: list[AgingRow] = []
    totals: list[AgingRow] = []
    for key, name, currency, documents, clients, *units in connection.execute(
        query, parameters
    ).fetchall():
        overdue, unapplied, total, *amounts = map(decimal_of, units)
        (totals if key is None else rows).append(
            AgingRow(
                client_id=key or "",
                client="" if key is None else (name or key),
                currency=currency,
                buckets=dict(zip(names, amounts, strict=True)),
                overdue=overdue,
                unapplied=unapplied,
                total=total,
                documents=documents,
                clients=clients,
            )
        )
    return Aging(as_of, basis, tuple(limits), tuple(rows), tuple(totals))


def decimal_of(units: int) -> Decimal:
    """Ten-thousandths as an amount. DuckDB hands out whole numbers thrice as fast as decimals."""
    return Decimal(units).scaleb(-SCALE) if units else ZERO
