"""What became of each day of a schedule: its mailing with all messages, or why there is none.

A planned day of a schedule has one row, ever: whoever runs it, however often, and wherever the
one before was cut off. The row, the mailing and its messages are one transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera.errors import NotFound
from cartera.mail.outgoing import Content, Draft
from cartera.people import Person
from cartera.schedules.timing import Occurrence
from cartera.store import audit, mailings, outbox, schedules
from cartera.store.db import Store
from cartera.store.schedules import Schedule
from cartera.store.schema import mailings as mailings_table
from cartera.store.schema import schedule_runs as table

#: queued: its mailing is on its way; nobody: there was nobody to write to; missed: the machine
#: was off, and a later day was made up instead.
RunState = Literal["queued", "nobody", "missed"]


@dataclass(frozen=True, slots=True)
class Run:
    """One planned day that was seen to. `mailing` is its mailing's public id, "" for none.

    `problems`: clients that nothing could be sent to, with the reason.
    """

    planned: date
    due_at: datetime
    run_at: datetime
    state: RunState
    mailing: str
    problems: dict[str, str]

    def is_made_up(self, timezone: str) -> bool:
        """Whether it went out on another day of the company's than it was due."""
        zone = ZoneInfo(timezone)
        due, ran = (at.astimezone(zone).date() for at in (self.due_at, self.run_at))
        return self.state != "missed" and ran != due


def write(
    store: Store,
    schedule: Schedule,
    occurrence: Occurrence,
    *,
    content: Content,
    drafts: Sequence[Draft],
    problems: Mapping[str, str],
    by: Person,
    now: datetime,
) -> Run | None:
    """Queue a day's messages; None: that day was seen to already, or the schedule has changed.

    Messages to clients that are kept out stand in the mailing as held.
    """
    by.must("mail", schedule.company_id)
    with store.write() as connection:
        if not _is_same(connection, schedule) or not _claim(
            connection, store, schedule, occurrence, "queued" if drafts else "nobody", problems, now
        ):
            return None
        public_id = ""
        if drafts:
            out = schedules.held_in(connection, schedule.id, occurrence.planned)
            public_id = _mail(
                connection, store, schedule, occurrence, content, drafts, out, by, now
            )
        details = {
            "day": occurrence.planned.isoformat(), "mailing": public_id,
            "messages": len(drafts), "problems": len(problems),
        }  # fmt: skip
        audit.add(
            connection, schedule.company_id, by.login, "schedule.ran", schedule.public_id, details,
            now,
        )  # fmt: skip
    state: RunState = "queued" if drafts else "nobody"
    planned, moment = occurrence.planned, occurrence.moment
    return Run(planned, moment, now, state, public_id, dict(problems))


def miss(
    store: Store, schedule: Schedule, missed: Iterable[Occurrence], *, by: Person, now: datetime
) -> tuple[date, ...]:
    """Note days that were missed and are not made up; those that nobody had noted before."""
    by.must("mail", schedule.company_id)
    with store.write() as connection:
        if not _is_same(connection, schedule):
            return ()
        noted = tuple(
            one.planned
            for one in missed
            if _claim(connection, store, schedule, one, "missed", {}, now)
        )
        if noted:
            details = {"days": [day.isoformat() for day in noted]}
            audit.add(
                connection, schedule.company_id, by.login, "schedule.missed", schedule.public_id,
                details, now,
            )  # fmt: skip
    return noted


def days(store: Store, schedule_ids: Collection[int]) -> dict[int, dict[date, datetime]]:
    """Planned days that were seen to, each with the moment at which it was due; by schedule."""
    query = sa.select(table.c.schedule_id, table.c.planned, table.c.due_at).where(
        table.c.schedule_id.in_(list(schedule_ids))
    )
    found: dict[int, dict[date, datetime]] = {}
    with store.read() as connection:
        for row in connection.execute(query):
            found.setdefault(row.schedule_id, {})[row.planned] = row.due_at
    return found


def of(store: Store, schedule: Schedule, *, limit: int | None = None, offset: int = 0) -> list[Run]:
    """A schedule's runs, newest first."""
    query = (
        sa.select(table, mailings_table.c.public_id.label("mailing"))
        .outerjoin(mailings_table, mailings_table.c.id == table.c.mailing_id)
        .where(table.c.schedule_id == schedule.id)
        .order_by(table.c.planned.desc())
        .limit(limit)
        .offset(offset)
    )
    with store.read() as connection:
        return [_run(row) for row in connection.execute(query).mappings()]


def count(store: Store, schedule: Schedule) -> int:
    """How many runs it has had."""
    query = sa.select(sa.func.count()).where(table.c.schedule_id == schedule.id)
    with store.read() as connection:
        return connection.execute(query).scalar_one()


def _is_same(connection: Connection, schedule: Schedule) -> bool:
    """Whether it still is what was planned by: nobody switched it off or changed it meanwhile."""
    try:
        now = schedules.find(connection, schedule.company_id, schedule.public_id, lock=True)
    except NotFound:
        return False
    return now == schedule and now.is_on


def _claim(
    connection: Connection,
    store: Store,
    schedule: Schedule,
    occurrence: Occurrence,
    state: RunState,
    problems: Mapping[str, str],
    now: datetime,
) -> bool:
    values = {
        "schedule_id": schedule.id,
        "planned": occurrence.planned,
        "due_at": occurrence.moment,
        "run_at": now,
        "state": state,
        "problems": dict(problems),
    }
    insert = store.insert_missing(table, "schedule_id", "planned").values(values)
    return connection.execute(insert.returning(table.c.id)).first() is not None


def _mail(
    connection: Connection,
    store: Store,
    schedule: Schedule,
    occurrence: Occurrence,
    content: Content,
    drafts: Sequence[Draft],
    out: Mapping[str, bool],
    by: Person,
    now: datetime,
) -> str:
    """The mailing, sent already, with its messages; its public id."""
    mailing = mailings.add(
        connection, schedule.company_id, kind="statement", content=content,
        choice=schedule.choice.to_json(), state="queued", by=by, now=now,
    )  # fmt: skip
    going = [draft for draft in drafts if draft.client_id not in out]
    held = [draft for draft in drafts if draft.client_id in out]
    for some, state in ((going, "waiting"), (held, "held")):
        outbox.add_drafts(
            connection, store, schedule.company_id, some,
            by=by, now=now, mailing_id=mailing.id, state=state,  # type: ignore[arg-type]
        )  # fmt: skip
    connection.execute(
        sa.update(table)
        .where(table.c.schedule_id == schedule.id, table.c.planned == occurrence.planned)
        .values(mailing_id=mailing.id)
    )
    return mailing.public_id


def _run(row: Mapping[Any, Any]) -> Run:
    return Run(
        planned=row["planned"],
        due_at=row["due_at"],
        run_at=row["run_at"],
        state=row["state"],
        mailing=row["mailing"] or "",
        problems=row["problems"],
    )
