"""What the simulated gateway remembers: transactions, and events that are still to be delivered.

A file of its own. A change and the events that tell of it are one transaction of the database, so
that a process killed at any line has either both or neither.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal, cast

from cartera.sandbox.orders import Asked

Status = Literal[
    "PENDING", "APPROVED", "DECLINED", "EXPIRED", "CLOSED", "VOIDED", "REFUNDED", "DISPUTED",
    "CHARGED_BACK",
]  # fmt: skip

SCHEMA = """
create table if not exists transactions (
  id text primary key, reference text not null unique, amount text not null,
  currency text not null, description text not null, email text not null,
  status text not null, method text not null, reason text not null, refunded text not null,
  is_silent integer not null, settles_at real, last_event text,
  created_at real not null, changed_at real not null
) strict;
create table if not exists deliveries (
  id integer primary key, transaction_id text not null, body text not null, due_at real not null,
  tries integer not null default 0, delivered_at real, answer text not null default ''
) strict;
create index if not exists deliveries_due on deliveries (due_at) where delivered_at is null;
"""


@dataclass(frozen=True, slots=True)
class Transaction:
    """What became of an order. `is_silent`: its events are lost, as it happens to real ones."""

    id: str
    reference: str
    amount: Decimal
    currency: str
    description: str
    email: str
    status: Status
    method: str
    reason: str
    refunded: Decimal
    is_silent: bool
    settles_at: float | None
    last_event: str | None
    created_at: float
    changed_at: float

    def public(self) -> dict[str, str]:
        """As the interface and the events tell it."""
        return {
            "id": self.id,
            "reference": self.reference,
            "amount": str(self.amount),
            "currency": self.currency,
            "status": self.status,
            "refunded": str(self.refunded),
            "method": self.method,
            "reason": self.reason,
            "changed_at": iso(self.changed_at),
        }


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event to post. `tries` were in vain."""

    id: int
    body: str
    tries: int


