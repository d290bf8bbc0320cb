"""The reminder that a client would get, with the figures of now: a dialog over the day's list."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from cartera.mail import texts
from cartera.mail.outgoing import About, Order
from cartera.mail.plan import spoken
from cartera.reminders.terms import Decision
from cartera.store.contacts import Contact
from streamlit_app.staff.here import Here
from streamlit_app.staff.plain import plain
from streamlit_app.staff.sections import composed_preview

PREVIEW = "preview"


def draw(here: Here, decision: Decision) -> None:
    """Open the dialog over what was decided about one client."""
    dialog = st.dialog(plain(decision.name), width="large", on_dismiss=_leave)
    dialog(partial(_draw, here, decision))()


def _draw(here: Here, decision: Decision) -> None:
    people = {one.address: one for one in decision.contacts}
    if len(people) > 1:
        address = st.selectbox(
            here.t("Recipient"), list(people), format_func=lambda code: _name(people[code]),
            key=f"preview_{decision.client_id}",
        )  # fmt: skip
        contact = people[address or next(iter(people))]
    else:
        (contact,) = people.values()
        st.text(here.t("To: {who}", who=_name(contact)))
    composed_preview.preview(here, order_of(here, decision, contact))


def order_of(here: Here, decision: Decision, contact: Contact) -> Order:
    """What the composer would be asked for; the links in it lead nowhere."""
    language = spoken(contact.language, spoken(decision.language, here.company.language))
    kind = texts.of_level(decision.level or "due")
    content = texts.of(here.store, here.company.id, kind, language)
    about = tuple(About(due.item.document_id, due.item.instalment) for due in decision.due)
    link = composed_preview.link(here)
    return Order(
        kind="reminder",
        client_id=decision.client_id,
        contact=contact.name,
        address=contact.address,
        language=language,
        content=replace(content, documents=about),
        link=link,
        unsubscribe=link,
    )


def _name(contact: Contact) -> str:
    return f"{contact.name} <{contact.address}>" if contact.name else contact.address


def _leave() -> None:
    st.query_params.pop(PREVIEW, None)
