"""Carries own payments from the store into the ledger, and takes them out once they are there.

Called by every refresh before it computes, so that no publication has both an own payment and the
accounting system's. First the store learns what each is matched with, then the lake gets new
versions in `raw.payments` and `raw.allocations` of those that it has otherwise, all in one
DuckLake transaction with its line in `raw.batches`. Cut off anywhere, it is simply run again: what
is there already is not added twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from cartera import clock
from cartera.config import Settings
from cartera.contract import TABLES, Table
from cartera.store import own_payments
from cartera.store.db import Store
from cartera.store.own_payments import OwnPayment
from cartera.warehouse import netting, own_matches
from cartera.warehouse.batches import next_batch, record_acts
from cartera.warehouse.lake import ALIAS, connect
from cartera.warehouse.lake_schema import raw_columns
from cartera.warehouse.row_sql import is_newest

if TYPE_CHECKING:
    import duckdb

_PAYMENT = (
    "company_id", "payment_id", "client_id", "date", "amount", "currency", "direction", "status",
    "method", "reference",
)  # fmt: skip
_ALLOCATION = (
    "company_id", "allocation_id", "kind", "amount", "source_id", "document_id", "status", "date",
)  # fmt: skip


def carry(settings: Settings, store: Store) -> list[OwnPayment]:
    """Bring the ledger's own payments up to date; those whose changes wait to be published.

    The caller holds the writer's lock and has initialised the lake. Once the figures are out, it
    notes that with `cartera.store.own_payments.mark_carried`: until then these payments hold
    reminders. Cut off in between, they are found in the lake the next time.
    """
    if not (own := own_payments.every(store)):
        return []
    with closing(connect(settings)) as connection:
        own = _matched(connection, store, own)
        _write(connection, own)
    return [one for one in own if not one.is_carried]


def fit(settings: Settings, store: Store) -> bool:
    """Once figures are computed: have no more of the money in favour allocated by us than there is,
    and all of it that there is; whether that changed anything, so that they are computed once more.

    Of which payments count, the lake has the last word: what people do meanwhile comes next time.
    The caller holds the writer's lock.
    """
    own = own_payments.every(store)
    if not any(one.netted for one in own):
        return False
    with closing(connect(settings)) as connection:
        counting = netting.counting(connection, own)
        rows = netting.rows(own, netting.amounts(connection, own, counting))
        return _write_rows(connection, [], rows)


def _matched(
    connection: duckdb.DuckDBPyConnection, store: Store, own: list[OwnPayment]
) -> list[OwnPayment]:
    """The payments with what each is matched with now; the store has that, too.

    People decide meanwhile: what was found out about a payment that they changed is found out
    once more. The lake stays as it is as long as the caller holds the lock.
    """
    while True:
        changed = own_matches.chosen(own, own_matches.pairs(connection, own))
        if not changed:
            return own
        own_payments.match(store, changed, now=clock.now())
        own = own_payments.every(store)


def _write(connection: duckdb.DuckDBPyConnection, own: Sequence[OwnPayment]) -> None:
    """Add a version of each row that the lake has otherwise, or lacks."""
    payments = [_payment(one) for one in own]
    allocations = [row for one in own for row in _allocations(one)]
    counting = {one.payment_id for one in own if one.counts}
    allocations += netting.rows(own, netting.amounts(connection, own, counting))
    _write_rows(connection, payments, allocations)


def _write_rows(
    connection: duckdb.DuckDBPyConnection,
    payments: Sequence[tuple[Any, ...]],
    allocations: Sequence[tuple[Any, ...]],
) -> bool:
    """Add a version of each of these rows that the lake has otherwise, or lacks; whether any."""
    connection.execute("BEGIN")
    batch_id = next_batch(connection)
    counts: Counter[str] = Counter()
    for name, columns, counting, rows in (
        ("payments", _PAYMENT, "received", payments),
        ("allocations", _ALLOCATION, "posted", allocations),
    ):
        counts.update(_write_table(connection, TABLES[name], columns, counting, rows, batch_id))
    if not counts:
        connection.execute("ROLLBACK")
        return False
    record_acts(connection, counts, batch_id=batch_id, now=clock.now().replace(tzinfo=None))
    connection.execute(f"CALL {ALIAS}.set_commit_message('own payments', ?)", [f"batch {batch_id}"])
    connection.execute("COMMIT")
    return True


def _write_table(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    columns: Sequence[str],
    counting: str,
    rows: Sequence[tuple[Any, ...]],
    batch_id: int,
) -> dict[str, int]:
    """New versions in one table, by company. What never counted there needs no row."""
    key = table.key[0]
    others = [name for name in columns if name not in ("company_id", key)]
    differs = " OR ".join(f'own."{name}" IS DISTINCT FROM known."{name}"' for name in others)
    _register(connection, table, columns, rows)
    try:
        written = connection.execute(
            f"""
            INSERT INTO {ALIAS}.raw.{table.name} BY NAME
            WITH known AS (
                SELECT * FROM {ALIAS}.raw.{table.name} AS versions
                SEMI JOIN own_rows USING (company_id, {key})
                QUALIFY {is_newest(("company_id", key))}
            )
            SELECT {", ".join(f'own."{name}"' for name in columns)},
                -- Newer than whatever is known, like a row of a file without a time of its own.
                greatest(?::TIMESTAMP, known.version_at) AS version_at,
                ?::BIGINT AS batch_id, '' AS file, own."row" AS "row"
            FROM own_rows AS own LEFT JOIN known USING (company_id, {key})
            WHERE CASE WHEN known.company_id IS NULL THEN own.status = ? ELSE {differs} END
            """,
            [clock.now().replace(tzinfo=None), batch_id, counting],
        ).fetchone()
    finally:
        connection.unregister("own_rows")
    if not written or not written[0]:
        return {}
    found = connection.execute(
        f"SELECT company_id, count(*) FROM {ALIAS}.raw.{table.name} WHERE batch_id = ? GROUP BY 1",
        [batch_id],
    ).fetchall()
    return {company: int(count) for company, count in found}


def _register(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    import pyarrow as pa

    types = {"VARCHAR": pa.string(), "DATE": pa.date32(), "DECIMAL(18, 4)": pa.decimal128(18, 4)}
    declared = raw_columns(table)
    schema = pa.schema([(name, types[declared[name]]) for name in columns] + [("row", pa.int64())])
    data = [
        {**dict(zip(columns, row, strict=True)), "row": number} for number, row in enumerate(rows)
    ]
    connection.register("own_rows", pa.Table.from_pylist(data, schema=schema))


def _payment(one: OwnPayment) -> tuple[Any, ...]:
    status = "received" if one.counts else "void" if one.status == "void" else "pending"
    # Statements call a payment by its reference; whoever gave none reads a short code.
    reference = one.reference or one.public_id[:8].upper()
    return (
        one.company_id, one.payment_id, one.client_id, one.day, one.amount, one.currency, "in",
        status, one.method or None, reference,
    )  # fmt: skip


def _allocations(one: OwnPayment) -> list[tuple[Any, ...]]:
    left = dict(one.allocations)
    return [
        # What went back keeps its row: the ledger has to hear that it counts no more.
        (one.company_id, f"{one.payment_id}-{number}", "payment", left.get(document_id, given),
         one.payment_id, document_id,
         "posted" if one.counts and document_id in left else "void", None)
        for number, (document_id, given) in enumerate(one.given, 1)
    ]  # fmt: skip
