"""Schedules: statements that go out by themselves, and the clients kept out of them.

What became of each of their days is in `cartera.store.schedule_runs`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera.errors import NotFound, UsageError
from cartera.mail import clean
from cartera.mail.outgoing import ENCLOSURES, Enclosure
from cartera.mail.plan import Choice
from cartera.people import Person
from cartera.schedules.timing import Timing
from cartera.store import audit
from cartera.store.db import Store
from cartera.store.schema import schedule_holds as holds_table
from cartera.store.schema import schedules as table

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Setup:
    """What a person decides of a schedule: its name, when, whom, with which files and words.

    `texts`: subject and body by language; without one, the company's own text goes.
    """

    name: str
    timing: Timing
    choice: Choice = field(default_factory=Choice)
    enclosures: tuple[Enclosure, ...] = ("pdf",)
    texts: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def checked(self) -> Setup:
        """The same, its words cleaned. Raises `UsageError` and what `cartera.mail.clean` does."""
        name = " ".join(self.name.split())
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            raise UsageError(f"a schedule needs a name of 1 to {LONGEST_NAME} letters")
        if self.choice.only in ("all", "credit"):
            raise UsageError("a schedule is for clients who owe (balance) or are late (overdue)")
        if self.choice.text:
            raise UsageError("a schedule is for groups of clients, not for what a search finds")
        if unknown := set(self.enclosures) - set(ENCLOSURES):
            raise UsageError(f"files are {', '.join(ENCLOSURES)}, not {', '.join(unknown)}")
        texts = {
            language: (clean.subject(subject), clean.body(body))
            for language, (subject, body) in self.texts.items()
        }
        if not all(body for _, body in texts.values()):
            raise UsageError("a text of its own needs words in its body")
        return replace(self, name=name, texts=texts)

    def to_json(self) -> dict[str, Any]:
        """Its columns."""
        return {
            "name": self.name,
            "timing": self.timing.to_json(),
            "choice": self.choice.to_json(),
            "enclosures": [one for one in ENCLOSURES if one in self.enclosures],
            "texts": {language: list(words) for language, words in self.texts.items()},
        }


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule as it is kept. Its days count from `since` on."""

    id: int
    public_id: str
    company_id: str
    setup: Setup
    is_on: bool
    since: datetime
    created_at: datetime
    created_by: str

    @property
    def name(self) -> str:
        """What people call it."""
        return self.setup.name

    @property
    def timing(self) -> Timing:
        """When it goes out."""
        return self.setup.timing

    @property
    def choice(self) -> Choice:
        """Whom it is for."""
        return self.setup.choice


def create(
    store: Store, company_id: str, setup: Setup, *, is_on: bool = True, by: Person, now: datetime
) -> Schedule:
    """Make a schedule; its first day comes after `now`. Raises `UsageError`."""
    by.must("mail", company_id)
    columns = setup.checked().to_json()
    values = {
        **columns,
        "public_id": secrets.token_hex(8),
        "company_id": company_id,
        "is_on": is_on,
        "since": now,
        "created_at": now,
        "created_by": by.login,
    }
    with store.write() as connection:
        row = connection.execute(sa.insert(table).values(values).returning(table)).mappings().one()
        made = _schedule(row)
        details = {"new": {**columns, "is_on": is_on}}
        audit.add(
            connection, company_id, by.login, "schedule.created", made.public_id, details, now
        )
    return made


def change(
    store: Store, company_id: str, public_id: str, setup: Setup, *, by: Person, now: datetime
) -> Schedule:
    """Change a schedule. Where its timing changes, its days count from `now` on."""
    by.must("mail", company_id)
    columns = setup.checked().to_json()
    with store.write() as connection:
        before = find(connection, company_id, public_id, lock=True)
        old = before.setup.to_json()
        changed = {name: value for name, value in columns.items() if value != old[name]}
        if not changed:
            return before
        moved = {"since": now} if "timing" in changed else {}
        details = {"old": {name: old[name] for name in changed}, "new": changed}
        return _update(
            connection, before, {**changed, **moved}, "schedule.changed", details, by, now
        )


def switch(
    store: Store, company_id: str, public_id: str, is_on: bool, *, by: Person, now: datetime
) -> Schedule:
    """Switch it on or off. Days that passed while it was off are not made up."""
    by.must("mail", company_id)
    with store.write() as connection:
        before = find(connection, company_id, public_id, lock=True)
        if before.is_on == is_on:
            return before
        values: dict[str, Any] = {"is_on": is_on} | ({"since": now} if is_on else {})
        action = "schedule.switched_on" if is_on else "schedule.switched_off"
        return _update(connection, before, values, action, {}, by, now)


def delete(store: Store, company_id: str, public_id: str, *, by: Person, now: datetime) -> None:
    """Delete a schedule; what it sent stays. Raises `NotFound` also where it is deleted."""
    by.must("mail", company_id)
    with store.write() as connection:
        before = find(connection, company_id, public_id, lock=True)
        details = {"old": before.setup.to_json()}
        values = {"is_on": False, "deleted_at": now}
        _update(connection, before, values, "schedule.deleted", details, by, now)


