"""Who is reminded of what at a given moment, and why everybody else is not.

Of an item only its *stage* speaks: of the rules whose day has come, the last one. A machine that
was off for nine days so sends one reminder, not three. Days are the company's own; a rule is due
at or after its day, never only on it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from cartera.calendar import Calendar
from cartera.reminders.rules import LEVELS, Policy, Rule
from cartera.reminders.terms import (
    Client,
    Decision,
    Due,
    Hold,
    Item,
    Outcome,
    Problem,
    Reason,
    Sent,
    is_covered,
)
from cartera.reminders.window import ContactWindow
from cartera.store.contacts import Contact

__all__ = [
    "Client", "Decision", "Due", "Hold", "Item", "Judge", "Outcome", "Problem", "Reason", "Sent",
    "decide",
]  # fmt: skip


def decide(
    policy: Policy,
    window: ContactWindow,
    calendar: Calendar,
    clients: Iterable[Client],
    history: Mapping[str, Sequence[Sent]],
    holds: Mapping[str, Sequence[Hold]],
    *,
    now: datetime,
    timezone: str,
    payments_at: datetime | None,
    in_outbox: Container[str] = frozenset(),
) -> tuple[Decision, ...]:
    """What happens to each client at that moment, in their order. Asks nothing of anybody.

    `payments_at`: when payment data came last. `in_outbox`: clients with a reminder to go.
    """
    judge = Judge(
        policy, window, calendar,
        now=now, timezone=timezone, payments_at=payments_at, in_outbox=in_outbox,
    )  # fmt: skip
    return tuple(
        judge.decision(one, history.get(one.client_id, ()), holds.get(one.client_id, ()))
        for one in clients
    )


_DAY = timedelta(days=1)
_NOTHING = Decimal(0)
#: Of several items that give no reason to write, the one whose reason is said.
_TELLING: tuple[Reason, ...] = (
    "already_sent", "no_rule", "paused", "disputed", "below_minimum", "covered",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Idle:
    """Why an item is not due, and the first day on which that may change (None: never)."""

    reason: Reason
    day: date | None = None
    rule: Rule | None = None
    details: Mapping[str, str] = field(default_factory=dict)

    def rank(self) -> tuple[bool, date, int]:
        """The item that is due first speaks for its client."""
        return self.day is None, self.day or date.max, _TELLING.index(self.reason)


class Judge:
    """Decides about one client after the other, at one moment."""

    def __init__(
        self,
        policy: Policy,
        window: ContactWindow,
        calendar: Calendar,
        *,
        now: datetime,
        timezone: str,
        payments_at: datetime | None,
        in_outbox: Container[str] = frozenset(),
    ) -> None:
        self.policy, self.window, self.calendar = policy, window, calendar
        self.timezone = timezone
        self.zone = ZoneInfo(timezone)
        self.now = now.astimezone(self.zone)
        self.today = self.now.date()
        self.in_outbox = in_outbox
        self.closed = window.wait(calendar, now, timezone, hour=policy.hour)
        self.payments_on = payments_at.astimezone(self.zone).date() if payments_at else None
        self._openings: dict[date, datetime | None] = {}
        self._rules: dict[str, tuple[Rule, ...]] = {}

    def decision(
        self, client: Client, sent: Sequence[Sent] = (), holds: Sequence[Hold] = ()
    ) -> Decision:
        """What happens to one client."""
        if not self.policy.is_on:
            return self._none(client, "off")
        if not client.items:
            return self._none(client, "no_open_items")
        holds = [hold for hold in holds if hold.until is None or hold.until >= self.today]
        if everything := [hold for hold in holds if not hold.document_id and not hold.address]:
            day, cause = _last(everything)
            return self._none(client, "paused", day, details=_some(cause=cause))
        due, idle = self._sorted(client, sent, holds)
        if not due:
            first = min(idle, key=_Idle.rank)
            return self._none(client, first.reason, first.day, first.rule, first.details)
        return self._of_due(client, due, sent, holds)

    def _of_due(
        self, client: Client, due: list[Due], sent: Sequence[Sent], holds: Sequence[Hold]
    ) -> Decision:
        """Something is due: it goes, unless something of the client or the moment is against it."""
        firmest = max(due, key=lambda one: (LEVELS.index(one.rule.level), one.rule.days))
        due = sorted(due, key=lambda one: (one.item.due_date, one.item.number, one.item.instalment))
        contacts, held = _free(client.contacts, holds, {one.item.document_id for one in due})

        def decided(
            outcome: Outcome, reason: Reason, until: datetime | None = None, **details: str
        ) -> Decision:
            return Decision(
                client.client_id, client.name, outcome, reason, until, firmest.rule.id,
                firmest.rule.level, tuple(due), contacts, client.language, _some(**details),
            )  # fmt: skip

        last = max((one.day for one in sent), default=None)
        if last is not None and (self.today - last).days < self.policy.gap_days:
            again = self._opening(last + self.policy.gap_days * _DAY)
            return decided("nothing", "gap", again, last=last.isoformat())
        if not contacts and held:
            day, cause = min((_last(those) for those in held), key=lambda end: end[0] or date.max)
            return decided("nothing", "paused", self._opening(day), cause=cause)
        if not contacts:
            return decided("nothing", client.problem or "no_contact")
        if self._is_stale():
            since = self.payments_on
            return decided("wait", "stale_data", payments=since.isoformat() if since else "")
        if client.client_id in self.in_outbox:
            return decided("wait", "in_outbox")
        if self.closed is not None:
            shut = self.closed
            return decided(
                "wait", "window", shut.until,
                why=shut.why, holiday=shut.holiday, day=self.today.isoformat(),
            )  # fmt: skip
        return decided("send", "due")

    def _sorted(
        self, client: Client, sent: Sequence[Sent], holds: Sequence[Hold]
    ) -> tuple[list[Due], list[_Idle]]:
        """The client's items that are due, and why the others are not."""
        rules = self._rules_for(client.group)
        told: dict[tuple[str, int, str], list[date]] = {}
        for one in sent:
            told.setdefault((one.document_id, one.instalment, one.rule_id), []).append(one.day)
        against = {currency: self._too_little(client, currency) for currency in client.balances}
        paused: dict[str, list[Hold]] = {}
        for hold in holds:
            if hold.document_id and not hold.address:
                paused.setdefault(hold.document_id, []).append(hold)
        due: list[Due] = []
        idle: list[_Idle] = []
        for item in client.items:
            little = against.get(item.currency, _COVERED)
            if little is not None:
                idle.append(little)
            elif item.is_disputed:
                idle.append(_Idle("disputed", details={"document": item.number}))
            elif item.document_id in paused:
                idle.append(self._paused(item, rules, told, paused[item.document_id]))
            else:
                found = self._stage(item, rules, told, self.today)
                if isinstance(found, Due):
                    due.append(found)
                else:
                    idle.append(found)
        for currency in {one.item.currency for one in due}:
            if _covered(client, [one.item for one in due if one.item.currency == currency]):
                due = [one for one in due if one.item.currency != currency]
                idle.append(_Idle("covered", details={"currency": currency}))
        return due, idle

    def _too_little(self, client: Client, currency: str) -> _Idle | None:
        """Why nothing is asked for in that currency."""
        balance = client.balances[currency]
        minimum = self.policy.minimums.get(currency, _NOTHING)
        if balance <= 0:
            return _Idle("covered", details={"currency": currency, "balance": f"{balance:f}"})
        if balance >= minimum:
            return None
        details = {"currency": currency, "balance": f"{balance:f}", "minimum": f"{minimum:f}"}
        return _Idle("below_minimum", details=details)

    def _paused(
        self,
        item: Item,
        rules: Sequence[Rule],
        told: Mapping[tuple[str, int, str], list[date]],
        holds: Sequence[Hold],
    ) -> _Idle:
        """A paused item can be due on the day after its pause, or later."""
        day, cause = _last(holds)
        details = _some(document=item.number, cause=cause)
        if day is None:
            return _Idle("paused", details=details)
        then = self._stage(item, rules, told, day)
        return _Idle("paused", day if isinstance(then, Due) else then.day, details=details)

    def _stage(
        self,
        item: Item,
        rules: Sequence[Rule],
        told: Mapping[tuple[str, int, str], list[date]],
        day: date,
    ) -> Due | _Idle:
        """Whether the item's stage on that day is due; `rules` by day."""
        age = (day - item.due_date).days
        stage: Rule | None = None
        coming: Rule | None = None
        for rule in rules:
            if rule.days > age:
                coming = rule
                break
            if rule.days >= 0 or age <= 0:  # a notice before the due date never comes after it
                stage = rule
        next_day = item.due_date + coming.days * _DAY if coming else None
        if stage is None:
            return _Idle("no_rule", next_day, coming)
        days = told.get((item.document_id, item.instalment, stage.id))
        if not days:
            return Due(item, stage)
        last = max(days)
        details = {"last": last.isoformat(), "times": str(len(days))}
        if len(days) <= stage.repeat_times:
            again = last + stage.repeat_days * _DAY
            if again <= day:
                return Due(item, stage)
            is_over = stage.days < 0 and again > item.due_date
            if not is_over and (next_day is None or again < next_day):
                return _Idle("already_sent", again, stage, details)
        details |= _some(next_rule=coming.id if coming else None)
        return _Idle("already_sent", next_day, stage, details)

    def _rules_for(self, group: str) -> tuple[Rule, ...]:
        """A group's rules by day; of one day, the last is the one for the group, the firmest."""
        if group not in self._rules:
            mine = [rule for rule in self.policy.rules if rule.is_on and rule.is_for(group)]
            mine.sort(key=lambda r: (r.days, bool(r.groups), LEVELS.index(r.level), r.id))
            self._rules[group] = tuple(mine)
        return self._rules[group]

    def _is_stale(self) -> bool:
        if self.policy.stale_days == 0:
            return False
        return (
            self.payments_on is None
            or (self.today - self.payments_on).days > self.policy.stale_days
        )

    def _opening(self, day: date | None) -> datetime | None:
        """When reminders of that day go out: then, or when the window opens next."""
        if day is None:
            return None
        if day not in self._openings:
            morning = datetime.combine(day, time(), self.zone)
            self._openings[day] = self.window.next_opening(
                self.calendar, morning, self.timezone, hour=self.policy.hour
            )
        return self._openings[day]

    def _none(
        self,
        client: Client,
        reason: Reason,
        day: date | None = None,
        rule: Rule | None = None,
        details: Mapping[str, str] | None = None,
    ) -> Decision:
        return Decision(
            client_id=client.client_id,
            name=client.name,
            outcome="nothing",
            reason=reason,
            until=self._opening(day),
            rule_id=rule.id if rule else "",
            level=rule.level if rule else None,
            language=client.language,
            details=details or {},
        )


