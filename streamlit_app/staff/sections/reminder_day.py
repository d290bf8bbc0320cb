"""A day's reminders: what goes out, what waits, and why each other client gets nothing."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import streamlit as st

from cartera.errors import UsageError
from cartera.reminders import words
from cartera.reminders.outlook import FARTHEST, Outlook, outlook
from cartera.reminders.rules import Policy
from cartera.reminders.terms import Decision, Outcome
from cartera.store import pauses
from streamlit_app.staff import address, listing
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.listing import Paging
from streamlit_app.staff.pages import CLIENT, REMINDERS
from streamlit_app.staff.sections import reminder_preview
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.reminder_preview import PREVIEW

OUTCOMES: tuple[Outcome, ...] = ("send", "wait", "nothing")
#: Items named in a row; the client's page has them all.
MOST_NAMED = 4
#: Deciding for so many clients takes long enough to be noticed at every page of the list.
MANY, KEPT = 5_000, "reminder_day"


def draw(here: Here, policy: Policy) -> None:
    """The day that the address asks for, or today."""
    asked = here.asked
    shown = policy.as_if_on
    wrong = ""
    try:
        seen = _seen(here, shown, address.day(asked, "day"))
    except UsageError:
        last = here.tr.day(here.today + timedelta(days=FARTHEST))
        wrong = here.t("Days until {last} can be looked at.", last=last)
        seen = _seen(here, shown, None)
    day = seen.day
    counts = Counter(one.outcome for one in seen.decisions)
    first: Outcome = next((one for one in OUTCOMES if counts[one]), "send")
    outcome: Outcome = address.one_of(asked, "show", OUTCOMES, first)
    mine = [one for one in seen.decisions if one.outcome == outcome]
    reasons = Counter(one.reason for one in mine)
    reason = address.one_of(asked, "reason", list(reasons), "")
    text = address.text(asked, "text")
    wanted = _folded(text)
    found = [
        one
        for one in mine
        if (not reason or one.reason == reason)
        and (wanted in _folded(one.name) or text == one.client_id)
    ]
    paging = Paging(REMINDERS.path, asked, len(found))
    start = (paging.number - 1) * listing.ROWS
    _say_stale(here, seen)
    asked_for = address.text(asked, PREVIEW)
    of_one = next((one for one in seen.decisions if one.client_id == asked_for), None)
    if of_one and _is_shown(here, seen, of_one):
        reminder_preview.draw(here, of_one)
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
            _row(here, seen, one, words.why(one, here.tr, here.company.timezone, policy))
            for one in found[start : start + listing.ROWS]
        ],
        paging=paging,
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was decided, and all that it goes by."""

    by: tuple[object, ...]
    seen: Outlook


def _seen(here: Here, policy: Policy, day: date | None) -> Outlook:
    """The day's decisions; those of a large company are kept while somebody turns the pages."""
    by = (
        here.company, policy, day, here.reader.publication(),
        here.now.replace(second=0, microsecond=0), pauses.changed_at(here.store, here.company.id),
    )  # fmt: skip
    kept: _Kept | None = st.session_state.get(KEPT)
    if kept is not None and kept.by == by:
        return kept.seen
    seen = outlook(here.store, here.reader, here.company, on=day, now=here.now, policy=policy)
    if len(seen.decisions) >= MANY:
        st.session_state[KEPT] = _Kept(by, seen)
    return seen


def _say_stale(here: Here, seen: Outlook) -> None:
    """That reminders wait for payment data, said once for all of them."""
    if not any(one.reason == "stale_data" for one in seen.decisions):
        return
    at = here.reader.payments_at(here.company.id)
    said = (
        here.t(
            "Reminders wait for payment data: the last came on {day}. Load the payments, even a "
            "file that brings nothing new.",
            day=here.moment(at),
        )
        if at
        else here.t("Reminders wait for payment data: none was ever loaded.")
    )
    st.warning(said, icon=":material/hourglass_disabled:")


def _is_shown(here: Here, seen: Outlook, one: Decision) -> bool:
    """Whether its message can be shown: it is written with the figures of today."""
    return seen.day == here.today and one.outcome != "nothing" and bool(one.contacts)


def _folded(text: str) -> str:
    """Without accents, in small letters: as people search."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(part for part in parts if not unicodedata.combining(part)).casefold()


def _row(here: Here, seen: Outlook, one: Decision, why: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "href": href(CLIENT.path, {"client": one.client_id}),
        "items": _items(here, one),
        "more": max(len(one.due) - MOST_NAMED, 0),
        "why": why,
        "preview": href(REMINDERS.path, here.asked, **{PREVIEW: one.client_id})
        if _is_shown(here, seen, one)
        else "",
        "to": [contact.shown for contact in one.contacts],
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
