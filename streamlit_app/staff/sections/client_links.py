"""A client's private links: make one, see who opened them, close one."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from cartera import clock
from cartera.config import Company
from cartera.i18n import Translator
from cartera.store import links
from cartera.store.links import Link
from streamlit_app.shared.services import services

#: Written to the trail while there are no accounts: whoever sits at this machine.
WHO = "staff"
SHOWN = 20
#: Session state: the client and the address of a link just made.
FRESH = "fresh_link"
STATE_WORDS = {"live": "In force", "expired": "Expired", "revoked": "Revoked"}
STATE_COLOURS = {"live": "green", "expired": "gray", "revoked": "red"}


def client_links(company: Company, client_id: str, tr: Translator) -> None:
    """The list of a client's links, under a button that makes another one."""
    days = company.link_days
    if st.button(tr.t("Create link"), type="primary", icon=":material/add_link:"):
        st.session_state[FRESH] = (client_id, _create(company, client_id))
    _show_once(client_id, tr)
    st.caption(tr.t("A link opens this client's account to whoever has it, for {n} days.", n=days))
    found = links.list_links(services().store, company.id, client_id)
    for link in found[:SHOWN]:
        _row(link, company, tr)
    if not found:
        st.info(tr.t("This client has no links yet."), icon=":material/link_off:")


def _create(company: Company, client_id: str) -> str:
    """Make a link; the address that holds its only token."""
    new = links.create(
        services().store,
        company_id=company.id,
        client_id=client_id,
        days=company.link_days,
        created_by=WHO,
        now=clock.now(),
    )
    return f"{services().settings.client_url.rstrip('/')}/e/{new.token}"


def _show_once(client_id: str, tr: Translator) -> None:
    """Show a new link until it is copied: the page draws itself anew whenever figures move."""
    made_for, address = st.session_state.get(FRESH, ("", ""))
    if made_for != client_id:
        st.session_state.pop(FRESH, None)
        return
    st.success(tr.t("Copy the link now: it is not shown again."), icon=":material/key:")
    st.code(address, language=None, wrap_lines=True)
    st.button(tr.t("I have copied it"), on_click=st.session_state.pop, args=(FRESH, None))


def _row(link: Link, company: Company, tr: Translator) -> None:
    state = links.state(link, clock.now())
    with st.container(border=True, key=f"link_{link.public_id}"):
        about, action = st.columns([5, 1], vertical_alignment="center")
        until = tr.t("until {day}", day=_moment(link.expires_at, company))
        badge = f":{STATE_COLOURS[state]}-badge[{tr.t(STATE_WORDS[state])}]"
        opens = _opens(link, company, tr)
        made = tr.t("created {day}", day=_moment(link.created_at, company))
        about.markdown(f"{badge} `{link.public_id}` · {until}")
        about.caption(f"{opens} · {made}")
        if state == "live":
            action.button(
                tr.t("Revoke"),
                key=f"revoke_{link.public_id}",
                on_click=_revoke,
                args=(company.id, link.public_id),
                width="stretch",
            )


def _opens(link: Link, company: Company, tr: Translator) -> str:
    if link.last_opened_at is None:
        return tr.t("not opened yet")
    day = _moment(link.last_opened_at, company)
    if link.opens == 1:
        return tr.t("opened once, {day}", day=day)
    return tr.t("opened {n} times, last {day}", n=link.opens, day=day)


def _revoke(company_id: str, public_id: str) -> None:
    links.revoke(services().store, company_id, public_id, WHO, clock.now())


def _moment(moment: datetime, company: Company) -> str:
    return moment.astimezone(ZoneInfo(company.timezone)).strftime("%d/%m/%Y %H:%M")
