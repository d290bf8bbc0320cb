"""Reminders that were decided: each with its items and its messages, written down together.

A client has at most one for each day of its company, ever: a unique key says so, whoever decides
and however often. What is here is the history that the next decision goes by.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from cartera.mail.outgoing import Draft
from cartera.people import Person
from cartera.reminders.rules import Level
from cartera.reminders.terms import Sent
from cartera.store import audit, outbox
from cartera.store.db import Store
from cartera.store.messages import Message, by_ids
from cartera.store.schema import messages, reminder_items, reminders

#: Clients written in one transaction: others write in between.
CHUNK = 200
#: On PostgreSQL whoever queues reminders of a company holds this number and the company's.
ADVISORY_SPACE = 4_817_211
#: Messages that are still to go: the client hears nothing else before.
_TO_GO = ("waiting", "claimed", "sending")


@dataclass(frozen=True, slots=True)
class RemindedItem:
    """An open item and the rule that was due for it; `instalment` 0: the whole document."""

    document_id: str
    instalment: int
    rule_id: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A reminder to queue: one client, on one day of its company, a message to each contact."""

    client_id: str
    day: date
    rule_id: str
    level: Level
    items: tuple[RemindedItem, ...]
    drafts: tuple[Draft, ...]
    publication_id: int | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """What was queued; those passed over were reminded already, that day or within the gap."""

    client_ids: tuple[str, ...] = ()
    messages: int = 0
    passed_over: tuple[str, ...] = ()

    def __add__(self, other: Queued) -> Queued:
        """Both together."""
        return Queued(
            self.client_ids + other.client_ids,
            self.messages + other.messages,
            self.passed_over + other.passed_over,
        )


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder as it was decided, and what became of its messages."""

    id: int
    public_id: str
    client_id: str
    day: date
    decided_at: datetime
    rule_id: str
    level: Level
    publication_id: int | None
    items: tuple[RemindedItem, ...]
    messages: tuple[Message, ...]


def queue(
    store: Store,
    company_id: str,
    planned: Sequence[Planned],
    *,
    gap_days: int,
    by: Person,
    now: datetime,
) -> Queued:
    """Write reminders down with their messages, a chunk of clients all or nothing.

    A client who has one of that day, or of a day less than `gap_days` before or after it, is
    passed over: somebody else decided meanwhile.
    """
    by.must("mail", company_id)
    done = Queued()
    for start in range(0, len(planned), CHUNK):
        with store.write() as connection:
            chunk = planned[start : start + CHUNK]
            done += _queue(connection, store, company_id, chunk, gap_days, by, now)
    return done


def history(
    store: Store,
    company_id: str,
    *,
    since: date | None = None,
    before: date | None = None,
    client_ids: Collection[str] | None = None,
) -> dict[str, list[Sent]]:
    """What clients were reminded of, and by which rule, oldest first; by client.

    From day `since` on, until before day `before`. A reminder counts unless every message of it
    was skipped: a cancelled or failed one is a person's to look at, not a reason to write again.
    """
    which = [reminders.c.company_id == company_id, _COUNTS, *_between(since, before)]
    if client_ids is not None:
        which.append(reminders.c.client_id.in_(list(client_ids)))
    counting = sa.select(reminders.c.id, reminders.c.client_id, reminders.c.day).where(*which)
    table = reminder_items.c
    items = (
        sa.select(table.reminder_id, table.document_id, table.instalment, table.rule_id)
        .join(reminders, reminders.c.id == table.reminder_id)
        .where(*which)
        .order_by(table.reminder_id)
    )
    found: dict[str, list[Sent]] = {}
    with store.read() as connection:
        # Days are read apart: making dates of text, once for every item, would be half the work.
        days = {row[0]: (row[1], row[2]) for row in connection.execute(counting).all()}
        for row in connection.execute(items).all():
            if row[0] in days:  # else queued between the two questions
                client_id, day = days[row[0]]
                found.setdefault(client_id, []).append(Sent(row[1], row[2], row[3], day))
    return found


def in_outbox(store: Store, company_id: str) -> dict[str, datetime]:
    """Clients with a reminder that has not left yet, and the moment before which it will not."""
    query = (
        sa.select(
            messages.c.client_id,
            sa.type_coerce(sa.func.max(messages.c.not_before), messages.c.not_before.type),
        )
        .where(
            messages.c.company_id == company_id,
            messages.c.state.in_(_TO_GO),
            messages.c.reminder_id.is_not(None),
        )
        .group_by(messages.c.client_id)
    )
    with store.read() as connection:
        return {row[0]: row[1] for row in connection.execute(query).all()}


def of_client(
    store: Store, company_id: str, client_id: str, *, limit: int | None = None
) -> list[Reminder]:
    """A client's reminders, newest first."""
    which = (reminders.c.company_id == company_id, reminders.c.client_id == client_id)
    return _reminders(store, which, limit)


def days(store: Store, ids: Collection[int]) -> dict[int, date]:
    """The day of each of these reminders, by id."""
    query = sa.select(reminders.c.id, reminders.c.day).where(reminders.c.id.in_(list(ids)))
    with store.read() as connection:
        return {row.id: row.day for row in connection.execute(query)}


def leaves_on(store: Store, reminder_id: int, day: date) -> bool:
    """Move a reminder to the day on which it really leaves; whether it may leave then.

    The gap counts from there: one that waited for a server over the weekend reminds on Monday,
    and no other may the same day.
    """
    other = reminders.alias()
    taken = sa.exists().where(
        other.c.company_id == reminders.c.company_id,
        other.c.client_id == reminders.c.client_id,
        other.c.day == day,
        other.c.id != reminders.c.id,
    )
    move = sa.update(reminders).where(reminders.c.id == reminder_id, reminders.c.day < day)
    try:
        with store.write() as connection:
            if connection.execute(move.where(~taken).values(day=day)).rowcount:
                return True
            query = sa.select(reminders.c.day >= day).where(reminders.c.id == reminder_id)
            return bool(connection.execute(query).scalar())
    except IntegrityError:  # another one was queued this very moment
        return False


