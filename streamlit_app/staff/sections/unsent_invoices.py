"""New invoices that were not mailed by themselves, each with its reason and the way to send it."""

from __future__ import annotations

from datetime import timedelta

from cartera.mail import invoices
from cartera.mail.invoices import Reason
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import CLIENT, STATEMENT
from streamlit_app.staff.sections.html import show

#: What nobody cared about for so long is not asked for again.
SHOWN = timedelta(days=60)
WHY: dict[Reason, str] = {
    "no_contact": "The client has no contact that gets invoices.",
    "stopped": "Its contacts' addresses do not work, or asked for no more.",
    "too_late": "It arrived more than 30 days after its date.",
}


def draw(here: Here) -> None:
    """The list; nothing where there is none."""
    found = invoices.unsent(here.store, here.company.id, since=here.now - SHOWN)
    if not found:
        return
    names = here.client_names(one.client_id for one in found)
    may = here.person.may("mail")
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
                "send": href(STATEMENT.path, {"client": one.client_id, "invoice": one.document_id})
                if may
                else "",
            }
            for one in found
        ],
    )
