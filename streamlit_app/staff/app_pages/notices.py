"""Page "Avisos de clientes": what clients wrote, by kind, and what waits for somebody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cartera.errors import NotFound
from cartera.notices import promises
from cartera.notices.terms import KINDS, STATES, Kind, Notice, State
from cartera.store import notices
from cartera.warehouse.reader import NothingPublished
from streamlit_app.staff import address, listing
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.listing import Paging
from streamlit_app.staff.pages import CLIENT, NOTICES
from streamlit_app.staff.sections import access_asked, notice_detail, payment_doubts, waiting
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.nothing import nothing
from streamlit_app.staff.sections.notice_words import row_of

TABS: dict[str, str] = {
    "payment": "Reported payments",
    "promise": "Promises",
    "dispute": "Disputes",
    "comment": "Comments",
    "access": "Links asked for",
}
SHOWN: dict[str, str] = {"": "Open", "done": "Seen to", "all": "All"}
_DONE: tuple[State, ...] = tuple(state for state in STATES if state != "open")
STATES_OF: dict[str, tuple[State, ...]] = {"": ("open",), "done": _DONE, "all": ()}
#: Open promises looked through for those that passed unpaid: all there are, within reason.
MOST_PROMISES = 2_000


def draw(here: Here) -> None:
    """The notice that the address names, or the list of a kind."""
    public_id = address.text(here.asked, "notice")
    if public_id:
        try:
            notice = notices.get(here.store, here.company.id, public_id)
        except NotFound:
            nothing(here, here.t("There is no such notice"), NOTICES)
            return
        notice_detail.draw(here, notice)
        return
    kind = address.one_of(here.asked, "kind", list(TABS), "payment")
    _head(here, kind)
    if kind == "access":
        access_asked.draw(here)
        return
    if kind == "payment":
        payment_doubts.draw(here, "report")
    _list(here, next(one for one in KINDS if one == kind))


def _head(here: Here, kind: str) -> None:
    counts = waiting.counts(here)
    show(
        here,
        "notices_head",
        tabs=[
            {
                "name": here.t(name),
                "href": href(NOTICES.path, {"kind": code, "client": here.asked.get("client")}),
                "on": code == kind,
                "n": counts.get(code, 0),
            }
            for code, name in TABS.items()
        ],
    )


def _list(here: Here, kind: Kind) -> None:
    shown = address.one_of(here.asked, "show", list(SHOWN), "")
    client = address.text(here.asked, "client")
    chosen: dict[str, Any] = {
        "kinds": [kind], "states": STATES_OF[shown], "client_id": client or None,
    }  # fmt: skip
    store, company = here.store, here.company.id
    count = notices.count(store, company, **chosen)
    paging = Paging(NOTICES.path, here.asked, count)
    broken = _broken(here, chosen) if kind == "promise" and shown != "done" else {}
    offset = (paging.number - 1) * listing.ROWS
    if broken:  # what passed unpaid comes first: all of it is at hand anyhow
        found = notices.listed(store, company, **chosen, limit=MOST_PROMISES)
        found.sort(key=lambda one: (one.public_id not in broken, one.day))
        found = found[offset : offset + listing.ROWS]
    else:
        found = notices.listed(store, company, **chosen, limit=listing.ROWS, offset=offset)
    names = here.client_names([*(one.client_id for one in found), *([client] if client else [])])
    show(
        here,
        "notices",
        kind=kind,
        shown=[
            {
                "name": here.t(name),
                "href": href(NOTICES.path, here.asked, show=code, page=None),
                "on": code == shown,
            }
            for code, name in SHOWN.items()
        ],
        rows=[row_of(here, one, names, broken, show=shown, client=client) for one in found],
        count_text=here.t("1 notice") if count == 1 else here.t("{n} notices", n=count),
        unpaid=len(broken),
        client=names.get(client, client),
        client_href=href(CLIENT.path, {"client": client}),
        clear=href(NOTICES.path, here.asked, client=None, page=None) if client else "",
        paging=paging,
    )


def _broken(here: Here, chosen: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
    """Open promises whose day passed, with what is still open of them."""
    found: list[Notice] = notices.listed(
        here.store, here.company.id,
        kinds=chosen["kinds"], states=["open"], client_id=chosen["client_id"],
        limit=MOST_PROMISES,
    )  # fmt: skip
    try:
        return promises.unpaid(here.reader, here.company, found, as_of=here.today)
    except NothingPublished:
        return {}
