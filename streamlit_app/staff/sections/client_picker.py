"""Choosing a client: type part of a name, tax id or code, and pick from what fits."""

from __future__ import annotations

import streamlit as st

from cartera.i18n import Translator
from streamlit_app.shared.services import services

#: More than this nobody reads through; the sentence below the box asks for more letters.
LIMIT = 50


def client_picker(tr: Translator) -> str | None:
    """Id of the chosen client, kept in the address so that a page can be linked to."""
    company_id = services().company.id
    left, right = st.columns([2, 3], gap="medium")
    text = left.text_input(
        tr.t("Search client"), placeholder=tr.t("Name, tax id or code"), key="client_search"
    )
    reader = services().reader
    rows = {row.client_id: row for row in reader.find_clients(company_id, text, limit=LIMIT)}
    named = st.query_params.get("client", "")
    if named and named not in rows and not text:
        found = reader.find_clients(company_id, named, limit=LIMIT)
        rows = {row.client_id: row for row in found if row.client_id == named} | rows
    ids = list(rows)
    if not ids:
        right.selectbox(tr.t("Client"), [], placeholder=tr.t("No client fits"), disabled=True)
        return None
    index = ids.index(named) if named in ids else (0 if len(ids) == 1 else None)
    chosen = right.selectbox(
        tr.t("Client"),
        ids,
        index=index,
        placeholder=tr.t("Choose a client"),
        format_func=lambda client_id: " · ".join(
            part for part in (rows[client_id].name, rows[client_id].tax_id, client_id) if part
        ),
    )
    if len(ids) == LIMIT:
        left.caption(tr.t("Only the first {n} are listed; type more letters.", n=LIMIT))
    if chosen is not None and chosen != named:
        st.query_params["client"] = chosen
    return chosen
