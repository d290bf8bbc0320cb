"""A template that comes out empty draws nothing, and breaks nothing after it."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from tests.streamlit_app.test_staff_pages import html


def _page() -> None:
    from types import SimpleNamespace

    import streamlit as st

    from streamlit_app.staff.sections.html import show

    here = SimpleNamespace(t=lambda text, **_: text, asked={})
    paging = SimpleNamespace(pages=1)
    show(here, "pager", paging=paging)  # type: ignore[arg-type]
    st.html("<p>after</p>")


def test_an_empty_template_is_left_out() -> None:
    assert html(AppTest.from_function(_page).run()) == "<p>after</p>"
