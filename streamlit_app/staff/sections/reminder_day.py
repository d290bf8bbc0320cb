"""A day's reminders: what goes out, what waits, and why each other client gets nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from cartera.errors import UsageError
from cartera.reminders import words
from cartera.reminders.outlook import FARTHEST, Outlook, outlook
from cartera.reminders.rules import Policy
from cartera.reminders.terms import Decision, Outcome
from streamlit_app.staff import address, listing
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.listing import Paging
from streamlit_app.staff.pages import CLIENT, REMINDERS
from streamlit_app.staff.sections.html import show

OUTCOMES: tuple[Outcome, ...] = ("send", "wait", "nothing")
#: Items named in a row; the client's page has them all.
MOST_NAMED = 4


def draw(here: Here, policy: Policy) -> None:
    """The day that the address asks for, or today."""
    asked = here.asked
    day = address.day(asked, "day") or here.today
    # Off or not: looking is for deciding whether to switch them on.
    shown = policy.model_copy(update={"is_on": True})
    wrong = ""
    try:
        seen = _seen(here, shown, asked)
    except UsageError:
        last = here.tr.day(here.today + timedelta(days=FARTHEST))
        wrong = here.t("Days until {last} can be looked at.", last=last)
        seen = outlook(here.store, here.reader, here.company, on=None, now=here.now, policy=shown)
    counts = Counter(one.outcome for one in seen.decisions)
    first: Outcome = next((one for one in OUTCOMES if counts[one]), "send")
    outcome: Outcome = address.one_of(asked, "show", OUTCOMES, first)
    mine = [one for one in seen.decisions if one.outcome == outcome]
    reasons = Counter(one.reason for one in mine)
    reason = address.one_of(asked, "reason", list(reasons), "")
    text = address.text(asked, "text")
    found = [
        one
        for one in mine
        if (not reason or one.reason == reason) and text.lower() in one.name.lower()
    ]
    paging = Paging(REMINDERS.path, asked, len(found))
    start = (paging.number - 1) * listing.ROWS
    rules = {rule.id: rule for rule in policy.rules}
    show(
        here,
        "reminder_day",
        day=day.isoformat(),
        is_today=day == here.today,
        is_simulated=seen.is_simulated,
        moment=here.moment(seen.moment),
        wrong=wrong,
        text=text,
        reason=reason,
        outcome=outcome,
        tabs=[
            {
                "name": here.t(words.OUTCOME_WORDS[one]),
                "href": href(REMINDERS.path, asked, show=one, reason=None, page=None),
                "on": one == outcome,
                "n": counts[one],
            }
            for one in OUTCOMES
        ],
        reasons=[
            (code, f"{here.t(words.REASON_WORDS[code])} ({n})") for code, n in reasons.most_common()
        ],
        rows=[
            _row(here, one, words.why(one, here.tr, here.company.timezone, rules))
            for one in found[start : start + listing.ROWS]
        ],
        paging=paging,
    )


def _seen(here: Here, policy: Policy, asked: Any) -> Outlook:
    day = address.day(asked, "day")
    return outlook(here.store, here.reader, here.company, on=day, now=here.now, policy=policy)


def _row(here: Here, one: Decision, why: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "href": href(CLIENT.path, {"client": one.client_id}),
        "items": _items(here, one),
        "more": max(len(one.due) - MOST_NAMED, 0),
        "why": why,
        "to": [f"{c.name} · {c.address}" if c.name else c.address for c in one.contacts],
    }


def _items(here: Here, one: Decision) -> Sequence[dict[str, str]]:
    return [
        {
            "number": due.item.number,
            "due": here.tr.day(due.item.due_date),
            "open": here.money(due.item.open, due.item.currency),
        }
        for due in one.due[:MOST_NAMED]
    ]
