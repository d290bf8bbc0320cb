"""What clients may do on their pages: for all of them; one client's own stands on its record."""

from __future__ import annotations

import streamlit as st

from cartera.notices.rights import RIGHTS, Rights
from cartera.store import client_rights
from streamlit_app.staff.here import Here
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.right_words import RIGHT_WORDS
from streamlit_app.staff.sections.said import do, done
from streamlit_app.staff.sections.setting_fields import SAVED

#: How far ahead a promise may lie, at most.
MOST_DAYS = 180


def draw(here: Here) -> None:
    """A switch for each, and how far ahead a promise may lie."""
    rights = client_rights.of_company(here.store, here.company.id)
    left, right = st.columns([1, 1], gap="large")
    with left:
        show(here, "title", title=here.t("What clients may do on their pages"))
        with st.form("settings_rights", border=False):
            wanted = {}
            for name in RIGHTS:
                title, says = RIGHT_WORDS[name]
                wanted[name] = st.toggle(here.t(title), value=rights.may(name), key=f"right_{name}")
                st.caption(here.t(says))
            days = st.number_input(
                here.t("Days ahead that a promise may lie"), 1, MOST_DAYS, rights.promise_days,
                key="promise_days",
            )  # fmt: skip
            pressed = st.form_submit_button(here.t("Save"), type="primary")
    with right:
        show(here, "title", title=here.t("How long they can open it"))
        st.write(
            here.t(
                "Each message brings a fresh link. It lives {days} days beyond the last due date"
                " of what is open, and never more than 120 days in all. Whoever opens an old one"
                " asks for a new one there, which goes only to an address on record.",
                days=here.company.link_days,
            )
        )
        st.caption(
            here.t("The days are set under “Company”; what a single client may do, on its record.")
        )
    if pressed:
        made = Rights(**{str(name): on for name, on in wanted.items()}, promise_days=int(days))
        do(
            here,
            lambda: client_rights.save_company(
                here.store, here.company.id, made, by=here.person, now=here.now
            ),
            lambda changed: done(SAVED if changed else "Nothing had changed."),
        )
