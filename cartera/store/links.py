"""Private links: what lets one client see one account, and until when.

A link has two names. The token is the secret in the address that the client receives; it is
shown once, when the link is made, and only its SHA-256 is kept. The public id is harmless: it
stands in addresses, cookies' names and staff's lists.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from cartera.errors import NotFound, UsageError
from cartera.store import audit
from cartera.store.db import Store
from cartera.store.schema import links

State = Literal["live", "expired", "revoked"]
TOKEN_BYTES = 32
#: No 0/o, 1/l/i: people read these aloud. 31^10 is plenty to keep ids from colliding.
PUBLIC_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
PUBLIC_LENGTH = 10
MAX_DAYS = 366


@dataclass(frozen=True, slots=True)
class Link:
    """A client's access to their account; `contact` is whom it was made for."""

    public_id: str
    company_id: str
    client_id: str
    contact: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    revoked_by: str | None
    opens: int
    last_opened_at: datetime | None
    token_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link just made, with the only copy of its token."""

    link: Link
    token: str = field(repr=False)


def create(
    store: Store,
    *,
    company_id: str,
    client_id: str,
    days: int,
    contact: str = "",
    created_by: str = "",
    now: datetime,
) -> NewLink:
    """Make a link that lives `days` days."""
    if not 1 <= days <= MAX_DAYS:
        raise UsageError(f"a link lives from 1 to {MAX_DAYS} days, not {days}")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    public_id = "".join(secrets.choice(PUBLIC_ALPHABET) for _ in range(PUBLIC_LENGTH))
    values = {
        "public_id": public_id,
        "token_hash": _hash(token),
        "company_id": company_id,
        "client_id": client_id,
        "contact": contact,
        "created_by": created_by,
        "created_at": now,
        "expires_at": now + timedelta(days=days),
        "opens": 0,
    }
    with store.write() as connection:
        row = connection.execute(sa.insert(links).values(values).returning(*_COLUMNS))
        link = Link(**row.mappings().one())
        details = {"client_id": client_id, "contact": contact, "days": days}
        audit.add(connection, company_id, created_by, "link.created", public_id, details, now)
    return NewLink(link, token)


def by_token(store: Store, token: str) -> Link | None:
    """The link that a token opens, in whatever state; None for one that was never given."""
    return _one(store, links.c.token_hash == _hash(token))


def by_id(store: Store, public_id: str) -> Link | None:
    """The link of a public id, in whatever state. It proves nothing about who asks: see `holds`."""
    return _one(store, links.c.public_id == public_id)


def state(link: Link, now: datetime) -> State:
    """Whether a link opens: the moment it expires is the first at which it does not."""
    if link.revoked_at is not None:
        return "revoked"
    return "live" if now < link.expires_at else "expired"


def holds(link: Link, token: str) -> bool:
    """Whether this is the link's token, in constant time."""
    return hmac.compare_digest(link.token_hash, _hash(token))


def list_links(store: Store, company_id: str, client_id: str | None = None) -> list[Link]:
    """A company's links, or one client's, newest first."""
    query = sa.select(*_COLUMNS).where(links.c.company_id == company_id)
    if client_id is not None:
        query = query.where(links.c.client_id == client_id)
    with store.read() as connection:
        rows = connection.execute(query.order_by(links.c.id.desc())).mappings()
        return [Link(**row) for row in rows]


def revoke(store: Store, company_id: str, public_id: str, by: str, now: datetime) -> Link:
    """Close a link for good; revoking twice keeps the first moment."""
    mine = (links.c.company_id == company_id, links.c.public_id == public_id)
    _close(store, company_id, mine, by, now)
    link = _one(store, *mine)
    if link is None:
        raise NotFound("link", public_id, company_id)
    return link


def revoke_all(store: Store, company_id: str, client_id: str, by: str, now: datetime) -> int:
    """Close every open link of a client; how many there were."""
    theirs = (links.c.company_id == company_id, links.c.client_id == client_id)
    return _close(store, company_id, theirs, by, now)


def count_open(store: Store, public_id: str, now: datetime) -> None:
    """Note that the client opened the link's address."""
    change = (
        sa.update(links)
        .where(links.c.public_id == public_id)
        .values(opens=links.c.opens + 1, last_opened_at=now)
    )
    with store.write() as connection:
        connection.execute(change)


_COLUMNS: Sequence[sa.Column[Any]] = [column for column in links.c if column.name != "id"]


def _hash(token: str) -> str:
    # No salt and no slow hash: the token is 256 random bits, there is nothing to guess.
    return hashlib.sha256(token.encode()).hexdigest()


def _one(store: Store, *where: sa.ColumnElement[bool]) -> Link | None:
    with store.read() as connection:
        row = connection.execute(sa.select(*_COLUMNS).where(*where)).mappings().first()
    return None if row is None else Link(**row)


def _close(
    store: Store,
    company_id: str,
    which: tuple[sa.ColumnElement[bool], ...],
    by: str,
    now: datetime,
) -> int:
    change = (
        sa.update(links)
        .where(*which, links.c.revoked_at.is_(None))
        .values(revoked_at=now, revoked_by=by)
        .returning(links.c.public_id, links.c.client_id)
    )
    with store.write() as connection:
        closed = connection.execute(change).all()
        for public_id, client_id in closed:
            details = {"client_id": client_id}
            audit.add(connection, company_id, by, "link.revoked", str(public_id), details, now)
    return len(closed)
