"""Entries of a client's time line in words, each with the page that shows more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cartera.render.text import clip
from cartera.store.client_story import Event, What
from cartera.timeline import Entry
from cartera.warehouse.history import Booked
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import LINKS, MAILINGS, NOTICES, PAYMENTS, STATEMENT
from streamlit_app.staff.sections import access_asked, message_words, notice_words, online_words

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
    said = clip(entry.of.text, LONGEST)
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
    return {
        "what": here.t("Mail: {kind}", kind=here.t(_of(message_words.KIND_WORDS, one.kind))),
        "who": one.who,
        "badge": here.t(_of(message_words.STATE_WORDS, one.state)),
        "badge_tone": _of(message_words.TONES, one.state, ""),
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
    state = here.t(_of(notice_words.STATE_WORDS, one.state))
    return {
        "what": f"{_kind(here, one)}: {state.lower()}",
        "who": notice_words.who_of_login(here, one.who),
        "href": _to_notice(one),
        "tone": _of(notice_words.TONES, one.state, ""),
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
    state = here.t(_of(access_asked.STATE_WORDS, one.state))
    return {"what": here.t("Asked for a new link"), "who": one.who, "badge": state}


def _begun(here: Here, one: Event) -> dict[str, Any]:
    return _payment(here, one) | {"what": here.t("Began to pay on the page"), "who": one.who}


def _ended(here: Here, one: Event) -> dict[str, Any]:
    state = here.t(_of(online_words.STATE_WORDS, one.state))
    tone = _of(online_words.TONES, one.state, "")
    words = here.t("Online payment: {state}", state=state.lower())
    return _payment(here, one) | {"what": words, "tone": tone}


def _went_back(here: Here, one: Event) -> dict[str, Any]:
    return _payment(here, one) | {"what": here.t("Online payment reversed"), "tone": "late"}


def _payment(here: Here, one: Event) -> dict[str, Any]:
    return {
        "amount": here.money(one.amount, one.currency) if one.amount is not None else "",
        "href": href(PAYMENTS.path, {"payment": one.key}),
    }


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
    "begun": _begun,
    "ended": _ended,
    "went_back": _went_back,
}


def _kind(here: Here, one: Event) -> str:
    return here.t(_of(notice_words.KIND_WORDS, one.kind))


def _of(words: Mapping[Any, str], code: str, otherwise: str | None = None) -> str:
    """What a table says of a code that the store keeps; the code itself, if nothing else."""
    return words.get(code, code if otherwise is None else otherwise)


def _to_notice(one: Event) -> str:
    return href(NOTICES.path, {"kind": one.kind, "notice": one.key})
