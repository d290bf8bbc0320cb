"""When a company may collect: the hours in which a reminder may reach somebody.

Each country has its own; where none is known, office hours hold. Colombia's are its law's
(Ley 2300 de 2023): Monday to Friday 07:00-19:00, Saturday 08:00-15:00, never on Sundays or public
holidays. Hours include the start and exclude the end, in the company's time zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, model_validator

from cartera.calendar import Calendar

if TYPE_CHECKING:
    from cartera.config import Company
    from cartera.reminders.rules import Policy

#: Why a moment is outside: before_hour: that day's hours, or the hour at which the company sends,
#: come later; after_hours: they are over; saturday, sunday, closed_day: nothing on that day of
#: the week; holiday: its name is in `Wait.holiday`.
Why = Literal["before_hour", "after_hours", "saturday", "sunday", "closed_day", "holiday"]
Hours = tuple[time, time] | None

_DAY = timedelta(days=1)
#: Hours that do not come within so many days do not come at all.
_LONGEST_WAIT = 370
_MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Wait:
    """A moment outside of the window: why, and when the window opens (None: never)."""

    why: Why
    until: datetime | None
    #: Name of the holiday, in the language that was asked for.
    holiday: str = ""


class ContactWindow(BaseModel):
    """Hours of each day of the week, Monday first; None: nobody is written to on that day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hours: tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours]
    on_holidays: bool = False

    @model_validator(mode="after")
    def _opens(self) -> Self:
        given = [hours for hours in self.hours if hours is not None]
        if not given:
            raise ValueError("at least one day of the week needs hours")
        if any(start >= end for start, end in given):
            raise ValueError("the hours of a day must end after they begin")
        return self

    def is_within(self, other: ContactWindow) -> bool:
        """Whether whatever this allows, the other allows, too."""
        return (other.on_holidays or not self.on_holidays) and all(
            mine is None or (its is not None and its[0] <= mine[0] and mine[1] <= its[1])
            for mine, its in zip(self.hours, other.hours, strict=True)
        )

    def within(self, other: ContactWindow) -> ContactWindow:
        """What both allow; the other where they have no hour in common."""
        hours = tuple(
            (max(mine[0], its[0]), min(mine[1], its[1]))
            if mine and its and max(mine[0], its[0]) < min(mine[1], its[1])
            else None
            for mine, its in zip(self.hours, other.hours, strict=True)
        )
        if not any(hours):
            return other
        return ContactWindow(hours=hours, on_holidays=self.on_holidays and other.on_holidays)

    def allows(self, calendar: Calendar, moment: datetime, timezone: str) -> bool:
        """Whether a reminder may go out at that (aware) moment."""
        local = moment.astimezone(ZoneInfo(timezone))
        hours = self.hours_on(calendar, local.date())
        return hours is not None and hours[0] <= local.time() < hours[1]

    def hours_on(self, calendar: Calendar, day: date) -> Hours:
        """The hours of one day; None: nobody is written to."""
        hours = self.hours[day.weekday()]
        return None if hours and not self.on_holidays and calendar.holiday(day) else hours

    def wait(
        self,
        calendar: Calendar,
        moment: datetime,
        timezone: str,
        *,
        hour: time = _MIDNIGHT,
        language: str = "es",
    ) -> Wait | None:
        """None where a reminder may go out at that moment, else why not, and until when.

        `hour`: the company sends nothing before it. A day whose hours end by then has none.
        """
        zone = ZoneInfo(timezone)
        local = moment.astimezone(zone)
        day, at = local.date(), local.time()
        hours = self.hours_on(calendar, day)
        if hours and hour < hours[1] and max(hours[0], hour) <= at < hours[1]:
            return None
        until = self.next_opening(calendar, moment, timezone, hour=hour)
        if hours is None:
            name = calendar.holiday(day, language) if self.hours[day.weekday()] else ""
            closed: Why = "holiday" if name else _closed(day)
            return Wait(closed, until, name)
        before = hour < hours[1] and at < max(hours[0], hour)
        return Wait("before_hour" if before else "after_hours", until)

    def next_opening(
        self, calendar: Calendar, moment: datetime, timezone: str, *, hour: time = _MIDNIGHT
    ) -> datetime | None:
        """The first moment from that one on at which a reminder may go out; None: never.

        In the company's time zone. An opening that a clock change skips is moved forward.
        """
        zone = ZoneInfo(timezone)
        first = moment.astimezone(zone).date()
        for ahead in range(_LONGEST_WAIT):
            day = first + ahead * _DAY
            hours = self.hours_on(calendar, day)
            if hours is None or hour >= hours[1]:
                continue
            opens, closes = (
                datetime.combine(day, at, zone).astimezone(_UTC)
                for at in (max(hours[0], hour), hours[1])
            )
            if moment < closes:
                return max(opens, moment.astimezone(_UTC)).astimezone(zone)
        return None


_UTC = ZoneInfo("UTC")


def _office(start: int, end: int, saturday: Hours = None) -> ContactWindow:
    weekday = (time(start), time(end))
    return ContactWindow(hours=(weekday, weekday, weekday, weekday, weekday, saturday, None))


_PRUDENT = _office(8, 18)
_BY_COUNTRY = {"CO": _office(7, 19, (time(8), time(15)))}


def of_country(country: str) -> ContactWindow:
    """What the country's law allows; office hours where we know of no such law."""
    return _BY_COUNTRY.get(country.upper(), _PRUDENT)


def has_law(country: str) -> bool:
    """Whether `of_country` is the country's law, not our prudence."""
    return country.upper() in _BY_COUNTRY


def window_of(policy: Policy, company: Company) -> ContactWindow:
    """The company's own window, or its country's; never beyond a law, whatever was saved.

    The page that saves hours refuses those beyond the law, but the country can change afterwards.
    """
    country = of_country(company.country)
    if policy.window is None:
        return country
    return policy.window.within(country) if has_law(company.country) else policy.window


def _closed(day: date) -> Why:
    return "sunday" if day.weekday() == 6 else "saturday" if day.weekday() == 5 else "closed_day"
