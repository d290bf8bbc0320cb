"""Pieces of pages from `templates/staff`: everything that is put into them is escaped."""

from __future__ import annotations

import streamlit as st

from cartera.render.templates import html_environment
from streamlit_app.staff.here import Here


def show(here: Here, name: str, **values: object) -> None:
    """Draw one template with the person's words; nothing where it comes out empty.

    `st.html` refuses a text without a letter, and with it the rest of the page.
    """
    if body := render(here, name, **values).strip():
        st.html(body)


def render(here: Here, name: str, **values: object) -> str:
    """One template as HTML; `t` translates, `asked` is the address's query."""
    template = html_environment().get_template(f"staff/{name}.html")
    return template.render({"t": here.t, "asked": here.asked, **values})
