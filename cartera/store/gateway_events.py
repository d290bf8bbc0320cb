"""What gateways sent, kept as it came; each is handled once, however often it is delivered."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import sqlalchemy as sa

from cartera.gateways.base import Signal
from cartera.people import Person
from cartera.store.db import Store
from cartera.store.online_schema import gateway_events as table

#: new: the gateway was not asked yet. done: it was. foreign: it is about no payment of ours.
#: other: of a kind that says nothing of a payment.
State = Literal["new", "done", "foreign", "other"]
#: References asked about by one query.
CHUNK = 500
#: After a try that got no answer the next waits twice as long, up to an hour.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=15), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Event:
    """An event whose signature was good. `stand`, `amount` and `currency` are what it claims."""

    id: int
    company_id: str
    gateway: str
    kind: str
    reference: str
    gateway_id: str
    stand: str | None
    amount: Decimal | None
    currency: str | None
    received_at: datetime
    state: State
    differs: str
    tries: int
    handled_at: datetime | None


def keep(
    store: Store, company_id: str, gateway: str, signal: Signal, body: bytes, *, now: datetime
) -> bool:
    """Write an event down as it came; False: it was there already."""
    values: dict[str, Any] = {
        "company_id": company_id,
        "gateway": gateway,
        "key": signal.key,
        "kind": signal.kind,
        "reference": signal.reference,
        "gateway_id": signal.gateway_id,
        "claims": {
            "stand": signal.stand,
            "amount": None if signal.amount is None else f"{signal.amount:f}",
            "currency": signal.currency,
        },
        "body": body,
        "received_at": now,
        "state": "new" if signal.reference or signal.gateway_id else "other",
        "differs": "",
        "tries": 0,
    }
    insert = store.insert_missing(table, "company_id", "gateway", "key")
    with store.write() as connection:
        # Not by `rowcount`: psycopg says -1 of an INSERT, whatever happened.
        return connection.execute(insert.returning(table.c.id), values).first() is not None


def waiting(store: Store, now: datetime, *, limit: int = 200) -> list[Event]:
    """Events that nobody asked the gateway about yet, in the order in which they came."""
    query = sa.select(*_COLUMNS).where(*_due(now)).order_by(table.c.id).limit(limit)
    with store.read() as connection:
        return [_read(row) for row in connection.execute(query).mappings()]


def are_waiting(store: Store, now: datetime) -> bool:
    """Whether `waiting` has any; cheap, so ask often."""
    with store.read() as connection:
        return (
            connection.execute(sa.select(table.c.id).where(*_due(now)).limit(1)).first() is not None
        )


def handled(store: Store, event: Event, state: State, *, differs: str = "", now: datetime) -> None:
    """Note what came of it; whoever does so twice changes nothing."""
    values = {"state": state, "differs": differs, "handled_at": now}
    with store.write() as connection:
        query = sa.update(table).where(table.c.id == event.id, table.c.state == "new")
        connection.execute(query.values(values))


def put_off(store: Store, event: Event, *, now: datetime) -> None:
    """The gateway did not answer: try again later."""
    wait = min(FIRST_WAIT * 2 ** min(event.tries, 10), LONGEST_WAIT)
    with store.write() as connection:
        connection.execute(
            sa.update(table)
            .where(table.c.id == event.id)
            .values(tries=event.tries + 1, again_at=now + wait)
        )


def of_reference(store: Store, company_id: str, gateway: str, reference: str) -> list[Event]:
    """What a gateway sent about a payment, in the order in which it came."""
    query = (
        sa.select(*_COLUMNS)
        .where(
            table.c.company_id == company_id, table.c.gateway == gateway,
            table.c.reference == reference,
        )
        .order_by(table.c.id)
    )  # fmt: skip
    with store.read() as connection:
        return [_read(row) for row in connection.execute(query).mappings()]


def strange(store: Store, company_id: str, *, limit: int = 50) -> list[Event]:
    """Events of no payment of ours, or that claim something else than the gateway answers; the
    newest first.
    """
    odd = sa.or_(table.c.state == "foreign", table.c.differs != "")
    query = (
        sa.select(*_COLUMNS)
        .where(table.c.company_id == company_id, odd)
        .order_by(table.c.id.desc())
        .limit(limit)
    )
    with store.read() as connection:
        return [_read(row) for row in connection.execute(query).mappings()]


def differing(store: Store, company_id: str, references: Collection[str]) -> set[str]:
    """Those of these payments of which an event claims something else than the gateway answers."""
    found: set[str] = set()
    wanted = sorted(set(references))
    with store.read() as connection:
        for start in range(0, len(wanted), CHUNK):
            query = sa.select(table.c.reference).where(
                table.c.company_id == company_id, table.c.differs != "",
                table.c.reference.in_(wanted[start : start + CHUNK]),
            )  # fmt: skip
            found.update(connection.execute(query).scalars())
    return found


def body(store: Store, company_id: str, event_id: int, *, by: Person) -> bytes | None:
    """An event as it came, for staff."""
    by.must("read", company_id)
    query = sa.select(table.c.body).where(table.c.company_id == company_id, table.c.id == event_id)
    with store.read() as connection:
        return connection.execute(query).scalar()


def _due(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        table.c.state == "new",
        sa.or_(table.c.again_at.is_(None), table.c.again_at <= now),
    )


_COLUMNS = [column for column in table.c if column.name not in ("key", "body", "again_at")]


def _read(row: sa.RowMapping) -> Event:
    values = {name: value for name, value in row.items() if name != "claims"}
    claims = row["claims"]
    amount = claims.get("amount")
    return Event(
        **values,
        stand=claims.get("stand"),
        amount=None if amount is None else Decimal(amount),
        currency=claims.get("currency"),
    )