def get(store: Store, company_id: str, public_id: str) -> Schedule:
    """One schedule that is not deleted, or `NotFound`."""
    with store.read() as connection:
        return find(connection, company_id, public_id)


def named(store: Store, company_id: str, id_or_name: str) -> Schedule:
    """The schedule of that id or, capitals ignored, of that name; else `NotFound`.

    Raises `UsageError` with the ids where several have the name.
    """
    known = list_schedules(store, company_id)
    wanted = " ".join(id_or_name.split()).casefold()
    found = [one for one in known if one.public_id == id_or_name] or [
        one for one in known if one.name.casefold() == wanted
    ]
    if not found:
        raise NotFound("schedule", id_or_name, company_id)
    if len(found) > 1:
        ids = ", ".join(one.public_id for one in found)
        raise UsageError(f"{len(found)} schedules are called {id_or_name!r}; give one id of {ids}")
    return found[0]


def list_schedules(store: Store, company_id: str | None = None) -> list[Schedule]:
    """A company's schedules, by age; or those of all companies that are switched on."""
    query = sa.select(table).where(table.c.deleted_at.is_(None)).order_by(table.c.id)
    which = table.c.is_on if company_id is None else table.c.company_id == company_id
    with store.read() as connection:
        return [_schedule(row) for row in connection.execute(query.where(which)).mappings()]


def find(
    connection: Connection, company_id: str, public_id: str, *, lock: bool = False
) -> Schedule:
    """The same as `get`, within a transaction of the caller's.

    `lock`: nobody else changes or runs it, or keeps clients out of it, until that ends.
    """
    query = sa.select(table).where(
        table.c.company_id == company_id,
        table.c.public_id == public_id,
        table.c.deleted_at.is_(None),
    )
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        raise NotFound("schedule", public_id, company_id)
    return _schedule(row)


def hold(
    store: Store,
    company_id: str,
    public_id: str,
    client_id: str,
    *,
    planned: date | None = None,
    by: Person,
    now: datetime,
) -> None:
    """Keep a client out of one planned day; None: out of all, until somebody releases it."""
    by.must("mail", company_id)
    if not client_id.strip():
        raise UsageError("a client is needed that is kept out")
    with store.write() as connection:
        schedule = find(connection, company_id, public_id, lock=True)
        row = {
            "schedule_id": schedule.id,
            "client_id": client_id,
            "planned": _day(planned),
            "created_at": now,
            "created_by": by.login,
        }
        insert = store.insert_missing(holds_table, "schedule_id", "client_id", "planned")
        new = connection.execute(insert.values(row).returning(holds_table.c.client_id)).first()
        if new is not None:
            details = {"client": client_id, "day": _day(planned)}
            audit.add(connection, company_id, by.login, "schedule.held", public_id, details, now)


def release(
    store: Store,
    company_id: str,
    public_id: str,
    client_id: str,
    *,
    planned: date | None = None,
    by: Person,
    now: datetime,
) -> None:
    """Take back `hold`. With a day, a client that is kept out of all stays so."""
    by.must("mail", company_id)
    with store.write() as connection:
        schedule = find(connection, company_id, public_id, lock=True)
        gone = connection.execute(
            sa.delete(holds_table).where(
                holds_table.c.schedule_id == schedule.id,
                holds_table.c.client_id == client_id,
                holds_table.c.planned == _day(planned),
            )
        )
        if gone.rowcount:
            details = {"client": client_id, "day": _day(planned)}
            audit.add(
                connection, company_id, by.login, "schedule.released", public_id, details, now
            )


def held(store: Store, schedule: Schedule, planned: date) -> dict[str, bool]:
    """Clients kept out of that planned day; True: out of all days."""
    with store.read() as connection:
        return held_in(connection, schedule.id, planned)


def held_in(connection: Connection, schedule_id: int, planned: date) -> dict[str, bool]:
    """The same, within a transaction of the caller's."""
    query = (
        sa.select(holds_table.c.client_id, holds_table.c.planned)
        .where(
            holds_table.c.schedule_id == schedule_id,
            holds_table.c.planned.in_(["", _day(planned)]),
        )
        .order_by(holds_table.c.planned.desc())
    )
    return {row.client_id: not row.planned for row in connection.execute(query)}


def _update(
    connection: Connection,
    before: Schedule,
    values: Mapping[str, Any],
    action: str,
    details: Mapping[str, Any],
    by: Person,
    now: datetime,
) -> Schedule:
    change = sa.update(table).where(table.c.id == before.id).values(dict(values)).returning(table)
    row = connection.execute(change).mappings().one()
    audit.add(connection, before.company_id, by.login, action, before.public_id, details, now)
    return _schedule(row)


def _day(planned: date | None) -> str:
    return planned.isoformat() if planned else ""


def _schedule(row: Mapping[Any, Any]) -> Schedule:
    setup = Setup(
        name=row["name"],
        timing=Timing.from_json(row["timing"]),
        choice=Choice.from_json(row["choice"]),
        enclosures=tuple(row["enclosures"]),
        texts={language: (words[0], words[1]) for language, words in row["texts"].items()},
    )
    names = ("id", "public_id", "company_id", "is_on", "since", "created_at", "created_by")
    return Schedule(setup=setup, **{name: row[name] for name in names})
