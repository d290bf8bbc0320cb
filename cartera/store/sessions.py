"""Staff's sessions: a random token in a cookie, of which only the SHA-256 is kept here.

A session ends by itself after a fixed life and after a time without use, and at once when its
person signs out, is disabled, gets a new password, or somebody revokes it. What the person may
do is read from their account at every question, never from the session.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera.errors import Forbidden, NotFound, UsageError
from cartera.people import Person
from cartera.store import audit
from cartera.store.db import Store
from cartera.store.schema import sessions, users
from cartera.store.users import User, end_sessions, get, normal_login

Method = Literal["password", "oidc"]
TOKEN_BYTES = 32
#: Being used is written down at most this often: a question is otherwise only a read.
TOUCH = timedelta(minutes=1)
#: Sessions long over leave the table; the audit trail goes on telling of them.
KEPT = timedelta(days=90)
#: How long an address where somebody signed in is taken for one of theirs.
KNOWN = timedelta(days=60)
MAX_AGENT = 200


@dataclass(frozen=True, slots=True)
class Session:
    """One browser in which somebody is signed in. The public id is harmless; it proves nothing."""

    public_id: str
    person: Person
    method: Method
    started_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str = field(repr=False)
    agent: str = field(repr=False)


def start(
    store: Store,
    user: User,
    now: datetime,
    *,
    hours: int = 12,
    idle_minutes: int = 120,
    method: Method = "password",
    address: str = "",
    agent: str = "",
) -> str:
    """Sign somebody in who has proved who they are; the only copy of the new session's token."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    public_id = secrets.token_hex(8)
    values = {
        "public_id": public_id,
        "token_hash": _hash(token),
        "user_id": user.id,
        "method": method,
        "started_at": now,
        "last_seen_at": now,
        "expires_at": now + timedelta(hours=hours),
        "idle_minutes": idle_minutes,
        "address": address,
        "agent": "".join(c for c in agent if c.isprintable())[:MAX_AGENT],
    }
    with store.write() as connection:
        current = connection.execute(
            sa.select(users.c.disabled_at, users.c.password_hash)
            .where(users.c.id == user.id)
            .with_for_update()
        ).one()
        # While the password was being checked the account may have been shut, or got another one.
        if current.disabled_at is not None or (
            method == "password" and current.password_hash != user.password_hash
        ):
            raise Forbidden(user.login, "sign in")
        connection.execute(sa.insert(sessions).values(values))
        connection.execute(
            sa.update(users).where(users.c.id == user.id).values(last_sign_in_at=now)
        )
        connection.execute(sa.delete(sessions).where(sessions.c.expires_at < now - KEPT))
        details = {"method": method, "address": address}
        who = user.login
        audit.add(connection, user.company_id, who, "session.started", public_id, details, now)
    return token


def find(store: Store, token: str, now: datetime, *, used: bool = True) -> Session | None:
    """The live session of a token. `used=False` where nobody did anything: it goes on idling."""
    if not token:
        return None
    query = _live(now).where(sessions.c.token_hash == _hash(token))
    with store.read() as connection:
        row = connection.execute(query).first()
    if row is None or not _is_awake(row, now):
        return None
    if used and now - row.last_seen_at >= TOUCH:
        change = sa.update(sessions).where(sessions.c.token_hash == _hash(token))
        with store.write() as connection:
            connection.execute(change.values(last_seen_at=now))
    return _session(row)


def person_of(store: Store, token: str, now: datetime, *, used: bool = True) -> Person | None:
    """Who is signed in with this token; None once the session ended for whatever reason."""
    found = find(store, token, now, used=used)
    return found.person if found else None


def live_ids(store: Store, public_ids: Collection[str], now: datetime) -> set[str]:
    """Those of these sessions that go on, in one query."""
    if not public_ids:
        return set()
    query = _live(now).where(sessions.c.public_id.in_(list(public_ids)))
    with store.read() as connection:
        rows = connection.execute(query).all()
    return {str(row.public_id) for row in rows if _is_awake(row, now)}


