"""The decision: whatever the rules, nobody hears what they should not; and days written by hand."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartera.calendar import Calendar
from cartera.reminders.decide import Client, Decision, Hold, Item, Sent, decide
from cartera.reminders.rules import DEFAULT_RULES, LEVELS, Policy, Rule
from cartera.reminders.window import of_country
from cartera.store.contacts import Contact

ZONES = {
    "CO": "America/Bogota",
    "MX": "America/Mexico_City",
    "PE": "America/Lima",
    "ES": "Europe/Madrid",
}
FIRST = date(2027, 1, 1)
TO = Contact("pagos@example.com", "Pagos", "es", frozenset({"reminder"}), "file", "C1")

days = st.dates(FIRST, date(2028, 12, 31))
rules = st.lists(
    st.builds(
        lambda n, level, repeat, is_on, groups: Rule(
            id=f"r{n + 400}", days=n, level=level, repeat_days=repeat[0], repeat_times=repeat[1],
            is_on=is_on, groups=groups,
        ),
        st.integers(-20, 60), st.sampled_from(LEVELS),
        st.sampled_from([(0, 0), (1, 3), (7, 2)]), st.booleans(),
        st.sampled_from([(), ("A",), ("B",)]),
    ),
    max_size=6, unique_by=lambda rule: rule.id,
)  # fmt: skip
items = st.lists(
    st.builds(
        lambda n, due, disputed, currency, amount: Item(
            f"D{n}", f"F{n}", 0, currency, due, disputed, amount
        ),
        st.integers(0, 99), days, st.booleans(), st.sampled_from(["COP", "USD"]),
        st.sampled_from([Decimal(1), Decimal(100), Decimal(400)]),
    ),
    max_size=6, unique_by=lambda item: item.document_id,
)  # fmt: skip
holds = st.lists(
    st.builds(
        lambda document, address, until: Hold(document, address, until, "pedido"),
        st.sampled_from(["", "D1", "D2"]), st.sampled_from(["", TO.address]),
        st.one_of(st.none(), days),
    ),
    max_size=2,
)  # fmt: skip
moments = st.datetimes(datetime(2027, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))


@given(
    rules, items, holds, moments, st.sampled_from(list(ZONES)), st.integers(1, 9),
    st.lists(st.tuples(st.integers(0, 99), st.integers(-20, 60), days), max_size=4),
    st.sampled_from(["", "A", "B"]), st.decimals(-5, 500, places=2),
)  # fmt: skip
def test_nobody_hears_what_they_should_not(
    rules, items, holds, now, country, gap, told, group, balance
):
    policy = Policy(
        is_on=True, rules=tuple(rules), gap_days=gap, stale_days=0,
        minimums={"COP": Decimal(100)},
    )  # fmt: skip
    zone, calendar, window = ZoneInfo(ZONES[country]), Calendar(country), of_country(country)
    today = now.astimezone(zone).date()
    sent = [Sent(f"D{n}", 0, f"r{rule + 400}", day) for n, rule, day in told if day <= today]
    client = Client("C1", "Uno", group, "es", {"COP": balance, "USD": balance}, tuple(items), (TO,))
    (found,) = decide(
        policy, window, calendar, [client], {"C1": sent}, {"C1": holds},
        now=now, timezone=ZONES[country], payments_at=now,
    )  # fmt: skip
    expected = naive(policy, client, sent, holds, today)
    assert {(one.item.document_id, one.rule.id) for one in found.due} <= expected
    if found.outcome != "send":
        # Nobody is forgotten in silence, either: what is due is held by something that is said.
        held = found.reason in ("gap", "paused", "window") or not expected
        assert held, (found.reason, expected)
        return
    assert {(one.item.document_id, one.rule.id) for one in found.due} == expected
    at = now.astimezone(zone)
    hours = window.hours[at.weekday()]
    assert hours is not None and hours[0] <= at.time() < hours[1] and at.time() >= policy.hour
    assert not calendar.holiday(today)
    assert all((today - one.day).days >= gap for one in sent)
    assert found.contacts == (TO,)


def naive(policy, client, sent, holds, today):
    """Documents that are due and the rule of each, straight from the wording of the rules."""
    active = [one for one in holds if one.until is None or one.until >= today]
    if any(not one.document_id and not one.address for one in active):
        return set()
    due = set()
    for item in client.items:
        balance = client.balances[item.currency]
        if balance <= 0 or balance < policy.minimums.get(item.currency, 0) or item.is_disputed:
            continue
        if any(one.document_id == item.document_id and not one.address for one in active):
            continue
        come = [
            rule for rule in policy.rules
            if rule.is_on and (not rule.groups or client.group in rule.groups)
            and item.due_date + timedelta(days=rule.days) <= today
            and not (rule.days < 0 and today > item.due_date)
        ]  # fmt: skip
        if not come:
            continue
        rule = max(come, key=lambda one: (one.days, bool(one.groups), LEVELS.index(one.level)))
        times = sorted(
            one.day for one in sent
            if one.document_id == item.document_id and one.rule_id == rule.id
        )  # fmt: skip
        again = times and len(times) <= rule.repeat_times
        if not times or (again and times[-1] + timedelta(days=rule.repeat_days) <= today):
            due.add((item.document_id, rule.id))
    return {(number, rule) for number, rule in due if not covered(client, number, due)}


def covered(client, number, due):
    """Whether money in favour pays all that is due in the item's currency, the oldest first."""
    there = {item.document_id: item for item in client.items}
    mine = [item for item in client.items if item.currency == there[number].currency]
    last = max(there[n].due_date for n, _ in due if there[n] in mine)
    favour = sum(item.open for item in mine) - client.balances[there[number].currency]
    for item in sorted(mine, key=lambda one: one.due_date):
        if item.due_date <= last and not item.is_disputed:
            favour -= item.open
            if favour < 0:
                return False
    return True


