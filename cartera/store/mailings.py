"""Mailings: many messages that a person prepares, looks at and sends together."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera.errors import NotFound, UsageError
from cartera.mail.outgoing import Content, Draft, Kind
from cartera.people import Person
from cartera.store import audit, outbox
from cartera.store.db import Store
from cartera.store.messages import What
from cartera.store.schema import mailings, messages

#: draft: being prepared, nothing goes out; queued: sent by a person; discarded: never sent.
MailingState = Literal["draft", "queued", "discarded"]


@dataclass(frozen=True, slots=True)
class Mailing:
    """A mailing: what its messages say, and by which `choice` its clients were found."""

    id: int
    public_id: str
    company_id: str
    kind: Kind
    state: MailingState
    content: Content
    choice: dict[str, Any]
    created_at: datetime
    created_by: str
    queued_at: datetime | None


def create(
    store: Store,
    company_id: str,
    *,
    kind: Kind,
    content: Content,
    choice: Mapping[str, Any],
    drafts: Iterable[Draft],
    by: Person,
    now: datetime,
) -> Mailing:
    """Prepare a mailing with all its messages as drafts, in one transaction.

    A message whose key is in the outbox already is not in this mailing.
    """
    by.must("mail", company_id)
    with store.write() as connection:
        made = add(
            connection, company_id, kind=kind, content=content, choice=choice, by=by, now=now
        )
        keys = outbox.add_drafts(
            connection, store, company_id, drafts,
            by=by, now=now, mailing_id=made.id, state="draft",
        )  # fmt: skip
        details = {"kind": kind, "messages": len(keys), "choice": dict(choice)}
        audit.add(connection, company_id, by.login, "mailing.created", made.public_id, details, now)
    return made


def add(
    connection: Connection,
    company_id: str,
    *,
    kind: Kind,
    content: Content,
    choice: Mapping[str, Any],
    state: MailingState = "draft",
    by: Person,
    now: datetime,
) -> Mailing:
    """A mailing without messages so far, in the caller's transaction; `by` was asked already."""
    values = {
        "public_id": secrets.token_hex(8),
        "company_id": company_id,
        "kind": kind,
        "state": state,
        "content": content.to_json(),
        "choice": dict(choice),
        "created_at": now,
        "created_by": by.login,
        "queued_at": now if state == "queued" else None,
    }
    insert = sa.insert(mailings).values(values).returning(mailings)
    return _mailing(connection.execute(insert).mappings().one())


def get(store: Store, company_id: str, public_id: str) -> Mailing:
    """One mailing, or `NotFound`."""
    with store.read() as connection:
        return _get(connection, company_id, public_id)


def list_mailings(
    store: Store, company_id: str, *, limit: int | None = None, offset: int = 0
) -> list[Mailing]:
    """A company's mailings, newest first."""
    query = (
        sa.select(mailings)
        .where(mailings.c.company_id == company_id)
        .order_by(mailings.c.id.desc())
        .limit(limit)
        .offset(offset)
    )
    with store.read() as connection:
        return [_mailing(row) for row in connection.execute(query).mappings()]


def send(store: Store, company_id: str, public_id: str, *, by: Person, now: datetime) -> Mailing:
    """Queue a mailing's drafts; those held stay. Sending twice changes nothing."""
    return _settle(
        store, company_id, public_id, "queued", ("draft",), "waiting", "released", by, now
    )


def discard(store: Store, company_id: str, public_id: str, *, by: Person, now: datetime) -> Mailing:
    """Give up a mailing that was not sent; its messages are cancelled."""
    return _settle(
        store, company_id, public_id, "discarded", ("draft", "held"), "cancelled", "cancelled",
        by, now,
    )  # fmt: skip


def _settle(
    store: Store,
    company_id: str,
    public_id: str,
    state: MailingState,
    taken: tuple[str, ...],
    becomes: str,
    what: What,
    by: Person,
    now: datetime,
) -> Mailing:
    by.must("mail", company_id)
    with store.write() as connection:
        mine = (mailings.c.company_id == company_id, mailings.c.public_id == public_id)
        moment = {"queued_at": now} if state == "queued" else {}
        moved = connection.execute(
            sa.update(mailings)
            .where(*mine, mailings.c.state == "draft")
            .values(state=state, **moment)
            .returning(mailings.c.id)
        ).scalar()
        mailing = _get(connection, company_id, public_id)
        if moved is None:
            if mailing.state == state:
                return mailing
            raise UsageError(f"mailing {public_id!r} is {mailing.state} already")
        changed = connection.execute(
            sa.update(messages)
            .where(messages.c.mailing_id == moved, messages.c.state.in_(taken))
            .values(state=becomes, not_before=now)
            .returning(messages.c.id)
        )
        ids: list[int] = [row.id for row in changed]
        outbox.note(connection, ids, what, "", by.login, now)
        details = {"messages": len(ids)}
        audit.add(connection, company_id, by.login, f"mailing.{state}", public_id, details, now)
    return mailing


def _get(connection: Connection, company_id: str, public_id: str) -> Mailing:
    query = sa.select(mailings).where(
        mailings.c.company_id == company_id, mailings.c.public_id == public_id
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound("mailing", public_id, company_id)
    return _mailing(row)


def _mailing(row: Mapping[Any, Any]) -> Mailing:
    return Mailing(**{**row, "content": Content.from_json(row["content"])})
