"""A client's money in favour by where it is: what can be allocated to a document, the oldest first.

Payments and credit notes of which something is left. What was applied to a document beyond its
total is no source of an allocation, but can be taken back from it by the one that brought it, the
latest first; what no payment or credit note brought (a withholding, a write-off) stays where it is.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from cartera.online.terms import InFavour

if TYPE_CHECKING:
    import duckdb

# What is left on the day and in the end: what a later row uses is not there any more.
_FOUND = """
WITH opens AS (
    SELECT item_kind, item_id, item_type, is_receivable, any_value(number) AS number,
        any_value(issue_date) AS issue_date,
        -greatest(
            coalesce(sum(open_amount) FILTER (
                open_from + 0 <= ?::DATE AND (open_until + 0 > ?::DATE OR open_until IS NULL)
            ), 0),
            coalesce(sum(open_amount) FILTER (is_last_period), 0)
        ) AS amount
    FROM lake.marts.open_items
    WHERE company_id || '' = ? AND client_id = ? AND currency || '' = ?
    GROUP BY ALL
    HAVING amount > 0
),
own AS (
    SELECT CASE item_type WHEN 'credit_note' THEN 'credit' ELSE 'payment' END AS kind,
        item_id AS source_id, number, amount, '' AS taken_from, issue_date, 0 AS position
    FROM opens WHERE item_type IN ('payment', 'credit_note')
),
brought AS (
    SELECT target_id, allocations.kind, source_id, any_value(sources.number) AS number,
        sum(allocations.amount) AS amount, max(allocation_date) AS last_day
    FROM lake.marts.allocations AS allocations
    JOIN lake.marts.all_items AS sources
        ON sources.company_id = allocations.company_id
        AND sources.item_kind = allocations.source_kind
        AND sources.item_id = allocations.source_id
    WHERE allocations.company_id || '' = ? AND allocations.client_id = ?
        AND sources.client_id = ? AND sources.item_type IN ('payment', 'credit_note')
        AND allocations.state = 'posted' AND allocations.kind IN ('payment', 'credit')
        AND source_currency = allocations.currency AND target_kind = 'document'
        AND target_id IN (SELECT item_id FROM opens WHERE is_receivable)
    GROUP BY target_id, allocations.kind, source_id
    HAVING sum(allocations.amount) > 0
),
beyond AS (
    SELECT kind, source_id, brought.number,
        least(brought.amount, opens.amount - coalesce(sum(brought.amount) OVER earlier, 0))
            AS amount,
        target_id AS taken_from, issue_date, row_number() OVER latest AS position
    FROM brought JOIN opens ON opens.is_receivable AND opens.item_id = target_id
    WINDOW
        latest AS (PARTITION BY target_id ORDER BY last_day DESC, source_id),
        earlier AS (
            PARTITION BY target_id ORDER BY last_day DESC, source_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
)
SELECT kind, source_id, number, amount::DECIMAL(18, 4), taken_from
FROM (FROM own UNION ALL BY NAME FROM beyond)
WHERE amount > 0
ORDER BY issue_date, taken_from, position, source_id, kind
"""


def found(
    cursor: duckdb.DuckDBPyConnection, company_id: str, client_id: str, currency: str, day: date
) -> tuple[InFavour, ...]:
    """What there is as of a day, by source."""
    parameters = [
        day, day, company_id, client_id, currency, company_id, client_id, client_id,
    ]  # fmt: skip
    return tuple(InFavour(*row) for row in cursor.execute(_FOUND, parameters).fetchall())
