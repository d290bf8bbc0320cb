"""One schedule: who gets what next time, who is kept out, and what became of the times before."""

from __future__ import annotations

from typing import Any

from cartera.errors import NotFound
from cartera.schedules import words
from cartera.schedules.coming import Coming, Roll, coming, roll
from cartera.store import outbox, schedule_runs, schedules
from cartera.store.schedule_runs import Run
from cartera.store.schedules import Schedule
from cartera.warehouse.reader import NothingPublished
from streamlit_app.staff import address, listing
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.listing import Paging
from streamlit_app.staff.pages import MAILINGS, SCHEDULES
from streamlit_app.staff.sections.bulk_choice import plan_row
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.message_words import who
from streamlit_app.staff.sections.nothing import nothing

TABS = {"": "Who gets it", "held": "Those held back", "not": "Who does not, and why"}
FILES = {"pdf": "PDF", "xlsx": "Excel"}
RUN_TONES = {"queued": "credit", "nobody": "", "missed": "warn"}
#: Runs that are shown; a weekly schedule's of two years.
RECENT = 100


def draw(here: Here, public_id: str) -> None:
    """Head, the next time with its clients, and the history."""
    try:
        one = schedules.get(here.store, here.company.id, public_id)
    except NotFound:
        nothing(here, here.t("There is no such schedule."), SCHEDULES)
        return
    may = here.person.may("mail")
    moments = coming(here.store, one, here.company, now=here.now, count=3)
    show(
        here,
        "schedule_head",
        back=SCHEDULES.path,
        title=one.name,
        is_on=one.is_on,
        when=words.timing_words(one.timing, here.tr),
        who=words.choice_words(one.choice, here.tr),
        files=[FILES[name] for name in one.setup.enclosures],
        has_text=bool(one.setup.texts),
        by=who(here, one.created_by),
        at=here.moment(one.created_at),
        acts=_acts(here, one) if may else [],
    )
    if moments:
        _next(here, one, moments, may)
    runs = schedule_runs.of(here.store, one, limit=RECENT)
    show(here, "schedule_runs", rows=[_run(here, run) for run in runs])


def _acts(here: Here, one: Schedule) -> list[dict[str, str]]:
    acts = (
        ("edit", "Edit", "primary"),
        ("switch", "Switch off" if one.is_on else "Switch on", ""),
        ("delete", "Delete", "danger"),
    )
    return [
        {
            "name": here.t(name),
            "href": href(SCHEDULES.path, {"schedule": one.public_id, act: "1"}),
            "tone": tone,
        }
        for act, name, tone in acts
    ]


def _next(here: Here, one: Schedule, moments: tuple[Coming, ...], may: bool) -> None:
    try:
        found = roll(here.store, here.reader, one, here.company, moments[0])
    except NothingPublished:
        found = None
    later = [words.coming_words(each, here.company, here.tr) for each in moments[1:]]
    show(
        here,
        "schedule_next",
        next=words.coming_words(moments[0], here.company, here.tr),
        later=later,
        **(_rows(here, one, found, may) if found else {"rows": None}),
    )


def _rows(here: Here, one: Schedule, found: Roll, may: bool) -> dict[str, Any]:
    """Figures, tabs and one page of clients."""
    tab = address.one_of(here.asked, "show", list(TABS), "")
    lists = {"": found.going, "held": found.held_back, "not": found.plan.unready}
    paging = Paging(SCHEDULES.path, here.asked, len(lists[tab]))
    first = (paging.number - 1) * listing.ROWS
    here_is = {**here.asked, "schedule": one.public_id}
    rows = []
    for row in lists[tab][first : first + listing.ROWS]:
        held = found.held.get(row.client_id)
        act, name = ("hold", "Hold back") if held is None else ("release", "Put back")
        may_act = may and tab != "not"
        rows.append(
            plan_row(here, row)
            | {
                "preview": href(SCHEDULES.path, here_is, preview=row.client_id)
                if not row.problem
                else "",
                "act": href(SCHEDULES.path, here_is, **{act: row.client_id}) if may_act else "",
                "act_name": here.t(name),
                "held": here.t(
                    "Out of every mailing of this schedule" if held else "Out of this one only"
                )
                if held is not None
                else "",
            }
        )
    problems = [row.problem for row in found.plan.unready]
    return {
        "figures": [
            (here.t("Messages"), found.messages, ""),
            (here.t("Clients who get it"), len(found.going), ""),
            (here.t("Those held back"), len(found.held_back), ""),
            (here.t("Without a contact"), problems.count("no_contact"), "warn"),
            (here.t("Dead or unsubscribed"), problems.count("stopped"), "warn"),
        ],
        "tabs": [
            {
                "name": here.t(name),
                "href": href(SCHEDULES.path, here.asked, show=code, page=None),
                "on": code == tab,
                "n": len(lists[code]),
            }
            for code, name in TABS.items()
        ],
        "rows": rows,
        "tab": tab,
        "paging": paging,
    }


def _run(here: Here, run: Run) -> dict[str, Any]:
    counts = outbox.counts(here.store, here.company.id, mailing=run.mailing) if run.mailing else {}
    total = sum(counts.values())
    asked = {"mailing": run.mailing}
    return {
        "planned": words.long_day(run.planned, here.tr),
        "at": here.moment(run.run_at) if run.state != "missed" else "",
        "state": here.t(words.RUN_WORDS[run.state]),
        "tone": RUN_TONES[run.state],
        "why": here.t("The system was off; a later one was sent instead.")
        if run.state == "missed"
        else here.t("Made up for later than planned.")
        if run.is_made_up(here.company.timezone)
        else "",
        "href": href(MAILINGS.path, asked) if run.mailing else "",
        "n": total or "—",
        "sent": counts["sent"] + counts["delivered"] if counts else "—",
        "bad": counts["failed"] + counts["bounced"] + counts["unknown"] if counts else 0,
        "unreached": len(run.problems),
    }
