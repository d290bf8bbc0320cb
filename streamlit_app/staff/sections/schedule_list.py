"""All schedules of the company: when each goes out, to whom, and when next."""

from __future__ import annotations

from typing import Any

from cartera.schedules import words
from cartera.schedules.coming import coming
from cartera.store import schedule_runs, schedules
from cartera.store.schedules import Schedule
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import MAILINGS, SCHEDULES
from streamlit_app.staff.sections.html import show


def draw(here: Here) -> None:
    """The table, and the way to a new one."""
    found = schedules.list_schedules(here.store, here.company.id)
    show(
        here,
        "schedules",
        back=MAILINGS.path,
        add=href(SCHEDULES.path, {"new": "1"}) if here.person.may("mail") else "",
        rows=[_row(here, one) for one in found],
    )


def _row(here: Here, one: Schedule) -> dict[str, Any]:
    moments = coming(here.store, one, here.company, now=here.now)
    last = next(iter(schedule_runs.of(here.store, one, limit=1)), None)
    return {
        "name": one.name,
        "href": href(SCHEDULES.path, {"schedule": one.public_id}),
        "when": words.timing_words(one.timing, here.tr),
        "who": words.choice_words(one.choice, here.tr),
        "next": words.coming_words(moments[0], here.company, here.tr) if moments else "",
        "is_on": one.is_on,
        "last": here.moment(last.run_at) if last else "",
        "last_state": here.t(words.RUN_WORDS[last.state]) if last else "",
    }
