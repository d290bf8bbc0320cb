"""Reading the outbox: messages, what became of each, and the message itself as it went."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera.errors import NotFound
from cartera.mail.outgoing import STATES, Content, Kind, State
from cartera.store.db import Store
from cartera.store.schema import links, mailings, message_contents, message_events, messages

#: What can happen to a message. sending: handed over; deferred: put off by its server, or the
#: server not reached; accepted: that server took it; delayed, delivered, bounced: said by a
#: delivery report; redirected: went to the test address; requeued: its sender died before it
#: handed it over.
What = Literal[
    "queued", "held", "released", "sending", "redirected", "accepted", "deferred", "failed",
    "unknown", "requeued", "skipped", "cancelled", "retried", "confirmed", "delayed",
    "delivered", "bounced", "unsubscribed",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the outbox; `mailing` is its mailing's public id, or "".

    `client_id` is empty where it goes to somebody who works here (kind `notice`).
    `content` is None where it says what its mailing says. `opens` and `last_opened_at` are those
    of its link: the page behind it was opened, by the recipient or by whatever reads their mail.
    """

    id: int
    public_id: str
    company_id: str
    key: str
    kind: Kind
    mailing_id: int | None
    mailing: str
    reminder_id: int | None
    client_id: str
    document_id: str | None
    contact: str
    address: str
    domain: str
    language: str
    is_copy: bool
    is_periodic: bool
    content: Content | None
    state: State
    reason: str
    attempts: int
    not_before: datetime
    trying_since: datetime | None
    claimed_by: str | None
    claimed_until: datetime | None
    transport: str
    rfc_message_id: str | None
    link_id: str | None
    subject: str
    as_of: date | None
    publication_id: int | None
    created_at: datetime
    created_by: str
    sent_at: datetime | None
    opens: int
    last_opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a message; `who` is empty where no person did it."""

    at: datetime
    what: What
    detail: str
    who: str


def get(store: Store, company_id: str, public_id: str) -> Message:
    """One message, or `NotFound`."""
    found = _messages(store, [messages.c.company_id == company_id, _is(public_id)], 1, 0)
    if not found:
        raise NotFound("message", public_id, company_id)
    return found[0]


def list_messages(
    store: Store,
    company_id: str,
    *,
    states: Collection[State] = (),
    kind: Kind | None = None,
    client_id: str | None = None,
    mailing: str | None = None,
    text: str = "",
    limit: int | None = None,
    offset: int = 0,
) -> list[Message]:
    """A company's messages, newest first.

    `states` empty means any; `text` is found in addresses, contacts, clients' ids and subjects.
    """
    which = _which(company_id, states, kind, client_id, mailing, text)
    return _messages(store, which, limit, offset)


def count_messages(
    store: Store,
    company_id: str,
    *,
    states: Collection[State] = (),
    kind: Kind | None = None,
    client_id: str | None = None,
    mailing: str | None = None,
    text: str = "",
) -> int:
    """How many messages `list_messages` has without a limit."""
    which = _which(company_id, states, kind, client_id, mailing, text)
    query = sa.select(sa.func.count()).select_from(messages).where(*which)
    with store.read() as connection:
        return connection.execute(query).scalar_one()


def counts(store: Store, company_id: str, *, mailing: str | None = None) -> dict[State, int]:
    """How many messages are in each state, of a mailing where it is given; zeros are said too."""
    which = _which(company_id, (), None, None, mailing, "")
    query = sa.select(messages.c.state, sa.func.count()).where(*which).group_by(messages.c.state)
    with store.read() as connection:
        found: dict[State, int] = {row[0]: row[1] for row in connection.execute(query)}
    return {state: found.get(state, 0) for state in STATES}


def events(store: Store, company_id: str, public_id: str) -> list[Event]:
    """What happened to a message, oldest first."""
    query = (
        sa.select(*(message_events.c[name] for name in ("at", "what", "detail", "who")))
        .join(messages)
        .where(messages.c.company_id == company_id, _is(public_id))
        .order_by(message_events.c.id)
    )
    with store.read() as connection:
        return [Event(**row) for row in connection.execute(query).mappings()]


def last_event_at(store: Store) -> datetime | None:
    """When something happened to a message last, of any company."""
    query = sa.select(message_events.c.at).order_by(message_events.c.id.desc()).limit(1)
    with store.read() as connection:
        at: datetime | None = connection.execute(query).scalar()
    return at


def kept(store: Store, company_id: str, public_id: str) -> bytes | None:
    """The message as it went, a whole MIME message, only its link's secret blacked out.

    None before it was handed over for the first time, and once it is older than the company
    keeps its messages.
    """
    query = (
        sa.select(message_contents.c.content)
        .join(messages)
        .where(messages.c.company_id == company_id, _is(public_id))
    )
    with store.read() as connection:
        content = connection.execute(query).scalar()
    return None if content is None else zlib.decompress(content)


def _is(public_id: str) -> sa.ColumnElement[bool]:
    return messages.c.public_id == public_id


def _which(
    company_id: str,
    states: Collection[State],
    kind: Kind | None,
    client_id: str | None,
    mailing: str | None,
    text: str,
) -> list[sa.ColumnElement[bool]]:
    which = [messages.c.company_id == company_id]
    if states:
        which.append(messages.c.state.in_(list(states)))
    if kind is not None:
        which.append(messages.c.kind == kind)
    if client_id is not None:
        which.append(messages.c.client_id == client_id)
    if mailing is not None:
        its = sa.select(mailings.c.id).where(
            mailings.c.company_id == company_id, mailings.c.public_id == mailing
        )
        which.append(messages.c.mailing_id == its.scalar_subquery())
    if text.strip():
        places = (messages.c.address, messages.c.contact, messages.c.client_id, messages.c.subject)
        wanted = text.strip()
        which.append(sa.or_(*(place.icontains(wanted, autoescape=True) for place in places)))
    return which


def _messages(
    store: Store, which: Sequence[sa.ColumnElement[bool]], limit: int | None, offset: int
) -> list[Message]:
    query = _query().where(*which).order_by(messages.c.id.desc()).limit(limit).offset(offset)
    with store.read() as connection:
        return [_message(row) for row in connection.execute(query).mappings()]


def by_ids(connection: Connection, ids: Collection[int]) -> list[Message]:
    """Messages by their numbers, oldest first."""
    query = _query().where(messages.c.id.in_(ids)).order_by(messages.c.id)
    return [_message(row) for row in connection.execute(query).mappings()]


def _query() -> sa.Select[Any]:
    return sa.select(
        messages,
        sa.func.coalesce(mailings.c.public_id, "").label("mailing"),
        sa.func.coalesce(links.c.opens, 0).label("opens"),
        links.c.last_opened_at,
    ).select_from(
        messages.outerjoin(mailings).outerjoin(links, links.c.public_id == messages.c.link_id)
    )


def _message(row: Mapping[Any, Any]) -> Message:
    content = row["content"]
    return Message(**{**row, "content": None if content is None else Content.from_json(content)})
