"""Decisions over random portfolios, rules and days, against a naive oracle."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from cartera.calendar import Calendar
from cartera.reminders.decide import decide
from cartera.reminders.outlook import Course
from cartera.reminders.rules import LEVELS, Policy, Rule
from cartera.reminders.terms import Client, Decision, Hold, Item, Sent
from cartera.reminders.window import of_country
from cartera.store.contacts import ALL_KINDS, Contact
from tests.bounds import examples

ZONE = "America/Bogota"
CALENDAR, WINDOW = Calendar("CO"), of_country("CO")
FIRST = date(2027, 12, 20)
DAY = timedelta(days=1)
CONTACT = Contact("ana@x.co", "Ana", "es", ALL_KINDS, "file", "C1")

offsets = st.integers(-40, 40)
groups = st.sampled_from(["", "Norte", "Sur"])


@st.composite
def rules(draw: st.DrawFn) -> tuple[Rule, ...]:
    days = draw(st.lists(st.integers(-10, 40), min_size=1, max_size=5, unique=True))
    made = []
    for number, day in enumerate(days):
        repeats = draw(st.sampled_from([(0, 0), (0, 0), (2, 1), (5, 3)]))
        made.append(
            Rule(
                id=f"r{number}", days=day, level=draw(st.sampled_from(LEVELS)),
                repeat_days=repeats[0], repeat_times=repeats[1], is_on=draw(st.booleans()),
                groups=draw(st.sampled_from([(), (), ("Norte",)])),
            )
        )  # fmt: skip
    return tuple(made)


policies = st.builds(
    Policy,
    is_on=st.just(True),
    rules=rules(),
    gap_days=st.integers(1, 6),
    minimums=st.sampled_from([{}, {"COP": Decimal(50)}]),
    stale_days=st.just(0),
)
items = st.builds(
    Item,
    document_id=st.sampled_from(["D1", "D2", "D3"]),
    number=st.just("F"),
    instalment=st.integers(0, 2),
    currency=st.sampled_from(["COP", "COP", "USD"]),
    due_date=offsets.map(lambda days: FIRST + days * DAY),
    is_disputed=st.sampled_from([False, False, False, True]),
    open=st.sampled_from([1, 20, 50, 99]).map(Decimal),
)
clients = st.builds(
    Client,
    client_id=st.just("C1"),
    name=st.just("Uno"),
    group=groups,
    language=st.just("es"),
    balances=st.fixed_dictionaries(
        {c: st.sampled_from([-1, 0, 20, 50, 99]).map(Decimal) for c in ("COP", "USD")}
    ),
    items=st.lists(
        items, min_size=1, max_size=5, unique_by=lambda i: (i.document_id, i.instalment)
    ).map(tuple),
    contacts=st.just((CONTACT,)),
)
holds = st.lists(
    st.builds(
        Hold,
        document_id=st.sampled_from(["D1", "D2", "D2", ""]),
        address=st.just(""),
        until=st.one_of(st.none(), offsets.map(lambda days: FIRST + days * DAY)),
        cause=st.just(""),
    ),
    max_size=1,
)


def wanted(
    policy: Policy, client: Client, sent: list[Sent], held: list[Hold], today: date
) -> set[tuple[str, int, str]]:
    """The oracle: item by item and rule by rule, in the words of the rules of reminders."""
    if any((today - one.day).days < policy.gap_days for one in sent):
        return set()
    found = set()
    for item in client.items:
        balance = client.balances[item.currency]
        paused = any(
            hold.document_id in ("", item.document_id) and (hold.until or today) >= today
            for hold in held
        )
        little = balance <= 0 or balance < policy.minimums.get(item.currency, 0)
        if item.is_disputed or paused or little:
            continue
        stage = None
        for rule in policy.rules:
            mine = rule.is_on and (not rule.groups or client.group in rule.groups)
            over = rule.days < 0 and today > item.due_date
            begun = item.due_date + rule.days * DAY <= today
            if mine and begun and not over and (stage is None or rule.days > stage.days):
                stage = rule
        if stage is None:
            continue
        key = (item.document_id, item.instalment, stage.id)
        days = [o.day for o in sent if (o.document_id, o.instalment, o.rule_id) == key]
        again = len(days) <= stage.repeat_times and (
            not days or max(days) + stage.repeat_days * DAY <= today
        )
        if not days or again:
            found.add(key)
    return {key for key in found if not covered(client, key, found)}


def covered(client: Client, key: tuple[str, int, str], found: set[tuple[str, int, str]]) -> bool:
    """Whether money in favour pays all that falls due in the item's currency up to the last one
    that is wanted, the oldest first; what is disputed is not asked for.
    """
    there = {(item.document_id, item.instalment): item for item in client.items}
    currency = there[key[:2]].currency
    mine = [item for item in client.items if item.currency == currency]
    last = max(there[k[:2]].due_date for k in found if there[k[:2]] in mine)
    left = sum(item.open for item in mine) - client.balances[currency]
    for item in mine:
        if item.due_date <= last and not item.is_disputed:
            left -= item.open
    return left >= 0


def at(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo(ZONE))


def decided(
    policy: Policy, client: Client, sent: list[Sent], held: list[Hold], now: datetime
) -> Decision:
    (found,) = decide(
        policy, WINDOW, CALENDAR, [client], {"C1": sent}, {"C1": held},
        now=now, timezone=ZONE, payments_at=None,
    )  # fmt: skip
    return found


def keys(found: Decision) -> set[tuple[str, int, str]]:
    return {(due.item.document_id, due.item.instalment, due.rule.id) for due in found.due}


def is_open(day: date) -> bool:
    return day.weekday() < 6 and not CALENDAR.holiday(day)


@settings(max_examples=examples(120))
@given(policies, clients, holds, st.sets(st.integers(0, 90)), st.data())
def test_every_day_is_as_the_oracle_says(
    policy: Policy, client: Client, held: list[Hold], off: set[int], data: st.DataObject
) -> None:
    """Ninety days, some with the machine off, and one on which somebody changes the rules."""
    changes = data.draw(st.integers(0, 90))
    later = data.draw(policies)
    sent: list[Sent] = []
    days: list[date] = []
    for number in range(90):
        today = FIRST + number * DAY
        if number in off:
            continue
        now_policy = later if number >= changes else policy
        due = wanted(now_policy, client, sent, held, today)
        found = decided(now_policy, client, sent, held, at(today))
        if not due:
            assert found.outcome == "nothing", found
            continue
        assert keys(found) == due
        assert found.outcome == ("send" if is_open(today) else "wait"), found
        firmest = max(LEVELS.index(one.rule.level) for one in found.due)
        assert found.level == LEVELS[firmest]
        if found.outcome == "send":
            assert found.contacts == (CONTACT,)
            sent += [Sent(*key, today) for key in due]
            days.append(today)
        else:
            assert found.until is not None
            assert is_open(found.until.date())
            assert not any(
                is_open(today + n * DAY) for n in range((found.until.date() - today).days)
            )
    assert all((b - a).days >= min(policy.gap_days, later.gap_days) for a, b in pairwise(days))


@settings(max_examples=examples(120))
@given(policies, clients, holds, st.integers(1, 120))
def test_a_day_to_come_is_what_every_day_until_then_leads_to(
    policy: Policy, client: Client, held: list[Hold], ahead: int
) -> None:
    """The outlook jumps from `until` to `until`: nothing may be due before."""
    course = Course(policy, WINDOW, CALENDAR, ZONE)
    course.start(at(FIRST), None)
    target = FIRST + ahead * DAY
    seen = course.decision(client, [], held, target)
    sent: list[Sent] = []
    day = FIRST
    while day < target:
        found = decided(policy, client, sent, held, at(day))
        if found.outcome == "send":
            sent += [Sent(*key, day) for key in keys(found)]
        day += DAY
    expected = decided(policy, client, sent, held, at(target))
    assert (seen.outcome, seen.reason, keys(seen)) == (
        expected.outcome, expected.reason, keys(expected),
    )  # fmt: skip
