"""People's accounts: who may enter, as what, in which company.

Every account is of exactly one company; its login and mail address are unique over all of them,
since whoever signs in names no company. Every change asks the acting person's role first and is
written to the audit trail. A company never loses its last active administrator.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from cartera import passwords
from cartera.errors import Forbidden, NotFound, UsageError
from cartera.people import ROLES, Person, Role
from cartera.store import audit
from cartera.store.db import Store
from cartera.store.schema import sessions, users

#: Small letters, digits and what mail addresses have: nothing that looks like something else.
LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,63}")
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+")
MAX_EMAIL = 254
MAX_NAME = 120


@dataclass(frozen=True, slots=True)
class User:
    """Somebody's account; `disabled_at` is None while they may enter."""

    id: int = field(repr=False)
    login: str
    company_id: str
    email: str | None
    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None
    last_sign_in_at: datetime | None
    password_hash: str | None = field(repr=False)
    #: Gets the daily mail (`cartera.mail.daily`).
    wants_daily_mail: bool = False

    @property
    def has_password(self) -> bool:
        """Whether this person can sign in here, or only with the company's own accounts."""
        return self.password_hash is not None

    @property
    def person(self) -> Person:
        """Who acts when this account is signed in."""
        return Person(self.login, self.company_id, self.role, self.name)


def create(
    store: Store,
    *,
    login: str,
    name: str,
    role: Role,
    company_id: str,
    password: str | None,
    email: str | None = None,
    by: Person,
    now: datetime,
) -> User:
    """Make an account; without a password only the company's own sign-in opens it."""
    by.must("users", company_id)
    login, name, email = normal_login(login), _name(name), _email(email)
    if role not in ROLES:
        raise UsageError(f"a role is one of {', '.join(ROLES)}, not {role!r}")
    if password is not None:
        passwords.require_good(password, login, name, email or "")
    elif email is None:
        raise UsageError("an account needs a password or a mail address, or nobody could enter")
    values = {
        "login": login,
        "company_id": company_id,
        "email": email,
        "name": name,
        "role": role,
        "password_hash": None if password is None else passwords.hashed(password),
        "created_at": now,
    }
    try:
        with store.write() as connection:
            row = connection.execute(sa.insert(users).values(values).returning(users))
            user = User(**row.mappings().one())
            details = {"role": role, "email": email}
            audit.add(connection, company_id, by.login, "user.created", login, details, now)
    except IntegrityError as error:
        raise UsageError(f"the login {login!r} or its mail address is already taken") from error
    return user


def list_users(store: Store, company_id: str) -> list[User]:
    """A company's accounts by login, those that are disabled last."""
    query = (
        sa.select(users)
        .where(users.c.company_id == company_id)
        .order_by(users.c.disabled_at.is_not(None), users.c.login)
    )
    with store.read() as connection:
        return [User(**row) for row in connection.execute(query).mappings()]


def get(store: Store, company_id: str, login: str) -> User:
    """One account of a company; `NotFound` for another company's too."""
    with store.read() as connection:
        return _find(connection, company_id, login)


def exist(store: Store) -> bool:
    """Whether anybody at all has an account here."""
    with store.read() as connection:
        return connection.execute(sa.select(users.c.id).limit(1)).first() is not None


def by_password(store: Store, login: str, password: str) -> User | None:
    """The active account that a login and its password open. The same work for every answer."""
    try:
        user = _one(store, users.c.login == normal_login(login))
    except UsageError:  # nothing that could be a login
        user = None
    right = passwords.matches(user.password_hash if user else None, password)
    if user is None or not right or user.disabled_at is not None:
        return None
    return _with_todays_hash(store, user, password)


def note_refusal(store: Store, login: str, now: datetime) -> None:
    """Write down that a sign-in failed, if there is such an account.

    Apart from the check, so that callers answer first: the writing must not tell by its time
    which logins exist.
    """
    try:
        user = _one(store, users.c.login == normal_login(login))
    except UsageError:
        return
    if user is not None:
        audit.record(store, user.company_id, user.login, "session.refused", user.login, {}, now)


def by_email(store: Store, email: str) -> User | None:
    """The active account of a mail address that somebody else has proved."""
    try:
        wanted = _email(email)
    except UsageError:  # nothing that could be a mail address
        return None
    if wanted is None:  # not "whoever has none"
        return None
    user = _one(store, users.c.email == wanted)
    return user if user is not None and user.disabled_at is None else None


