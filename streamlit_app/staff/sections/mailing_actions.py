"""Sending a mailing and giving it up: asked by the address, confirmed by a person."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from cartera.errors import CarteraError, Forbidden, NotFound
from cartera.store import mailings, outbox
from streamlit_app.staff import address
from streamlit_app.staff.here import Here
from streamlit_app.staff.sections.said import done

ACTIONS = ("send", "discard")
TITLES = {"send": "Send the mailing", "discard": "Discard the mailing"}


def draw(here: Here) -> None:
    """Open the dialog that the address asks for."""
    action = next((name for name in ACTIONS if here.asked.get(name)), None)
    if action is None or not address.text(here.asked, "mailing"):
        return
    drawers: dict[str, Callable[[Here, str], None]] = {"send": _send, "discard": _discard}
    dialog = st.dialog(here.t(TITLES[action]), on_dismiss=_leave)
    dialog(partial(drawers[action], here, action))()


def _send(here: Here, action: str) -> None:
    public_id = address.text(here.asked, "mailing")
    counts = outbox.counts(here.store, here.company.id, mailing=public_id)
    n, held = counts["draft"], counts["held"]
    st.write(here.t("1 message leaves now.") if n == 1 else here.t("{n} messages leave now.", n=n))
    if held:
        st.write(here.t("Held back, and not sent: {n}.", n=held))
    st.caption(here.t("Each message has the figures of the moment at which it leaves."))
    title = here.t(TITLES[action])
    if st.button(title, type="primary", key="confirm_action", disabled=not n):
        _do(
            here,
            lambda: mailings.send(
                here.store, here.company.id, public_id, by=here.person, now=here.now
            ),
            "The mailing is on its way.",
        )


def _discard(here: Here, action: str) -> None:
    public_id = address.text(here.asked, "mailing")
    st.write(here.t("None of its messages is sent. What was prepared stays in the list."))
    title = here.t(TITLES[action])
    if st.button(title, type="primary", key="confirm_action"):
        _do(
            here,
            lambda: mailings.discard(
                here.store, here.company.id, public_id, by=here.person, now=here.now
            ),
            "The mailing is discarded.",
        )


def _do(here: Here, act: Callable[[], object], sentence: str) -> None:
    try:
        act()
    except Forbidden:
        st.error(here.t("Your role does not allow this."), icon=":material/block:")
    except NotFound:
        st.error(here.t("There is no such mailing."))
    except CarteraError:
        st.error(here.t("That could not be done: the mailing is sent or discarded already."))
    else:
        done(sentence, **dict.fromkeys(ACTIONS))


def _leave() -> None:
    for name in ACTIONS:
        st.query_params.pop(name, None)
