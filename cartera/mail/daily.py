"""The daily mail to those who work here and want it: what was sent, what came back, what waits,
and what needs a person. Once a working day, from the hour on at which reminders go out, too.

Where there is nothing to say, nobody is written to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cartera import clock
from cartera.calendar import Calendar
from cartera.config import Company, Settings
from cartera.i18n import Translator
from cartera.mail import day_words
from cartera.mail.outgoing import Draft
from cartera.mail.unsent import unsent
from cartera.people import pipeline
from cartera.reminders.outlook import outlook
from cartera.reminders.rules import Policy
from cartera.store import (
    companies,
    figure_changes,
    mail_day,
    outbox,
    progress,
    reminder_policy,
    users,
)
from cartera.store.db import Store
from cartera.store.mail_day import MailDay
from cartera.store.users import User
from cartera.warehouse import health
from cartera.warehouse.reader import Reader

#: Name of this job in `cartera.store.progress`; its position is a day's number.
JOB = "daily_mail"
#: Further back than this nobody is told of what was sent: the machine was off for long.
LONGEST = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Day:
    """All that the daily mail can say, of one company."""

    day: date
    since: datetime
    mail: MailDay
    #: Clients who are due to be reminded and cannot be: nobody to write to.
    no_contact: int = 0
    #: Clients whose reminders wait until the moment, by why.
    reminders_wait: int = 0
    #: Reminders wait because no payments came since that day; `is_stale` without one: none ever.
    is_stale: bool = False
    payments_on: date | None = None
    #: New invoices that were not mailed by themselves.
    unsent: int = 0
    refused_rows: int = 0
    waiting_rows: int = 0
    #: Mail waits until somebody has seen which figures a new version changed.
    has_unseen_figures: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        mail = self.mail
        return not (
            mail.sent or mail.bounced or mail.failed or mail.waiting or mail.in_doubt or mail.held
            or self.no_contact or self.reminders_wait or self.is_stale or self.unsent
            or self.refused_rows or self.waiting_rows or self.has_unseen_figures
        )  # fmt: skip


def due(settings: Settings, store: Store, *, now: datetime) -> list[str]:
    """Companies whose daily mail is due and was not written yet; few and cheap questions."""
    wanting = {user.company_id for user in users.who_want_daily_mail(store)}
    return [c for c in sorted(wanting) if _is_due(settings, store, c, now)]


def queue(
    settings: Settings, store: Store, reader: Reader, company_id: str, *, now: datetime
) -> int:
    """Queue the company's daily mail where it is due; how many messages.

    Safe to repeat and to cut off: a message's key names person and day, and that the day is done
    is noted last.
    """
    if not _is_due(settings, store, company_id, now):
        return 0
    company = companies.profile(settings, store, company_id)
    today = clock.local(now, company.timezone).date()
    found = gather(settings, store, reader, company, now=now)
    made: Sequence[str] = ()
    if not found.is_empty:
        wanting = [u for u in users.who_want_daily_mail(store) if u.company_id == company_id]
        drafts = [_draft(user, company, found, settings) for user in wanting]
        made = outbox.queue(store, company_id, drafts, by=pipeline(company_id), now=now)
    progress.advance(store, company_id, JOB, today.toordinal(), now)
    return len(made)


def gather(
    settings: Settings, store: Store, reader: Reader, company: Company, *, now: datetime
) -> Day:
    """What there is to say of the company, since the last daily mail."""
    zone = ZoneInfo(company.timezone)
    today = clock.local(now, company.timezone).date()
    since = _since(store, company, today, now)
    mail = mail_day.since(store, company.id, since, now)
    left = sum(one.at <= now for one in unsent(settings, store, reader, company, since=since))
    if reader.publication() is None:
        return Day(today, since, mail, unsent=left)
    with reader.cursor() as cursor:
        refused = health.refused_count(cursor, company.id)
        waiting = health.waiting_count(cursor, company.id)
    reasons: Mapping[str, int] = {}
    payments_at = reader.payments_at(company.id)
    if reminder_policy.policy(store, company.id).is_on:
        seen = outlook(store, reader, company, on=None, now=now)
        reasons = Counter(decision.reason for decision in seen.decisions)
    return Day(
        day=today,
        since=since,
        mail=mail,
        no_contact=reasons.get("no_contact", 0) + reasons.get("stopped", 0),
        reminders_wait=reasons.get("window", 0),
        is_stale=bool(reasons.get("stale_data")),
        payments_on=payments_at.astimezone(zone).date() if payments_at else None,
        unsent=left,
        refused_rows=refused,
        waiting_rows=waiting,
        has_unseen_figures=figure_changes.holds_mail(store, company.id),
    )


def key(login: str, day: date) -> str:
    """The outbox's key: one message for each person and day, ever."""
    return f"notice:daily:{login}:{day.isoformat()}"


def _is_due(settings: Settings, store: Store, company_id: str, now: datetime) -> bool:
    company = companies.profile(settings, store, company_id)
    local = clock.local(now, company.timezone)
    policy = reminder_policy.policy(store, company_id)
    return (
        companies.mail_profile(store, company_id).is_on
        and Calendar(company.country).is_working_day(local.date())
        and local.time() >= policy.hour
        and progress.position(store, company_id, JOB) < local.date().toordinal()
    )


def _since(store: Store, company: Company, today: date, now: datetime) -> datetime:
    """When the last one was written; before the first one: the working day before."""
    reached = progress.reached_at(store, company.id, JOB)
    if reached is not None:
        return max(reached, now - LONGEST)
    calendar = Calendar(company.country)
    day = today - timedelta(days=1)
    while not calendar.is_working_day(day):
        day -= timedelta(days=1)
    policy: Policy = reminder_policy.policy(store, company.id)
    return datetime.combine(day, max(policy.hour, time()), ZoneInfo(company.timezone))


def _draft(user: User, company: Company, day: Day, settings: Settings) -> Draft:
    tr = Translator(company.language, company.country)
    return Draft(
        key=key(user.login, day.day),
        kind="notice",
        client_id="",
        address=user.email or "",
        contact=user.name,
        language=tr.language,
        content=day_words.content(day, company, tr, settings.staff_url.rstrip("/")),
    )