def set_role(
    store: Store, company_id: str, login: str, role: Role, by: Person, now: datetime
) -> User:
    """Change what somebody may do; it counts from their next question on."""
    by.must("users", company_id)
    if role not in ROLES:
        raise UsageError(f"a role is one of {', '.join(ROLES)}, not {role!r}")
    with store.write() as connection:
        user = _find(connection, company_id, login)
        if role == user.role:
            return user
        if user.role == "administrator":
            _keep_one_administrator(connection, user)
        details = {"from": user.role, "to": role}
        audit.add(connection, company_id, by.login, "user.role", user.login, details, now)
        return _change(connection, user, role=role)


def set_email(
    store: Store, company_id: str, login: str, email: str, by: Person, now: datetime
) -> User:
    """Give another mail address, or none (""); it is also whom the company's sign-in means."""
    by.must("users", company_id)
    wanted = _email(email or None)
    try:
        with store.write() as connection:
            user = _find(connection, company_id, login)
            if wanted == user.email:
                return user
            if wanted is None and user.password_hash is None:
                raise UsageError(
                    "an account needs a password or a mail address, or nobody could enter"
                )
            details = {"from": user.email, "to": wanted}
            audit.add(connection, company_id, by.login, "user.email", user.login, details, now)
            return _change(connection, user, email=wanted)
    except IntegrityError as error:
        raise UsageError(f"the mail address {wanted!r} is already taken") from error


def set_password(
    store: Store, company_id: str, login: str, password: str, by: Person, now: datetime
) -> User:
    """Give a new password; every session of that person ends."""
    by.must("users", company_id)
    user = get(store, company_id, login)
    passwords.require_good(password, user.login, user.name, user.email or "")
    kept = passwords.hashed(password)  # before the transaction: nobody waits for it
    with store.write() as connection:
        user = _find(connection, company_id, login)
        audit.add(connection, company_id, by.login, "user.password", user.login, {}, now)
        end_sessions(connection, user.id, by, now)
        return _change(connection, user, password_hash=kept)


def change_password(store: Store, user: User, password: str, now: datetime) -> User:
    """A new password of one's own, for whoever has just proved the old one (`by_password`)."""
    passwords.require_good(password, user.login, user.name, user.email or "")
    kept = passwords.hashed(password)
    with store.write() as connection:
        current = _find(connection, user.company_id, user.login)
        # Somebody else changed it, or shut the account, while this one was being checked.
        if current.password_hash != user.password_hash or current.disabled_at is not None:
            raise Forbidden(user.login, "change the password")
        audit.add(connection, user.company_id, user.login, "user.password", user.login, {}, now)
        end_sessions(connection, user.id, user.person, now)
        return _change(connection, user, password_hash=kept)


def set_daily_mail(
    store: Store, company_id: str, login: str, wanted: bool, by: Person, now: datetime
) -> User:
    """Whether this person gets the daily mail: their own choice, or who manages accounts'."""
    if (by.login, by.company_id) != (login, company_id):
        by.must("users", company_id)
    by.must("read", company_id)
    with store.write() as connection:
        user = _find(connection, company_id, login)
        if user.wants_daily_mail == wanted:
            return user
        if wanted and not user.email:
            raise UsageError(f"{user.login!r} has no mail address to write to")
        details = {"from": user.wants_daily_mail, "to": wanted}
        audit.add(connection, company_id, by.login, "user.daily_mail", user.login, details, now)
        return _change(connection, user, wants_daily_mail=wanted)


def who_want_daily_mail(store: Store) -> list[User]:
    """Active accounts with a mail address that want the daily mail, of every company."""
    query = (
        sa.select(users)
        .where(
            users.c.wants_daily_mail.is_(True),
            users.c.disabled_at.is_(None),
            users.c.email.is_not(None),
        )
        .order_by(users.c.company_id, users.c.login)
    )
    with store.read() as connection:
        return [User(**row) for row in connection.execute(query).mappings()]


