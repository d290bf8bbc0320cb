"""Making, renewing and closing private links. The address says what is asked; a person confirms.

A link in a list leads to the same page with `revoke=ID` (or `renew`, `create`, `revoke_all`) in
its address, which opens a dialog: looking at an address never changes anything.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from cartera.errors import CarteraError, Forbidden, NotFound
from cartera.store import links
from cartera.store.links import MAX_DAYS, NewLink
from cartera.warehouse.reader import NothingPublished
from streamlit_app.staff import address
from streamlit_app.staff.here import Here
from streamlit_app.staff.plain import plain
from streamlit_app.staff.sections.said import FRESH, done

ACTIONS = ("create", "renew", "revoke", "revoke_all")


def draw(here: Here) -> None:
    """Open the dialog that the address asks for, if this person may use it."""
    action = next((name for name in ACTIONS if here.asked.get(name)), None)
    if action is None:
        return
    if not here.person.may("links"):
        st.error(here.t("Your role does not allow this."), icon=":material/block:")
        return
    titles = {
        "create": "Create link",
        "renew": "Renew link",
        "revoke": "Revoke link",
        "revoke_all": "Revoke all links",
    }
    drawers: dict[str, Callable[[Here], None]] = {
        "create": _create,
        "renew": _renew,
        "revoke": _revoke,
        "revoke_all": _revoke_all,
    }
    dialog = st.dialog(here.t(titles[action]), on_dismiss=_leave)
    dialog(partial(drawers[action], here))()


def show_fresh(here: Here, client_id: str) -> None:
    """A new link's address, until somebody says that they have it: it is not shown again.

    Not beside another client's account; the list of all links ("") shows whosever it is.
    """
    made_for, link_address = st.session_state.get(FRESH, ("", ""))
    if not link_address or client_id not in ("", made_for):
        st.session_state.pop(FRESH, None)
        return
    with st.container(border=True, key="fresh_link"):
        st.markdown(f"**{here.t('Copy the link now: it is not shown again.')}**")
        st.code(link_address, language=None, wrap_lines=True)
        st.button(here.t("I have copied it"), on_click=st.session_state.pop, args=(FRESH, None))


def _create(here: Here) -> None:
    client_id = address.text(here.asked, "client")
    try:
        record = here.reader.client(here.company.id, client_id)
    except NotFound:
        st.error(here.t("There is no such client"))
        return
    st.markdown(f"**{plain(record.name)}**")
    contact = st.selectbox(
        here.t("Contact"),
        list(record.emails),
        index=0 if record.emails else None,
        accept_new_options=True,
        placeholder=here.t("Whom it is for"),
        key="link_contact",
    )
    days = _days(here, client_id)
    if st.button(here.t("Create link"), type="primary", key="confirm"):
        _do(
            here,
            lambda: links.create(
                here.store,
                company_id=here.company.id,
                client_id=client_id,
                contact=(contact or "").strip()[:200],
                days=days,
                by=here.person,
                now=here.now,
            ),
            "The link is made.",
        )


def _renew(here: Here) -> None:
    public_id = address.text(here.asked, "renew")
    st.write(
        here.t("A new link for the same client and contact; the one before stops working at once.")
    )
    old = links.by_id(here.store, public_id)
    mine = old is not None and old.company_id == here.company.id
    days = _days(here, old.client_id if old and mine else "")
    if st.button(here.t("Renew link"), type="primary", key="confirm"):
        _do(
            here,
            lambda: links.renew(
                here.store, here.company.id, public_id, days=days, by=here.person, now=here.now
            ),
            "The link is renewed.",
        )


def _revoke(here: Here) -> None:
    public_id = address.text(here.asked, "revoke")
    st.write(here.t("Whoever has this link cannot open it any more, also where it is open now."))
    if st.button(here.t("Revoke link"), type="primary", key="confirm"):
        _do(
            here,
            lambda: links.revoke(
                here.store, here.company.id, public_id, by=here.person, now=here.now
            ),
            "The link is revoked.",
        )


def _revoke_all(here: Here) -> None:
    client_id = address.text(here.asked, "client")
    st.write(here.t("None of this client's links can be opened any more."))
    if st.button(here.t("Revoke all links"), type="primary", key="confirm"):
        _do(
            here,
            lambda: links.revoke_all(
                here.store, here.company.id, client_id, by=here.person, now=here.now
            ),
            "All links of this client are revoked.",
        )


def _days(here: Here, client_id: str) -> int:
    """How long: what a mailed link to this client would live, unless a person says otherwise."""
    try:
        statement = here.reader.statement(here.company.id, client_id, as_of=here.today)
    except (NotFound, NothingPublished):
        last_due = None
    else:
        last_due = statement.last_due
    usual = links.lifetime(here.company.link_days, last_due, here.today)
    return int(st.number_input(here.t("Days that it lives"), 1, MAX_DAYS, usual, key="link_days"))


def _do(here: Here, act: Callable[[], object], sentence: str) -> None:
    try:
        result = act()
    except Forbidden:
        st.error(here.t("Your role does not allow this."), icon=":material/block:")
        return
    except NotFound:
        st.error(here.t("That link does not exist any more."))
        return
    except CarteraError:
        st.error(here.t("That could not be done. Check what was written and try again."))
        return
    if isinstance(result, NewLink):
        base = here.settings.client_url.rstrip("/")
        st.session_state[FRESH] = (result.link.client_id, f"{base}/e/{result.token}")
    done(sentence, **dict.fromkeys(ACTIONS))


def _leave() -> None:
    for name in ACTIONS:
        st.query_params.pop(name, None)
