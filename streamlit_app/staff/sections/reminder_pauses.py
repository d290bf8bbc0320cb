"""Pauses: reminders that people hold back, of a client, of one document or to one contact."""

from __future__ import annotations

from functools import partial

import streamlit as st

from cartera.store import pauses
from streamlit_app.staff import address
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import CLIENT, REMINDERS
from streamlit_app.staff.sections.client_fields import do
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.said import done

PAUSE, LIFT = "pause", "lift"


def draw(here: Here) -> None:
    """Those that hold today; one is made from the client's record or here, by its code."""
    may = here.person.may("mail")
    if may:
        _dialogs(here)
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
                "what": " · ".join(part for part in (one.document_id, one.address) if part),
                "until": here.tr.day(one.until),
                "reason": one.reason,
                "by": f"{one.created_by}, {here.moment(one.created_at)}",
                "lift": href(REMINDERS.path, view, **{LIFT: one.public_id}) if may else "",
            }
            for one in found
        ],
    )


def _dialogs(here: Here) -> None:
    lifted = address.text(here.asked, LIFT)
    if lifted:
        st.dialog(here.t("Lift the pause"), on_dismiss=_leave)(partial(_lift, here, lifted))()
    elif address.text(here.asked, PAUSE):
        st.dialog(here.t("Pause reminders"), on_dismiss=_leave)(partial(_add, here))()


def _lift(here: Here, public_id: str) -> None:
    st.write(here.t("What is due is reminded of again, from the next time on."))
    if st.button(here.t("Lift the pause"), type="primary", key="confirm"):
        do(
            here,
            lambda: pauses.resume(
                here.store, here.company.id, public_id, by=here.person, now=here.now
            ),
            lambda _: done("The pause is lifted.", lift=None),
        )


def _add(here: Here) -> None:
    known = address.text(here.asked, "client")
    with st.form("pause", border=False):
        client = st.text_input(
            here.t("Client's code"), known, max_chars=200, key="pause_client", autocomplete="off"
        )
        document = st.text_input(
            here.t("Only this document (its code); empty: all"), max_chars=200,
            key="pause_document", autocomplete="off",
        )  # fmt: skip
        contact = st.text_input(
            here.t("Only to this address; empty: to all"), max_chars=254, key="pause_address",
            autocomplete="off",
        )  # fmt: skip
        until = st.date_input(
            here.t("Until this day, included; empty: until it is lifted"), None,
            min_value=here.today, format="DD/MM/YYYY", key="pause_until",
        )  # fmt: skip
        reason = st.text_input(here.t("Reason"), max_chars=200, key="pause_reason")
        pressed = st.form_submit_button(here.t("Pause"), type="primary")
    if pressed:
        do(
            here,
            lambda: pauses.pause(
                here.store,
                here.company.id,
                here.reader.client(here.company.id, client.strip()).client_id,
                document_id=document.strip(),
                address=contact.strip(),
                until=until,
                reason=reason,
                by=here.person,
                now=here.now,
            ),
            lambda _: done("Reminders are paused.", pause=None, client=None),
        )


def _leave() -> None:
    for name in (PAUSE, LIFT, "client"):
        st.query_params.pop(name, None)
