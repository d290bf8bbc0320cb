"""Working days of the countries that our first users are in; days written by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cartera.calendar import Calendar

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("country", "day", "name"),
    [
        # Colombia moves some holidays to Monday (Ley 51 de 1983), others stay on their day.
        ("CO", "2027-01-11", "Reyes Magos"),
        ("CO", "2027-03-25", "Jueves Santo"),
        ("CO", "2027-03-26", "Viernes Santo"),
        ("CO", "2027-07-20", "Independencia"),
        ("CO", "2026-12-08", "Inmaculada"),
        ("MX", "2027-11-15", "Revolución"),
        ("PE", "2027-07-28", "Independencia"),
        ("ES", "2027-12-06", "Constitución"),
    ],
)
def test_holidays_by_name(country, day, name):
    calendar = Calendar(country)
    assert name in calendar.holiday(date.fromisoformat(day))
    assert not calendar.is_working_day(date.fromisoformat(day))


def test_what_is_a_holiday_in_one_country_is_worked_in_another():
    assert not Calendar("CO").is_working_day(date(2027, 7, 20))
    assert Calendar("MX").is_working_day(date(2027, 7, 20))
    assert Calendar("CO").is_working_day(date(2027, 7, 28))


def test_the_next_working_day():
    calendar = Calendar("CO")
    assert calendar.next_working_day(date(2027, 3, 24)) == date(2027, 3, 24)
    # Holy Thursday, Good Friday, Saturday, Sunday.
    assert calendar.next_working_day(date(2027, 3, 25)) == date(2027, 3, 29)
    assert calendar.next_working_day(date(2027, 12, 31)) == date(2027, 12, 31)
    assert calendar.next_working_day(date(2028, 1, 1)) == date(2028, 1, 3)


def test_an_unknown_country_has_weekends_only():
    calendar = Calendar("QQ")
    year = [date(2027, 1, 1) + n * DAY for n in range(365)]
    assert [d for d in year if not calendar.is_working_day(d)] == [
        d for d in year if d.weekday() >= 5
    ]


def test_names_are_in_the_readers_language_where_the_library_has_it():
    assert Calendar("CO").holiday(date(2027, 3, 26), "en") == "Good Friday"
    assert Calendar("co").holiday(date(2027, 3, 26), "es") == "Viernes Santo"
