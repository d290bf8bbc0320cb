"""Page "Buzón": what the clients of the demo would have in their mail."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cartera.mail.transports.folder import FolderMessage
from streamlit_app.staff import address, listing, mailbox
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.listing import Paging
from streamlit_app.staff.pages import MAILBOX, MAILINGS
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.letter import letter_view
from streamlit_app.staff.sections.nothing import nothing


def draw(here: Here) -> None:
    """The list on one side, the message that the address names on the other."""
    if not mailbox.is_there(here.settings):
        nothing(
            here,
            here.t("There is no mailbox here"),
            MAILINGS,
            here.t("Only the demo has one: this installation's messages go to their recipients."),
        )
        return
    name = address.text(here.asked, "letter")
    show(here, "mailbox_head", back=href(MAILBOX.path, here.asked, letter=None) if name else "")
    with st.container(key="mailbox_open" if name else "mailbox"):
        left, right = st.columns([2, 3], gap="medium")
        with left, st.container(key="mailbox_list"):
            _list(here, name)
        with right, st.container(key="mailbox_letter"):
            _letter(here, name)


def _list(here: Here, chosen: str) -> None:
    text = address.text(here.asked, "text")
    first = listing.offset(here.asked)
    found, count = mailbox.listed(here.settings, here.company.id, text, first, listing.ROWS)
    show(
        here,
        "mailbox",
        text=text,
        rows=[_row(here, one, chosen) for one in found],
        paging=Paging(MAILBOX.path, here.asked, count),
    )


def _row(here: Here, one: FolderMessage, chosen: str) -> dict[str, Any]:
    name = one.name.removesuffix(".eml")
    return {
        "to": one.to,
        "subject": one.subject,
        "at": here.moment(one.date),
        "on": name == chosen,
        "href": href(MAILBOX.path, here.asked, letter=name, view=None),
    }


def _letter(here: Here, name: str) -> None:
    if not name:
        show(here, "mailbox_none", text=here.t("Choose a message to read it."))
        return
    found = mailbox.letter(here.settings, here.company.id, name)
    if found is None:
        show(here, "mailbox_none", text=here.t("There is no such message."))
        return
    letter_view(here, found, files=f"/download/mailbox/{name}", path=MAILBOX.path)
