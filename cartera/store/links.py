"""Private links: what lets one client see one account, and until when.

A link has two names. The token is the secret in the address that the client receives; it is
shown once, when the link is made, and only its SHA-256 is kept. The public id is harmless: it
stands in addresses, cookies' names and staff's lists.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera.errors import NotFound, UsageError
from cartera.people import Person
from cartera.store import audit
from cartera.store.db import Store
from cartera.store.notice_schema import link_opens
from cartera.store.prepared import Prepared
from cartera.store.schema import links

State = Literal["live", "expired", "revoked"]
TOKEN_BYTES = 32
#: No 0/o, 1/l/i: people read these aloud. 31^10 is plenty to keep ids from colliding.
PUBLIC_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
PUBLIC_LENGTH = 10
#: What a person may give a link by hand.
MAX_DAYS = 366
#: What a link lives at most where the company's rule decides.
LONGEST_LIFE = 120
#: Who closed a link, where no person did.
OUTBOX = "outbox"
#: Who acts, in the audit trail, where the holder of a link does.
CLIENT = "client"


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
    by: Person,
    now: datetime,
) -> NewLink:
    """Make a link that lives `days` days."""
    by.must("links", company_id)
    with store.write() as connection:
        return _insert(connection, company_id, client_id, contact, days, by.login, now)


def lifetime(link_days: int, last_due: date | None, today: date) -> int:
    """Days that a link to a statement lives: `link_days` after the last due date of what is open
    in it, or from today on where all of it is due; never more than `LONGEST_LIFE`.
    """
    ahead = max((last_due - today).days, 0) if last_due else 0
    return min(ahead + link_days, LONGEST_LIFE)


def renew(
    store: Store, company_id: str, public_id: str, *, days: int, by: Person, now: datetime
) -> NewLink:
    """A new link for the same client and contact; the old one is closed. Both, or neither."""
    by.must("links", company_id)
    mine = (links.c.company_id == company_id, links.c.public_id == public_id)
    with store.write() as connection:
        old = _first(connection, *mine)
        if old is None:
            raise NotFound("link", public_id, company_id)
        _close(connection, company_id, mine, by, now)
        return _insert(connection, company_id, old.client_id, old.contact, days, by.login, now)


def replace_in(connection: Connection, link: Link, now: datetime) -> None:
    """Close the link that its holder asked to have replaced, in the transaction that queues the
    mail with the new one.
    """
    closed = connection.execute(
        sa.update(links)
        .where(links.c.public_id == link.public_id, links.c.revoked_at.is_(None))
        .values(revoked_at=now, revoked_by=CLIENT)
    )
    if closed.rowcount:
        details = {"client_id": link.client_id}
        audit.add(
            connection, link.company_id, CLIENT, "link.replaced", link.public_id, details, now
        )


def new_token() -> str:
    """The secret of a link that is not made yet: what is written with it comes first."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def for_message(
    connection: Connection,
    unused: str | None,
    *,
    company_id: str,
    client_id: str,
    contact: str,
    days: int,
    token: str,
    created_by: str,
    now: datetime,
) -> str:
    """The link that a message carries, in the transaction that hands it over; its public id.

    `unused` is the link of an earlier attempt that surely reached nobody: it gets this token
    and lives on, unless somebody closed it meanwhile. `created_by` queued the message, and was
    allowed to.
    """
    expires_at = now + timedelta(days=days)
    if unused is not None:
        taken = connection.execute(
            sa.update(links)
            .where(
                links.c.public_id == unused,
                links.c.company_id == company_id,
                links.c.client_id == client_id,
                links.c.revoked_at.is_(None),
                links.c.opens == 0,
            )
            .values(token_hash=_hash(token), expires_at=expires_at)
        )
        if taken.rowcount:
            return unused
    values = _new(company_id, client_id, contact, days, created_by, now, token)
    _ADD.run(connection, values)
    _note_created(connection, values, days, now)
    return str(values["public_id"])


def close_unused(connection: Connection, public_id: str | None, now: datetime) -> None:
    """Close the link of a message that reached nobody: its secret is lost, and it is no access."""
    if public_id is not None:
        connection.execute(
            sa.update(links)
            .where(links.c.public_id == public_id, links.c.revoked_at.is_(None), links.c.opens == 0)
            .values(revoked_at=now, revoked_by=OUTBOX)
        )


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


def live_ids(store: Store, public_ids: Collection[str], now: datetime) -> set[str]:
    """Those of these links that open now, in one query."""
    if not public_ids:
        return set()
    query = sa.select(links.c.public_id).where(
        links.c.public_id.in_(list(public_ids)),
        links.c.revoked_at.is_(None),
        links.c.expires_at > now,
    )
    with store.read() as connection:
        return {str(public_id) for (public_id,) in connection.execute(query)}


def holds(link: Link, token: str) -> bool:
    """Whether this is the link's token, in constant time."""
    return hmac.compare_digest(link.token_hash, _hash(token))


def list_links(
    store: Store,
    company_id: str,
    client_id: str | None = None,
    *,
    state: State | None = None,
    limit: int | None = None,
    offset: int = 0,
    now: datetime | None = None,
) -> list[Link]:
    """A company's links, or one client's, newest first; `state` needs the moment that it is of."""
    query = sa.select(*_COLUMNS).where(*_which(company_id, client_id, state, now))
    query = query.order_by(links.c.id.desc()).limit(limit).offset(offset)
    with store.read() as connection:
        return [Link(**row) for row in connection.execute(query).mappings()]


