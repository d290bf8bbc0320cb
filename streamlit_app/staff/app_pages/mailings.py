"""Page "Envíos": every message that was queued, and what became of it; or one of them."""

from __future__ import annotations

from typing import Any

from cartera.mail.outgoing import KINDS, State
from cartera.store import outbox
from streamlit_app.staff import address, listing
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.listing import Paging
from streamlit_app.staff.pages import BULK, CLIENT, MAILINGS, SCHEDULES
from streamlit_app.staff.sections import message_actions, message_detail, unsent_invoices
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.mail_state import say_mail_state
from streamlit_app.staff.sections.message_rows import rows_of
from streamlit_app.staff.sections.message_words import (
    GROUP_WORDS,
    GROUPS,
    KIND_WORDS,
    MOVING,
    QUEUED,
)
from streamlit_app.staff.sections.moving import moving


def draw(here: Here) -> None:
    """The list, or the message that the address names."""
    message_actions.draw(here)
    public_id = address.text(here.asked, "message")
    if public_id:
        message_detail.draw(here, public_id)
        return
    say_mail_state(here)
    unsent_invoices.draw(here)
    moving(here, _list)


def _list(here: Here) -> bool:
    """Tabs, filters and rows; whether something is still on its way."""
    asked = here.asked
    group = address.one_of(asked, "state", list(GROUPS), "")
    kind = next((kind for kind in KINDS if kind == asked.get("kind")), None)
    chosen: dict[str, Any] = {
        "kind": kind,
        "client_id": address.text(asked, "client") or None,
        "mailing": address.text(asked, "mailing") or None,
        "text": address.text(asked, "text"),
    }
    states: tuple[State, ...] = GROUPS.get(group, QUEUED)
    store, company = here.store, here.company.id
    # Before the rows: a row that is behind these is drawn once more.
    counts = outbox.counts(store, company, mailing=chosen["mailing"])
    count = outbox.count_messages(store, company, states=states, **chosen)
    paging = Paging(MAILINGS.path, asked, count)
    found = outbox.list_messages(
        store, company, states=states, **chosen,
        limit=listing.ROWS, offset=(paging.number - 1) * listing.ROWS,
    )  # fmt: skip
    client = chosen["client_id"]
    show(
        here,
        "mailings",
        tabs=[_tab(here, name, group, counts) for name in GROUP_WORDS],
        rows=rows_of(here, found),
        count_text=here.t("1 message") if count == 1 else here.t("{n} messages", n=count),
        text=chosen["text"],
        kind=kind or "",
        kinds=[(name, here.t(word)) for name, word in KIND_WORDS.items()],
        client=here.client_names([client]).get(client, client) if client else "",
        client_href=href(CLIENT.path, {"client": client}) if client else "",
        mailing_href=href(BULK.path, {"mailing": chosen["mailing"]}) if chosen["mailing"] else "",
        filtered=bool(kind or client or chosen["mailing"] or chosen["text"]),
        clear=href(MAILINGS.path, {"state": group}),
        bulk=BULK.path if here.person.may(BULK.act) else "",
        scheduled=SCHEDULES.path,
        actions=message_actions.for_many(here, chosen, group),
        paging=paging,
    )
    return any(counts[state] for state in MOVING)


def _tab(here: Here, name: str, group: str, counts: dict[State, int]) -> dict[str, Any]:
    return {
        "name": here.t(GROUP_WORDS[name]),
        "href": href(MAILINGS.path, here.asked, state=name, page=None, message=None),
        "on": name == group,
        "n": sum(counts[state] for state in GROUPS.get(name, ())),
        "urgent": name == "problems",
    }
