"""A schedule in words: when it goes out, whom it is for, and why a day moved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from cartera.calendar import Calendar
from cartera.config import Company
from cartera.i18n import Translator
from cartera.mail.plan import Choice
from cartera.schedules.coming import Coming
from cartera.schedules.timing import LAST, Timing
from cartera.store.schedule_runs import RunState

RUN_WORDS: dict[RunState, str] = {
    "queued": "It went out",
    "nobody": "Nobody to write to",
    "missed": "It did not go out",
}
_DAY = timedelta(days=1)


def timing_words(timing: Timing, tr: Translator) -> str:
    """Its days and hour: "Los días 15 y último de cada mes, 08:00; ..."."""
    if timing.every == "week" and len(timing.weekdays) == 7:
        days = tr.t("Every day")
    elif timing.every == "week":
        days = tr.t("Every {days}", days=_and([tr.weekday(one) for one in timing.weekdays], tr))
    else:
        names = [tr.t("the last") if one == LAST else str(one) for one in timing.days]
        if timing.days == (LAST,):
            days = tr.t("On the last day of each month")
        elif len(names) == 1:
            days = tr.t("On day {day} of each month", day=names[0])
        else:
            days = tr.t("On days {days} of each month", days=_and(names, tr))
    moved = (
        tr.t("if it is not a working day, the next one that is")
        if timing.holidays == "next"
        else tr.t("also on weekends and holidays")
    )
    return f"{days}, {timing.hour:%H:%M}; {moved}"


def choice_words(choice: Choice, tr: Translator) -> str:
    """Whom it is for."""
    parts = [
        tr.t("Clients with an overdue balance")
        if choice.only == "overdue"
        else tr.t("Clients with a balance")
    ]
    if choice.groups:
        parts.append(tr.t("of {groups}", groups=_and(list(choice.groups), tr)))
    if choice.minimum is not None:
        amount = tr.money(choice.minimum, choice.currency or "")
        parts.append(tr.t("from {amount} on", amount=f"{amount} {choice.currency or ''}".strip()))
    elif choice.currency:
        parts.append(tr.t("in {currency}", currency=choice.currency))
    return " ".join(parts)


def coming_words(coming: Coming, company: Company, tr: Translator) -> str:
    """The moment, and why it is not on the day planned.

    "lunes 7 de diciembre, 08:00; el día 6 es domingo".
    """
    local = coming.moment.astimezone(ZoneInfo(company.timezone))
    when = f"{long_day(local.date(), tr)}, {local:%H:%M}"
    occurrence, calendar = coming.occurrence, Calendar(company.country)
    if coming.is_late:
        missed = long_day(occurrence.planned, tr)
        return tr.t("{when}: makes up for {missed}", when=when, missed=missed)
    reasons = []
    day = occurrence.planned
    while day < occurrence.day:
        # That the Sunday after a Saturday is one goes without saying.
        name = calendar.holiday(day, tr.language)
        if name:
            reasons.append(tr.t("day {n} is a holiday ({name})", n=day.day, name=name))
        elif day == occurrence.planned:
            what = tr.weekday(day.weekday())
            reasons.append(tr.t("day {n} is a {weekday}", n=day.day, weekday=what))
        day += _DAY
    return "; ".join([when, *reasons])


def long_day(day: date, tr: Translator) -> str:
    """A day as people say it: "lunes 7 de diciembre de 2026"."""
    from babel.dates import format_date

    if tr.language == "es":
        return format_date(day, "EEEE d 'de' MMMM 'de' y", locale=tr.locale)
    return format_date(day, "EEEE, MMMM d, y", locale=tr.locale)


def _and(names: Sequence[str], tr: Translator) -> str:
    from babel.lists import format_list

    return format_list(list(names), locale=tr.locale)
