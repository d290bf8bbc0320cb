"""A client's notices as the client reads them: what was said, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from cartera.notices.terms import METHODS, WHYS, Kind, Notice, State
from cartera.render.text import clip
from cartera.render.words import Words

#: The newest ones; older ones that were decided are no news.
MOST = 8
#: Documents named in a line.
MOST_NAMED = 6
#: English texts of `cartera/locale/*/cards.po`.
TITLES: Mapping[Kind, str] = {
    "payment": "Payment of {amount}",
    "promise": "Promise to pay by {day}",
    "dispute": "Dispute of {documents}",
    "comment": "Your comment",
}
STATES: Mapping[tuple[Kind, State], str] = {
    ("payment", "open"): "Reported, to be confirmed",
    ("payment", "accepted"): "Confirmed",
    ("payment", "rejected"): "Not confirmed",
    ("promise", "open"): "Noted",
    ("promise", "closed"): "Closed",
    ("dispute", "open"): "Being looked into",
    ("dispute", "accepted"): "You are right",
    ("dispute", "rejected"): "The document stands",
    ("dispute", "closed"): "Closed",
    ("comment", "open"): "Received",
    ("comment", "closed"): "Read",
}
WITHDRAWN = "Taken back"
TONES: Mapping[State, str] = {"open": "warn", "accepted": "credit", "rejected": "overdue"}


@dataclass(frozen=True, slots=True)
class Said:
    """Something that was answered, and when."""

    day: str
    text: str
    is_client: bool


@dataclass(frozen=True, slots=True)
class Card:
    """One notice in words. `withdraw` is the address where it can be taken back, "" where not."""

    title: str
    state: str
    tone: str
    day: str
    lines: tuple[str, ...]
    text: str
    answers: tuple[Said, ...]
    withdraw: str = ""


def cards(
    notices: Iterable[Notice], words: Words, timezone: str, *, withdraw: Mapping[str, str]
) -> tuple[Card, ...]:
    """The client's notices, newest first; `withdraw` has addresses by public id."""
    return tuple(
        _card(notice, words, ZoneInfo(timezone), withdraw.get(notice.public_id, ""))
        for notice in notices
    )


def _card(notice: Notice, words: Words, zone: ZoneInfo, withdraw: str) -> Card:
    t = words.t
    amount = "" if notice.amount is None else words.amount(notice.amount, notice.currency)
    day = "" if notice.day is None else words.day(notice.day)
    documents = named(notice)
    title = t(TITLES[notice.kind], amount=amount, day=day, documents=documents)
    state = STATES.get((notice.kind, notice.state))
    return Card(
        title=title,
        state=t(state) if state else t(WITHDRAWN),
        tone=TONES.get(notice.state, ""),
        day=_day(notice.created_at, words, zone),
        lines=tuple(line for line in _lines(notice, words, day, documents) if line),
        text=notice.text,
        answers=tuple(
            Said(_day(one.at, words, zone), one.text, one.is_client) for one in notice.answers
        ),
        withdraw=withdraw if notice.state == "open" else "",
    )


def named(notice: Notice) -> str:
    """The documents by number, the first of many."""
    shown = ", ".join(clip(number, 40) for number in notice.numbers[:MOST_NAMED])
    return f"{shown} …" if len(notice.numbers) > MOST_NAMED else shown


def _lines(notice: Notice, words: Words, day: str, documents: str) -> tuple[str, ...]:
    t = words.t
    if notice.kind == "payment":
        how = t(METHODS[notice.method]) if notice.method in METHODS else ""
        paid = " · ".join(part for part in (day, how, clip(notice.reference)) if part)
        proof = t("With a proof: {name}", name=clip(notice.proof.name)) if notice.proof else ""
        return (paid, documents, proof)
    if notice.kind == "dispute":
        why = WHYS.get(notice.reason)
        return (t(why) if why else "",)
    return (documents,)


def _day(moment: datetime, words: Words, zone: ZoneInfo) -> str:
    return words.day(moment.astimezone(zone).date())
