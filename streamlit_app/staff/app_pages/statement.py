"""Page "Estado de cuenta cliente": any client's account, as of any day, all or some of it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from cartera.errors import NotFound
from cartera.render.html import Frame, to_html
from cartera.statement import Item
from streamlit_app.shared.downloads import FORMATS
from streamlit_app.staff.address import href
from streamlit_app.staff.app_pages.clients import days_words
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import CLIENTS, STATEMENT
from streamlit_app.staff.sections import link_actions, send_window
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.nothing import nothing
from streamlit_app.staff.sections.statement_choices import statement_choices
from streamlit_app.staff.view import View

#: Whom to look at first, where nobody is chosen.
PICKS = 8


def draw(here: Here) -> None:
    """The account that the address names, or a place to find one."""
    view = View.of(here.asked, here.today)
    if not view.client_id:
        _start(here)
        return
    try:
        statement = view.everything(here.reader, here.company.id, here.tr.language)
    except NotFound:
        nothing(here, here.t("There is no such client"), CLIENTS)
        return
    link_actions.draw(here)
    send_window.draw(here)
    counted = statement_choices(here, view, statement)
    link_actions.show_fresh(here, view.client_id)
    query = {**view.query(), **view.filters.to_query()}
    frame = Frame(
        address=href(STATEMENT.path, view.query(), **_kept(view)),
        # Only these two work without asking the server; the rest has left lines out already.
        filters=view.filters,
        links={form: href(f"/download/statement.{form}", query) for form in FORMATS},
        mail=partial(_mail, here) if here.person.may("mail") else None,
    )
    with st.container(key="account_counted" if counted else "account"):
        st.html(to_html(statement, standalone=False, frame=frame))


def _mail(here: Here, item: Item) -> str:
    """Where an invoice is mailed by hand; what is void, or no invoice, is not."""
    if item.type != "invoice" or item.status == "void":
        return ""
    return href(STATEMENT.path, here.asked, invoice=item.document_id)


def _kept(view: View) -> dict[str, str]:
    """Filters that the statement's own links keep: all but status and range, which they change."""
    return replace(view.filters, statuses=(), buckets=()).to_query()


def _start(here: Here) -> None:
    found = here.reader.clients(
        here.company.id,
        as_of=here.today,
        only="overdue",
        currency=here.company.currency,
        sort="overdue",
        descending=True,
        limit=PICKS,
    )
    show(
        here,
        "statement_start",
        rows=[
            {
                "name": row.name,
                "days": here.t("{days} overdue", days=days_words(here, row.days_overdue)),
                "overdue": here.money(row.overdue, row.currency or here.company.currency),
                "href": href(STATEMENT.path, {"client": row.client_id}),
            }
            for row in found.rows
        ],
    )