def count_links(
    store: Store,
    company_id: str,
    client_id: str | None = None,
    *,
    state: State | None = None,
    now: datetime | None = None,
) -> int:
    """How many links `list_links` has without a limit."""
    which = _which(company_id, client_id, state, now)
    query = sa.select(sa.func.count()).select_from(links).where(*which)
    with store.read() as connection:
        return connection.execute(query).scalar_one()


def revoke(store: Store, company_id: str, public_id: str, by: Person, now: datetime) -> Link:
    """Close a link for good; revoking twice keeps the first moment."""
    by.must("links", company_id)
    mine = (links.c.company_id == company_id, links.c.public_id == public_id)
    with store.write() as connection:
        _close(connection, company_id, mine, by, now)
        link = _first(connection, *mine)
    if link is None:
        raise NotFound("link", public_id, company_id)
    return link


def revoke_all(store: Store, company_id: str, client_id: str, by: Person, now: datetime) -> int:
    """Close every open link of a client; how many there were."""
    by.must("links", company_id)
    theirs = (links.c.company_id == company_id, links.c.client_id == client_id)
    with store.write() as connection:
        return _close(connection, company_id, theirs, by, now)


def count_opens(store: Store, counts: Mapping[str, int], now: datetime) -> None:
    """Note how many times more each link's page was opened, in one transaction."""
    with store.write() as connection:
        for public_id, count in sorted(counts.items()):
            connection.execute(
                sa.update(links)
                .where(links.c.public_id == public_id)
                .values(opens=links.c.opens + count, last_opened_at=now)
            )
        rows = [{"link_id": one, "opened_at": now, "times": n} for one, n in sorted(counts.items())]
        if rows:
            connection.execute(sa.insert(link_opens), rows)


_COLUMNS: Sequence[sa.Column[Any]] = [column for column in links.c if column.name != "id"]
_ADD = Prepared(sa.insert(links))
_INSERT = sa.insert(links).returning(*_COLUMNS)


def _hash(token: str) -> str:
    # No salt and no slow hash: the token is 256 random bits, there is nothing to guess.
    return hashlib.sha256(token.encode()).hexdigest()


def _one(store: Store, *where: sa.ColumnElement[bool]) -> Link | None:
    with store.read() as connection:
        return _first(connection, *where)


def _first(connection: Connection, *where: sa.ColumnElement[bool]) -> Link | None:
    row = connection.execute(sa.select(*_COLUMNS).where(*where)).mappings().first()
    return None if row is None else Link(**row)


def _which(
    company_id: str, client_id: str | None, state: State | None, now: datetime | None
) -> list[sa.ColumnElement[bool]]:
    which = [links.c.company_id == company_id]
    if client_id is not None:
        which.append(links.c.client_id == client_id)
    if state is None:
        return which
    if now is None:
        raise ValueError("whether a link is live depends on the moment: give `now`")
    if state == "revoked":
        return [*which, links.c.revoked_at.is_not(None)]
    ended = links.c.expires_at <= now if state == "expired" else links.c.expires_at > now
    return [*which, links.c.revoked_at.is_(None), ended]


def _insert(
    connection: Connection,
    company_id: str,
    client_id: str,
    contact: str,
    days: int,
    login: str,
    now: datetime,
) -> NewLink:
    token = new_token()
    values = _new(company_id, client_id, contact, days, login, now, token)
    link = Link(**connection.execute(_INSERT, values).mappings().one())
    _note_created(connection, values, days, now)
    return NewLink(link, token)


def _new(
    company_id: str,
    client_id: str,
    contact: str,
    days: int,
    login: str,
    now: datetime,
    token: str,
) -> dict[str, Any]:
    """The row of a new link."""
    if not 1 <= days <= MAX_DAYS:
        raise UsageError(f"a link lives from 1 to {MAX_DAYS} days, not {days}")
    return {
        "public_id": "".join(secrets.choice(PUBLIC_ALPHABET) for _ in range(PUBLIC_LENGTH)),
        "token_hash": _hash(token),
        "company_id": company_id,
        "client_id": client_id,
        "contact": contact,
        "created_by": login,
        "created_at": now,
        "expires_at": now + timedelta(days=days),
        "opens": 0,
    }


def _note_created(
    connection: Connection, values: Mapping[str, Any], days: int, now: datetime
) -> None:
    details = {"client_id": values["client_id"], "contact": values["contact"], "days": days}
    audit.add(
        connection, values["company_id"], values["created_by"], "link.created",
        values["public_id"], details, now,
    )  # fmt: skip


def _close(
    connection: Connection,
    company_id: str,
    which: tuple[sa.ColumnElement[bool], ...],
    by: Person,
    now: datetime,
) -> int:
    change = (
        sa.update(links)
        .where(*which, links.c.revoked_at.is_(None))
        .values(revoked_at=now, revoked_by=by.login)
        .returning(links.c.public_id, links.c.client_id)
    )
    closed = connection.execute(change).all()
    for public_id, client_id in closed:
        details = {"client_id": client_id}
        audit.add(connection, company_id, by.login, "link.revoked", str(public_id), details, now)
    return len(closed)
