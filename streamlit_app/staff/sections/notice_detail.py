"""One notice: what the client said, its proof, what was answered, and what staff can do with it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cartera.notices import letters, promises
from cartera.notices.terms import Notice
from cartera.store import own_payments
from cartera.store.own_payments import OwnPayment
from cartera.warehouse.reader import NothingPublished
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import CLIENT, NOTICES, STATEMENT
from streamlit_app.staff.sections import notice_accept, notice_acts, proof_preview
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.notice_words import (
    KIND_WORDS,
    amount_of,
    day_of,
    documents_of,
    method_of,
    state_of,
    who_of,
    why_of,
)

STATUS_WORDS = {
    "ours": "It counts in the client's account.",
    "doubt": "The accounting system may have it too: it does not count until somebody says.",
    "replaced": "The accounting system has it now, and that one counts.",
}


def draw(here: Here, notice: Notice) -> None:
    """What was said on the left, what to do on the right; on a phone one under the other."""
    names = here.client_names([notice.client_id])
    name = names.get(notice.client_id, notice.client_id)
    payment = _payment(here, notice)
    back = {key: value for key, value in here.asked.items() if key != "notice"}
    show(
        here,
        "notice",
        back=href(NOTICES.path, back),
        title=here.t(KIND_WORDS[notice.kind]),
        client=name,
        client_href=href(CLIENT.path, {"client": notice.client_id}),
        amount=amount_of(here, notice),
        by=notice.contact,
        at=here.moment(notice.created_at),
        **state_of(here, notice),
    )
    left, right = st.columns([1, 1], gap="large")
    with left:
        show(
            here,
            "notice_about",
            facts=_facts(here, notice),
            text=notice.text,
            answers=[
                {
                    "at": here.moment(one.at),
                    "who": who_of(here, notice, one.who),
                    "text": one.text,
                }
                for one in notice.answers
            ],
            proof=_proof(notice),
            payment=_counted(here, payment),
        )
        proof_preview.draw(here, notice)
    with right:
        show(here, "title", title=here.t("What to do"))
        if not letters.address_of(notice):
            st.info(
                here.t(
                    "This page was opened with a link without a mail address: nobody is written to."
                ),
                icon=":material/alternate_email:",
            )
        if not here.person.may("clients"):
            st.info(here.t("Your role does not allow this."), icon=":material/visibility:")
            return
        if notice.kind == "payment" and notice.state == "open":
            notice_accept.draw(here, notice, name)
        if payment is not None:
            notice_acts.take_back(here, payment)
        notice_acts.draw(here, notice)


def _payment(here: Here, notice: Notice) -> OwnPayment | None:
    if notice.kind != "payment" or notice.state != "accepted":
        return None
    return own_payments.of_source(here.store, here.company.id, "report", notice.public_id)


def _facts(here: Here, notice: Notice) -> list[tuple[str, str]]:
    still: tuple[str, ...] = ()
    if notice.kind == "promise" and notice.state == "open":
        try:
            found = promises.unpaid(here.reader, here.company, [notice], as_of=here.today)
        except NothingPublished:
            found = {}
        still = tuple(found.get(notice.public_id, ()))
    decided = ""
    if notice.decided_at is not None:
        decided = (
            f"{who_of(here, notice, notice.decided_by or '')}, {here.moment(notice.decided_at)}"
        )
    facts = [
        (here.t("Amount"), amount_of(here, notice)),
        (here.t("Day"), day_of(here, notice)),
        (here.t("How"), method_of(here, notice)),
        (here.t("Reference"), notice.reference),
        (here.t("Why"), why_of(here, notice)),
        (here.t("Documents"), ", ".join(notice.numbers)),
        (here.t("Passed and unpaid"), documents_of(here, still)),
        (here.t("Decided by"), decided),
    ]
    return [fact for fact in facts if fact[1]]


def _proof(notice: Notice) -> dict[str, Any]:
    if notice.proof is None:
        return {}
    kilobytes = max(1, notice.proof.size // 1024)
    return {
        "href": f"/download/proof/{notice.public_id}",
        "name": notice.proof.name,
        "size": f"{kilobytes} KB",
    }


def _counted(here: Here, payment: OwnPayment | None) -> dict[str, Any]:
    """What was accepted, and whether the balance has it."""
    if payment is None:
        return {}
    if payment.status == "void":
        words = here.t("It was taken back, and counts no more.")
    elif payment.counts and not payment.is_carried:
        words = here.t("On its way into the account: a few seconds.")
    else:
        words = here.t(STATUS_WORDS[payment.match])
    return {
        "amount": here.money(payment.amount, payment.currency),
        "says": words,
        "tone": "late" if payment.status == "void" or payment.match == "doubt" else "credit",
        "href": href(STATEMENT.path, {"client": payment.client_id, "paid": "1"}),
    }
