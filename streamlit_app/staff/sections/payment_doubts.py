"""Payments that came in here and the accounting system may have, too: a person says which."""

from __future__ import annotations

from functools import partial

import streamlit as st

from cartera.store import own_payments
from cartera.store.own_payments import OwnPayment, Source
from cartera.warehouse import history
from cartera.warehouse.history import Booked
from cartera.warehouse.reader import NothingPublished
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import STATEMENT
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.said import do, done


def draw(here: Here, source: Source, only: str = "") -> None:
    """Each of one source with the accounting system's beside it, and two buttons; `only`: what came
    of this one.
    """
    doubts = own_payments.listed(here.store, here.company.id, match="doubt", source=source)
    if only:
        doubts = [one for one in doubts if one.source_id == only]
    if not doubts:
        return
    names = here.client_names(one.client_id for one in doubts)
    show(here, "title", title=here.t("Is it the same payment?"))
    st.caption(
        here.t(
            "The accounting system brought a payment that may be one that came in here. Until you"
            " say so, the one that came in here does not count, so that nothing counts twice."
        )
    )
    for one in doubts:
        with st.container(border=True):
            theirs = _theirs(here, one)
            show(here, "payment_doubt", **_both(here, one, theirs, names.get(one.client_id, "")))
            if not here.person.may("clients"):
                continue
            if theirs is None:  # nobody decides about what they cannot see
                st.caption(
                    here.t(
                        "The accounting system's payment is not in the published figures yet. You"
                        " can decide as soon as it is."
                    )
                )
            else:
                _buttons(here, one)


def _both(here: Here, one: OwnPayment, theirs: Booked | None, name: str) -> dict[str, object]:
    return {
        "client": name or one.client_id,
        "client_href": href(STATEMENT.path, {"client": one.client_id, "paid": "1"}),
        "ours": [
            here.money(one.amount, one.currency), here.tr.day(one.day), one.reference or "—",
        ],
        "theirs": [
            here.money(theirs.amount, theirs.currency), here.tr.day(theirs.day), theirs.number,
        ] if theirs else [],
    }  # fmt: skip


def _theirs(here: Here, one: OwnPayment) -> Booked | None:
    try:
        with here.reader.cursor() as cursor:
            found = history.payments(cursor, one.company_id, one.client_id, [one.matched_id])
    except NothingPublished:
        return None
    return found.get(one.matched_id)


def _buttons(here: Here, one: OwnPayment) -> None:
    with st.container(horizontal=True):
        for act, words, said in (
            (own_payments.same, "It is the same one", "The accounting system's payment counts."),
            (own_payments.different, "They are two payments", "Both payments count."),
        ):
            if st.button(here.t(words), key=f"{act.__name__}_{one.public_id}"):
                do(
                    here,
                    partial(
                        act, here.store, one.company_id, one.public_id, one.matched_id,
                        by=here.person, now=here.now,
                    ),
                    partial(_said, said),
                )  # fmt: skip


def _said(sentence: str, _made: object) -> None:
    done(sentence)
