"""Searching a client inside a dialog, and choosing one of those that were found."""

from __future__ import annotations

import streamlit as st

from cartera.warehouse.reader import NothingPublished
from streamlit_app.staff.here import Here

#: Clients that a search offers; whoever is not among them is searched for with more letters.
MOST_FOUND = 20


def chosen(here: Here, key: str) -> str:
    """Id of the client that was found and chosen; empty so far. `key` names the dialog's fields."""
    text = st.text_input(
        here.t("Search client: name, tax id or code"), max_chars=200, key=f"{key}_client",
        autocomplete="off",
    )  # fmt: skip
    if not text.strip():
        return ""
    try:
        found = here.reader.find_clients(here.company.id, text, MOST_FOUND)
    except NothingPublished:
        found = []
    if not found:
        st.info(here.t("There is no such client"))
        return ""
    names = {one.client_id: f"{one.name} · {one.tax_id or one.client_id}" for one in found}
    picked = st.selectbox(
        here.t("Client"), list(names), format_func=names.__getitem__, key=f"{key}_found"
    )
    return picked or ""
