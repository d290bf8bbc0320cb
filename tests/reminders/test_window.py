"""The hours in which a reminder may reach somebody: each country's, a company's own, and both."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cartera.calendar import Calendar
from cartera.config import Company
from cartera.reminders.rules import Policy
from cartera.reminders.window import ContactWindow, has_law, of_country, window_of

BOGOTA = "America/Bogota"
CALENDAR = Calendar("CO")
LAW = of_country("CO")
EVER = ContactWindow(hours=((time(0), time.max),) * 7, on_holidays=True)


def at(text: str, zone: str = BOGOTA) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


# Ley 2300 de 2023, article 1; 2026-11-26 is a Thursday, 2026-12-08 a holiday on a Tuesday.
@pytest.mark.parametrize(
    ("moment", "why", "until"),
    [
        ("2026-11-26T06:59:59", "before_hour", "2026-11-26T07:00"),
        ("2026-11-26T07:00", None, None),
        ("2026-11-26T18:59:59", None, None),
        ("2026-11-26T19:00", "after_hours", "2026-11-27T07:00"),
        ("2026-11-28T07:59", "before_hour", "2026-11-28T08:00"),
        ("2026-11-28T14:59", None, None),
        ("2026-11-28T15:00", "after_hours", "2026-11-30T07:00"),
        ("2026-11-29T10:00", "sunday", "2026-11-30T07:00"),
        ("2026-12-08T10:00", "holiday", "2026-12-09T07:00"),
        ("2026-12-07T19:00", "after_hours", "2026-12-09T07:00"),
        ("2026-12-31T19:00", "after_hours", "2027-01-02T08:00"),
    ],
)
def test_colombias_law_to_the_minute(moment, why, until):
    found = LAW.wait(CALENDAR, at(moment), BOGOTA)
    assert LAW.allows(CALENDAR, at(moment), BOGOTA) == (why is None)
    assert (found.why if found else None) == why
    assert (found.until if found else None) == (at(until) if until else None)


def test_a_holiday_is_named_in_the_readers_language():
    moment = at("2026-12-08T10:00")
    assert "Inmaculada" in LAW.wait(CALENDAR, moment, BOGOTA, language="es").holiday
    assert "Immaculate" in LAW.wait(CALENDAR, moment, BOGOTA, language="en").holiday


def test_the_hour_at_which_the_company_sends_comes_first():
    found = LAW.wait(CALENDAR, at("2026-11-26T07:30"), BOGOTA, hour=time(9))
    assert (found.why, found.until) == ("before_hour", at("2026-11-26T09:00"))
    # On Saturday nothing goes out before 16:00, when the law's hours are over: Monday, then.
    found = LAW.wait(CALENDAR, at("2026-11-28T10:00"), BOGOTA, hour=time(16))
    assert (found.why, found.until) == ("after_hours", at("2026-11-30T16:00"))


def test_the_hour_that_a_clock_change_skips_moves_forward():
    night = ContactWindow(hours=((time(2, 30), time(20)),) * 7, on_holidays=True)
    opens = night.next_opening(
        Calendar("ES"), at("2027-03-28T00:00", "Europe/Madrid"), "Europe/Madrid"
    )
    assert opens == at("2027-03-28T03:30", "Europe/Madrid")


def test_where_no_law_is_known_office_hours_hold_unless_the_company_has_its_own():
    spain = Company(id="main", country="ES", timezone="Europe/Madrid")
    assert not has_law("ES")
    assert window_of(Policy(), spain) == of_country("ES")
    assert of_country("ES").hours[5:] == (None, None)
    assert window_of(Policy(window=EVER), spain) == EVER


def test_no_hours_that_were_saved_go_beyond_the_law():
    company = Company(id="main", country="CO", timezone=BOGOTA)
    assert window_of(Policy(window=EVER), company) == LAW
    early = ContactWindow(hours=((time(5), time(10)),) * 7, on_holidays=True)
    held = window_of(Policy(window=early), company)
    assert held.hours == (((time(7), time(10)),) * 5 + ((time(8), time(10)), None))
    assert not held.on_holidays
    # Hours with none of the law's in them: the law's, not never.
    night = ContactWindow(hours=((time(20), time(23)),) * 7)
    assert window_of(Policy(window=night), company) == LAW


@pytest.mark.parametrize(
    "hours", [(None,) * 7, ((time(9), time(9)),) * 7, ((time(9), time(8)),) * 7]
)
def test_hours_that_never_open_are_refused(hours):
    with pytest.raises(ValidationError):
        ContactWindow(hours=hours)


hours = st.one_of(
    st.none(),
    st.tuples(st.integers(0, 1438), st.integers(1, 1439))
    .filter(lambda pair: pair[0] < pair[1])
    .map(lambda pair: tuple(time(*divmod(minute, 60)) for minute in pair)),
)
windows = st.builds(
    ContactWindow,
    hours=st.tuples(*[hours] * 7).filter(any),
    on_holidays=st.booleans(),
)
moments = st.datetimes(datetime(2027, 1, 1), datetime(2028, 12, 31)).map(
    lambda moment: moment.replace(tzinfo=ZoneInfo(BOGOTA))
)


@given(windows, windows, moments)
def test_what_is_within_both_is_allowed_by_both(one, other, moment):
    both = one.within(other)
    assert both.is_within(other)
    if both.is_within(one):
        assert both.allows(CALENDAR, moment, BOGOTA) == (
            one.allows(CALENDAR, moment, BOGOTA) and other.allows(CALENDAR, moment, BOGOTA)
        )
    else:
        assert both == other  # nothing in common


@given(windows, moments)
def test_an_opening_is_the_first_minute_that_is_allowed(window, moment):
    opens = window.next_opening(CALENDAR, moment, BOGOTA)
    wait = window.wait(CALENDAR, moment, BOGOTA)
    if window.allows(CALENDAR, moment, BOGOTA):
        assert opens == moment
        assert wait is None
        return
    assert wait is not None
    assert wait.until == opens
    assert opens is not None
    assert window.allows(CALENDAR, opens, BOGOTA)
    # No start of a day's hours, nor any hour, between the two.
    probe = moment
    while probe < opens:
        assert not window.allows(CALENDAR, probe, BOGOTA)
        probe += timedelta(minutes=7)
    day: date = moment.date()
    while day < opens.date():
        begins = window.hours_on(CALENDAR, day)
        if begins:
            start = datetime.combine(day, begins[0], ZoneInfo(BOGOTA))
            assert start <= moment
        day += timedelta(days=1)
