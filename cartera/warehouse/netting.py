"""Money in favour that clients use when they pay on the page, as allocations of the ledger.

They are ours, and give way like our payments do: each refresh asks what is left of a payment or a
credit note, and open of a document, by all rows but these, and has no more of them posted than
that. So an allocation of the accounting system takes the place of ours in the publication that
brings it, and what goes away there comes back here. A payment of ours that does not count (any
more) has none posted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from cartera.online.terms import InFavour
from cartera.store.own_payments import PREFIX, OwnPayment
from cartera.warehouse.lake import ALIAS
from cartera.warehouse.row_sql import is_newest

if TYPE_CHECKING:
    import duckdb


class Posted(NamedTuple):
    """How much of a part is allocated to its document, and of that, how much is taken back from
    another.
    """

    amount: Decimal
    back: Decimal = Decimal()


#: What to post, by payment id and position among what the payment nets.
Amounts = Mapping[tuple[str, int], Posted]
#: The item that an allocation of a kind comes from.
_KINDS = {"payment": "payment", "credit": "document"}
#: SQL: whether an allocation is one of these.
_IS_OURS = rf"regexp_matches(coalesce(allocation_id, ''), '^{PREFIX}[0-9a-f]+-n\d+(-back)?$')"


class _Item(NamedTuple):
    """A document or payment, of whom it has to be to count here."""

    company_id: str
    client_id: str
    currency: str
    kind: str
    id: str


def counting(connection: duckdb.DuckDBPyConnection, own: Sequence[OwnPayment]) -> set[str]:
    """Ids of those of these payments that count in the lake as it is."""
    rows = connection.execute(
        f"""
        SELECT payment_id, status
        FROM {ALIAS}.raw.payments WHERE list_contains(?::VARCHAR[], payment_id)
        QUALIFY {is_newest(("company_id", "payment_id"))}
        """,
        [[one.payment_id for one in own if one.netted]],
    ).fetchall()
    return {payment_id for payment_id, status in rows if status == "received"}


def amounts(
    connection: duckdb.DuckDBPyConnection, own: Sequence[OwnPayment], counting: Collection[str]
) -> Amounts:
    """What to post of each part of the payments that count, the oldest payments first; what nothing
    is left for is not in it.

    By the figures that were computed last; where there are none yet, all of it. `own` are all
    payments of ours.
    """
    netting = [one for one in own if one.netted and one.payment_id in counting]
    if not netting:
        return {}
    if not _is_computed(connection):
        return {
            (one.payment_id, number): Posted(
                money.amount, money.amount if money.taken_from else Decimal()
            )
            for one in netting
            for number, (_, money) in enumerate(one.netted, 1)
        }
    replaced = _replaced(own)
    left = _left(connection, netting, replaced)
    found: dict[tuple[str, int], Posted] = {}
    for one in sorted(netting, key=lambda each: each.id):
        for number, (document_id, money) in enumerate(one.netted, 1):
            document = _document(one, document_id)
            source = _source(one, money, replaced)
            part = left.take(money.amount, document, source, _beyond(one, money))
            if part.amount > 0:
                found[one.payment_id, number] = part
    return found


def applied(
    cursor: duckdb.DuckDBPyConnection, company_id: str, client_id: str, payment_id: str
) -> dict[int, Decimal] | None:
    """What stands of the parts that a payment of ours nets, by their position (1, 2, ...), in the
    figures that were published; None where they do not have the payment yet.
    """
    published = cursor.execute(
        f"SELECT 1 FROM {ALIAS}.marts.payments WHERE company_id || '' = ? AND payment_id = ?",
        [company_id, payment_id],
    ).fetchone()
    if published is None:
        return None
    found = cursor.execute(
        f"""
        SELECT CAST(regexp_extract(allocation_id, '-n([0-9]+)$', 1) AS INTEGER),
            sum(amount)::DECIMAL(18, 4)
        FROM {ALIAS}.marts.allocations
        WHERE company_id || '' = ? AND client_id = ? AND state = 'posted' AND {_IS_OURS}
            AND NOT ends_with(allocation_id, '-back') AND starts_with(allocation_id, ? || '-n')
        GROUP BY ALL
        """,
        [company_id, client_id, payment_id],
    ).fetchall()
    return dict(found)


def rows(own: Sequence[OwnPayment], posted: Amounts) -> list[tuple[Any, ...]]:
    """Rows of `raw.allocations`: one of each part, and one that takes back what was applied to
    another document. What is not posted is void. `own` are all payments of ours.
    """
    replaced = _replaced(own)
    made: list[tuple[Any, ...]] = []
    for one in own:
        for number, (document_id, money) in enumerate(one.netted, 1):
            amount, back = posted.get((one.payment_id, number), Posted(Decimal()))
            name = f"{one.payment_id}-n{number}"
            parts = [(name, amount, document_id, 1)]
            if money.taken_from:
                parts.append((f"{name}-back", back, money.taken_from, -1))
            made += [
                (one.company_id, allocation_id, money.kind, sign * (part or money.amount),
                 _source(one, money, replaced).id, target, "posted" if part else "void", one.day)
                for allocation_id, part, target, sign in parts
            ]  # fmt: skip
    return made


@dataclass(slots=True)
class _Left:
    """What is there without the rows of ours: owed of documents, in favour on sources and beyond
    documents, and brought to a document by a source.
    """

    owed: dict[_Item, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    favour: dict[_Item, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    brought: dict[tuple[_Item, str, str], Decimal] = field(
        default_factory=lambda: defaultdict(Decimal)
    )

    def take(
        self, amount: Decimal, document: _Item, source: _Item, beyond: _Item | None
    ) -> Posted:  # fmt: skip
        """As much of an amount as there is, and as the document needs; that is used then."""
        amount, back = min(amount, self.owed[document]), Decimal()
        if beyond is not None:
            by = (beyond, source.kind, source.id)
            back = max(min(amount, self.favour[beyond], self.brought[by]), Decimal())
            self.favour[beyond] -= back
            self.brought[by] -= back
        # Where the accounting system took it back itself, the source has it.
        rest = max(min(amount - back, self.favour[source]), Decimal())
        self.favour[source] -= rest
        self.owed[document] -= back + rest
        return Posted(back + rest, back)


def _replaced(own: Sequence[OwnPayment]) -> dict[tuple[str, str], str]:
    """Payments of ours that the accounting system has by now, with what it calls them: what is in
    favour is there.
    """
    return {
        (one.company_id, one.payment_id): one.matched_id
        for one in own
        if one.status == "received" and one.match == "replaced"
    }


def _document(one: OwnPayment, document_id: str) -> _Item:
    return _Item(one.company_id, one.client_id, one.currency, "document", document_id)


def _source(one: OwnPayment, money: InFavour, replaced: Mapping[tuple[str, str], str]) -> _Item:
    source_id = replaced.get((one.company_id, money.source_id), money.source_id)
    return _document(one, source_id)._replace(kind=_KINDS[money.kind])


def _beyond(one: OwnPayment, money: InFavour) -> _Item | None:
    return _document(one, money.taken_from) if money.taken_from else None


def _is_computed(connection: duckdb.DuckDBPyConnection) -> bool:
    found = connection.execute(
        "SELECT count(*) FROM duckdb_tables() "
        "WHERE database_name = ? AND schema_name = 'ledger' AND table_name = 'movements'",
        [ALIAS],
    ).fetchone()
    return bool(found and found[0])


def _left(
    connection: duckdb.DuckDBPyConnection,
    netting: Sequence[OwnPayment],
    replaced: Mapping[tuple[str, str], str],
) -> _Left:
    import pyarrow as pa

    items = {
        item
        for one in netting
        for document_id, money in one.netted
        for item in (
            _document(one, document_id), _source(one, money, replaced), _beyond(one, money)
        )
        if item is not None
    }  # fmt: skip
    schema = pa.schema([(name, pa.string()) for name in _Item._fields])
    data = [item._asdict() for item in sorted(items)]
    connection.register("netted_items", pa.Table.from_pylist(data, schema=schema))
    try:
        sums = connection.execute(
            f"""
            SELECT company_id, client_id, currency, item_kind, item_id,
                if(side = 'target', counterpart_kind, NULL),
                if(side = 'target', counterpart_id, NULL),
                sum(amount)::DECIMAL(18, 4)
            FROM {ALIAS}.ledger.movements AS movements
            SEMI JOIN netted_items AS items
                ON items.company_id = movements.company_id
                AND items.client_id = movements.client_id
                AND items.currency = movements.currency
                AND items.kind = movements.item_kind AND items.id = movements.item_id
            WHERE NOT {_IS_OURS}
            GROUP BY ALL
            """
        ).fetchall()
    finally:
        connection.unregister("netted_items")
    left, opens = _Left(), defaultdict[_Item, Decimal](Decimal)
    for *key, source_kind, source_id, amount in sums:
        item = _Item(*key)
        opens[item] += amount
        if source_id is not None:
            left.brought[item, source_kind, source_id] = -amount
    for item, amount in opens.items():
        left.owed[item], left.favour[item] = max(amount, Decimal()), max(-amount, Decimal())
    return left
