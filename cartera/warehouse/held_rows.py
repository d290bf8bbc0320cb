"""Rows that wait for a person's yes (`raw.held`): reading them, carrying out what was decided.

Carrying is called by every load and refresh. A row that comes in becomes a version of its own, and
what waited with it, too; a row that is kept out stays here, so that it is known when it comes
again. All in one DuckLake transaction with its line in `raw.batches`; the row's own `decision` says
which decision was carried out. Cut off anywhere, it is simply run again.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from cartera import clock
from cartera.config import Settings
from cartera.contract import TABLES, Reason, Table
from cartera.store import held_decisions
from cartera.store.db import Store
from cartera.store.held_decisions import Decision
from cartera.warehouse import followers as with_them
from cartera.warehouse.batches import next_batch, record_acts
from cartera.warehouse.lake import ALIAS, connect
from cartera.warehouse.lake_schema import raw_columns
from cartera.warehouse.row_sql import is_newest, keys_of, record, record_key, same

if TYPE_CHECKING:
    import duckdb

#: held: it waits. kept: a person kept it out. taken: a person let it in.
State = Literal["held", "kept", "taken"]


@dataclass(frozen=True, slots=True)
class Held:
    """A row that waits, and what stands in the books under its key (`known`, None: nothing): now,
    or for a row that was let in, before it.

    `follows` names the row that it waits with: both are decided at once.
    """

    held_id: str
    table: str
    key: str
    file: str
    row: int
    record: dict[str, str | None]
    known: dict[str, str | None] | None
    reasons: tuple[Reason, ...]
    held_at: datetime
    state: State
    follows: str | None

    @property
    def changes(self) -> tuple[str, ...]:
        """Columns in which both differ, in the contract's order."""
        known = self.known or {}
        names = (c.name for c in TABLES[self.table].columns)
        return tuple(n for n in names if self.record.get(n) != known.get(n))

    @property
    def trail(self) -> dict[str, object]:
        """What the audit trail says of it: where it came from, both sides."""
        known = self.known or {}
        return {
            "table": self.table,
            "key": self.key,
            "file": self.file,
            "row": self.row,
            "reasons": [reason.code for reason in self.reasons],
            "changes": {n: {"old": known.get(n), "new": self.record.get(n)} for n in self.changes},
        }


_COLUMNS = "held_id, table_name, record_key, file, row, record, known, reasons, held_at, state"
_LISTED = f"""
    FROM {ALIAS}.raw.held
    WHERE company_id = ? AND list_contains(?, state) AND NOT list_contains(?, entry_id)
        AND (?::VARCHAR IS NULL OR file = ?)
"""


def listed(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    company_id: str,
    *,
    states: tuple[State, ...] = ("held",),
    file: str | None = None,
    leads_only: bool = False,
    limit: int | None = None,
    offset: int = 0,
) -> list[Held]:
    """Rows that wait, the newest load first, without those decided about a moment ago.

    `leads_only`: without those that wait with another.
    """
    leads = "AND entry_id = held_id" if leads_only else ""
    rows = connection.execute(
        f"SELECT {_COLUMNS}, nullif(entry_id, held_id) {_LISTED} {leads} "
        "ORDER BY batch_id DESC, file, row, table_name, record_key LIMIT ? OFFSET ?",
        [*_listed(store, company_id, states, file), limit, offset],
    ).fetchall()
    return _beside_the_books(connection, company_id, [_held(row) for row in rows])


def _beside_the_books(
    connection: duckdb.DuckDBPyConnection, company_id: str, found: list[Held]
) -> list[Held]:
    """The same rows, beside what is in the books as it is now: it may have changed meanwhile."""
    now: dict[tuple[str, str], dict[str, str | None]] = {}
    for table in TABLES.values():
        keys = list({one.key for one in found if one.table == table.name and one.state != "taken"})
        if keys:
            rows = connection.execute(
                f"SELECT {record_key(table, 'books')}, {record(table, 'books')} "
                f"FROM {ALIAS}.raw.{table.name} AS books WHERE company_id = ? "
                f"AND list_contains(?, {record_key(table, 'books')}) "
                f"QUALIFY {is_newest(table.key)}",
                [company_id, keys],
            ).fetchall()
            now |= {(table.name, key): json.loads(values) for key, values in rows}
    return [
        one if one.state == "taken" else replace(one, known=now.get((one.table, one.key)))
        for one in found
    ]


