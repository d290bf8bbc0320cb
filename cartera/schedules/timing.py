"""When a schedule's statements go out: days of the week or of the month, at an hour.

Everything here is pure. Days and hours are of the company's time zone; an hour that a clock
change skips moves forward, one that comes twice is the first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from cartera.calendar import Calendar
from cartera.errors import UsageError

#: The last day of any month: a day that a month does not have is its last.
LAST = 31
_DAY = timedelta(days=1)
#: No country has so many days off in a row.
_LONGEST_SHIFT = 20 * _DAY


class Timing(BaseModel):
    """The days: `weekdays` (0 is Monday) of every week, or `days` (1 to 31) of every month."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    every: Literal["week", "month"]
    weekdays: tuple[Annotated[int, Field(ge=0, le=6)], ...] = ()
    days: tuple[Annotated[int, Field(ge=1, le=LAST)], ...] = ()
    hour: time = time(8)
    #: On a weekend or a public holiday: wait for the next working day, or go all the same.
    holidays: Literal["next", "same"] = "next"

    @field_validator("weekdays", "days")
    @classmethod
    def _in_order(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(set(value)))

    @model_validator(mode="after")
    def _fits(self) -> Self:
        used, other = (self.weekdays, self.days)[:: 1 if self.every == "week" else -1]
        if not used:
            raise ValueError(f"a schedule of every {self.every} needs at least one day of it")
        if other:
            raise ValueError("days of the week and days of the month do not go together")
        if self.hour.tzinfo is not None or self.hour != self.hour.replace(second=0, microsecond=0):
            raise ValueError("the hour is hours and minutes of the company's own time zone")
        return self

    def to_json(self) -> dict[str, Any]:
        """As the store keeps it."""
        return self.model_dump(mode="json")

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Timing:
        """As the store kept it. Raises `UsageError`."""
        try:
            return cls.model_validate(kept)
        except ValidationError as error:
            said = error.errors()[0]
            where = ".".join(str(part) for part in ("when it goes out", *said["loc"]))
            raise UsageError(f"{where}: {said['msg']}") from None

    def plans(self, day: date) -> bool:
        """Whether that day is one of the schedule's, whatever day it is."""
        if self.every == "week":
            return day.weekday() in self.weekdays
        is_last = (day + _DAY).month != day.month
        return day.day in self.days or (is_last and any(wanted > day.day for wanted in self.days))


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that a schedule goes out: the day planned, and the day and moment it really is."""

    planned: date
    day: date
    moment: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done at a moment: `latest` goes out, of `missed` it is only noted.

    `waits_until`: the latest was missed, too, and is made up then, not before.
    """

    latest: Occurrence | None = None
    missed: tuple[Occurrence, ...] = ()
    waits_until: datetime | None = None

    @property
    def now(self) -> Occurrence | None:
        """What goes out at once."""
        return None if self.waits_until else self.latest


def upcoming(
    timing: Timing, timezone: str, calendar: Calendar, *, after: datetime
) -> Iterator[Occurrence]:
    """What comes after that (aware) moment, without end, in order.

    Days that move onto the same working day are one occurrence, known by the last of them.
    """
    zone = ZoneInfo(timezone)
    planned = after.astimezone(zone).date() - _LONGEST_SHIFT
    last: Occurrence | None = None
    while True:
        if timing.plans(planned):
            day = planned if timing.holidays == "same" else calendar.next_working_day(planned)
            if last is not None and last.day != day and last.moment > after:
                yield last
            last = Occurrence(planned, day, _at(day, timing.hour, zone))
        if last is not None and last.day <= planned and last.moment > after:
            # No later day can move onto this one any more.
            yield last
            last = None
        planned += _DAY


def occurrences(
    timing: Timing, timezone: str, calendar: Calendar, *, after: datetime, until: datetime
) -> Iterator[Occurrence]:
    """Those after one moment, until another one and at it."""
    for found in upcoming(timing, timezone, calendar, after=after):
        if found.moment > until:
            return
        yield found


def due(
    timing: Timing,
    timezone: str,
    calendar: Calendar,
    *,
    since: datetime,
    done: Collection[date],
    now: datetime,
) -> Due:
    """What a schedule that counts from `since` on has to do; `done`: planned days seen to.

    Of several that were missed only the latest is made up: nobody needs last week's statement
    beside this one. It goes on a day on which the schedule may, at its hour or later.
    """
    found = [
        one
        for one in occurrences(timing, timezone, calendar, after=since, until=now)
        if one.planned not in done
    ]
    if not found:
        return Due()
    *missed, latest = found
    opens = _opens(timing, ZoneInfo(timezone), calendar, latest, now)
    if opens > now:
        return Due(latest, tuple(missed), opens)
    return Due(latest, tuple(missed))


def _opens(
    timing: Timing, zone: ZoneInfo, calendar: Calendar, latest: Occurrence, now: datetime
) -> datetime:
    """The first moment from now on at which what was due may still go."""
    today = now.astimezone(zone).date()
    if latest.day == today:
        return latest.moment
    day = today if timing.holidays == "same" else calendar.next_working_day(today)
    return _at(day, timing.hour, zone)


def _at(day: date, hour: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, hour, zone).astimezone(UTC)
