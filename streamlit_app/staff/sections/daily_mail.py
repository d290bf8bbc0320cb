"""The daily mail to whoever works here: the dialog in which a person asks for it, or no more."""

from __future__ import annotations

from functools import partial

import streamlit as st

from cartera.store import users
from streamlit_app.staff.here import Here
from streamlit_app.staff.sections.said import do, done

DAILY = "daily"


def draw(here: Here) -> None:
    """The dialog, where the address asks for it: over any page, from the person's menu."""
    if here.asked.get(DAILY):
        st.dialog(here.t("Daily mail"), on_dismiss=_leave)(partial(_ask, here))()


def _ask(here: Here) -> None:
    me = users.get(here.store, here.company.id, here.person.login)
    st.write(
        here.t(
            "On working days, one short mail: what was sent, what came back, what waits and until "
            "when, and what needs a person. A day with nothing to tell brings none."
        )
    )
    if not me.email:
        st.info(
            here.t("Your account has no mail address; an administrator can give it one."),
            icon=":material/alternate_email:",
        )
        return
    wanted = st.toggle(here.t("Send me the daily mail"), me.wants_daily_mail, key="daily_mail")
    st.text(here.t("To: {who}", who=me.email))
    if st.button(here.t("Save"), type="primary", key="confirm"):
        do(
            here,
            lambda: users.set_daily_mail(
                here.store, here.company.id, me.login, wanted, here.person, here.now
            ),
            lambda _: done(
                "The daily mail comes to you." if wanted else "No daily mail comes to you.",
                daily=None,
            ),
        )


def _leave() -> None:
    st.query_params.pop(DAILY, None)
