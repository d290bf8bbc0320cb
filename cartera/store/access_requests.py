"""Requests for a new link: what was asked on a page, and how it was answered afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera.errors import NotFound
from cartera.people import Person
from cartera.store import audit
from cartera.store.db import Store
from cartera.store.notice_schema import access_requests as table

#: new: nobody looked yet. mailed: new links went to the address. unknown: it is nobody's of whom
#: the company writes to; seen: and staff saw to that. limited: it was asked for too often.
State = Literal["new", "mailed", "unknown", "limited", "seen"]
STATES: tuple[State, ...] = get_args(State)
#: Answered by mail within a day, at most: for one address, and through one old link.
MOST_BY_ADDRESS, MOST_BY_LINK = 3, 5
_DAY = timedelta(days=1)
CHUNK = 200


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asked for a new link to be mailed to `address`. `link_id`: the one that they held,
    "" where none was proved. `client_id`: whose link was mailed, the first of several.
    """

    id: int
    public_id: str
    company_id: str
    link_id: str
    address: str
    network: str
    language: str
    state: State
    client_id: str
    asked_at: datetime
    answered_at: datetime | None
    answered_by: str | None


def ask(
    store: Store,
    company_id: str,
    *,
    link_id: str,
    address: str,
    network: str,
    language: str,
    now: datetime,
) -> None:
    """Write down that somebody asks. One row, the same for every address: the page learns nothing
    about whom it belongs to.
    """
    values = {
        "public_id": secrets.token_hex(8), "company_id": company_id, "link_id": link_id,
        "address": address, "network": network, "language": language, "state": "new",
        "client_id": "", "asked_at": now,
    }  # fmt: skip
    with store.write() as connection:
        connection.execute(sa.insert(table).values(values))


def waiting(store: Store) -> list[Request]:
    """Requests that nobody looked at yet, the oldest first; some of them where there are many."""
    query = sa.select(table).where(table.c.state == "new").order_by(table.c.id).limit(CHUNK)
    with store.read() as connection:
        return [Request(**row) for row in connection.execute(query).mappings()]


def are_waiting(store: Store) -> bool:
    """Whether somebody waits for an answer; cheap, so ask often."""
    query = sa.select(table.c.id).where(table.c.state == "new").limit(1)
    with store.read() as connection:
        return connection.execute(query).first() is not None


def is_too_often(connection: Connection, request: Request) -> bool:
    """Whether this address, or the holder of this link, got enough mails within a day."""
    recent = (
        table.c.company_id == request.company_id,
        table.c.state == "mailed",
        table.c.answered_at > request.asked_at - _DAY,
    )
    count = sa.select(sa.func.count()).select_from(table)
    by_address = count.where(*recent, table.c.address == request.address)
    if connection.execute(by_address).scalar_one() >= MOST_BY_ADDRESS:
        return True
    if not request.link_id:
        return False
    by_link = count.where(*recent, table.c.link_id == request.link_id)
    return connection.execute(by_link).scalar_one() >= MOST_BY_LINK


def answer(
    connection: Connection, request: Request, state: State, *, client_id: str = "", now: datetime
) -> bool:
    """Note what became of a new request; False where somebody else was quicker."""
    change = (
        sa.update(table)
        .where(table.c.id == request.id, table.c.state == "new")
        .values(state=state, client_id=client_id, answered_at=now)
    )
    return bool(connection.execute(change).rowcount)


def listed(
    store: Store,
    company_id: str,
    *,
    states: Collection[State] = (),
    limit: int | None = None,
    offset: int = 0,
) -> list[Request]:
    """A company's requests, the newest first."""
    query = sa.select(table).where(*_which(company_id, states))
    query = query.order_by(table.c.id.desc()).limit(limit).offset(offset)
    with store.read() as connection:
        return [Request(**row) for row in connection.execute(query).mappings()]


def get(store: Store, company_id: str, public_id: str) -> Request:
    """One request. Raises `NotFound`."""
    with store.read() as connection:
        return _get(connection, company_id, public_id)


def count(store: Store, company_id: str, *, states: Collection[State] = ()) -> int:
    """How many `listed` has without a limit."""
    query = sa.select(sa.func.count()).select_from(table).where(*_which(company_id, states))
    with store.read() as connection:
        return connection.execute(query).scalar_one()


def mark_seen(
    store: Store, company_id: str, public_id: str, *, by: Person, now: datetime
) -> Request:
    """Staff saw to a request from an unknown address. Raises `NotFound`."""
    by.must("clients", company_id)
    mine = (table.c.company_id == company_id, table.c.public_id == public_id)
    with store.write() as connection:
        changed = connection.execute(
            sa.update(table)
            .where(*mine, table.c.state == "unknown")
            .values(state="seen", answered_by=by.login)
        ).rowcount
        found = _get(connection, company_id, public_id)
        if changed:
            details = {"address": found.address}
            audit.add(connection, company_id, by.login, "access.seen", public_id, details, now)
    return found


def _get(connection: Connection, company_id: str, public_id: str) -> Request:
    query = sa.select(table).where(table.c.company_id == company_id, table.c.public_id == public_id)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound("request", public_id, company_id)
    return Request(**row)


def _which(company_id: str, states: Collection[State]) -> list[sa.ColumnElement[bool]]:
    which = [table.c.company_id == company_id]
    if states:
        which.append(table.c.state.in_(list(states)))
    return which
