"""Who asked for a new link: those from unknown addresses first, to add as a contact or put away."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from cartera.errors import NotFound
from cartera.store import access_requests, contacts
from cartera.store.access_requests import Request, State
from streamlit_app.staff import address, listing
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.listing import Paging
from streamlit_app.staff.pages import CLIENT, NOTICES
from streamlit_app.staff.plain import plain
from streamlit_app.staff.sections import client_search
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.notice_words import who_of_login
from streamlit_app.staff.sections.said import do, done

#: The request that a dialog is about, in the address.
REQUEST = "request"
STATE_WORDS: dict[State, str] = {
    "new": "Being answered",
    "mailed": "A new link was mailed",
    "unknown": "Unknown address: nothing was mailed",
    "limited": "Asked too often: nothing was mailed",
    "seen": "Unknown address, seen to",
}
TONES: dict[State, str] = {"mailed": "credit", "unknown": "warn", "limited": "warn"}


def draw(here: Here) -> None:
    """The list, and the dialog that the address asks for."""
    if address.text(here.asked, REQUEST) and here.person.may("clients"):
        st.dialog(here.t("Unknown address"), on_dismiss=_leave)(partial(_see_to, here))()
    store, company = here.store, here.company.id
    shown = address.one_of(here.asked, "show", ("", "all"), "")
    states: tuple[State, ...] = ("unknown",) if not shown else ()
    count = access_requests.count(store, company, states=states)
    paging = Paging(NOTICES.path, here.asked, count)
    found = access_requests.listed(
        store, company, states=states,
        limit=listing.ROWS, offset=(paging.number - 1) * listing.ROWS,
    )  # fmt: skip
    names = here.client_names(one.client_id for one in found if one.client_id)
    show(
        here,
        "access_asked",
        rows=[_row(here, one, names.get(one.client_id, one.client_id)) for one in found],
        shown=[
            {
                "name": here.t(words),
                "href": href(NOTICES.path, {"kind": "access", "show": code}),
                "on": code == shown,
            }
            for code, words in (("", "Unknown addresses"), ("all", "All"))
        ],
        paging=paging,
    )


def _row(here: Here, one: Request, client: str) -> dict[str, Any]:
    is_open = one.state == "unknown" and here.person.may("clients")
    return {
        "address": one.address,
        "at": here.moment(one.asked_at),
        "client": client,
        "client_href": href(CLIENT.path, {"client": one.client_id}) if one.client_id else "",
        "state": here.t(STATE_WORDS[one.state]),
        "tone": TONES.get(one.state, ""),
        "by": who_of_login(here, one.answered_by or ""),
        "see_to": href(NOTICES.path, here.asked, **{REQUEST: one.public_id}) if is_open else "",
    }


def _see_to(here: Here) -> None:
    """Add the address to a client, or put the request away."""
    public_id = address.text(here.asked, REQUEST)
    try:
        request = access_requests.get(here.store, here.company.id, public_id)
    except NotFound:
        request = None
    if request is None or request.state != "unknown":
        st.info(here.t("Somebody saw to it already."))
        return
    st.write(
        here.t("{address} asked for access on {day}.", address=plain(request.address),
               day=here.moment(request.asked_at))
    )  # fmt: skip
    st.caption(
        here.t(
            "Make sure that it belongs to the client before you add it: from then on it gets the"
            " client's mail. A new link is not sent by itself; they can ask again."
        )
    )
    client_id = client_search.chosen(here, "access")
    if client_id and st.button(
        here.t("Add as a contact of this client"), type="primary", key="add"
    ):
        do(here, partial(_add, here, request, client_id),
           lambda _: done("The contact is saved.", request=None))  # fmt: skip
    if st.button(here.t("Only mark as seen"), key="seen"):
        do(
            here,
            lambda: access_requests.mark_seen(
                here.store, here.company.id, public_id, by=here.person, now=here.now
            ),
            lambda _: done("The request is put away.", request=None),
        )


def _add(here: Here, request: Request, client_id: str) -> None:
    contacts.save(
        here.store, here.company.id, client_id, request.address, by=here.person, now=here.now
    )
    access_requests.mark_seen(
        here.store, here.company.id, request.public_id, by=here.person, now=here.now
    )


def _leave() -> None:
    st.query_params.pop(REQUEST, None)
