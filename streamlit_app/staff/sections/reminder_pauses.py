"""Pauses: reminders that people hold back, of a client, of one document or to one contact."""

from __future__ import annotations

from cartera.store import pauses
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import CLIENT, REMINDERS
from streamlit_app.staff.sections import pause_dialogs
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.message_words import who
from streamlit_app.staff.sections.pause_dialogs import LIFT, PAUSE, what_of


def draw(here: Here) -> None:
    """Those that hold today; one is made from the client's record or here."""
    pause_dialogs.draw(here)
    may = here.person.may("mail")
    found = pauses.pauses(here.store, here.company.id, day=here.today)
    names = here.client_names(one.client_id for one in found)
    view = {"view": "pauses"}
    show(
        here,
        "reminder_pauses",
        add=href(REMINDERS.path, view, **{PAUSE: "1"}) if may else "",
        rows=[
            {
                "client": names.get(one.client_id, one.client_id),
                "href": href(CLIENT.path, {"client": one.client_id}),
                "what": what_of(here, one),
                "until": here.tr.day(one.until),
                "reason": one.reason,
                "by": f"{who(here, one.created_by)}, {here.moment(one.created_at)}",
                "lift": href(REMINDERS.path, view, **{LIFT: one.public_id}) if may else "",
            }
            for one in found
        ],
    )
