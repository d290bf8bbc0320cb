"""What staff do with an online payment: ask the gateway, take another amount, or leave it out."""

from __future__ import annotations

from functools import partial

import streamlit as st

from cartera import clock
from cartera.online import resolving
from cartera.online.terms import OnlinePayment
from streamlit_app.staff.here import Here
from streamlit_app.staff.sections.said import do, done


def draw(here: Here, payment: OnlinePayment) -> None:
    """A question first where one is to be answered; asking is always possible."""
    if payment.state == "mismatch":
        _decide(here, payment)
    with st.container(border=True):
        st.write(here.t("The gateway is asked by itself; ask it now if you cannot wait."))
        if st.button(here.t("Ask now"), key="ask", icon=":material/sync:"):
            do(
                here,
                lambda: resolving.ask_now(
                    here.store, here.company.id, payment.public_id, by=here.person, now=clock.now
                ),
                lambda _: done("The gateway was asked; the ledger follows in seconds."),
            )


def _decide(here: Here, payment: OnlinePayment) -> None:
    said = payment.said_amount
    paid = "—" if said is None else here.money(said, payment.said_currency)
    with st.container(border=True):
        st.write(
            here.t(
                "{paid} were paid where {asked} were asked for. Nothing is in the ledger yet, and"
                " nobody can pay these documents meanwhile.",
                paid=paid,
                asked=here.money(payment.amount, payment.currency),
            )
        )
        if st.button(here.t("Take it as it was paid"), key="accept", type="primary"):
            act = partial(resolving.accept, here.store, here.company.id, payment.public_id)
            do(
                here,
                lambda: act(by=here.person, now=here.now),
                lambda _: done("The payment is taken; the client gets a receipt."),
            )
        st.caption(
            here.t("The documents get it in their order; what they do not need is in favour.")
        )
        if st.button(here.t("Leave it out of the ledger"), key="dismiss"):
            leave = partial(resolving.dismiss, here.store, here.company.id, payment.public_id)
            do(
                here,
                lambda: leave(by=here.person, now=here.now),
                lambda _: done("The payment is left out."),
            )
        st.caption(
            here.t("The documents can be paid again. See to the money in the gateway's own panel.")
        )
