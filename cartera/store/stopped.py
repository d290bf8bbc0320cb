"""Addresses that get nothing any more: dead ones, and people who asked for it.

An address is compared in small letters: in practice no mailbox tells them apart, and the promise
to leave somebody alone must not depend on how their address was typed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera.mail.outgoing import ASKED_FOR, Kind
from cartera.people import Person
from cartera.store import audit, outbox
from cartera.store.db import Store
from cartera.store.schema import messages, stopped_addresses

Cause = Literal["dead", "unsubscribed"]
#: Who did it, in the audit trail, where the recipient did.
RECIPIENT = "recipient"
CHUNK = 500
_KEY = ("company_id", "address", "cause", "kind")


@dataclass(frozen=True, slots=True)
class Stop:
    """Why an address gets nothing; `kind` is the mail that is stopped, "" every kind."""

    cause: Cause
    kind: Kind | Literal[""]
    detail: str
    since: datetime

    def holds_back(self, kind: Kind) -> bool:
        """Whether mail of this kind is not sent."""
        return self.kind in ("", kind)


class Subscription(NamedTuple):
    """What the page behind a message's unsubscribe link is about."""

    company_id: str
    address: str
    kind: Kind
    state: Literal["subscribed", "unsubscribed"]


def reason_to_stop(causes: Collection[str], kind: Kind, *, is_copy: bool) -> Cause | None:
    """Why a message is not sent to an address with these causes against its kind; None: it is.

    Whoever works here gets their copies whatever they said of the client's mail, and whoever asked
    for something gets an answer. A dead address gets nothing.
    """
    if "dead" in causes:
        return "dead"
    if "unsubscribed" not in causes or is_copy or kind in ASKED_FOR:
        return None
    return "unsubscribed"


def stopped(store: Store, company_id: str, addresses: Iterable[str]) -> dict[str, list[Stop]]:
    """Those of these addresses that are stopped, as they were given, with every reason."""
    asked: dict[str, list[str]] = {}
    for address in addresses:
        asked.setdefault(normal(address), []).append(address)
    found: dict[str, list[Stop]] = {}
    wanted = sorted(asked)
    with store.read() as connection:
        for start in range(0, len(wanted), CHUNK):
            query = (
                sa.select(stopped_addresses)
                .where(
                    stopped_addresses.c.company_id == company_id,
                    stopped_addresses.c.address.in_(wanted[start : start + CHUNK]),
                )
                .order_by(stopped_addresses.c.id)
            )
            for row in connection.execute(query):
                stop = Stop(row.cause, row.kind, row.detail, row.since)
                for address in asked[row.address]:
                    found.setdefault(address, []).append(stop)
    return found


def mark_dead(
    connection: Connection,
    store: Store,
    company_id: str,
    address: str,
    *,
    detail: str,
    message_id: int | None,
    now: datetime,
) -> bool:
    """Note that nobody is there, in the transaction that learns it; whether that is news."""
    return _stop(connection, store, company_id, address, "dead", "", detail, message_id, now)


def unsubscribe(store: Store, message_public_id: str, *, now: datetime) -> bool:
    """Stop mail of the message's kind to its address; whether there is such a message.

    The recipient does it, so there is no `Person`; again changes nothing.
    """
    with store.write() as connection:
        row = _message(connection, message_public_id)
        if row is None:
            return False
        is_new = _stop(
            connection, store, row.company_id, row.address,
            "unsubscribed", row.kind, "", row.id, now,
        )  # fmt: skip
        if is_new:
            outbox.note(connection, [row.id], "unsubscribed", "", "", now)
            audit.add(
                connection, row.company_id, RECIPIENT, "mail.unsubscribed", normal(row.address),
                {"kind": row.kind, "message": message_public_id}, now,
            )  # fmt: skip
    return True


def unsubscribe_of(store: Store, message_public_id: str) -> Subscription | None:
    """Whose mail of which kind a message's unsubscribe link stops, and whether it is."""
    with store.read() as connection:
        row = _message(connection, message_public_id)
        if row is None:
            return None
        query = sa.select(stopped_addresses.c.id).where(
            stopped_addresses.c.company_id == row.company_id,
            stopped_addresses.c.address == normal(row.address),
            stopped_addresses.c.cause == "unsubscribed",
            stopped_addresses.c.kind.in_(["", row.kind]),
        )
        is_over = connection.execute(query).first() is not None
    state: Literal["subscribed", "unsubscribed"] = "unsubscribed" if is_over else "subscribed"
    return Subscription(row.company_id, row.address, row.kind, state)


def resume(store: Store, company_id: str, address: str, *, by: Person, now: datetime) -> int:
    """Write to an address again, whatever stopped it; how many reasons that took away."""
    by.must("mail", company_id)
    with store.write() as connection:
        gone = connection.execute(
            sa.delete(stopped_addresses)
            .where(
                stopped_addresses.c.company_id == company_id,
                stopped_addresses.c.address == normal(address),
            )
            .returning(stopped_addresses.c.cause, stopped_addresses.c.kind)
        ).all()
        if gone:
            details = {"stops": [{"cause": row.cause, "kind": row.kind} for row in gone]}
            subject = normal(address)
            audit.add(connection, company_id, by.login, "mail.resumed", subject, details, now)
    return len(gone)


def normal(address: str) -> str:
    """The address as it is compared."""
    return address.strip().lower()


def _stop(
    connection: Connection,
    store: Store,
    company_id: str,
    address: str,
    cause: Cause,
    kind: str,
    detail: str,
    message_id: int | None,
    now: datetime,
) -> bool:
    values = {
        "company_id": company_id,
        "address": normal(address),
        "cause": cause,
        "kind": kind,
        "detail": outbox.printable(detail),
        "since": now,
        "message_id": message_id,
    }
    insert = store.insert_missing(stopped_addresses, *_KEY).values(values)
    return connection.execute(insert.returning(stopped_addresses.c.id)).first() is not None


def _message(connection: Connection, public_id: str) -> sa.Row[tuple[int, str, str, Kind]] | None:
    query = sa.select(
        messages.c.id, messages.c.company_id, messages.c.address, messages.c.kind
    ).where(messages.c.public_id == public_id)
    return connection.execute(query).first()
