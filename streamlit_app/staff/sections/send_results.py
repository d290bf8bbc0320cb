"""What became of the messages that somebody just sent, one by one."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import streamlit as st

from cartera.mail.sender import send_now
from cartera.store import outbox
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import MAILINGS
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.message_rows import reason_of
from streamlit_app.staff.sections.message_words import state_of


def hand_over(here: Here, public_ids: Sequence[str]) -> None:
    """Send what was just queued while somebody waits. It is queued already: whatever fails here,
    the sender that comes by next takes it, and the results say how it stands.
    """
    with st.spinner(here.t("Sending…")):
        try:
            send_now(here.settings, here.store, here.reader, public_ids)
        except Exception:
            logging.getLogger(__name__).exception("sending %d messages", len(public_ids))


def show_results(here: Here, public_ids: Sequence[str]) -> bool:
    """Draw a line for each, and a button; whether that was pressed."""
    found = [outbox.get(here.store, here.company.id, public_id) for public_id in public_ids]
    show(
        here,
        "send_results",
        mailings=MAILINGS.path,
        rows=[
            {
                "address": message.address,
                "is_copy": message.is_copy,
                "why": reason_of(here, message),
                "href": href(MAILINGS.path, {"message": message.public_id}),
            }
            | state_of(here, message.state)
            for message in found
        ],
    )
    return st.button(here.t("Done"), type="primary", key="send_done")