def lived(country, item, start, end, *, off=(), policy=None, paid_on=None, at=time(10)):
    """Every day of a machine that looks once at `at`; the days on which something went out."""
    zone = ZoneInfo(ZONES[country])
    policy = policy or Policy(is_on=True, stale_days=0)
    told: dict[str, list[Sent]] = defaultdict(list)
    went = []
    day = start
    while day <= end:
        open_items = () if paid_on is not None and day >= paid_on else (item,)
        if day not in off:
            now = datetime.combine(day, at, zone)
            client = Client("C1", "Uno", "", "es", {"COP": Decimal(1)}, open_items, (TO,))
            rules_today = policy(day) if callable(policy) else policy
            found: Decision
            (found,) = decide(
                rules_today, of_country(country), Calendar(country), [client], told, {},
                now=now, timezone=ZONES[country], payments_at=now,
            )  # fmt: skip
            if found.outcome == "send":
                went.append((day.isoformat(), found.rule_id))
                told["C1"] += [Sent("D1", 0, found.rule_id, day)]
        day += timedelta(days=1)
    return went


def due(day):
    return Item("D1", "F1", 0, "COP", date.fromisoformat(day))


@pytest.mark.parametrize(
    ("country", "day", "expected"),
    [
        # Bogotá, Holy Week 2027: 25 and 26 March are holidays, 22 March is Saint Joseph's Monday.
        # Saturdays are open from 8 to 15; 10 May is Ascension, moved to Monday.
        ("CO", "2027-03-25", [
            ("2027-03-23", "upcoming"), ("2027-03-27", "due"), ("2027-03-30", "first"),
            ("2027-04-09", "second"), ("2027-04-24", "final"), ("2027-05-11", "final"),
            ("2027-05-26", "final"),
        ]),
        # Mexico City, leap day 2028 (a Tuesday); 20 March is a holiday in place of the 21st.
        ("MX", "2028-02-29", [
            ("2028-02-28", "upcoming"), ("2028-03-02", "due"), ("2028-03-06", "first"),
            ("2028-03-15", "second"), ("2028-03-30", "final"), ("2028-04-14", "final"),
            ("2028-05-02", "final"),
        ]),
        # Lima, month end: 31 July 2027 is a Saturday; 28 and 29 July and 6 and 30 August are
        # holidays.
        ("PE", "2027-07-31", [
            ("2027-07-30", "upcoming"), ("2027-08-02", "due"), ("2027-08-05", "first"),
            ("2027-08-16", "second"), ("2027-08-31", "final"), ("2027-09-15", "final"),
            ("2027-09-30", "final"),
        ]),
        # Madrid over the change of its clocks on 28 March 2027; Good Friday is the 26th.
        ("ES", "2027-03-28", [
            ("2027-03-25", "upcoming"), ("2027-03-29", "due"), ("2027-04-02", "first"),
            ("2027-04-12", "second"), ("2027-04-27", "final"), ("2027-05-12", "final"),
            ("2027-05-27", "final"),
        ]),
    ],
)  # fmt: skip
def test_days_written_by_hand(country, day, expected):
    assert lived(country, due(day), FIRST, date(2028, 12, 31)) == expected


