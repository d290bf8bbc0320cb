"""What became of the messages that somebody just sent, one by one."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cartera.store import outbox
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import MAILINGS
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.message_rows import reason_of
from streamlit_app.staff.sections.message_words import state_of


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
