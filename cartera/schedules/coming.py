"""When a schedule goes out next, and who would get it then, by what is known today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from cartera import clock
from cartera.calendar import Calendar
from cartera.config import Company
from cartera.mail.plan import Plan, PlanRow
from cartera.schedules import run, timing
from cartera.schedules.timing import Occurrence
from cartera.store import schedule_runs, schedules
from cartera.store.db import Store
from cartera.store.schedules import Schedule
from cartera.warehouse.reader import Reader


@dataclass(frozen=True, slots=True)
class Coming:
    """A moment to come. `is_late`: the occurrence was missed, and is made up then."""

    occurrence: Occurrence
    moment: datetime
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Roll:
    """Who gets one occurrence. `held`: kept out of it by a person; True: out of all."""

    plan: Plan
    held: dict[str, bool]

    @property
    def going(self) -> tuple[PlanRow, ...]:
        """Clients who get it."""
        return tuple(row for row in self.plan.ready if row.client_id not in self.held)

    @property
    def held_back(self) -> tuple[PlanRow, ...]:
        """Clients who would, if nobody had kept them out."""
        return tuple(row for row in self.plan.ready if row.client_id in self.held)

    @property
    def messages(self) -> int:
        """How many messages go out."""
        return sum(len(row.recipients) for row in self.going)


def coming(
    store: Store, schedule: Schedule, company: Company, *, now: datetime, count: int = 1
) -> tuple[Coming, ...]:
    """The next moments of a schedule, first what was missed and waits; none where it is off."""
    if not schedule.is_on:
        return ()
    done = schedule_runs.days(store, [schedule.id]).get(schedule.id, {})
    local = clock.local(now, company.timezone)
    late = run.due_of(schedule, company, done, now=local)
    found = []
    if late.latest:
        # Due since a moment ago, it is only waiting for whoever looks next.
        is_late = late.latest.day != local.date()
        found.append(Coming(late.latest, late.waits_until or local, is_late))
    calendar = Calendar(company.country)
    fresh = (
        Coming(one, one.moment)
        for one in timing.upcoming(schedule.timing, company.timezone, calendar, after=local)
        if one.planned not in done
    )
    return (*found, *islice(fresh, count - len(found)))


def roll(
    store: Store, reader: Reader, schedule: Schedule, company: Company, coming: Coming
) -> Roll:
    """Who gets it, by what they will owe on that day if nobody pays until then."""
    day = coming.moment.astimezone(ZoneInfo(company.timezone)).date()
    plan = run.plan_of(store, reader, schedule, company, as_of=day)
    return Roll(plan, schedules.held(store, schedule, coming.occurrence.planned))
