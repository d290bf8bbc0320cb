"""Entries of a client's time line in words, each with the page that shows more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cartera.notices.terms import KINDS, STATES
from cartera.store.client_story import Event, What
from cartera.timeline import Entry
from cartera.warehouse.history import Booked
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import LINKS, MAILINGS, NOTICES, STATEMENT
from streamlit_app.staff.sections import access_asked, message_words, notice_words

#: Letters of what somebody wrote; the notice has it all.
LONGEST = 240
#: What a row may say, empty where it does not.
_EMPTY: dict[str, Any] = dict.fromkeys(
    ("at", "what", "amount", "badge", "badge_tone", "who", "detail", "tone", "href"), ""
)


def row_of(here: Here, entry: Entry, client_id: str) -> dict[str, Any]:
    """What stands at a moment of the time line."""
    if isinstance(entry.of, Booked):
        return _EMPTY | _booked(here, entry.of, client_id)
    row = _ROWS[entry.of.what](here, entry.of)
    text = " ".join(entry.of.text.split())
    said = text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
    if entry.of.what == "opened":
        row["href"] = href(LINKS.path, {"client": client_id})
    return _EMPTY | {"at": here.moment(entry.at), "detail": said} | row


def _booked(here: Here, one: Booked, client_id: str) -> dict[str, Any]:
    mine = {"client": client_id}
    if one.kind == "document":
        where = href(STATEMENT.path, mine, paid="1", text=one.number)
    else:
        where = href(STATEMENT.path, mine, paid="1")
    return {
        "at": here.tr.day(one.day),
        "what": f"{here.words.type(one.type)} {one.number}",
        "amount": here.money(one.amount, one.currency),
        "detail": here.t("void") if one.is_void else "",
        "tone": "credit" if one.kind == "payment" and not one.is_void else "",
        "href": where,
    }


def _mail(here: Here, one: Event) -> dict[str, Any]:
    states = message_words.STATE_WORDS
    state = next((words for code, words in states.items() if code == one.state), one.state)
    kinds = message_words.KIND_WORDS
    kind = next((words for code, words in kinds.items() if code == one.kind), one.kind)
    tones = message_words.TONES
    return {
        "what": here.t("Mail: {kind}", kind=here.t(kind)),
        "who": one.who,
        "badge": here.t(state),
        "badge_tone": next((tone for code, tone in tones.items() if code == one.state), ""),
        "href": href(MAILINGS.path, {"message": one.key}),
    }


def _opened(here: Here, one: Event) -> dict[str, Any]:
    words = here.t("Opened the page")
    if one.times > 1:
        words = here.t("Opened the page {n} times", n=one.times)
    return {"what": words, "who": one.who}


def _notice(here: Here, one: Event) -> dict[str, Any]:
    return {
        "what": _kind(here, one),
        "who": one.who,
        "amount": here.money(one.amount, one.currency) if one.amount is not None else "",
        "href": _to_notice(one),
        "tone": "warn",
    }


def _decided(here: Here, one: Event) -> dict[str, Any]:
    state = next(code for code in STATES if code == one.state)
    return {
        "what": f"{_kind(here, one)}: {here.t(notice_words.STATE_WORDS[state]).lower()}",
        "who": notice_words.who_of_login(here, one.who),
        "href": _to_notice(one),
        "tone": notice_words.TONES.get(state, ""),
    }


def _answered(here: Here, one: Event) -> dict[str, Any]:
    return {
        "what": here.t("Answer to the client"),
        "who": notice_words.who_of_login(here, one.who),
        "href": _to_notice(one),
    }


def _taken_back(here: Here, one: Event) -> dict[str, Any]:
    return {
        "what": here.t("Accepted payment taken back"),
        "amount": here.money(one.amount, one.currency) if one.amount is not None else "",
        "href": href(NOTICES.path, {"kind": "payment", "notice": one.key}),
        "tone": "late",
    }


def _paused(here: Here, one: Event) -> dict[str, Any]:
    if one.day is None:
        words = here.t("Reminders paused")
    else:
        words = here.t("Reminders paused until {day}", day=here.tr.day(one.day))
    return {"what": words, "who": message_words.who(here, one.who)}


def _lifted(here: Here, one: Event) -> dict[str, Any]:
    return {"what": here.t("Pause lifted"), "who": message_words.who(here, one.who)}


def _access(here: Here, one: Event) -> dict[str, Any]:
    words = access_asked.STATE_WORDS
    state = next((said for code, said in words.items() if code == one.state), one.state)
    return {"what": here.t("Asked for a new link"), "who": one.who, "badge": here.t(state)}


_ROWS: dict[What, Callable[[Here, Event], dict[str, Any]]] = {
    "mail": _mail,
    "opened": _opened,
    "notice": _notice,
    "decided": _decided,
    "answered": _answered,
    "taken_back": _taken_back,
    "paused": _paused,
    "lifted": _lifted,
    "access": _access,
}


def _kind(here: Here, one: Event) -> str:
    kind = next(code for code in KINDS if code == one.kind)
    return here.t(notice_words.KIND_WORDS[kind])


def _to_notice(one: Event) -> str:
    return href(NOTICES.path, {"kind": one.kind, "notice": one.key})
