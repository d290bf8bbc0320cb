"""What clients write, in words: kinds, states, and the row of a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cartera.notices.terms import METHODS, WHYS, Kind, Notice, State
from cartera.render.text import clip
from cartera.store.links import CLIENT
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import CLIENT as RECORD
from streamlit_app.staff.pages import NOTICES
from streamlit_app.staff.sections import message_words

KIND_WORDS: dict[Kind, str] = {
    "payment": "Reported payment",
    "promise": "Promise to pay",
    "dispute": "Dispute",
    "comment": "Comment",
}
#: Of a payment, and of the others.
STATE_WORDS: dict[State, str] = {
    "open": "Open",
    "accepted": "Accepted",
    "rejected": "Rejected",
    "closed": "Closed",
    "withdrawn": "Withdrawn by the client",
}
TONES: dict[State, str] = {"open": "warn", "accepted": "credit", "rejected": "late"}
#: Documents named in a row.
MOST_NAMED = 4
#: Letters of what was written in a row.
LONGEST_TEXT = 90


def state_of(here: Here, notice: Notice) -> dict[str, str]:
    """The state in words, and its colour."""
    return {"state": here.t(STATE_WORDS[notice.state]), "tone": TONES.get(notice.state, "")}


def amount_of(here: Here, notice: Notice) -> str:
    """What it is about in money; empty where nothing was said."""
    return "" if notice.amount is None else here.money(notice.amount, notice.currency)


def day_of(here: Here, notice: Notice) -> str:
    """The day that it names, in words."""
    if notice.day is None:
        return ""
    words = "promised for {day}" if notice.kind == "promise" else "paid on {day}"
    return here.t(words, day=here.tr.day(notice.day))


def why_of(here: Here, notice: Notice) -> str:
    """Why a document is disputed."""
    return here.t(WHYS[notice.reason]) if notice.reason in WHYS else ""


def method_of(here: Here, notice: Notice) -> str:
    """How it was paid."""
    return here.t(METHODS[notice.method]) if notice.method in METHODS else ""


def documents_of(here: Here, numbers: Sequence[str]) -> str:
    """Numbers of documents, the first of them."""
    shown = ", ".join(numbers[:MOST_NAMED])
    more = len(numbers) - MOST_NAMED
    return (
        here.t("{documents} and {count} more", documents=shown, count=more) if more > 0 else shown
    )


def who_of(here: Here, notice: Notice, who: str) -> str:
    """Who decided or wrote."""
    return who_of_login(here, who) or notice.contact


def who_of_login(here: Here, who: str) -> str:
    """Whoever did something, where that is not one of the company's accounts in words."""
    return here.t("the client") if who == CLIENT else message_words.who(here, who)


def row_of(
    here: Here,
    notice: Notice,
    names: Mapping[str, str],
    broken: Mapping[str, Sequence[str]],
    **query: object,
) -> dict[str, Any]:
    """A row of a list; `broken` are the documents that a promise left unpaid, by public id."""
    return {
        "client": names.get(notice.client_id, notice.client_id),
        "client_href": href(RECORD.path, {"client": notice.client_id}),
        "href": href(NOTICES.path, {"kind": notice.kind, **query, "notice": notice.public_id}),
        "at": here.moment(notice.created_at),
        "kind": here.t(KIND_WORDS[notice.kind]),
        "amount": amount_of(here, notice),
        "day": day_of(here, notice),
        "why": why_of(here, notice),
        "documents": documents_of(here, notice.numbers),
        "text": clip(notice.text, LONGEST_TEXT),
        "has_proof": notice.proof is not None,
        "unpaid": documents_of(here, broken.get(notice.public_id, ())),
    } | state_of(here, notice)
