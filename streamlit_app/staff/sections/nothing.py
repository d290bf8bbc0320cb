"""What a page says where it has nothing to show."""

from __future__ import annotations

from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import Page
from streamlit_app.staff.sections.html import show


def nothing(here: Here, title: str, page: Page, text: str = "") -> None:
    """Say what is missing, and where to go from here."""
    show(here, "nothing", title=title, text=text, href=page.path, action=here.t(page.title))
