"""Days on which dates go wrong, for running the tests on them: `python -m tests.days --list`.

Each day is a moment in Bogotá, the time zone of the sample company, and the next of its kind
after the real clock: time only ever moves forward, as it does for files and sessions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cartera.calendar import Calendar

BOGOTA = ZoneInfo("America/Bogota")
_DAY = timedelta(days=1)


def _days_after(now: datetime) -> Iterator[date]:
    day = now.astimezone(BOGOTA).date()
    while True:
        day += _DAY
        yield day


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), BOGOTA)


def sunday(now: datetime) -> datetime:
    """A Sunday at 20:00: no reminders are sent, the last invoice is Friday's, UTC has Monday."""
    return _at(next(d for d in _days_after(now) if d.weekday() == 6), 20)


def new_year_eve(now: datetime) -> datetime:
    """31 December, 23:50: UTC is in the next year, and the day ends while tests run."""
    return _at(next(d for d in _days_after(now) if (d.month, d.day) == (12, 31)), 23, 50)


def leap_day(now: datetime) -> datetime:
    """29 February, 10:00: the same day of another year does not exist."""
    return _at(next(d for d in _days_after(now) if (d.month, d.day) == (2, 29)), 10)


def holiday(now: datetime) -> datetime:
    """A public holiday on a Monday, 10:00: not worked, though neither Saturday nor Sunday."""
    calendar = Calendar("CO")
    return _at(next(d for d in _days_after(now) if d.weekday() == 0 and calendar.holiday(d)), 10)


def two_years(now: datetime) -> datetime:
    """This time of day in 730 days: fixed dates in tests lie far back."""
    return now.astimezone(BOGOTA) + 730 * _DAY


DAYS: dict[str, Callable[[datetime], datetime]] = {
    "sunday": sunday,
    "new-year-eve": new_year_eve,
    "leap-day": leap_day,
    "holiday": holiday,
    "two-years": two_years,
}


def of_the_week(now: datetime) -> str:
    """The day's name whose turn it is: another each week, so that CI sees all of them."""
    weeks = (now.astimezone(BOGOTA).date().toordinal() - 1) // 7
    return list(DAYS)[weeks % len(DAYS)]


def in_the_present(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables without faketime, for what cannot live on another day.

    Chromium and gRPC, which Dagster's processes talk by, wait for moments of the true monotonic
    clock in ways that libfaketime does not know: they turn in circles, or never wake.
    """
    return {name: value for name, value in environment.items() if name != "LD_PRELOAD"}
