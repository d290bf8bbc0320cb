"""A part of a page that is drawn again every moment while something in it still moves.

`staff.js` presses the button that nobody sees, as long as the tab is looked at and what was drawn
says that more is to come. Such a run is no use of the session: an open tab does not keep it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from cartera import clock
from streamlit_app.staff import session
from streamlit_app.staff.here import Here

AGAIN = "again"


def moving(here: Here, draw: Callable[[Here], bool]) -> None:
    """Call `draw`, and again while it says that something still moves."""

    @st.fragment
    def part() -> None:
        seen = session.look(st.context.cookies)
        if seen is None or not seen.person.may("read", here.company.id):
            return  # `page.js` hears of it and asks for the page, which says so
        goes_on = draw(
            replace(
                here,
                person=seen.person,
                now=clock.now(),
                today=clock.today(here.company.timezone),
            )
        )
        if goes_on:
            st.html('<span class="ct-unseen" data-again></span>')
        st.button("↻", key=AGAIN)

    part()
