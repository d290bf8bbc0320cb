"""Reminders on a client's record: the next one or why there is none, those sent, what is paused."""

from __future__ import annotations

from typing import Any

from cartera.reminders import words
from cartera.reminders.outlook import outlook
from cartera.store import pauses, reminder_policy, reminders
from cartera.store.reminders import Reminder
from cartera.warehouse.reader import NothingPublished
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import CLIENT, MAILINGS
from streamlit_app.staff.sections.message_rows import reason_of
from streamlit_app.staff.sections.message_words import state_of
from streamlit_app.staff.sections.pause_dialogs import LIFT, PAUSE, what_of

SHOWN = 5


def of(here: Here, client_id: str) -> dict[str, Any]:
    """What the record's template shows."""
    may = here.person.may("mail")
    mine = {"client": client_id}
    found = reminders.of_client(here.store, here.company.id, client_id, limit=SHOWN)
    return {
        **_next(here, client_id),
        "sent": [_sent(here, one) for one in found],
        "pauses": [
            {
                "what": what_of(here, one),
                "until": here.tr.day(one.until) if one.until else here.t("Until it is lifted"),
                "reason": one.reason,
                "lift": href(CLIENT.path, mine, **{LIFT: one.public_id}) if may else "",
            }
            for one in pauses.pauses(
                here.store, here.company.id, day=here.today, client_id=client_id
            )
        ],
        "pause": href(CLIENT.path, mine, **{PAUSE: "1"}) if may else "",
        "all": href(MAILINGS.path, mine, kind="reminder"),
    }


def _next(here: Here, client_id: str) -> dict[str, Any]:
    policy = reminder_policy.policy(here.store, here.company.id)
    # A client made by hand, before the pipeline carried it over, has no decision yet.
    nothing = {"is_on": policy.is_on, "why": ""}
    try:
        seen = outlook(
            here.store, here.reader, here.company,
            on=None, now=here.now, policy=policy.as_if_on, client_ids=[client_id],
        )  # fmt: skip
    except NothingPublished:
        return nothing
    found = next((one for one in seen.decisions if one.client_id == client_id), None)
    if found is None:
        return nothing
    return {
        "is_on": policy.is_on,
        "outcome": found.outcome,
        "tone": {"send": "credit", "wait": "warn"}.get(found.outcome, ""),
        "badge": here.t(words.ONE_OUTCOME_WORDS[found.outcome]),
        "why": words.why(found, here.tr, here.company.timezone, policy),
        "to": [one.address for one in found.contacts],
        "documents": [due.item.number for due in found.due],
    }


def _sent(here: Here, one: Reminder) -> dict[str, Any]:
    """A reminder with each of its messages, whatever became of it."""
    return {
        "day": here.tr.day(one.day),
        "level": here.t(words.LEVEL_WORDS[one.level]),
        "messages": [
            {
                "address": message.address,
                "href": href(MAILINGS.path, {"message": message.public_id}),
                "why": reason_of(here, message),
            }
            | state_of(here, message.state)
            for message in one.messages
        ],
    }
