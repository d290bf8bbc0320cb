"""What people decided about rows of files that waited for it (`raw.held` in the lake).

A decision is about one row: its key and values. It stands here the moment it is made; the next
load or refresh carries it out in the lake (`cartera.warehouse.held_rows`). A later decision about
the same row takes its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from cartera.mail.refusal import Refusal
from cartera.people import Person
from cartera.store import audit
from cartera.store.db import Store
from cartera.store.lake_schema import held_decisions as table

#: The row comes in; or what is in the books stays, and the row is not asked about again.
Choice = Literal["take", "keep"]
ACTIONS: dict[Choice, str] = {"take": "held.taken", "keep": "held.kept_out"}
#: SQLite takes so many values in one statement.
_AT_ONCE = 500


class Decision(NamedTuple):
    """What was decided about one row, and how often it was decided anew."""

    company_id: str
    held_id: str
    choice: Choice
    revision: int


class Decided(NamedTuple):
    """Who decided, and when."""

    choice: Choice
    by: str
    at: datetime


class Row(Protocol):
    """What a decision needs to know of a row (`cartera.warehouse.held_rows.Held`)."""

    @property
    def held_id(self) -> str:
        """Names key and values."""

    @property
    def file(self) -> str:
        """Where it came from."""

    @property
    def held_at(self) -> datetime:
        """Since when it waits."""

    @property
    def state(self) -> str:
        """held, or kept: a person said so before."""

    @property
    def trail(self) -> dict[str, object]:
        """What the audit trail says of it."""


def decide(
    store: Store,
    company_id: str,
    rows: Sequence[Row],
    choice: Choice,
    *,
    by: Person,
    now: datetime,
) -> int:
    """Decide about rows alike; how many. What somebody else decided since they wait is left so.

    The audit trail has one entry for each, or one for each file where they are more than twenty.
    Raises `Forbidden`, and `Refusal` where nothing is left to decide.
    """
    by.must("upload", company_id)
    with store.write() as connection:
        known = _of_rows(connection, company_id, [row.held_id for row in rows])
        rows = [row for row in rows if _is_open(row, known.get(row.held_id))]
        if not rows:
            raise Refusal("nothing is left to decide here")
        _write(connection, company_id, rows, choice, by, now)
        for subject, details in _trail(rows):
            audit.add(connection, company_id, by.login, ACTIONS[choice], subject, details, now)
    return len(rows)


def _is_open(row: Row, before: Decided | None) -> bool:
    if before is None or before.at < row.held_at:
        return True
    return row.state == "kept" and before.choice == "keep"


def _write(
    connection: Connection,
    company_id: str,
    rows: Sequence[Row],
    choice: Choice,
    by: Person,
    now: datetime,
) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    insert = dialect.insert(table)
    changed = {n: insert.excluded[n] for n in ("choice", "decided_at", "decided_by")}
    values = [
        {
            "company_id": company_id, "held_id": row.held_id, "choice": choice, "revision": 1,
            "carried": 0, "decided_at": now, "decided_by": by.login,
        }
        for row in rows
    ]  # fmt: skip
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=["company_id", "held_id"],
            set_={"revision": table.c.revision + 1, **changed},
        ),
        values,
    )


def _trail(rows: Sequence[Row]) -> list[tuple[str, dict[str, object]]]:
    if len(rows) <= 20:
        return [(str(row.trail["key"]), row.trail) for row in rows]
    files = sorted({row.file for row in rows})
    return [(file, {"file": file, "rows": sum(r.file == file for r in rows)}) for file in files]


def waiting(store: Store) -> list[Decision]:
    """Those that the lake does not have yet, the oldest first."""
    query = (
        sa.select(table.c.company_id, table.c.held_id, table.c.choice, table.c.revision)
        .where(table.c.carried != table.c.revision)
        .order_by(table.c.decided_at, table.c.id)
    )
    with store.read() as connection:
        rows = connection.execute(query).all()
    return [Decision(row.company_id, row.held_id, row.choice, row.revision) for row in rows]


def are_waiting(store: Store) -> bool:
    """Whether there are any; cheap, so ask often."""
    query = sa.select(table.c.id).where(table.c.carried != table.c.revision).limit(1)
    with store.read() as connection:
        return connection.execute(query).first() is not None


def waiting_ids(store: Store, company_id: str) -> list[str]:
    """Rows of a company that are decided about, which the lake does not know yet."""
    query = sa.select(table.c.held_id).where(
        table.c.company_id == company_id, table.c.carried != table.c.revision
    )
    with store.read() as connection:
        return list(connection.execute(query).scalars())


def of_rows(store: Store, company_id: str, held_ids: Sequence[str]) -> dict[str, Decided]:
    """Who decided about these rows; those that nobody did are left out."""
    with store.read() as connection:
        return _of_rows(connection, company_id, held_ids)


def _of_rows(
    connection: Connection, company_id: str, held_ids: Sequence[str]
) -> dict[str, Decided]:
    found: dict[str, Decided] = {}
    for start in range(0, len(held_ids), _AT_ONCE):
        query = sa.select(
            table.c.held_id, table.c.choice, table.c.decided_by, table.c.decided_at
        ).where(
            table.c.company_id == company_id,
            table.c.held_id.in_(held_ids[start : start + _AT_ONCE]),
        )
        found |= {row[0]: Decided(*row[1:]) for row in connection.execute(query)}
    return found


def mark_carried(store: Store, decisions: Iterable[Decision]) -> None:
    """Note that the lake has these; what was decided anew meanwhile goes on waiting."""
    values = [
        {"company": d.company_id, "held": d.held_id, "carried": d.revision} for d in decisions
    ]
    if not values:
        return
    update = (
        sa.update(table)
        .where(
            table.c.company_id == sa.bindparam("company"), table.c.held_id == sa.bindparam("held")
        )
        .values(carried=sa.bindparam("carried"))
    )
    with store.write() as connection:
        connection.execute(update, values)
