"""Page "Estado de cuenta cliente": any client's account, as of any day, live."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from cartera import clock
from cartera.errors import NotFound
from cartera.i18n import Translator
from cartera.render.html import to_html
from streamlit_app.shared import live
from streamlit_app.shared.downloads import FORMATS
from streamlit_app.shared.services import services
from streamlit_app.staff import filters
from streamlit_app.staff.app import session_name
from streamlit_app.staff.sections.client_links import client_links
from streamlit_app.staff.sections.client_picker import client_picker
from streamlit_app.staff.sections.statement_choices import (
    Choices,
    line_filters,
    statement_choices,
)


def draw(tr: Translator) -> None:
    """Choose a client, then the account and its links."""
    company = services().company
    st.title(tr.t("Client account statement"), anchor=False)
    drawn = live.shown(company.timezone)
    live.pulse(drawn, company.timezone, tr, lambda: session_name(st.context.cookies) is not None)
    if drawn.publication is None:
        st.info(tr.t("No data has been loaded yet."), icon=":material/database:")
        return
    client_id = client_picker(tr)
    if client_id is None:
        st.info(tr.t("Choose a client to see their account."), icon=":material/person_search:")
    else:
        account, shared = st.tabs([tr.t("Account statement"), tr.t("Links")])
        with account:
            draw_account(client_id, statement_choices(clock.today(company.timezone), tr), tr)
        with shared:
            client_links(company, client_id, tr)


def draw_account(client_id: str, choices: Choices, tr: Translator) -> None:
    """The statement itself, with its filters and downloads."""
    try:
        statement = services().reader.statement(
            services().company.id,
            client_id,
            kind=choices.kind,
            as_of=choices.as_of,
            include_paid=choices.include_paid,
        )
    except NotFound:
        st.warning(tr.t("This client has no account."), icon=":material/error:")
        return
    asked = {
        "client": client_id,
        "kind": choices.kind,
        "as_of": choices.as_of.isoformat(),
        "paid": "1" if choices.include_paid else "0",
    }
    downloads = {form: f"/download/statement.{form}?{urlencode(asked)}" for form in FORMATS}
    if choices.kind == "open":
        statement, listed, total = filters.apply(statement, line_filters(statement, choices, tr))
        if listed < total:
            st.caption(
                tr.t(
                    "Showing {listed} of {total} documents; totals are of the whole account.",
                    listed=listed,
                    total=total,
                )
            )
    st.html(to_html(statement, standalone=False, links=downloads))


draw(services().translator)
