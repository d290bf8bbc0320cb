"""What staff do with a notice besides accepting a payment: decide, answer, take back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from cartera.notices import decisions
from cartera.notices.terms import LONGEST_TEXT, VERDICTS, Kind, Notice, State
from cartera.store.notices import AlreadyDecided
from cartera.store.own_payments import OwnPayment
from streamlit_app.staff.here import Here
from streamlit_app.staff.plain import plain
from streamlit_app.staff.sections.notice_words import STATE_WORDS, who_of
from streamlit_app.staff.sections.said import do, done

#: What stands on the button that makes it so, and what is said afterwards.
BUTTONS: dict[tuple[Kind, State], tuple[str, str]] = {
    ("payment", "rejected"): ("Reject the payment", "The payment is rejected; the client is told."),
    ("promise", "closed"): ("Close the promise", "The promise is closed."),
    ("dispute", "accepted"): ("The client is right", "The client is told that they are right."),
    ("dispute", "rejected"): (
        "The document stands",
        "The client is told that the document stands.",
    ),
    ("dispute", "closed"): ("Close without a decision", "The dispute is closed."),
    ("comment", "closed"): ("Close the comment", "The comment is closed."),
}
#: What comes of it that one should know before.
HINTS: dict[Kind, str] = {
    "payment": "A payment is rejected with a reason, which the client reads.",
    "promise": "Closed, it holds no reminders back any more. Without a message nobody is written"
    " to.",
    "dispute": "While it is open the document is not reminded of. It stays in the balance either"
    " way: corrections come from the accounting system. To say that the document stands takes a"
    " reason.",
    "comment": "Without a message nobody is written to.",
}


def draw(here: Here, notice: Notice) -> None:
    """A message to the client, sent alone or with a decision."""
    verdicts = [state for state in VERDICTS[notice.kind] if (notice.kind, state) in BUTTONS]
    is_open = notice.state == "open"
    with st.form(f"notice_{notice.public_id}"):
        text = st.text_area(
            here.t("Message to the client"), max_chars=LONGEST_TEXT, height=110,
            key=f"notice_text_{notice.public_id}_{len(notice.answers)}",
        )  # fmt: skip
        if is_open:
            st.caption(here.t(HINTS[notice.kind]))
        with st.container(horizontal=True):
            pressed = [
                state
                for state in (verdicts if is_open else [])
                if st.form_submit_button(
                    here.t(BUTTONS[notice.kind, state][0]), key=f"decide_{state}"
                )
            ]
            answers = st.form_submit_button(here.t("Only send the message"), key="answer")
    if pressed:
        _decide(here, notice, pressed[0], text)
    elif answers:
        do(
            here,
            lambda: decisions.answer(
                here.store, here.company, notice.public_id, text, by=here.person, now=here.now
            ),
            lambda _: done("The client is written to."),
        )


def take_back(here: Here, payment: OwnPayment) -> None:
    """The way back from an accepted payment, behind a question."""
    if payment.status == "void":
        return
    with st.expander(here.t("It was accepted by mistake")):
        st.write(
            here.t("What it paid is open again, and the client is told. This cannot be undone.")
        )
        if st.button(here.t("Take the payment back"), key="take_back"):
            do(
                here,
                lambda: decisions.take_back(
                    here.store, here.company, payment.public_id, by=here.person, now=here.now
                ),
                lambda _: done("The payment is taken back."),
            )


def guarded(here: Here, act: Callable[[], object], sentence: str) -> None:
    """Do it; where somebody else was quicker, say who and what became of it."""
    do(here, lambda: _unless_decided(act), lambda lost: _outcome(here, lost, sentence))


def _decide(here: Here, notice: Notice, state: State, text: str) -> None:
    act = partial(
        decisions.decide, here.store, here.company, notice.public_id, state,
        text=text, by=here.person, now=here.now,
    )  # fmt: skip
    guarded(here, act, BUTTONS[notice.kind, state][1])


def _unless_decided(act: Callable[[], object]) -> AlreadyDecided | None:
    try:
        act()
    except AlreadyDecided as lost:
        return lost
    return None


def _outcome(here: Here, lost: AlreadyDecided | None, sentence: str) -> None:
    if lost is None:
        done(sentence)
        return
    found = lost.notice
    st.warning(
        here.t(
            "Somebody was quicker: {state}, by {who}.",
            state=here.t(STATE_WORDS[found.state]),
            who=plain(who_of(here, found, found.decided_by or "")),
        ),
        icon=":material/group:",
    )
