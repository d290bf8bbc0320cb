"""What people do to messages that are queued: send again, cancel, settle those in doubt.

The address says what is asked (`retry=ID`), a person confirms it in a dialog; the core says
whether it can be done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from cartera.errors import CarteraError, Forbidden, NotFound
from cartera.mail.outgoing import KINDS, State
from cartera.store import outbox, stopped
from streamlit_app.staff import address
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import MAILINGS
from streamlit_app.staff.sections.said import done

ACTIONS = ("retry", "cancel", "confirm", "release", "resume", "retry_all", "cancel_all")
TITLES = {
    "retry": "Send again",
    "cancel": "Do not send",
    "confirm": "Mark as sent",
    "release": "Send it after all",
    "resume": "Write to this address again",
    "retry_all": "Retry those that failed",
    "cancel_all": "Cancel those that wait",
}
#: What the actions for many are about: which messages, of which tab.
MANY: dict[str, tuple[State, ...]] = {"retry_all": ("failed",), "cancel_all": ("waiting",)}
TAB = {"retry_all": "problems", "cancel_all": "pending"}
TONE = {"retry_all": "primary", "cancel_all": "danger"}


def for_many(here: Here, chosen: Mapping[str, Any], group: str) -> list[dict[str, str]]:
    """Buttons above a list: what can be done to all that it is narrowed to."""
    if not here.person.may("mail"):
        return []
    found = []
    for action, states in MANY.items():
        if TAB[action] != group:
            continue
        n = outbox.count_messages(here.store, here.company.id, states=states, **chosen)
        if n:
            name = f"{here.t(TITLES[action])} ({n})"
            link = href(MAILINGS.path, here.asked, **{action: "1"})
            found.append({"name": name, "href": link, "tone": TONE[action]})
    return found


def draw(here: Here) -> None:
    """Open the dialog that the address asks for, if this person may use it."""
    action = next((name for name in ACTIONS if here.asked.get(name)), None)
    if action is None:
        return
    if not here.person.may("mail"):
        st.error(here.t("Your role does not allow this."), icon=":material/block:")
        return
    dialog = st.dialog(here.t(TITLES[action]), on_dismiss=_leave)
    dialog(partial(_many if action in MANY else _one, here, action))()


def _one(here: Here, action: str) -> None:
    public_id = address.text(here.asked, action)
    try:
        message = outbox.get(here.store, here.company.id, public_id)
    except NotFound:
        st.error(here.t("There is no such message."))
        return
    store, company, by, now = here.store, here.company.id, here.person, here.now
    sentences = {
        "retry": "It is composed again with today's figures and sent to {address}.",
        "cancel": "The message to {address} is not sent.",
        "release": "The message was held back; it leaves now to {address}.",
        "confirm": "You have made sure that the message reached {address}.",
        "resume": "{address} gets mail again, of every kind.",
    }
    acts: dict[str, tuple[Callable[[], int], str]] = {
        "retry": (
            lambda: outbox.retry(store, company, [public_id], by=by, now=now),
            "The message is queued again.",
        ),
        "cancel": (
            lambda: outbox.cancel(store, company, [public_id], by=by, now=now),
            "The message is cancelled.",
        ),
        "confirm": (
            lambda: outbox.confirm_sent(store, company, [public_id], by=by, now=now),
            "The message is marked as sent.",
        ),
        "release": (
            lambda: outbox.release(store, company, [public_id], by=by, now=now),
            "The message is queued again.",
        ),
        "resume": (
            lambda: stopped.resume(store, company, message.address, by=by, now=now),
            "The address gets mail again.",
        ),
    }
    st.text(here.t(sentences[action], address=message.address))
    if action == "retry" and message.state == "unknown":
        st.warning(
            here.t("If it did arrive the first time, the client gets it twice. Ask them first."),
            icon=":material/warning:",
        )
    act, sentence = acts[action]
    if st.button(here.t(TITLES[action]), type="primary", key="confirm_action"):
        _do(here, act, sentence)


def _many(here: Here, action: str) -> None:
    kind = next((kind for kind in KINDS if kind == here.asked.get("kind")), None)
    found = outbox.list_messages(
        here.store,
        here.company.id,
        states=MANY[action],
        kind=kind,
        client_id=address.text(here.asked, "client") or None,
        mailing=address.text(here.asked, "mailing") or None,
        text=address.text(here.asked, "text"),
    )
    n = len(found)
    st.write(here.t("1 message") if n == 1 else here.t("{n} messages", n=n))
    act = outbox.retry if action == "retry_all" else outbox.cancel
    sentence = (
        "The messages are queued again." if action == "retry_all" else "The messages are cancelled."
    )
    if st.button(here.t(TITLES[action]), type="primary", key="confirm_action", disabled=not n):
        ids = [message.public_id for message in found]
        _do(
            here,
            lambda: act(here.store, here.company.id, ids, by=here.person, now=here.now),
            sentence,
        )


def _do(here: Here, act: Callable[[], int], sentence: str) -> None:
    try:
        changed = act()
    except Forbidden:
        st.error(here.t("Your role does not allow this."), icon=":material/block:")
    except CarteraError:
        st.error(here.t("That could not be done. Check what was written and try again."))
    else:
        if not changed:  # it moved on while the dialog was open
            st.error(here.t("The message is in another state by now; look at it again."))
            return
        done(sentence, **dict.fromkeys(ACTIONS))


def _leave() -> None:
    for name in ACTIONS:
        st.query_params.pop(name, None)
