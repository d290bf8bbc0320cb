"""How the portfolio moved: aging at month ends, and as of the day itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from cartera.aging import bucket_names
from cartera.errors import UsageError
from cartera.portfolio import TrendPoint
from cartera.warehouse.portfolio import UNITS, decimal_of

if TYPE_CHECKING:
    import duckdb

    from cartera.config import Basis

MOST_MONTHS = 60


def month_ends(as_of: date, months: int) -> list[date]:
    """The ends of the months before the one of `as_of`, `months` of them, and `as_of`.

    >>> [day.isoformat() for day in month_ends(date(2026, 3, 31), 2)]
    ['2026-01-31', '2026-02-28', '2026-03-31']
    """
    days = [as_of]
    day = as_of
    for _ in range(months):
        if day.year == 1 and day.month == 1:
            break
        day = day.replace(day=1) - timedelta(days=1)
        days.append(day)
    return days[::-1]


def trend(
    connection: duckdb.DuckDBPyConnection,
    company_id: str,
    *,
    as_of: date,
    months: int,
    basis: Basis,
    limits: Sequence[int],
) -> tuple[TrendPoint, ...]:
    """Aging of all clients on each of the days; a day without open items has no point."""
    if not 0 <= months <= MOST_MONTHS:
        raise UsageError(f"a trend shows 0 to {MOST_MONTHS} months, not {months}")
    names = bucket_names(basis, limits)
    ranges = ", ".join(
        f"coalesce(sum(open_amount) FILTER (WHERE bucket = {n}), 0) AS range_{n}"
        for n in range(len(names))
    )
    sums = ["overdue", "unapplied", "total", *(f"range_{n}" for n in range(len(names)))]
    days = month_ends(as_of, months)
    rows = connection.execute(
        f"""
        WITH sums AS (
            SELECT on_day, currency, count(DISTINCT client_id) AS clients,
                coalesce(sum(open_amount) FILTER (WHERE is_overdue), 0) AS overdue,
                coalesce(sum(open_amount) FILTER (WHERE bucket = -1), 0) AS unapplied,
                sum(open_amount) AS total, {ranges}
            FROM lake.marts.open_on_days(?::DATE[], ?, ?::INTEGER[])
            WHERE company_id || '' = ?
            GROUP BY on_day, currency
        )
        SELECT on_day, currency, clients, {", ".join(f"({x} * {UNITS})::HUGEINT" for x in sums)}
        FROM sums ORDER BY currency, on_day
        """,
        [days, basis, list(limits), company_id],
    ).fetchall()
    points = []
    for day, currency, clients, *units in rows:
        overdue, unapplied, total, *amounts = map(decimal_of, units)
        points.append(
            TrendPoint(
                day=day,
                currency=currency,
                buckets=dict(zip(names, amounts, strict=True)),
                overdue=overdue,
                unapplied=unapplied,
                total=total,
                clients=clients,
            )
        )
    return tuple(points)
