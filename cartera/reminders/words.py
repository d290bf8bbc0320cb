"""A decision in words: what goes out, or why not and until when, naming the rule that decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from cartera.i18n import Translator
from cartera.reminders.rules import Level, Policy, Rule
from cartera.reminders.terms import Decision, Outcome, Reason

#: English texts; the page and the command look them up in their language.
LEVEL_WORDS: dict[Level, str] = {
    "upcoming": "Notice before the due date",
    "due": "Notice of the due date",
    "first": "First reminder",
    "second": "Second reminder",
    "final": "Last reminder",
}
OUTCOME_WORDS: dict[Outcome, str] = {
    "send": "Goes out",
    "wait": "Waits",
    "nothing": "Gets nothing",
}
#: Of one client.
ONE_OUTCOME_WORDS: dict[Outcome, str] = {
    "send": "Goes out today",
    "wait": "It waits",
    "nothing": "No reminder today",
}
#: A reason in two or three words, for filters and counts.
REASON_WORDS: dict[Reason, str] = {
    "due": "Due",
    "window": "Outside the hours",
    "stale_data": "No fresh payment data",
    "in_outbox": "One is on its way",
    "off": "Reminders are off",
    "no_open_items": "Owes nothing",
    "covered": "Money in favour covers it",
    "below_minimum": "Below the minimum",
    "disputed": "Disputed",
    "paused": "Paused",
    "no_rule": "No rule yet",
    "already_sent": "Reminded already",
    "gap": "Reminded a few days ago",
    "no_contact": "Without a contact",
    "stopped": "Dead or unsubscribed",
}
_WHY = {
    "before_hour": "it is too early in the day",
    "after_hours": "the hours of that day are over",
    "saturday": "it is Saturday",
    "sunday": "it is Sunday",
    "closed_day": "nobody is written to on that day of the week",
}
_OUTSIDE = "it is outside the hours"


def rule_words(rule: Rule, tr: Translator, *, with_repeats: bool = True) -> str:
    """A rule as people say it: its level, when, and how often again."""
    level = tr.t(LEVEL_WORDS[rule.level])
    if rule.days == 0:
        when = tr.t("on the due date")
    elif rule.days < 0:
        when = tr.t("{n} days before the due date", n=-rule.days)
    else:
        when = tr.t("{n} days after the due date", n=rule.days)
    if not (with_repeats and rule.repeat_times):
        return f"{level}, {when}"
    again = tr.t(
        "again every {n} days, {times} times more", n=rule.repeat_days, times=rule.repeat_times
    )
    return f"{level}, {when}, {again}"


def why(decision: Decision, tr: Translator, timezone: str, policy: Policy) -> str:
    """One sentence about a client; `policy` has the rule that decided."""
    sentence = _SENTENCES.get(decision.reason)
    if sentence is None:
        return tr.t(REASON_WORDS[decision.reason])
    return sentence(_Told(decision, tr, timezone, policy))


class _Told:
    """What a sentence is made of."""

    def __init__(self, decision: Decision, tr: Translator, timezone: str, policy: Policy) -> None:
        self.tr, self.policy, self.details = tr, policy, decision.details
        rule = policy.rule(decision.rule_id)
        self.rule = rule_words(rule, tr, with_repeats=False) if rule else decision.rule_id
        self.until = _moment(decision.until, tr, timezone)

    def day(self, name: str) -> str:
        return self.tr.day(date.fromisoformat(self.details[name]))

    def amount(self, name: str) -> str:
        return self.tr.money(Decimal(self.details[name]), self.details["currency"])


def _window(told: _Told) -> str:
    return told.tr.t(
        "{rule}: waits until {until}, because {why}",
        rule=told.rule, until=told.until, why=_shut(told.details, told.tr),
    )  # fmt: skip


def _stale_data(told: _Told) -> str:
    if "payments" not in told.details:
        return told.tr.t("{rule}: waits for payment data, none ever came", rule=told.rule)
    day = told.day("payments")
    text = "{rule}: waits for payment data, the last came on {day}"
    return told.tr.t(text, rule=told.rule, day=day)


def _gap(told: _Told) -> str:
    text = "{rule}: reminded on {day} already, the next one not before {until}"
    return told.tr.t(text, rule=told.rule, day=told.day("last"), until=told.until)


def _paused(told: _Told) -> str:
    tr, until = told.tr, told.until
    parts = [
        tr.t("Paused, again from {until}", until=until) if until else tr.t("Paused"),
        told.details.get("document", ""),
        tr.t(_CAUSES[cause]) if (cause := told.details.get("cause", "")) in _CAUSES else cause,
    ]
    return " · ".join(part for part in parts if part)


def _already_sent(told: _Told) -> str:
    tr, coming = told.tr, told.policy.rule(told.details.get("next_rule", ""))
    if coming and told.until:
        text = "Next: {rule}, on {until}"
        then = tr.t(text, rule=rule_words(coming, tr, with_repeats=False), until=told.until)
    elif told.until:
        then = tr.t("Again on {until}", until=told.until)
    else:
        then = tr.t("Nothing more comes")
    sent = tr.t("{rule}: sent on {day}", rule=told.rule, day=told.day("last"))
    return f"{sent}. {then}"


def _no_rule(told: _Told) -> str:
    if not told.until:
        return told.tr.t("No rule speaks of what is open, and none is to come")
    return told.tr.t("The next rule is {rule}, on {until}", rule=told.rule, until=told.until)


def _below_minimum(told: _Told) -> str:
    return told.tr.t(
        "Owes {balance} {currency}, the minimum is {minimum}",
        balance=told.amount("balance"), minimum=told.amount("minimum"),
        currency=told.details["currency"],
    )  # fmt: skip


#: What a client announced; what staff wrote is said as they did.
_CAUSES: dict[str, str] = {
    "@payment": "the client reported a payment",
    "@promise": "the client promised to pay",
    "@dispute": "the client disputes it",
    "@paying": "the client is paying it on the page",
}
_SENTENCES: dict[Reason, Callable[[_Told], str]] = {
    "due": lambda told: told.rule,
    "window": _window,
    "stale_data": _stale_data,
    "in_outbox": lambda told: told.tr.t("An earlier reminder has not left yet"),
    "gap": _gap,
    "paused": _paused,
    "already_sent": _already_sent,
    "no_rule": _no_rule,
    "covered": lambda told: told.tr.t("What was paid and not applied yet covers it"),
    "below_minimum": _below_minimum,
    "disputed": lambda told: told.tr.t(
        "{document} is disputed", document=told.details.get("document", "")
    ),
    "no_contact": lambda told: told.tr.t("{rule}: nobody there gets reminders", rule=told.rule),
    "stopped": lambda told: told.tr.t(
        "{rule}: all its addresses are dead or unsubscribed", rule=told.rule
    ),
}


def _shut(told: Mapping[str, str], tr: Translator) -> str:
    why = told.get("why", "")
    if why == "holiday":
        return tr.t("it is a holiday ({name})", name=told.get("holiday", ""))
    sentence = _WHY.get(why, _OUTSIDE)
    return tr.t(sentence)


def _moment(at: datetime | None, tr: Translator, timezone: str) -> str:
    if at is None:
        return ""
    there = at.astimezone(ZoneInfo(timezone))
    return f"{tr.day(there.date())} {there:%H:%M}"
