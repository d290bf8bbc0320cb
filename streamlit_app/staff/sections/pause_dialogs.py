"""The dialogs that pause reminders and lift a pause; the address says which is open."""

from __future__ import annotations

from functools import partial

import streamlit as st

from cartera.errors import NotFound
from cartera.reminders.terms import Item
from cartera.store import pauses
from cartera.store.pauses import LONGEST_REASON, Pause
from cartera.warehouse.reader import NothingPublished
from streamlit_app.staff import address
from streamlit_app.staff.here import Here
from streamlit_app.staff.plain import plain
from streamlit_app.staff.sections import client_contacts, client_fields, client_search
from streamlit_app.staff.sections.said import do, done

PAUSE, LIFT = "pause", "lift"


def draw(here: Here, client_id: str = "") -> None:
    """The dialog that the address asks for; of this client, or of one that is searched for."""
    lifted = address.text(here.asked, LIFT)
    if not (lifted or address.text(here.asked, PAUSE)):
        return
    if not here.person.may("mail"):
        st.error(here.t("Your role does not allow this."), icon=":material/block:")
    elif lifted:
        st.dialog(here.t("Lift the pause"), on_dismiss=_leave)(partial(_lift, here, lifted))()
    else:
        title = here.t("Pause reminders")
        st.dialog(title, on_dismiss=_leave)(partial(_pause, here, client_id))()


def what_of(here: Here, pause: Pause) -> str:
    """What a pause covers, in words."""
    parts = [
        here.t("Document {number}", number=pause.document_id) if pause.document_id else "",
        pause.address,
    ]
    return " · ".join(part for part in parts if part) or here.t("The whole client")


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


def _pause(here: Here, client_id: str) -> None:
    client_id = client_id or client_search.chosen(here, "pause")
    if not client_id:
        return
    try:
        record = client_fields.record_of(here, client_id)
    except NotFound:
        st.error(here.t("There is no such client"))
        return
    items = _documents(here, client_id)
    people = {one.address: one.name for one in client_contacts.of(here, record)}
    st.caption(here.t("Statements and invoices still go out."))
    document = st.selectbox(
        here.t("Document"), ["", *items],
        format_func=lambda code: _document(here, items[code]) if code else here.t("All documents"),
        key=f"pause_document_{client_id}",
    )  # fmt: skip
    contact = st.selectbox(
        here.t("Contact"), ["", *people],
        format_func=lambda code: (
            " · ".join(part for part in (people[code], code) if part)
            if code
            else here.t("All contacts")
        ),
        key=f"pause_address_{client_id}",
    )  # fmt: skip
    until = st.date_input(
        here.t("Until this day, included; empty: until it is lifted"), None,
        min_value=here.today, format="DD/MM/YYYY", key="pause_until",
    )  # fmt: skip
    reason = st.text_input(
        here.t("Reason"), max_chars=LONGEST_REASON, key="pause_reason", autocomplete="off",
        placeholder=here.t("For example: agreed to pay on the 15th"),
    )  # fmt: skip
    if st.button(here.t("Pause"), type="primary", key="confirm"):
        do(
            here,
            lambda: pauses.pause(
                here.store,
                here.company.id,
                client_id,
                document_id=document or "",
                address=contact or "",
                until=until,
                reason=reason,
                by=here.person,
                now=here.now,
            ),
            lambda _: done("Reminders are paused.", pause=None),
        )


def _documents(here: Here, client_id: str) -> dict[str, Item]:
    """Open documents by id, each with its first date."""
    try:
        found = here.reader.reminder_clients(here.company, as_of=here.today, client_ids=[client_id])
    except NothingPublished:
        return {}
    documents: dict[str, Item] = {}
    for item in (item for one in found for item in one.items):
        documents.setdefault(item.document_id, item)
    return documents


def _document(here: Here, item: Item) -> str:
    due = here.t("due {day}", day=here.tr.day(item.due_date))
    return plain(f"{item.number} · {due} · {here.money(item.open, item.currency)}")


def _leave() -> None:
    for name in (PAUSE, LIFT):
        st.query_params.pop(name, None)