def iso(moment: float) -> str:
    """Seconds of the epoch as text."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")


class Book:
    """The file. Safe to use from several threads and processes."""

    def __init__(self, path: Path, *, late: float, settles: float) -> None:
        self._path = path
        self._late = late
        self._settles = settles
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._open() as db:
            db.executescript(SCHEMA)
        path.chmod(0o600)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=10, isolation_level=None)) as db:
            db.row_factory = sqlite3.Row
            db.execute("pragma journal_mode = wal")
            yield db

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._open() as db:
            db.execute("begin immediate")
            try:
                yield db
            except BaseException:
                db.execute("rollback")
                raise
            db.execute("commit")

    def by_reference(self, reference: str) -> Transaction | None:
        """What became of an order; None: nobody did anything with it."""
        with self._open() as db:
            return _one(db, "reference", reference)

    def by_id(self, transaction_id: str) -> Transaction | None:
        """A transaction by the gateway's own name of it."""
        with self._open() as db:
            return _one(db, "id", transaction_id)

    def newest(self, most: int = 100) -> list[tuple[Transaction, int, int]]:
        """The last transactions, each with events delivered and still to be delivered."""
        with self._open() as db:
            rows = db.execute(
                "select * from transactions order by created_at desc, id limit ?", (most,)
            ).fetchall()
            counts = {
                row["transaction_id"]: (row["done"], row["open"])
                for row in db.execute(
                    "select transaction_id, count(delivered_at) as done,"
                    " count(*) - count(delivered_at) as open from deliveries group by 1"
                )
            }
        return [(_read(row), *counts.get(row["id"], (0, 0))) for row in rows]

    def begin(
        self,
        asked: Asked,
        status: Status,
        *,
        now: float,
        method: str = "",
        reason: str = "",
        is_silent: bool = False,
    ) -> Transaction:
        """The answer to an order: this one, or the one that it already has."""
        with self._write() as db:
            if found := _one(db, "reference", asked.reference):
                return found
            made = Transaction(
                id=f"sbx-{secrets.token_hex(8)}",
                reference=asked.reference,
                amount=Decimal(asked.amount),
                currency=asked.currency,
                description=asked.description,
                email=asked.email,
                status=status,
                method=method,
                reason=reason,
                refunded=Decimal(0),
                is_silent=is_silent,
                settles_at=now + self._settles if status == "PENDING" else None,
                last_event=None,
                created_at=now,
                changed_at=now,
            )
            _insert(db, made)
            if status not in ("EXPIRED", "CLOSED"):
                self._tell(db, made, now)
            return made

    def close(self, reference: str, *, now: float) -> bool:
        """End an order that nobody has paid; whether nobody can now."""
        with self._write() as db:
            found = _one(db, "reference", reference)
            if found is None:
                _insert(db, _closed(reference, now))
                return True
            return found.status in ("CLOSED", "EXPIRED", "DECLINED")

    def change(
        self,
        transaction_id: str,
        *,
        only: tuple[Status, ...],
        to: Status,
        now: float,
        refunded: Decimal | None = None,
        reason: str = "",
        was: Decimal | None = None,
    ) -> bool:
        """Another status, if it is one of `only` still, and `was` refunded; whether it was."""
        with self._write() as db:
            found = _one(db, "id", transaction_id)
            if found is None or found.status not in only:
                return False
            if was is not None and found.refunded != was:  # somebody pressed twice
                return False
            back = found.refunded if refunded is None else refunded
            if back > found.amount or back < found.refunded:
                return False
            db.execute(
                "update transactions set status = ?, refunded = ?, reason = ?, settles_at = null,"
                " changed_at = ? where id = ?",
                (to, str(back), reason, now, transaction_id),
            )
            changed = _one(db, "id", transaction_id)
            if changed is not None:
                self._tell(db, changed, now)
            return True

    def due_to_settle(self, now: float) -> list[str]:
        """Pending transactions whose bank answers by now."""
        with self._open() as db:
            rows = db.execute(
                "select id from transactions where status = 'PENDING' and settles_at <= ?", (now,)
            )
            return [str(row["id"]) for row in rows]

    def due(self, now: float) -> list[Delivery]:
        """Events to be posted by now, in the order in which they are due."""
        with self._open() as db:
            rows = db.execute(
                "select id, body, tries from deliveries where delivered_at is null and due_at <= ?"
                " order by due_at, id limit 50",
                (now,),
            )
            return [Delivery(row["id"], row["body"], row["tries"]) for row in rows]

    def delivered(self, delivery_id: int, *, now: float) -> None:
        """The merchant took it."""
        with self._write() as db:
            db.execute(
                "update deliveries set delivered_at = ?, tries = tries + 1, answer = '200'"
                " where id = ?",
                (now, delivery_id),
            )

    def failed(self, delivery_id: int, answer: str, *, again_at: float) -> None:
        """The merchant did not take it: once more, later."""
        with self._write() as db:
            db.execute(
                "update deliveries set tries = tries + 1, due_at = ?, answer = ? where id = ?",
                (again_at, answer, delivery_id),
            )

    def _tell(self, db: sqlite3.Connection, changed: Transaction, now: float) -> None:
        """Events of a change: late, twice, and what was before it in between."""
        if changed.is_silent:
            return
        body = _event(changed, changed.status, now)
        before = changed.last_event
        if before is None and changed.status != "PENDING":
            before = _event(changed, "PENDING", changed.created_at)
        bodies = [body, before, body] if before else [body, body]
        db.executemany(
            "insert into deliveries (transaction_id, body, due_at) values (?, ?, ?)",
            [(changed.id, text, now + self._late * n) for n, text in enumerate(bodies, 1)],
        )
        db.execute("update transactions set last_event = ? where id = ?", (body, changed.id))


def _event(about: Transaction, status: Status, now: float) -> str:
    transaction = about.public() | {"status": status}
    return json.dumps(
        {
            "id": f"evt-{secrets.token_hex(8)}",
            "event": "transaction.updated",
            "sent_at": iso(now),
            "is_simulation": True,
            "transaction": transaction,
        }
    )


def _closed(reference: str, now: float) -> Transaction:
    zero = Decimal(0)
    return Transaction(
        f"sbx-{secrets.token_hex(8)}", reference, zero, "", "", "", "CLOSED", "", "", zero,
        is_silent=True, settles_at=None, last_event=None, created_at=now, changed_at=now,
    )  # fmt: skip


def _one(
    db: sqlite3.Connection, column: Literal["id", "reference"], key: str
) -> Transaction | None:
    row = db.execute(f"select * from transactions where {column} = ?", (key,)).fetchone()  # noqa: S608  # a name of ours
    return _read(row) if row else None


def _read(row: sqlite3.Row) -> Transaction:
    values = {name: row[name] for name in row.keys()}  # noqa: SIM118  # a Row's own values else
    return Transaction(
        **values
        | {
            "amount": Decimal(row["amount"]),
            "refunded": Decimal(row["refunded"]),
            "status": cast("Status", row["status"]),
            "is_silent": bool(row["is_silent"]),
        }
    )


def _insert(db: sqlite3.Connection, made: Transaction) -> None:
    values = {name: getattr(made, name) for name in Transaction.__dataclass_fields__} | {
        "amount": str(made.amount),
        "refunded": str(made.refunded),
        "is_silent": made.is_silent,
    }
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    db.execute(f"insert into transactions ({names}) values ({marks})", values)  # noqa: S608  # names of ours