def test_nine_days_off_are_one_reminder_of_the_latest_stage():
    off = {date(2027, 6, 1) + timedelta(days=n) for n in range(9)}
    went = lived("ES", due("2027-06-01"), FIRST, date(2027, 6, 17), off=off)
    assert went == [("2027-05-31", "upcoming"), ("2027-06-10", "first"), ("2027-06-16", "second")]


def test_a_payment_ends_it_on_its_day():
    went = lived("CO", due("2027-06-01"), FIRST, date(2027, 12, 31), paid_on=date(2027, 6, 16))
    assert went == [("2027-05-29", "upcoming"), ("2027-06-01", "due"), ("2027-06-08", "first")]


def test_rules_edited_in_between_hold_from_then_on():
    later = Policy(is_on=True, stale_days=0, rules=(Rule(id="late", days=40, level="final"),))
    before = Policy(is_on=True, stale_days=0, rules=DEFAULT_RULES[:3])
    went = lived(
        "CO", due("2027-06-01"), FIRST, date(2027, 12, 31),
        policy=lambda day: before if day < date(2027, 6, 9) else later,
    )  # fmt: skip
    assert went == [
        ("2027-05-29", "upcoming"), ("2027-06-01", "due"), ("2027-06-08", "first"),
        ("2027-07-13", "late"),  # the 11th is a Sunday, the 12th a holiday
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("moment", "outcome", "why"),
    [
        ("2027-06-06T10:00", "wait", "sunday"),
        ("2027-06-07T10:00", "wait", "holiday"),  # Corpus Christi, moved to Monday
        ("2027-06-05T14:59", "send", ""),
        ("2027-06-05T15:00", "wait", "after_hours"),
        ("2027-06-04T08:59", "wait", "before_hour"),
        ("2027-06-04T18:59", "send", ""),
        ("2027-06-04T19:00", "wait", "after_hours"),
    ],
)
def test_colombias_window_to_the_minute(moment, outcome, why):
    now = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(ZONES["CO"]))
    client = Client("C1", "Uno", "", "es", {"COP": Decimal(1)}, (due("2027-06-01"),), (TO,))
    (found,) = decide(
        Policy(is_on=True, stale_days=0), of_country("CO"), Calendar("CO"), [client], {}, {},
        now=now, timezone=ZONES["CO"], payments_at=now,
    )  # fmt: skip
    assert (found.outcome, found.details.get("why", "")) == (outcome, why)
    if why:
        assert found.until is not None and found.until > now


@pytest.mark.parametrize(("age", "outcome"), [(4, "send"), (5, "wait")])
def test_old_payment_data_holds_everybody(age, outcome):
    now = datetime(2027, 6, 4, 10, tzinfo=ZoneInfo(ZONES["CO"]))
    client = Client("C1", "Uno", "", "es", {"COP": Decimal(1)}, (due("2027-06-01"),), (TO,))
    (found,) = decide(
        Policy(is_on=True), of_country("CO"), Calendar("CO"), [client], {}, {},
        now=now, timezone=ZONES["CO"], payments_at=now - timedelta(days=age),
    )  # fmt: skip
    assert found.outcome == outcome
