"""When statements go out: two years of four cities, against tables written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartera.calendar import Calendar
from cartera.errors import UsageError
from cartera.schedules.timing import LAST, Timing, due, occurrences, upcoming

HOUR = timedelta(hours=1)
CITIES = {
    "Bogotá": ("CO", "America/Bogota"),
    "Ciudad de México": ("MX", "America/Mexico_City"),
    "Lima": ("PE", "America/Lima"),
    "Madrid": ("ES", "Europe/Madrid"),
}
MONTHLY = Timing(every="month", days=(6, LAST), hour=time(8))
MON_THU = Timing(every="week", weekdays=(0, 3), hour=time(8))

# What the calendar alone says of days 6 and last, the same in all four: weekends move.
WEEKENDS = """
2027-01-06           2027-01-31>2027-02-01  2027-02-06>2027-02-08  2027-02-28>2027-03-01
2027-03-06>2027-03-08  2027-03-31  2027-04-06  2027-04-30  2027-05-06  2027-05-31
2027-06-06>2027-06-07  2027-06-30  2027-07-06  2027-07-31>2027-08-02  2027-08-06  2027-08-31
2027-09-06  2027-09-30  2027-10-06  2027-10-31>2027-11-01  2027-11-06>2027-11-08  2027-11-30
2027-12-06  2027-12-31
2028-01-06  2028-01-31  2028-02-06>2028-02-07  2028-02-29  2028-03-06  2028-03-31
2028-04-06  2028-04-30>2028-05-01  2028-05-06>2028-05-08  2028-05-31  2028-06-06  2028-06-30
2028-07-06  2028-07-31  2028-08-06>2028-08-07  2028-08-31  2028-09-06  2028-09-30>2028-10-02
2028-10-06  2028-10-31  2028-11-06  2028-11-30  2028-12-06  2028-12-31>2029-01-01
"""
# And what each country's holidays change of it. Easter is 28 March 2027 and 16 April 2028.
HOLIDAYS = {
    # Sacred Heart (Mon 7 Jun), Corpus (Mon 31 May), All Saints (Mon 1 Nov; 2028: Mon 6), Labour
    # Day, Boyacá (Mon 7 Aug), New Year. Epiphany moves away from the 6th to a Monday.
    "Bogotá": """2027-06-06>2027-06-08  2027-05-31>2027-06-01  2027-10-31>2027-11-02
        2028-04-30>2028-05-02  2028-08-06>2028-08-08  2028-11-06>2028-11-07
        2028-12-31>2029-01-02""",
    # Constitution on the first Monday of February (1 Feb 2027, 7 Feb 2028), Labour Day, New Year.
    "Ciudad de México": """2027-01-31>2027-02-02  2028-02-06>2028-02-08  2028-04-30>2028-05-02
        2028-12-31>2029-01-02""",
    # Flag day (7 Jun), Junín (Fri 6 Aug 2027), All Saints (Mon), Labour Day, New Year.
    "Lima": """2027-06-06>2027-06-08  2027-08-06>2027-08-09  2027-10-31>2027-11-02
        2028-04-30>2028-05-02  2028-12-31>2029-01-02""",
    # Epiphany on the 6th, Constitution on 6 December, All Saints, Labour Day, New Year.
    "Madrid": """2027-01-06>2027-01-07  2027-10-31>2027-11-02  2027-12-06>2027-12-07
        2028-01-06>2028-01-07  2028-04-30>2028-05-02  2028-12-06>2028-12-07
        2028-12-31>2029-01-02""",
}  # fmt: skip
#: Clocks of Madrid go forward and back on these days.
SUMMERS = [
    (date(2027, 3, 28), date(2027, 10, 31)),
    (date(2028, 3, 26), date(2028, 10, 29)),
]


def table(written: str) -> dict[date, date]:
    pairs = (one.split(">") for one in written.split())
    return {date.fromisoformat(p[0]): date.fromisoformat(p[-1]) for p in pairs}


def at(zone: str, *moment: int) -> datetime:
    return datetime(*moment, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[misc]


@dataclass
class Machine:
    """A clock that goes on step by step, and a memory of what was done."""

    city: str
    timing: Timing
    now: datetime
    step: timedelta = HOUR
    since: datetime = field(init=False)
    done: set[date] = field(default_factory=set)
    ran: list[tuple[date, datetime]] = field(default_factory=list)
    missed: list[date] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.country, self.zone = CITIES[self.city]
        self.since = self.now

    def on_until(self, until: datetime) -> Machine:
        while self.now <= until:
            what = due(
                self.timing, self.zone, Calendar(self.country),
                since=self.since, done=self.done, now=self.now,
            )  # fmt: skip
            for one in what.missed:
                self.done.add(one.planned)
                self.missed.append(one.planned)
            if what.now:
                self.done.add(what.now.planned)
                self.ran.append((what.now.planned, self.now))
                self.since = max(self.since, what.now.moment)
            self.now += self.step
        return self

    def off_until(self, until: datetime) -> Machine:
        self.now = until
        return self

    def edited(self, timing: Timing) -> Machine:
        self.timing, self.since = timing, self.now
        return self

    def days(self) -> list[tuple[date, str]]:
        """Planned day, and the local moment at which it went."""
        zone = ZoneInfo(self.zone)
        return [(p, f"{moment.astimezone(zone):%Y-%m-%d %H:%M}") for p, moment in self.ran]


def steps(city: str) -> timedelta:
    """Only Madrid's clocks change: elsewhere every fourth hour meets 08:00."""
    return HOUR if city == "Madrid" else 4 * HOUR