def end(store: Store, token: str, now: datetime) -> bool:
    """Sign out; whether there was anything to end."""
    with store.write() as connection:
        row = connection.execute(_live(now).where(sessions.c.token_hash == _hash(token))).first()
        if row is None:
            return False
        _close(connection, row, row.login, now)
    return True


def revoke(store: Store, company_id: str, public_id: str, by: Person, now: datetime) -> None:
    """End one session of the company, also on pages that are open. One's own needs no right."""
    with store.write() as connection:
        query = _live(now).where(
            sessions.c.public_id == public_id, users.c.company_id == company_id
        )
        row = connection.execute(query).first()
        if row is None or row.login != by.login:
            by.must("users", company_id)
        if row is None:
            raise NotFound("session", public_id, company_id)
        _close(connection, row, by.login, now)


def end_all(store: Store, company_id: str, login: str, by: Person, now: datetime) -> int:
    """End every session of somebody; how many there were. One's own needs no right."""
    if (by.login, by.company_id) != (login.strip().casefold(), company_id):
        by.must("users", company_id)
    user = get(store, company_id, login)
    with store.write() as connection:
        count = end_sessions(connection, user.id, by, now)
        if count:
            details = {"count": count}
            audit.add(
                connection, user.company_id, by.login, "session.ended_all", user.login, details, now
            )
    return count


def list_sessions(
    store: Store, company_id: str, login: str | None = None, *, now: datetime
) -> list[Session]:
    """A company's live sessions, or one person's, those used last first."""
    query = _live(now).where(users.c.company_id == company_id)
    if login is not None:
        query = query.where(users.c.login == login.strip().casefold())
    with store.read() as connection:
        rows = connection.execute(query.order_by(sessions.c.last_seen_at.desc())).all()
    return [_session(row) for row in rows if _is_awake(row, now)]


def knows(store: Store, login: str, address: str, now: datetime) -> bool:
    """Whether this person signed in from this address lately, as no stranger who guesses did."""
    try:
        login = normal_login(login)
    except UsageError:  # nothing that could be a login
        return False
    query = (
        sa.select(sessions.c.id)
        .join(users, users.c.id == sessions.c.user_id)
        .where(users.c.login == login, sessions.c.address == address)
        .where(sessions.c.started_at > now - KNOWN)
        .limit(1)
    )
    with store.read() as connection:
        return connection.execute(query).first() is not None


def _hash(token: str) -> str:
    # No salt and no slow hash: the token is 256 random bits, there is nothing to guess.
    return hashlib.sha256(token.encode()).hexdigest()


def _live(now: datetime) -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(
            sessions.c.id,
            sessions.c.public_id,
            sessions.c.method,
            sessions.c.started_at,
            sessions.c.last_seen_at,
            sessions.c.expires_at,
            sessions.c.idle_minutes,
            sessions.c.address,
            sessions.c.agent,
            users.c.login,
            users.c.company_id,
            users.c.role,
            users.c.name,
        )
        .join(users, users.c.id == sessions.c.user_id)
        .where(sessions.c.ended_at.is_(None), users.c.disabled_at.is_(None))
        .where(sessions.c.expires_at > now)
    )


def _is_awake(row: sa.Row[tuple[object, ...]], now: datetime) -> bool:
    last: datetime = row.last_seen_at
    return now < last + timedelta(minutes=row.idle_minutes)


def _session(row: sa.Row[tuple[object, ...]]) -> Session:
    return Session(
        public_id=row.public_id,
        person=Person(row.login, row.company_id, row.role, row.name),
        method=row.method,
        started_at=row.started_at,
        last_seen_at=row.last_seen_at,
        expires_at=row.expires_at,
        address=row.address,
        agent=row.agent,
    )


def _close(connection: Connection, row: sa.Row[tuple[object, ...]], by: str, now: datetime) -> None:
    change = sa.update(sessions).where(sessions.c.id == row.id)
    connection.execute(change.values(ended_at=now, ended_by=by))
    audit.add(connection, row.company_id, by, "session.ended", row.public_id, {}, now)
