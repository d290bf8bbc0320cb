"""New invoices that were not mailed by themselves, each with its reason and the way to send it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import streamlit as st

from cartera.errors import NotFound
from cartera.mail import unsent
from cartera.mail.unsent import Reason, Unsent
from cartera.warehouse.reader import NothingPublished
from streamlit_app.staff import address
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import CLIENT, MAILINGS, STATEMENT
from streamlit_app.staff.plain import plain
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.said import do, done

#: What nobody cared about for so long is not asked for again.
SHOWN = timedelta(days=60)
#: What the address names: the invoice that somebody is about to send.
SEND = "send_invoice"
WHY: dict[Reason, str] = {
    "no_contact": "The client has no contact that gets invoices.",
    "stopped": "Its contacts' addresses do not work, or asked for no more.",
    "too_late": "It arrived more than 30 days after its date.",
    "dated_before": "Its date is before the day on which mailing new invoices was turned on, so it"
    " was taken as history.",
    "loaded_before": "It was loaded before mailing new invoices was turned on, so it was taken as"
    " history.",
    "mail_off": "Mail is off: it is queued, and leaves when mail is on.",
}


def draw(here: Here) -> None:
    """The list, nothing where there is none; and the dialog that the address asks for."""
    if document_id := address.text(here.asked, SEND):
        _ask(here, document_id)
    found = unsent.unsent(
        here.settings, here.store, here.reader, here.company, since=here.now - SHOWN
    )
    if not found:
        return
    names = here.client_names(one.client_id for one in found)
    show(
        here,
        "unsent_invoices",
        title=here.t("1 new invoice was not mailed by itself")
        if len(found) == 1
        else here.t("{n} new invoices were not mailed by themselves", n=len(found)),
        rows=[
            {
                "number": one.number,
                "client": names.get(one.client_id, one.client_id),
                "client_href": href(CLIENT.path, {"client": one.client_id}),
                "why": here.t(WHY[one.reason]),
                **_way(here, one),
            }
            for one in found
        ],
    )


def _way(here: Here, one: Unsent) -> dict[str, str]:
    """The button: mailed as it is where that can be; else the window that asks for an address."""
    if not here.person.may("mail") or one.reason == "mail_off":
        return {"send": "", "words": ""}
    if one.is_sendable:
        link = href(MAILINGS.path, here.asked, **{SEND: one.document_id})
        return {"send": link, "words": here.t("Send this invoice")}
    window = href(STATEMENT.path, {"client": one.client_id, "invoice": one.document_id})
    return {"send": window, "words": here.t("Send by mail")}


def _ask(here: Here, document_id: str) -> None:
    if not here.person.may("mail"):
        st.error(here.t("Your role does not allow this."), icon=":material/block:")
        return
    st.dialog(here.t("Send this invoice"), on_dismiss=_leave)(partial(_one, here, document_id))()


def _one(here: Here, document_id: str) -> None:
    try:
        invoice, row = unsent.recipients(
            here.store, here.reader, here.company, document_id, now=here.now
        )
    except (NotFound, NothingPublished):
        st.error(here.t("There is no such invoice."))
        return
    name = here.client_names([invoice.client_id]).get(invoice.client_id, invoice.client_id)
    st.markdown(plain(here.t("{number} of {client}", number=invoice.number, client=name)))
    if row is None or not row.recipients:
        why = WHY["stopped" if row and row.left_out else "no_contact"]
        st.warning(here.t(why))
        return
    to = ", ".join(contact.address for contact in row.recipients)
    st.text(here.t("It is mailed once, with its PDF where there is one, to: {to}", to=to))
    if st.button(here.t("Send this invoice"), type="primary", key="confirm_unsent"):
        do(
            here,
            partial(
                unsent.send, here.store, here.reader, here.company, document_id,
                by=here.person, now=here.now,
            ),
            _said,
        )  # fmt: skip


def _said(messages: int) -> None:
    done(
        "The invoice is queued." if messages else "It was queued before; nothing is sent twice.",
        **{SEND: None},
    )


def _leave() -> None:
    st.query_params.pop(SEND, None)