def count(
    connection: duckdb.DuckDBPyConnection, store: Store, company_id: str, *, file: str | None = None
) -> int:
    """How many rows wait for a decision; what waits with another is not counted."""
    row = connection.execute(
        f"SELECT count(*) {_LISTED} AND entry_id = held_id",
        _listed(store, company_id, ("held",), file),
    ).fetchone()
    return int(row[0]) if row else 0


def files(
    connection: duckdb.DuckDBPyConnection, store: Store, company_id: str
) -> list[tuple[str, int]]:
    """Files with rows that wait for a decision, and how many each, the newest first."""
    return connection.execute(
        f"SELECT file, count(*) {_LISTED} AND entry_id = held_id "
        "GROUP BY file ORDER BY max(batch_id) DESC, file",
        _listed(store, company_id, ("held",), None),
    ).fetchall()


def followers(
    connection: duckdb.DuckDBPyConnection, company_id: str, leads: list[str]
) -> dict[str, list[Held]]:
    """What waits with these rows, by theirs."""
    rows = connection.execute(
        f"SELECT {_COLUMNS}, entry_id FROM {ALIAS}.raw.held WHERE company_id = ? "
        "AND list_contains(?, entry_id) AND entry_id <> held_id AND state = 'held' "
        "ORDER BY table_name DESC, record_key",
        [company_id, leads],
    ).fetchall()
    found: dict[str, list[Held]] = {}
    for one in _beside_the_books(connection, company_id, [_held(row) for row in rows]):
        found.setdefault(one.follows or "", []).append(one)
    return found


def _listed(
    store: Store, company_id: str, states: tuple[State, ...], file: str | None
) -> list[Any]:
    decided = held_decisions.waiting_ids(store, company_id)
    return [company_id, list(states), decided, file, file]


def _held(row: tuple[Any, ...]) -> Held:
    held_id, table, key, file, number, record, known, reasons, at, state, follows = row
    return Held(
        held_id=held_id,
        table=table,
        key=key,
        file=file,
        row=number,
        record=json.loads(record),
        known=None if known is None else json.loads(known),
        reasons=tuple(Reason(**reason) for reason in json.loads(reasons)),
        held_at=at.replace(tzinfo=UTC),
        state=state,
        follows=follows,
    )


def carry(settings: Settings, store: Store) -> int:
    """Carry out in the lake what people decided; how many rows came in.

    The caller holds the writer's lock and has initialised the lake.
    """
    decisions = held_decisions.waiting(store)
    if not decisions:
        return 0
    with closing(connect(settings)) as connection:
        came_in = _write(connection, decisions)
    held_decisions.mark_carried(store, decisions)
    return came_in


def _write(connection: duckdb.DuckDBPyConnection, decisions: list[Decision]) -> int:
    import pyarrow as pa

    names = ("company_id", "held_id", "choice", "revision")
    columns = zip(*decisions, strict=True)
    connection.register("decided_rows", pa.table(dict(zip(names, map(list, columns), strict=True))))
    connection.execute("BEGIN")
    # What waits no more (a newer row took its place) is decided about in vain.
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE decided AS SELECT held.held_id, decided_rows.choice, "
        f"decided_rows.revision FROM {ALIAS}.raw.held JOIN decided_rows "
        "ON decided_rows.company_id = held.company_id AND decided_rows.held_id = held.entry_id "
        "WHERE held.decision < decided_rows.revision AND (held.state = 'held' "
        "OR held.state = 'kept' AND decided_rows.choice = 'take')"
    )
    connection.unregister("decided_rows")
    _leave_what_names_another(connection)
    batch_id = next_batch(connection)
    now = clock.now().replace(tzinfo=None)
    counts: Counter[str] = Counter()
    for table in TABLES.values():
        counts.update(_take(connection, table, batch_id, now))
    connection.execute(
        f"UPDATE {ALIAS}.raw.held SET state = CASE decided.choice WHEN 'take' THEN 'taken' "
        "ELSE 'kept' END, decision = decided.revision FROM decided "
        "WHERE held.held_id = decided.held_id"
    )
    # Also where no row comes in: readers have to see that fewer wait.
    record_acts(connection, counts or _companies(decisions), batch_id=batch_id, now=now)
    connection.execute(f"CALL {ALIAS}.set_commit_message('held rows', ?)", [f"batch {batch_id}"])
    connection.execute("COMMIT")
    return counts.total()


