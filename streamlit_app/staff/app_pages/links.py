"""Page "Enlaces": who can open which account, until when, and who did."""

from __future__ import annotations

from typing import Any, Literal

from cartera.errors import NotFound
from cartera.people import operator
from cartera.store import links
from cartera.store.links import Link
from streamlit_app.staff import address, listing
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.listing import Paging
from streamlit_app.staff.pages import CLIENT, CLIENTS, LINKS
from streamlit_app.staff.sections import link_actions
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.link_rows import opened, state_of
from streamlit_app.staff.sections.nothing import nothing

SERVER = operator("").login
STATES: tuple[Literal["", "live", "expired", "revoked"], ...] = ("", "live", "expired", "revoked")


def draw(here: Here) -> None:
    """All links, or those of one client; what is done to one, is asked in a dialog."""
    asked = here.asked
    client_id = address.text(asked, "client")
    state = address.one_of(asked, "state", STATES, "")
    name = ""
    if client_id:
        try:
            name = here.reader.client(here.company.id, client_id).name
        except NotFound:
            nothing(here, here.t("There is no such client"), CLIENTS)
            return
    link_actions.draw(here)
    store, company, now = here.store, here.company.id, here.now
    whose, how = client_id or None, state or None
    count = links.count_links(store, company, whose, state=how, now=now)
    page = listing.offset(asked)
    found = links.list_links(
        store, company, whose, state=how, limit=listing.ROWS, offset=page, now=now
    )
    names = here.client_names(link.client_id for link in found)
    mine = {"client": client_id}
    any_live = bool(whose) and links.count_links(store, company, whose, state="live", now=now) > 0
    link_actions.show_fresh(here, client_id)
    nothing_here = "This client has no links yet." if client_id else "There are no links here"
    show(
        here,
        "links",
        client=name,
        client_id=client_id,
        state=state,
        days=here.company.link_days,
        may_links=here.person.may("links"),
        create=href(LINKS.path, mine, create="1"),
        revoke_all=href(LINKS.path, mine, revoke_all="1") if any_live else "",
        rows=[_row(here, link, names.get(link.client_id, link.client_id)) for link in found],
        nothing=here.t("No link is in this state" if state else nothing_here),
        paging=Paging(LINKS.path, asked, count),
    )


def _row(here: Here, link: Link, name: str) -> dict[str, Any]:
    state = links.state(link, here.now)
    return {
        "client": name,
        "client_href": href(CLIENT.path, {"client": link.client_id}),
        "public_id": link.public_id,
        "contact": link.contact,
        "expires": here.moment(link.expires_at),
        "opened": opened(here, link),
        "created": here.moment(link.created_at),
        "created_by": here.t("by {who}", who=_who(here, link.created_by)),
        "renew": href(LINKS.path, here.asked, renew=link.public_id),
        "revoke": href(LINKS.path, here.asked, revoke=link.public_id) if state == "live" else "",
    } | state_of(here, link)


def _who(here: Here, login: str) -> str:
    """Who made a link; whoever did it on the server itself has no account."""
    return here.t("the server's operator") if login == SERVER else login
