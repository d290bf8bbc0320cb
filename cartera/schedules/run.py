"""Sending what schedules say is due, at one moment.

Safe to repeat, to run twice at once and to cut off at any line: each planned day has one row in
the store, written together with all of its messages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from cartera import clock
from cartera.calendar import Calendar
from cartera.config import Company, Settings
from cartera.errors import CarteraError
from cartera.i18n import LANGUAGES
from cartera.mail import plan, texts
from cartera.mail.outgoing import Content
from cartera.mail.plan import Plan
from cartera.people import pipeline
from cartera.schedules import timing
from cartera.schedules.timing import Due, Occurrence
from cartera.store import companies, figure_changes, schedule_runs, schedules
from cartera.store.db import Store
from cartera.store.schedule_runs import Run
from cartera.store.schedules import Schedule
from cartera.warehouse.reader import Reader


@dataclass(frozen=True, slots=True)
class Task:
    """A schedule that has something to do at the moment."""

    schedule: Schedule
    company: Company
    due: Due


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one task. `run` is None where somebody else saw to it, or it failed.

    `missed` days are only noted. `error`: why it could not be done; it is due again.
    """

    company_id: str
    schedule: str
    name: str
    planned: date | None = None
    run: Run | None = None
    missed: tuple[date, ...] = ()
    messages: int = 0
    error: str = ""


def due(settings: Settings, store: Store, reader: Reader, *, now: datetime) -> tuple[Task, ...]:
    """What is to be done at `now`; few and cheap questions.

    Nothing where mail is off, of the installation or of the company, or held: once it goes again,
    what was missed is made up as after any other absence.
    """
    if settings.mail_transport == "off" or reader.publication() is None:
        return ()
    found = schedules.list_schedules(store)
    done = schedule_runs.days(store, [one.id for one in found])
    profiles: dict[str, Company | None] = {}
    tasks = []
    for schedule in found:
        company_id = schedule.company_id
        if company_id not in profiles:
            writes = companies.mail_profile(store, company_id).is_on
            goes = writes and not figure_changes.holds_mail(store, company_id)
            profiles[company_id] = companies.profile(settings, store, company_id) if goes else None
        company = profiles[company_id]
        if company is None:
            continue
        what = due_of(schedule, company, done.get(schedule.id, {}), now=now)
        if what.now or what.missed:
            tasks.append(Task(schedule, company, what))
    return tuple(tasks)


def due_of(
    schedule: Schedule, company: Company, done: dict[date, datetime], *, now: datetime
) -> Due:
    """What one schedule has to do, given the days that were seen to."""
    now = clock.local(now, company.timezone)
    # Nothing before the last day seen to is still open: it was made up or noted as missed.
    since = max([began(schedule, company, now), *(at for at in done.values() if at <= now)])
    return timing.due(
        schedule.timing, company.timezone, Calendar(company.country),
        since=since, done=done, now=now,
    )  # fmt: skip


def began(schedule: Schedule, company: Company, now: datetime) -> datetime:
    """The moment from which on a schedule counts, never later than `now`.

    It was noted by the machine's clock, which may be ahead of a day that is fixed.
    """
    if schedule.since <= now:
        return schedule.since
    return min(clock.local(schedule.since, company.timezone), now)


def run_due(
    settings: Settings, store: Store, reader: Reader, *, now: datetime
) -> tuple[Result, ...]:
    """Queue whatever is due at `now`; one that fails does not hold the others up."""
    return tuple(
        run(store, reader, task, now=now) for task in due(settings, store, reader, now=now)
    )


def run(store: Store, reader: Reader, task: Task, *, now: datetime) -> Result:
    """Queue one task's messages and note what was missed."""
    schedule, by = task.schedule, pipeline(task.schedule.company_id)
    made = Result(schedule.company_id, schedule.public_id, schedule.name)
    try:
        # First what was missed: once the latest day is seen to, nobody looks further back.
        missed = schedule_runs.miss(store, schedule, task.due.missed, by=by, now=now)
        made = replace(made, missed=missed)
        if task.due.now is None:
            return made
        return _queued(store, reader, task, task.due.now, made, now)
    except CarteraError as error:
        return replace(made, error=str(error))


def _queued(
    store: Store, reader: Reader, task: Task, occurrence: Occurrence, made: Result, now: datetime
) -> Result:
    schedule, company = task.schedule, task.company
    today = clock.local(now, company.timezone).date()
    found = plan_of(store, reader, schedule, company, as_of=today)
    own, *others = contents(store, schedule, company).items()
    drafts = plan.drafts(found, key(schedule, occurrence.planned), dict(others))
    written = schedule_runs.write(
        store, schedule, occurrence, content=own[1], drafts=drafts,
        problems={row.client_id: row.problem for row in found.unready},
        by=pipeline(company.id), now=now,
    )  # fmt: skip
    messages = len(drafts) if written else 0
    return replace(made, planned=occurrence.planned, run=written, messages=messages)


def key(schedule: Schedule, planned: date) -> str:
    """Names one day's run: in it nobody is written to twice."""
    return f"schedule:{schedule.public_id}:{planned.isoformat()}"


def plan_of(
    store: Store, reader: Reader, schedule: Schedule, company: Company, *, as_of: date
) -> Plan:
    """Who would get it on that day, by what is known now; held clients are among them."""
    return plan.plan(reader, store, company, schedule.choice, kind="statement", as_of=as_of)


def contents(store: Store, schedule: Schedule, company: Company) -> dict[str, Content]:
    """What its messages say in each language; the company's own comes first."""
    first = company.language
    return {
        language: content(store, schedule, language)
        for language in (first, *(one for one in LANGUAGES if one != first))
    }


def content(store: Store, schedule: Schedule, language: str) -> Content:
    """What its messages say in one language: its own words, or the company's."""
    found = texts.of(store, schedule.company_id, "statement", language)
    subject, body = schedule.setup.texts.get(language, (found.subject, found.body))
    return replace(
        found, subject=subject, body=body,
        enclosures=schedule.setup.enclosures, only=schedule.choice.only,
    )  # fmt: skip