def _leave_what_names_another(connection: duckdb.DuckDBPyConnection) -> None:
    """What goes with a row that comes in, and names a second number of which a row still waits or
    was kept out: it goes with that one from now on. It would move what has that number.
    """
    parts = " UNION ALL ".join(
        f"SELECT company_id, held_id, {kind} AS table_name, {key} AS record_key FROM coming "
        f"WHERE table_name = '{table}' AND {key} IS NOT NULL"
        for table in ("instalments", "allocations")
        for kind, key in with_them.names(table, "(record ->> '{}')")
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE moved AS WITH coming AS ("
        f"FROM {ALIAS}.raw.held SEMI JOIN (FROM decided WHERE choice = 'take') AS taken "
        "USING (held_id) WHERE state IN ('held', 'kept')), "
        f"named AS ({parts}), books AS ({with_them.books_of('named')}) "
        "SELECT named.held_id, min(lead.entry_id) AS entry_id, min(lead.state) AS state "
        f"FROM named JOIN {ALIAS}.raw.held AS lead USING (company_id, table_name, record_key) "
        "JOIN books USING (company_id, table_name, record_key) "
        "WHERE lead.client_id <> books.client_id AND lead.state IN ('held', 'kept') "
        "AND contains(lead.reasons, 'key_reused') "
        "AND named.held_id IN (SELECT held_id FROM coming WHERE entry_id <> held_id) "
        "AND (company_id, table_name, record_key) NOT IN "
        "(SELECT (company_id, table_name, record_key) FROM coming) GROUP BY 1"
    )
    connection.execute(
        f"UPDATE {ALIAS}.raw.held SET entry_id = moved.entry_id, state = moved.state FROM moved "
        "WHERE moved.held_id = held.held_id"
    )
    connection.execute("DELETE FROM decided WHERE held_id IN (SELECT held_id FROM moved)")
    # Where that one is decided about now, too.
    connection.execute(
        "INSERT INTO decided SELECT moved.held_id, decided.choice, decided.revision "
        "FROM moved JOIN decided ON decided.held_id = moved.entry_id"
    )
    connection.execute("DROP TABLE moved")


def _companies(decisions: list[Decision]) -> Counter[str]:
    return Counter(dict.fromkeys((d.company_id for d in decisions), 0))


def _take(
    connection: duckdb.DuckDBPyConnection, table: Table, batch_id: int, now: datetime
) -> dict[str, int]:
    """Add versions of rows that come in; by company."""
    keys = ", ".join(f'"{k}"' for k in keys_of(table))
    types = raw_columns(table)
    values = ", ".join(
        f"(record ->> '{c.name}')::{types[c.name]} AS \"{c.name}\"" for c in table.all_columns
    )
    is_same = same((c.name for c in table.columns), "known", "coming")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE coming AS SELECT "
        f'{values}, extra, file, "row" FROM {ALIAS}.raw.held SEMI JOIN '
        "(FROM decided WHERE choice = 'take') AS decided USING (held_id) "
        # Of two that were let in under one key the newer one.
        f"WHERE table_name = '{table.name}' QUALIFY row_number() OVER "
        '(PARTITION BY held.company_id, record_key ORDER BY held.batch_id DESC, "row" DESC) = 1'
    )
    found = connection.execute("SELECT company_id, count(*) FROM coming GROUP BY 1").fetchall()
    if found:
        connection.execute(
            f"INSERT INTO {ALIAS}.raw.{table.name} BY NAME WITH known AS ("
            f"FROM {ALIAS}.raw.{table.name} SEMI JOIN coming USING ({keys}) "
            f"QUALIFY {is_newest(keys_of(table))}) "
            # A person said so now: newer than whatever is known.
            "SELECT coming.*, greatest(coalesce(coming.updated_at, ?::TIMESTAMP), known.version_at)"
            " AS version_at, ?::BIGINT AS batch_id "
            f"FROM coming LEFT JOIN known USING ({keys}) "
            f"WHERE known.version_at IS NULL OR NOT ({is_same})",
            [now, batch_id],
        )
        found = connection.execute(
            f"SELECT company_id, count(*) FROM {ALIAS}.raw.{table.name} "
            "WHERE batch_id = ? GROUP BY 1",
            [batch_id],
        ).fetchall()
    connection.execute("DROP TABLE coming")
    return dict(found)