_SKIP = "skipped"
#: A reminder of which not every message was skipped.
_COUNTS = sa.exists().where(messages.c.reminder_id == reminders.c.id, messages.c.state != _SKIP)


def _queue(
    connection: Connection,
    store: Store,
    company_id: str,
    planned: Sequence[Planned],
    gap_days: int,
    by: Person,
    now: datetime,
) -> Queued:
    _hold_company(connection, store, company_id)
    near = _near(connection, company_id, planned, gap_days)
    wanted = [one for one in planned if one.client_id not in near]
    ids = _insert(connection, store, company_id, wanted, now)
    made = [one for one in wanted if one.client_id in ids]
    rows = [
        {"reminder_id": ids[one.client_id], "document_id": item.document_id,
         "instalment": item.instalment, "rule_id": item.rule_id}
        for one in made for item in one.items
    ]  # fmt: skip
    if rows:
        connection.execute(sa.insert(reminder_items), rows)
    drafts = (
        replace(draft, reminder_id=ids[one.client_id]) for one in made for draft in one.drafts
    )
    queued = outbox.add_drafts(connection, store, company_id, drafts, by=by, now=now)
    if made:
        details = {
            "clients": len(made), "messages": len(queued),
            "reminders": {one.client_id: one.rule_id for one in made},
        }  # fmt: skip
        subject = made[0].client_id if len(made) == 1 else f"{len(made)} clients"
        audit.add(connection, company_id, by.login, "reminder.queued", subject, details, now)
    passed = tuple(one.client_id for one in planned if one.client_id not in ids)
    return Queued(tuple(ids), len(queued), passed)


def _hold_company(connection: Connection, store: Store, company_id: str) -> None:
    """One at a time queues reminders of a company, so that the gap is looked at and kept.

    On SQLite every write is alone anyway.
    """
    if not store.is_sqlite:
        held = sa.func.pg_advisory_xact_lock(ADVISORY_SPACE, sa.func.hashtext(company_id))
        connection.execute(sa.select(held))


def _near(
    connection: Connection, company_id: str, planned: Sequence[Planned], gap_days: int
) -> set[str]:
    """Clients who have a reminder too near in time; one whose messages were all skipped is none."""
    if not planned:
        return set()
    gap = timedelta(days=max(gap_days, 1))
    days = {one.client_id: one.day for one in planned}
    query = sa.select(reminders.c.client_id, reminders.c.day).where(
        reminders.c.company_id == company_id,
        reminders.c.client_id.in_(list(days)),
        reminders.c.day > min(days.values()) - gap,
        _COUNTS,
    )
    return {
        row.client_id
        for row in connection.execute(query)
        if abs(row.day - days[row.client_id]) < gap
    }


def _insert(
    connection: Connection,
    store: Store,
    company_id: str,
    planned: Iterable[Planned],
    now: datetime,
) -> dict[str, int]:
    rows: list[dict[str, Any]] = [
        {
            "public_id": secrets.token_hex(8),
            "company_id": company_id,
            "client_id": one.client_id,
            "day": one.day,
            "decided_at": now,
            "rule_id": one.rule_id,
            "level": one.level,
            "publication_id": one.publication_id,
        }
        for one in planned
    ]
    if not rows:
        return {}
    insert = store.insert_missing(reminders, "company_id", "client_id", "day")
    result = connection.execute(insert.returning(reminders.c.client_id, reminders.c.id), rows)
    return {row.client_id: row.id for row in result}


def _between(since: date | None, before: date | None) -> list[sa.ColumnElement[bool]]:
    which = []
    if since is not None:
        which.append(reminders.c.day >= since)
    if before is not None:
        which.append(reminders.c.day < before)
    return which


def _reminders(
    store: Store, which: Sequence[sa.ColumnElement[bool]], limit: int | None
) -> list[Reminder]:
    query = sa.select(reminders).where(*which).order_by(reminders.c.id.desc()).limit(limit)
    with store.read() as connection:
        rows = connection.execute(query).mappings().all()
        ids = [row["id"] for row in rows]
        items = _items(connection, ids)
        told = _messages(connection, ids)
    return [
        Reminder(
            **{name: row[name] for name in _FIELDS},
            items=tuple(items.get(row["id"], ())),
            messages=tuple(told.get(row["id"], ())),
        )
        for row in rows
    ]


_FIELDS = (
    "id", "public_id", "client_id", "day", "decided_at", "rule_id", "level", "publication_id",
)  # fmt: skip


def _items(connection: Connection, ids: Sequence[int]) -> Mapping[int, list[RemindedItem]]:
    table = reminder_items.c
    query = sa.select(reminder_items).where(table.reminder_id.in_(ids))
    found: dict[int, list[RemindedItem]] = {}
    for row in connection.execute(query.order_by(table.document_id, table.instalment)):
        item = RemindedItem(row.document_id, row.instalment, row.rule_id)
        found.setdefault(row.reminder_id, []).append(item)
    return found


def _messages(connection: Connection, ids: Sequence[int]) -> Mapping[int, list[Message]]:
    query = sa.select(messages.c.id).where(messages.c.reminder_id.in_(ids))
    found: dict[int, list[Message]] = {}
    for message in by_ids(connection, list(connection.execute(query).scalars())):
        if message.reminder_id is not None:
            found.setdefault(message.reminder_id, []).append(message)
    return found