_COVERED = _Idle("covered")


def _covered(client: Client, due: Sequence[Item]) -> bool:
    """Whether money in favour is enough for these items of one currency."""
    currency = due[0].currency
    mine = [item for item in client.items if item.currency == currency]
    favour = sum((item.open for item in mine), _NOTHING) - client.balances[currency]
    owed = ((item.due_date, item.open) for item in mine if not item.is_disputed)
    return is_covered(favour, owed, (item.due_date for item in due))


def _last(holds: Sequence[Hold]) -> tuple[date | None, str]:
    """The day after the last of these pauses (None: there is no such day), and its reason."""
    longest = max(holds, key=lambda hold: hold.until or date.max)
    return longest.until and longest.until + _DAY, longest.cause


def _free(
    contacts: Sequence[Contact], holds: Sequence[Hold], documents: set[str]
) -> tuple[tuple[Contact, ...], list[list[Hold]]]:
    """Contacts that no pause keeps from hearing of these documents, and the others' pauses."""
    addressed = [
        hold
        for hold in holds
        if hold.address and (not hold.document_id or hold.document_id in documents)
    ]
    if not addressed:
        return tuple(contacts), []
    against = [
        (contact, [hold for hold in addressed if hold.address.lower() == contact.address.lower()])
        for contact in contacts
    ]
    free = tuple(contact for contact, those in against if not those)
    return free, [those for _, those in against if those]


def _some(**details: Any) -> dict[str, str]:
    """Those that say something."""
    return {name: str(value) for name, value in details.items() if value}
