"""One payment made on a client's page: the three views of it, its documents, what gateways sent."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cartera.errors import NotFound
from cartera.online.reconciling import Compared, compare
from cartera.online.terms import Line
from cartera.store import gateway_events, online_payments
from cartera.store.gateway_events import Event
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import CLIENT, PAYMENTS, STATEMENT, TIMELINE
from streamlit_app.staff.sections import online_acts, online_words, payment_doubts
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.nothing import nothing

#: Letters of an event that are shown; real ones have one to eight thousand.
LONGEST_BODY = 20_000
EVENT_WORDS: dict[str, str] = {
    "new": "Not seen to yet",
    "done": "The gateway was asked because of it",
    "foreign": "About no payment of ours",
    "other": "Says nothing of a payment",
}


def draw(here: Here, public_id: str) -> None:
    """What is known on the left, what to do on the right; on a phone one under the other."""
    try:
        payment = online_payments.get(here.store, here.company.id, public_id)
    except NotFound:
        nothing(here, here.t("There is no such payment"), PAYMENTS)
        return
    (one,) = compare(here.store, here.reader, here.company.id, [payment], now=here.now)
    events = gateway_events.of_reference(
        here.store, here.company.id, payment.gateway, payment.reference
    )
    show(here, "payment", **_about(here, one))
    left, right = st.columns([3, 2], gap="large")
    with left:
        show(here, "payment_facts", facts=_facts(here, one), lines=_lines(here, one))
        _events(here, events)
    with right:
        show(here, "title", title=here.t("What to do"))
        if not here.person.may("clients"):
            st.info(here.t("Your role does not allow this."), icon=":material/visibility:")
            return
        payment_doubts.draw(here, "online", only=payment.public_id)
        online_acts.draw(here, payment)


def _about(here: Here, one: Compared) -> dict[str, Any]:
    payment = one.payment
    client_id = payment.client_id
    names = here.client_names([client_id])
    mine = {"client": client_id}
    return {
        "back": href(PAYMENTS.path, {k: v for k, v in here.asked.items() if k != "payment"}),
        "title": f"{payment.reference}: {here.money(*payment.paid)}",
        "client": names.get(client_id, client_id),
        "client_href": href(CLIENT.path, mine),
        "statement": href(STATEMENT.path, mine, paid="1"),
        "story": href(TIMELINE.path, mine),
        "by": payment.contact,
        "at": here.moment(payment.created_at),
        "views": [
            (here.t("The gateway says"), online_words.gateway_says(here, payment)),
            (here.t("We say"), online_words.we_say(here, payment, one.own)),
            (here.t("The ledger says"), online_words.ledger_says(here, one)),
        ],
        "notes": online_words.notes_of(here, one.notes),
    }


def _facts(here: Here, one: Compared) -> list[tuple[str, str]]:
    payment = one.payment
    next_time = here.moment(payment.ask_at) or here.t("not by itself any more")
    facts = [
        (here.t("Gateway"), online_words.title_of(payment.gateway)),
        (here.t("How"), online_words.method_of(here, payment)),
        (here.t("Reference"), payment.reference),
        (here.t("Transaction"), payment.gateway_id),
        (here.t("Begun"), here.moment(payment.created_at)),
        (here.t("Could be paid until"), here.moment(payment.expires_at)),
        (here.t("Ended"), here.moment(payment.ended_at)),
        (here.t("Asked again"), next_time),
        (here.t("In the ledger as"), one.own.payment_id if one.own else ""),
        (here.t("In the accounting system as"), one.own.matched_id if one.own else ""),
    ]
    return [fact for fact in facts if fact[1]]


def _lines(here: Here, one: Compared) -> list[dict[str, str]]:
    """What each document was to get, and what it has of it."""
    payment, own = one.payment, one.own
    got = dict(own.allocations) if own is not None and own.status == "received" else {}
    return [
        {
            "number": line.number,
            "href": href(
                STATEMENT.path, {"client": payment.client_id, "paid": "1", "text": line.number}
            ),
            "amount": here.money(line.amount, payment.currency),
            "netted": _netted(here, one, line),
            "got": here.money(got[line.document_id], payment.currency)
            if line.document_id in got
            else "",
        }
        for line in payment.lines
    ]


def _netted(here: Here, one: Compared, line: Line) -> str:
    """What of the client's money in favour goes to a document with it: what was to, and where the
    payment is settled, what does.
    """
    own = one.own
    parts = [*line.netted]
    if own is not None:
        parts = [money for d, money in own.netted if d == line.document_id]
    if own is not None and own.status != "received":
        return ""
    return " · ".join(
        f"{here.money(part.amount, one.payment.currency)} ({part.number})" for part in parts
    )


def _events(here: Here, events: list[Event]) -> None:
    """What the gateway sent; as it came for whoever may change settings."""
    if not events:
        return
    show(
        here,
        "payment_events",
        title=here.t("What the gateway sent"),
        text="",
        rows=[
            {
                "at": here.moment(one.received_at),
                "what": one.kind,
                "claims": online_words.claims_of(here, one),
                "name": one.gateway_id,
                "state": here.t(EVENT_WORDS[one.state])
                if not one.differs
                else here.t("It claims something else than the gateway answers."),
            }
            for one in events
        ],
    )
    if not here.person.may("settings"):
        return
    with st.expander(here.t("As it came")):
        for one in events:
            body = gateway_events.body(here.store, here.company.id, one.id, by=here.person) or b""
            st.caption(here.moment(one.received_at))
            st.code(body.decode("utf-8", "replace")[:LONGEST_BODY], language=None, wrap_lines=True)
