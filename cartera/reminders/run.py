"""Reminding: decide at one moment, and queue what goes out.

Safe to repeat, to run twice at once and to cut off at any line: what was not queued is decided
again, and a client has at most one reminder for each day, whoever writes it down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from cartera import clock
from cartera.config import Settings
from cartera.mail import texts
from cartera.mail.outgoing import About, Content, Draft
from cartera.mail.plan import spoken
from cartera.people import pipeline
from cartera.reminders.gate import Gate
from cartera.reminders.outlook import outlook
from cartera.reminders.rules import Level
from cartera.reminders.terms import Decision
from cartera.store import (
    companies,
    figure_changes,
    notice_holds,
    online_holds,
    pauses,
    reminder_policy,
    reminders,
)
from cartera.store.db import Store
from cartera.store.reminders import Planned, RemindedItem
from cartera.warehouse.reader import Reader


@dataclass(frozen=True, slots=True)
class Done:
    """What one run came to.

    `clients` were reminded, `messages` queued for them; `passed_over` were reminded by somebody
    else meanwhile. `is_off`: the company does not remind, or writes no mail at all. `is_held`: its
    mail waits until somebody has seen which figures another version changed.
    """

    clients: tuple[str, ...] = ()
    messages: int = 0
    passed_over: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()
    is_off: bool = False
    is_held: bool = False
    day: date | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """How many clients there are of each reason."""
        return Counter(decision.reason for decision in self.decisions)

    @property
    def waits_until(self) -> datetime | None:
        """The first moment at which something that waits now may go."""
        waits = (d.until for d in self.decisions if d.outcome == "wait" and d.until is not None)
        return min(waits, default=None)


def remind(
    settings: Settings, store: Store, reader: Reader, company_id: str, *, now: datetime
) -> Done:
    """Queue the reminders of a company that are due at `now`.

    Where the company writes no mail, or its mail is held, nothing is queued: what is due is so
    again once it goes.
    """
    policy = reminder_policy.policy(store, company_id)
    writes = companies.mail_profile(store, company_id).is_on and settings.mail_transport != "off"
    publication = reader.publication()
    if not policy.is_on or not writes or publication is None:
        return Done(is_off=not policy.is_on or not writes)
    if figure_changes.holds_mail(store, company_id):
        return Done(is_held=True)
    company = companies.profile(settings, store, company_id)
    seen = outlook(store, reader, company, on=None, now=now, policy=policy)
    going = [decision for decision in seen.decisions if decision.outcome == "send"]
    said = _Said(store, company_id)
    planned = [
        _planned(decision, seen.day, said, company.language, publication.id) for decision in going
    ]
    queued = reminders.queue(
        store, company_id, planned, gap_days=policy.gap_days, by=pipeline(company_id), now=now
    )
    return Done(
        clients=queued.client_ids,
        messages=queued.messages,
        passed_over=queued.passed_over,
        decisions=tuple(seen.decisions),
        day=seen.day,
    )


def ready(
    settings: Settings, store: Store, reader: Reader, *, now: datetime
) -> dict[str, tuple[str, ...]]:
    """Companies whose reminders may go out now, each with all that a decision depends on.

    Where this is as it was, deciding again would come to the same. Few and cheap questions.
    """
    publication = reader.publication()
    if publication is None or settings.mail_transport == "off":
        return {}
    found = {}
    for company_id in reminder_policy.that_remind(store):
        company = companies.profile(settings, store, company_id)
        hour = reminder_policy.policy(store, company_id).hour
        writes = companies.mail_profile(store, company_id).is_on
        if not writes or figure_changes.holds_mail(store, company_id):
            continue
        local = clock.local(now, company.timezone)
        if Gate.of(store, company).is_open(local, hour=hour):
            changed = (
                reminder_policy.changed_at(store, company_id),
                pauses.changed_at(store, company_id),
                notice_holds.changed_at(store, company_id),
                online_holds.changed_at(store, company_id),
            )
            day = local.date().isoformat()
            found[company_id] = (
                day, str(publication.id), *(at.isoformat() for at in changed if at),
            )  # fmt: skip
    return found


def key(client_id: str, day: date, address: str) -> str:
    """The outbox's key: one message for each client, day and address, ever."""
    return f"reminder:{client_id}:{day.isoformat()}:{address}"


@dataclass(slots=True)
class _Said:
    """The words of each level and language, read once."""

    store: Store
    company_id: str
    known: dict[tuple[Level, str], Content] = field(default_factory=dict)

    def of(self, level: Level, language: str) -> Content:
        if (level, language) not in self.known:
            kind = texts.of_level(level)
            self.known[level, language] = texts.of(self.store, self.company_id, kind, language)
        return self.known[level, language]


def _planned(
    decision: Decision, day: date, said: _Said, language: str, publication_id: int
) -> Planned:
    level: Level = decision.level or "due"
    items = tuple(
        RemindedItem(due.item.document_id, due.item.instalment, due.rule.id) for due in decision.due
    )
    return Planned(
        client_id=decision.client_id,
        day=day,
        rule_id=decision.rule_id,
        level=level,
        items=items,
        drafts=tuple(_drafts(decision, day, items, level, said, language)),
        publication_id=publication_id,
    )


def _drafts(
    decision: Decision,
    day: date,
    items: Iterable[RemindedItem],
    level: Level,
    said: _Said,
    fallback: str,
) -> Iterator[Draft]:
    about = tuple(About(item.document_id, item.instalment) for item in items)
    for contact in decision.contacts:
        language = spoken(contact.language, spoken(decision.language, fallback))
        yield Draft(
            key=key(decision.client_id, day, contact.address),
            kind="reminder",
            client_id=decision.client_id,
            address=contact.address,
            contact=contact.name,
            language=language,
            is_periodic=True,
            content=replace(said.of(level, language), documents=about),
        )