def administrators_with_mail(connection: Connection, company_id: str) -> list[User]:
    """A company's active administrators who can be written to, in the caller's transaction."""
    query = (
        sa.select(users)
        .where(
            users.c.company_id == company_id,
            users.c.role == "administrator",
            users.c.disabled_at.is_(None),
            users.c.email.is_not(None),
        )
        .order_by(users.c.login)
    )
    return [User(**row) for row in connection.execute(query).mappings()]


def disable(store: Store, company_id: str, login: str, by: Person, now: datetime) -> User:
    """Shut somebody out at once; disabling twice keeps the first moment."""
    by.must("users", company_id)
    with store.write() as connection:
        user = _find(connection, company_id, login)
        if user.disabled_at is not None:
            return user
        if user.role == "administrator":
            _keep_one_administrator(connection, user)
        audit.add(connection, company_id, by.login, "user.disabled", user.login, {}, now)
        end_sessions(connection, user.id, by, now)
        return _change(connection, user, disabled_at=now)


def enable(store: Store, company_id: str, login: str, by: Person, now: datetime) -> User:
    """Let somebody in again; their old sessions stay ended."""
    by.must("users", company_id)
    with store.write() as connection:
        user = _find(connection, company_id, login)
        if user.disabled_at is None:
            return user
        audit.add(connection, company_id, by.login, "user.enabled", user.login, {}, now)
        return _change(connection, user, disabled_at=None)


def end_sessions(connection: Connection, user_id: int, by: Person, now: datetime) -> int:
    """End every session of somebody in the transaction that gives the reason; how many."""
    change = (
        sa.update(sessions)
        .where(sessions.c.user_id == user_id, sessions.c.ended_at.is_(None))
        .where(sessions.c.expires_at > now)
        .values(ended_at=now, ended_by=by.login)
    )
    return connection.execute(change).rowcount


def normal_login(login: str) -> str:
    """A login as it is kept; `UsageError` for what cannot be one."""
    found = unicodedata.normalize("NFKC", login).strip().casefold()
    if not LOGIN.fullmatch(found):
        raise UsageError(
            "a login has 2 to 64 characters: letters without accents, digits, and . _ @ + -"
        )
    return found


def _name(name: str) -> str:
    found = " ".join(name.split())
    if not 1 <= len(found) <= MAX_NAME or not found.isprintable():
        raise UsageError(f"a name has 1 to {MAX_NAME} characters")
    return found


def _email(email: str | None) -> str | None:
    found = (email or "").strip().casefold()
    if not found:
        return None
    if len(found) > MAX_EMAIL or not found.isprintable() or not EMAIL.fullmatch(found):
        raise UsageError(f"{found!r} is not a mail address")
    return found


def _one(store: Store, where: sa.ColumnElement[bool]) -> User | None:
    with store.read() as connection:
        row = connection.execute(sa.select(users).where(where)).mappings().first()
    return None if row is None else User(**row)


def _find(connection: Connection, company_id: str, login: str) -> User:
    wanted = login.strip().casefold()
    query = sa.select(users).where(users.c.company_id == company_id, users.c.login == wanted)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound("user", login, company_id)
    return User(**row)


def _keep_one_administrator(connection: Connection, leaving: User) -> None:
    # Locked on PostgreSQL: two administrators who demote each other must not both succeed.
    query = (
        sa.select(users.c.id)
        .where(users.c.company_id == leaving.company_id, users.c.role == "administrator")
        .where(users.c.disabled_at.is_(None))
        .with_for_update()
    )
    active: set[int] = set(connection.execute(query).scalars())
    if leaving.disabled_at is None and active <= {leaving.id}:
        raise UsageError(
            f"{leaving.login!r} is the last active administrator of {leaving.company_id!r}"
        )


def _change(connection: Connection, user: User, **values: Any) -> User:
    change = sa.update(users).where(users.c.id == user.id).values(values).returning(users)
    return User(**connection.execute(change).mappings().one())


def _with_todays_hash(store: Store, user: User, password: str) -> User:
    """The account, its password kept with today's parameters. No change of the password."""
    kept = user.password_hash
    if kept is None or not passwords.is_outdated(kept):
        return user
    renewed = passwords.hashed(password)
    change = (
        sa.update(users)
        .where(users.c.id == user.id, users.c.password_hash == kept)
        .values(password_hash=renewed)
    )
    with store.write() as connection:
        changed = connection.execute(change.returning(users)).mappings().first()
    return User(**changed) if changed is not None else user
