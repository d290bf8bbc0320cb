"""Page "Recordatorios": who is reminded on a day and why others are not; the rules; the pauses."""

from __future__ import annotations

import streamlit as st

from cartera.store import reminder_policy
from streamlit_app.staff import address
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import REMINDERS
from streamlit_app.staff.sections import reminder_day, reminder_pauses, reminder_rules
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.mail_state import say_mail_state

VIEWS = {"": "Who is reminded", "rules": "Rules", "pauses": "Pauses"}


def draw(here: Here) -> None:
    """The view that the address names."""
    policy = reminder_policy.policy(here.store, here.company.id)
    view = address.one_of(here.asked, "view", list(VIEWS), "")
    say_mail_state(here)
    show(
        here,
        "reminders",
        is_on=policy.is_on,
        tabs=[
            {
                "name": here.t(name),
                "href": href(REMINDERS.path, {"view": code}),
                "on": code == view,
            }
            for code, name in VIEWS.items()
        ],
    )
    if view == "rules":
        if here.person.may("settings"):
            reminder_rules.draw(here, policy)
        else:
            reminder_rules.read(here, policy)
    elif view == "pauses":
        reminder_pauses.draw(here)
    else:
        if not policy.is_on:
            st.info(
                here.t("Reminders are off: this is what they would do."),
                icon=":material/notifications_off:",
            )
        reminder_day.draw(here, policy)
