"""Which payments of the accounting system are own payments come back.

A payment that a client reported, and staff accepted, is usually booked in the accounting system
days later; so is one made on the page, under our reference or under the gateway's. The same one
must not count twice; two of one amount are not yet the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from cartera.store.own_payments import Match, Matched, OwnPayment
from cartera.warehouse.lake import ALIAS
from cartera.warehouse.row_sql import is_newest

if TYPE_CHECKING:
    import duckdb

#: Days between the two that are still the same payment: of one amount and reference; of one
#: amount, where the references do not contradict each other. The bank books later than the
#: client pays, and the bookkeeper later than the bank.
SURE_DAYS, LIKELY_DAYS = 7, 3
#: Days between the two that may be the same one, so that a person decides: of one amount; of one
#: reference, whatever the amount (a part of it was booked, or a bank's charge is missing).
DOUBT_DAYS, REFERENCE_DAYS = 10, 60
#: Fewer letters than these stand in any reference.
LEAST_CONTAINED = 3
#: Ranks of pairs, the best first: up to the likely ones they are the same payment.
_DECIDED, _SURE, _LIKELY, _AMOUNT, _REFERENCE = range(5)


class Pair(NamedTuple):
    """An own payment and one of the accounting system's; the lower, the better it fits."""

    rank: int
    days: int
    public_id: str
    payment_id: str


def pairs(connection: duckdb.DuckDBPyConnection, own: Sequence[OwnPayment]) -> list[Pair]:
    """What may belong together, the best first. Reads the lake's raw payments as they are now."""
    alive = [one for one in own if one.status == "received"]
    if not alive:
        return []
    _register(connection, own)
    try:
        rows = connection.execute(_PAIRS).fetchall()
    finally:
        connection.unregister("own_rows")
    return sorted(Pair(*row) for row in rows)


def chosen(own: Sequence[OwnPayment], found: Sequence[Pair]) -> list[Matched]:
    """What each own payment is to be matched with, where that is not what it is.

    One of theirs is one of ours at most: the best pair first, and a doubt only with what is left.
    """
    order = {one.public_id: n for n, one in enumerate(own)}
    taken: dict[str, tuple[Match, str]] = {}
    theirs: set[tuple[str, str]] = set()
    companies = {one.public_id: one.company_id for one in own}
    for pair in sorted(found, key=lambda p: (p.rank, p.days, order[p.public_id], p.payment_id)):
        other = (companies[pair.public_id], pair.payment_id)
        if pair.public_id not in taken and other not in theirs:
            taken[pair.public_id] = (
                "replaced" if pair.rank <= _LIKELY else "doubt",
                pair.payment_id,
            )
            theirs.add(other)
    return [
        Matched(one.public_id, one.revision, *now)
        for one in own
        if one.status == "received"
        and (now := taken.get(one.public_id, ("ours", ""))) != (one.match, one.matched_id)
    ]


def _register(connection: duckdb.DuckDBPyConnection, own: Sequence[OwnPayment]) -> None:
    import pyarrow as pa

    schema = pa.schema(
        [
            ("company_id", pa.string()), ("public_id", pa.string()), ("payment_id", pa.string()),
            ("client_id", pa.string()), ("currency", pa.string()),
            ("amount", pa.decimal128(18, 4)), ("day", pa.date32()), ("reference", pa.string()),
            ("other", pa.string()),
            ("replaced_by", pa.string()), ("not_these", pa.list_(pa.string())),
            ("is_alive", pa.bool_()),
        ]
    )  # fmt: skip
    rows = [
        {
            "company_id": one.company_id, "public_id": one.public_id,
            "payment_id": one.payment_id, "client_id": one.client_id,
            "currency": one.currency, "amount": one.amount, "day": one.day,
            "reference": one.reference, "other": one.other_reference,
            "replaced_by": one.matched_id if one.match == "replaced" else "",
            "not_these": list(one.not_these), "is_alive": one.status == "received",
        }
        for one in own
    ]  # fmt: skip
    connection.register("own_rows", pa.Table.from_pylist(rows, schema=schema))


def _normal(reference: str) -> str:
    """SQL: a reference without what people write around and between its letters and numbers."""
    bare = f"regexp_replace(upper(strip_accents(coalesce({reference}, ''))), '[^A-Z0-9]', '', 'g')"
    # TR-0045 is TR 45.
    return rf"regexp_replace({bare}, '(^|[A-Z])0+', '\1', 'g')"


def _contained(reference: str) -> str:
    """SQL: whether one of two references stands in the other, and is no scrap of it."""
    return (
        f"(least(length({reference}), length(theirs.reference)) >= {LEAST_CONTAINED}"
        f" AND (contains({reference}, theirs.reference)"
        f" OR contains(theirs.reference, {reference})))"
    )


_PAIRS = f"""
WITH own AS (
    SELECT * REPLACE ({_normal("reference")} AS reference, {_normal("other")} AS other)
    FROM own_rows
),
ids AS (
    -- Of whichever version: one that went to another client is this client's no more.
    SELECT DISTINCT company_id, payment_id
    FROM {ALIAS}.raw.payments SEMI JOIN own USING (company_id, client_id)
),
theirs AS (
    SELECT company_id, payment_id, client_id, currency, amount, date AS day, status, direction,
        {_normal("reference")} AS reference
    FROM {ALIAS}.raw.payments AS versions
    SEMI JOIN ids USING (company_id, payment_id)
    ANTI JOIN own USING (company_id, payment_id)
    QUALIFY {is_newest(("company_id", "payment_id"))}
),
compared AS (
    SELECT own.public_id, theirs.payment_id,
        abs(theirs.day - own.day) AS days,
        theirs.amount = own.amount AS is_amount,
        theirs.reference <> '' AND theirs.reference IN (own.reference, own.other)
            AS is_reference,
        -- What a gateway calls a payment is no other's, ever.
        is_reference AND own.other <> '' AS is_unique,
        (own.reference = '' AND own.other = '') OR theirs.reference = ''
            OR {_contained("own.reference")} OR {_contained("own.other")} AS is_no_contradiction,
        -- A word that anybody writes (transferencia) says nothing of another amount.
        regexp_matches(own.reference, '[0-9]') AS has_number,
        own.replaced_by = theirs.payment_id AS is_decided
    FROM own JOIN theirs USING (company_id, client_id, currency)
    WHERE own.is_alive AND theirs.status = 'received' AND theirs.direction = 'in'
        AND NOT list_contains(own.not_these, theirs.payment_id)
),
ranked AS (
    SELECT *,
        CASE
            WHEN is_decided THEN {_DECIDED}
            WHEN is_amount AND is_reference AND (is_unique OR days <= {SURE_DAYS}) THEN {_SURE}
            WHEN is_amount AND is_no_contradiction AND days <= {LIKELY_DAYS} THEN {_LIKELY}
            WHEN is_amount AND days <= {DOUBT_DAYS} THEN {_AMOUNT}
            WHEN is_reference AND has_number AND days <= {REFERENCE_DAYS} THEN {_REFERENCE}
        END AS rank
    FROM compared
)
SELECT rank, days, public_id, payment_id FROM ranked WHERE rank IS NOT NULL
"""
