"""Pauses: reminders that people hold back, of a client, of one of its contacts or documents.

They are lifted, never deleted, so that what was held back on a day can be said afterwards.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera import clock
from cartera.errors import NotFound, UsageError
from cartera.mail.outgoing import Content
from cartera.people import Person
from cartera.reminders.terms import Hold
from cartera.store import audit, outbox
from cartera.store.db import Store
from cartera.store.latest import latest
from cartera.store.schema import messages
from cartera.store.schema import pauses as table
from cartera.store.stopped import normal

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Pause:
    """What is held back: `document_id` and `address` empty mean all of the client's.

    `until` is its last day, None until somebody lifts it.
    """

    public_id: str
    company_id: str
    client_id: str
    document_id: str
    address: str
    until: date | None
    reason: str
    created_at: datetime
    created_by: str
    lifted_at: datetime | None
    lifted_by: str | None


def pause(
    store: Store,
    company_id: str,
    client_id: str,
    *,
    document_id: str = "",
    address: str = "",
    until: date | None = None,
    reason: str = "",
    by: Person,
    now: datetime,
) -> Pause:
    """Hold reminders back until the end of a day; those waiting that it covers do not go.

    Raises `UsageError` for a day that is over.
    """
    by.must("mail", company_id)
    if not client_id.strip():
        raise UsageError("a pause needs a client")
    if until is not None and until < _oldest_today(now):
        raise UsageError(f"a pause ends in the future, and {until} is over")
    values = {
        "public_id": secrets.token_hex(8),
        "company_id": company_id,
        "client_id": client_id,
        "document_id": document_id,
        "address": normal(address),
        "until": until,
        "reason": outbox.printable(reason)[:LONGEST_REASON],
        "created_at": now,
        "created_by": by.login,
    }
    with store.write() as connection:
        row = connection.execute(sa.insert(table).values(values).returning(table)).mappings().one()
        made = _pause(row)
        stopped = _stop_waiting(connection, company_id, client_id, by, now)
        details = {
            "pause": made.public_id, "document": document_id, "address": made.address,
            "until": until and until.isoformat(), "reason": made.reason, "stopped": stopped,
        }  # fmt: skip
        audit.add(connection, company_id, by.login, "reminder.paused", client_id, details, now)
    return made


def resume(store: Store, company_id: str, public_id: str, *, by: Person, now: datetime) -> Pause:
    """Lift a pause; lifting it twice keeps the first moment. Raises `NotFound`."""
    by.must("mail", company_id)
    mine = (table.c.company_id == company_id, table.c.public_id == public_id)
    with store.write() as connection:
        lifted = connection.execute(
            sa.update(table)
            .where(*mine, table.c.lifted_at.is_(None))
            .values(lifted_at=now, lifted_by=by.login)
        ).rowcount
        row = connection.execute(sa.select(table).where(*mine)).mappings().first()
        if row is None:
            raise NotFound("pause", public_id, company_id)
        found = _pause(row)
        if lifted:
            details = {
                "pause": public_id, "document": found.document_id, "address": found.address,
            }  # fmt: skip
            audit.add(
                connection, company_id, by.login, "reminder.resumed", found.client_id, details, now
            )
    return found


def pauses(
    store: Store,
    company_id: str,
    *,
    day: date | None = None,
    client_id: str | None = None,
    with_lifted: bool = False,
) -> list[Pause]:
    """A company's pauses, newest first; those that are over by `day` and lifted ones left out."""
    query = sa.select(table).where(table.c.company_id == company_id)
    if client_id is not None:
        query = query.where(table.c.client_id == client_id)
    if not with_lifted:
        query = query.where(table.c.lifted_at.is_(None))
    if day is not None:
        query = query.where(sa.or_(table.c.until.is_(None), table.c.until >= day))
    with store.read() as connection:
        rows = connection.execute(query.order_by(table.c.id.desc())).mappings()
        return [_pause(row) for row in rows]


def holds(
    store: Store,
    company_id: str,
    day: date,
    *,
    timezone: str,
    client_ids: Collection[str] | None = None,
) -> dict[str, list[Hold]]:
    """What is held back on a day of the company's, past or to come, by client.

    A pause holds from the day on which it was made, and not on the one on which it was lifted.
    """
    end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(timezone))
    query = sa.select(table).where(
        table.c.company_id == company_id,
        sa.or_(table.c.until.is_(None), table.c.until >= day),
        table.c.created_at < end,
        sa.or_(table.c.lifted_at.is_(None), table.c.lifted_at >= end),
    )
    if client_ids is not None:
        query = query.where(table.c.client_id.in_(list(client_ids)))
    found: dict[str, list[Hold]] = {}
    with store.read() as connection:
        for row in connection.execute(query.order_by(table.c.id)):
            hold = Hold(row.document_id, row.address, row.until, row.reason)
            found.setdefault(row.client_id, []).append(hold)
    return found


def changed_at(store: Store, company_id: str) -> datetime | None:
    """When a pause was made or lifted last; None: there never was one."""
    return latest(store, company_id, table.c.created_at, table.c.lifted_at)


def _oldest_today(now: datetime) -> date:
    """The day that it still is somewhere: a pause until then is not over everywhere."""
    return (clock.local(now, "UTC") - timedelta(hours=12)).date()


def _stop_waiting(
    connection: Connection, company_id: str, client_id: str, by: Person, now: datetime
) -> int:
    """Skip the client's waiting reminders that pauses cover completely; how many.

    Skipped, not cancelled: nobody was reminded, so after the pause they are due again.
    """
    query = sa.select(table).where(
        table.c.company_id == company_id,
        table.c.client_id == client_id,
        table.c.lifted_at.is_(None),
        sa.or_(table.c.until.is_(None), table.c.until >= _oldest_today(now)),
    )
    held = [_pause(row) for row in connection.execute(query).mappings()]
    waiting = sa.select(messages.c.id, messages.c.address, messages.c.content).where(
        messages.c.company_id == company_id,
        messages.c.client_id == client_id,
        messages.c.kind == "reminder",
        messages.c.state.in_(["waiting", "claimed"]),
        messages.c.content.is_not(None),
    )
    covered = [
        row.id
        for row in connection.execute(waiting.with_for_update())
        if _covers(held, row.address, Content.from_json(row.content))
    ]
    if covered:
        connection.execute(
            sa.update(messages)
            .where(messages.c.id.in_(covered))
            .values(state="skipped", reason="paused", claimed_by=None, claimed_until=None)
        )
        outbox.note(connection, covered, "skipped", "paused", by.login, now)
    return len(covered)


def _covers(held: list[Pause], address: str, content: Content) -> bool:
    mine = [one for one in held if one.address in ("", normal(address))]
    if any(not one.document_id for one in mine):
        return True
    documents = {item.document_id for item in content.documents}
    return bool(documents) and documents <= {one.document_id for one in mine}


def _pause(row: sa.RowMapping) -> Pause:
    return Pause(**{name: value for name, value in row.items() if name != "id"})