@pytest.mark.parametrize("city", CITIES)
def test_two_years_agree_with_the_table_written_by_hand(city: str) -> None:
    expected = table(WEEKENDS) | table(HOLIDAYS[city])
    zone = CITIES[city][1]
    machine = Machine(city, MONTHLY, at(zone, 2027, 1, 1), steps(city))
    machine.on_until(at(zone, 2029, 1, 4, 20))
    assert len(machine.ran) == 48
    assert {planned: moment.astimezone(ZoneInfo(zone)).date() for planned, moment in machine.ran} \
        == expected  # fmt: skip
    assert machine.missed == []
    hours = {"Bogotá": 13, "Ciudad de México": 14, "Lima": 13}
    for _, moment in machine.ran:
        summer = any(start <= moment.date() < end for start, end in SUMMERS)
        assert moment.hour == hours.get(city, 6 if summer else 7)


@pytest.mark.parametrize("city", CITIES)
def test_on_any_day_they_go_on_the_day_itself(city: str) -> None:
    zone = CITIES[city][1]
    timing = MONTHLY.model_copy(update={"holidays": "same"})
    machine = Machine(city, timing, at(zone, 2027, 1, 1), steps(city))
    machine.on_until(at(zone, 2028, 12, 31, 12))
    assert [(p, f"{p} 08:00") for p in table(WEEKENDS)] == machine.days()


def test_nine_days_off_are_made_up_once_on_a_working_day() -> None:
    """Corpus is Monday 31 May, Sacred Heart Monday 7 June: both move to the Tuesday."""
    zone = "America/Bogota"
    machine = Machine("Bogotá", MON_THU, at(zone, 2027, 5, 24)).on_until(at(zone, 2027, 5, 26, 23))
    machine.off_until(at(zone, 2027, 6, 5)).on_until(at(zone, 2027, 6, 7, 23))
    # Switched on again on a Saturday before a long weekend: Thursday's waits, and then Monday's,
    # moved to the Tuesday, is the latest.
    assert machine.days() == [(date(2027, 5, 24), "2027-05-24 08:00")]
    machine.on_until(at(zone, 2027, 6, 11))
    assert machine.days()[1:] == [
        (date(2027, 6, 7), "2027-06-08 08:00"),
        (date(2027, 6, 10), "2027-06-10 08:00"),
    ]
    assert machine.missed == [date(2027, 5, 27), date(2027, 5, 31), date(2027, 6, 3)]


