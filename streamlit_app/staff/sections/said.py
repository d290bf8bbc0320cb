"""What somebody just did, said once on the page that follows."""

from __future__ import annotations

import streamlit as st

from streamlit_app.staff.here import Here

DONE = "staff_done"
#: A private link's address, shown until it is copied: there is no second chance.
FRESH = "staff_fresh_link"


def done(sentence: str, **dropped: None) -> None:
    """Keep the sentence for the next run and leave the dialog: its name leaves the address."""
    st.session_state[DONE] = sentence
    for name in dropped:
        st.query_params.pop(name, None)
    st.rerun()


def say_what_was_done(here: Here) -> None:
    """Show what is kept."""
    sentence = st.session_state.pop(DONE, "")
    if sentence:
        st.success(here.t(sentence), icon=":material/check_circle:")
