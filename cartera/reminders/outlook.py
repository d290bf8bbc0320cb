"""What reminders do on a day: today, one that is over, or one to come.

A past day is decided as it was: what was owed then, what had been sent before it. A day to come
is simulated from today on, as if nobody paid and every reminder went out: each client goes from
one moment at which something may change to the next.
"""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cartera import clock
from cartera.calendar import Calendar
from cartera.config import Company
from cartera.errors import UsageError
from cartera.mail import plan
from cartera.reminders import holds as holding
from cartera.reminders.decide import Judge, decide
from cartera.reminders.rules import Policy
from cartera.reminders.terms import Client, Decision, Hold, Sent
from cartera.reminders.window import ContactWindow, window_of
from cartera.store import reminder_policy, reminders
from cartera.store.db import Store
from cartera.warehouse.mail_clients import MailClient
from cartera.warehouse.reader import Reader

#: Days ahead that can be looked at; further on everything would be guesswork.
FARTHEST = 366
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Every client's decision on a day of the company's, by the client's name.

    `moment` is when it was decided: now for today, else when that day's reminders go out.
    """

    day: date
    moment: datetime
    decisions: tuple[Decision, ...]
    is_simulated: bool = False


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without Python's collector of cycles: there are none among what is read here, and it would
    walk a large company's half a million objects again and again, a third of all time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_uncollected()
def outlook(
    store: Store,
    reader: Reader,
    company: Company,
    *,
    on: date | None,
    now: datetime,
    policy: Policy | None = None,
    client_ids: Collection[str] | None = None,
) -> Outlook:
    """What reminders do on day `on`; None: today. All clients, or those named.

    `policy`: rules that are not saved yet, instead of the company's. Raises `NothingPublished`,
    and `UsageError` for a day too far ahead.
    """
    rules = reminder_policy.policy(store, company.id) if policy is None else policy
    course = Course(rules, window_of(rules, company), Calendar(company.country), company.timezone)
    local = clock.local(now, company.timezone)
    today = local.date()
    day = on or today
    if (day - today).days > FARTHEST:
        raise UsageError(f"reminders can be looked at until {today + FARTHEST * _DAY}, not {day}")
    clients = clients_of(store, reader, company, as_of=min(day, today), client_ids=client_ids)
    is_past = day < today
    moment = local if day == today else course.moment(day)
    history = reminders.history(
        store, company.id, before=day if is_past else None, client_ids=client_ids
    )
    holds = holding.holds(
        store, company.id, min(day, today), timezone=company.timezone, client_ids=client_ids
    )
    payments_at = reader.payments_at(company.id, moment if is_past else None)
    if day <= today:
        decisions = decide(
            rules, course.window, course.calendar, clients, history, holds,
            now=moment, timezone=company.timezone, payments_at=payments_at,
            in_outbox=frozenset() if is_past else reminders.in_outbox(store, company.id),
        )  # fmt: skip
        return Outlook(day, moment, decisions)
    course.start(local, payments_at, reminders.in_outbox(store, company.id))
    return Outlook(
        day,
        moment,
        tuple(
            course.decision(client, history.get(client.client_id, ()),
                            holds.get(client.client_id, ()), day)
            for client in clients
        ),
        is_simulated=True,
    )  # fmt: skip


def clients_of(
    store: Store,
    reader: Reader,
    company: Company,
    *,
    as_of: date,
    client_ids: Collection[str] | None = None,
) -> tuple[Client, ...]:
    """Clients as decisions see them: what they owe that day, and who would hear of it."""
    found = reader.reminder_clients(company, as_of=as_of, client_ids=client_ids)
    # Whom somebody without open items would hear through is never asked.
    owing = tuple(
        MailClient(one.client_id, one.name, one.emails, one.language, ())
        for one in found
        if one.items
    )
    planned = plan.plan_for(owing, store, company, plan.Choice("all"), "reminder", as_of)
    rows = {row.client_id: row for row in planned.rows}
    clients = []
    for one in found:
        row = rows.get(one.client_id)
        clients.append(
            Client(
                one.client_id, one.name, one.group, row.language if row else one.language,
                one.balances, one.items, row.recipients if row else (), row.problem if row else "",
            )
        )  # fmt: skip
    return tuple(clients)


@dataclass(slots=True)
class Course:
    """The days from now on, each decided at the moment when its reminders go out."""

    policy: Policy
    window: ContactWindow
    calendar: Calendar
    timezone: str
    zone: ZoneInfo = field(init=False)
    _first: date = date.min
    _judges: dict[date, Judge] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """The zone is asked for with every moment."""
        self.zone = ZoneInfo(self.timezone)

    def moment(self, day: date) -> datetime:
        """When a day's reminders go out; on one without any, the hour at which they would."""
        morning = datetime.combine(day, time(), self.zone)
        hour = self.policy.hour
        opens = self.window.next_opening(self.calendar, morning, self.timezone, hour=hour)
        if opens is not None and opens.astimezone(self.zone).date() == day:
            return opens
        return datetime.combine(day, hour, self.zone)

    def start(
        self, now: datetime, payments_at: datetime | None, in_outbox: Iterable[str] = ()
    ) -> None:
        """From `now` on: what is known today holds today, later days have fresh data."""
        self._first = now.astimezone(self.zone).date()
        moment = max(now, self.moment(self._first))
        self._judges[self._first] = self._judge(moment, payments_at, frozenset(in_outbox))

    def decision(
        self, client: Client, sent: Sequence[Sent], holds: Sequence[Hold], day: date
    ) -> Decision:
        """What happens to a client on a day to come."""
        told = list(sent)
        at = self._first
        while at < day:
            found = self._on(at).decision(client, told, holds)
            if found.outcome == "send":
                told += (
                    Sent(due.item.document_id, due.item.instalment, due.rule.id, at)
                    for due in found.due
                )
            elif found.outcome == "nothing" and found.until is None:
                break  # nothing that is known will change it
            elif found.outcome == "nothing" and found.until is not None:
                at = max(at + _DAY, found.until.astimezone(self.zone).date())
                continue
            at += _DAY
        return self._on(day).decision(client, told, holds)

    def _on(self, day: date) -> Judge:
        if day not in self._judges:
            moment = self.moment(day)
            self._judges[day] = self._judge(moment, moment)
        return self._judges[day]

    def _judge(
        self,
        moment: datetime,
        payments_at: datetime | None,
        in_outbox: Collection[str] = frozenset(),
    ) -> Judge:
        return Judge(
            self.policy, self.window, self.calendar,
            now=moment, timezone=self.timezone, payments_at=payments_at, in_outbox=in_outbox,
        )  # fmt: skip