def test_what_was_missed_is_made_up_at_the_hour_not_in_the_night() -> None:
    zone = "America/Mexico_City"
    machine = Machine("Ciudad de México", MONTHLY, at(zone, 2028, 1, 20))
    machine.on_until(at(zone, 2028, 1, 25)).off_until(at(zone, 2028, 2, 3))
    machine.on_until(at(zone, 2028, 2, 10))
    assert machine.days() == [
        (date(2028, 1, 31), "2028-02-03 08:00"),
        (date(2028, 2, 6), "2028-02-08 08:00"),
    ]
    assert machine.missed == []


def test_late_on_its_own_day_it_goes_at_once() -> None:
    zone = "Europe/Madrid"
    machine = Machine("Madrid", MONTHLY, at(zone, 2028, 2, 20))
    machine.off_until(at(zone, 2028, 2, 29, 21)).on_until(at(zone, 2028, 3, 1, 23))
    assert machine.days() == [(date(2028, 2, 29), "2028-02-29 21:00")]


def test_what_would_wait_says_until_when() -> None:
    zone, calendar = "America/Bogota", Calendar("CO")
    since, saturday = at(zone, 2027, 6, 2), at(zone, 2027, 6, 5, 10)
    what = due(MON_THU, zone, calendar, since=since, done=(), now=saturday)
    assert (what.now, what.missed) == (None, ())
    assert what.waits_until == at(zone, 2027, 6, 8, 8)


def test_edited_after_it_went_it_does_not_go_again_that_day() -> None:
    zone = "America/Lima"
    machine = Machine("Lima", MON_THU, at(zone, 2027, 2, 1)).on_until(at(zone, 2027, 2, 1, 9))
    machine.edited(MON_THU.model_copy(update={"hour": time(11)})).on_until(at(zone, 2027, 2, 5))
    assert machine.days() == [
        (date(2027, 2, 1), "2027-02-01 08:00"),
        (date(2027, 2, 4), "2027-02-04 11:00"),
    ]


def test_edited_between_runs_only_what_comes_after_counts() -> None:
    """Good Friday is 26 March 2027; clocks go forward on the Sunday in between."""
    zone = "Europe/Madrid"
    fridays = Timing(every="week", weekdays=(4,), hour=time(8))
    machine = Machine("Madrid", fridays, at(zone, 2027, 3, 15)).on_until(at(zone, 2027, 3, 26, 9))
    machine.edited(Timing(every="week", weekdays=(4,), hour=time(7)))
    machine.on_until(at(zone, 2027, 3, 30))
    assert machine.days() == [
        (date(2027, 3, 19), "2027-03-19 08:00"),
        (date(2027, 3, 26), "2027-03-29 07:00"),
    ]
    # The first of the month was over before anybody asked for it.
    machine.on_until(at(zone, 2027, 4, 2, 9)).edited(Timing(every="month", days=(1, 5)))
    machine.on_until(at(zone, 2027, 4, 6))
    assert machine.days()[2:] == [
        (date(2027, 4, 2), "2027-04-02 07:00"),
        (date(2027, 4, 5), "2027-04-05 08:00"),
    ]
    assert machine.missed == []


def coming(timing: Timing, country: str, zone: str, after: datetime, n: int) -> Iterator[str]:
    for one in islice(upcoming(timing, zone, Calendar(country), after=after), n):
        yield f"{one.planned} {one.moment:%m-%d %H:%M}"


def test_an_hour_that_a_clock_change_skips_or_repeats() -> None:
    sundays = Timing(every="week", weekdays=(6,), hour=time(2, 30), holidays="same")
    found = list(coming(sundays, "ES", "Europe/Madrid", at("Europe/Madrid", 2027, 3, 20), 3))
    # 02:30 is not on 28 March: 03:30 of summer time is the moment that it would have been.
    assert found == ["2027-03-21 03-21 01:30", "2027-03-28 03-28 01:30", "2027-04-04 04-04 00:30"]
    found = list(coming(sundays, "ES", "Europe/Madrid", at("Europe/Madrid", 2027, 10, 30), 2))
    # 02:30 is twice on 31 October: the first is still summer time.
    assert found == ["2027-10-31 10-31 00:30", "2027-11-07 11-07 01:30"]


def test_days_that_move_onto_one_another_are_one() -> None:
    weekend = Timing(every="week", weekdays=(0, 5, 6))
    zone = "America/Bogota"
    found = list(coming(weekend, "CO", zone, at(zone, 2027, 6, 3), 2))
    assert found == ["2027-06-07 06-08 13:00", "2027-06-14 06-14 13:00"]


def test_a_day_that_a_month_does_not_have_is_its_last() -> None:
    timing = Timing(every="month", days=(30,), holidays="same")
    found = occurrences(
        timing, "America/Lima", Calendar("PE"),
        after=at("America/Lima", 2028, 1, 1), until=at("America/Lima", 2028, 4, 1),
    )  # fmt: skip
    assert [one.planned.isoformat() for one in found] == ["2028-01-30", "2028-02-29", "2028-03-30"]


@pytest.mark.parametrize(
    "values",
    [
        {"every": "week"},
        {"every": "month"},
        {"every": "week", "weekdays": [7]},
        {"every": "month", "days": [0]},
        {"every": "month", "days": [32]},
        {"every": "week", "weekdays": [1], "days": [1]},
        {"every": "year", "days": [1]},
        {"every": "week", "weekdays": [1], "hour": "08:00:30"},
        {"every": "week", "weekdays": [1], "holidays": "before"},
    ],
)
def test_timings_that_make_no_sense_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="when it goes out"):
        Timing.from_json(values)


timings = st.builds(
    Timing, every=st.just("week"), weekdays=st.sets(st.integers(0, 6), min_size=1),
    hour=st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    holidays=st.sampled_from(["next", "same"]),
) | st.builds(
    Timing, every=st.just("month"), days=st.sets(st.integers(1, 31), min_size=1),
    hour=st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    holidays=st.sampled_from(["next", "same"]),
)  # fmt: skip


@given(timing=timings, city=st.sampled_from(sorted(CITIES)), start=st.dates(
    date(2027, 1, 1), date(2028, 11, 1)), days=st.integers(0, 45))  # fmt: skip
def test_every_planned_day_comes_once_on_the_first_day_that_may(
    timing: Timing, city: str, start: date, days: int
) -> None:
    """Against a naive reading: each planned day, moved by hand, within the span."""
    country, zone = CITIES[city]
    calendar = Calendar(country)
    after, until = at(zone, *start.timetuple()[:3]), at(zone, *start.timetuple()[:3])
    until += timedelta(days=days)
    naive: dict[datetime, date] = {}
    for ahead in range(-40, days + 2):
        planned = start + timedelta(days=ahead)
        in_month = (planned.replace(day=28) + timedelta(days=4)).replace(day=1)
        length = (in_month - timedelta(days=1)).day
        wanted = {min(one, length) for one in timing.days}
        if planned.weekday() not in timing.weekdays and planned.day not in wanted:
            continue
        day = planned
        while timing.holidays == "next" and not calendar.is_working_day(day):
            day += timedelta(days=1)
        local = datetime.combine(day, timing.hour, ZoneInfo(zone)).astimezone(UTC)
        if after < local <= until:
            naive[local] = planned
    found = list(occurrences(timing, zone, calendar, after=after, until=until))
    assert [(one.moment, one.planned) for one in found] == sorted(naive.items())
