"""What somebody just did, said once on the page that follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from cartera.errors import CarteraError, Forbidden
from cartera.mail.refusal import Refusal
from streamlit_app.staff.here import Here
from streamlit_app.staff.plain import plain

DONE = "staff_done"
#: A private link's address, shown until it is copied: there is no second chance.
FRESH = "staff_fresh_link"


Made = TypeVar("Made")


def do(here: Here, act: Callable[[], Made], after: Callable[[Made], None]) -> None:
    """Do it, or say in words what is in the way."""
    try:
        result = act()
    except Forbidden:
        st.error(here.t("Your role does not allow this."), icon=":material/block:")
    except Refusal as refusal:
        said = plain(refusal.said(here.tr))
        st.error(f"{said[:1].upper()}{said[1:]}.", icon=":material/error:")
    except CarteraError:
        st.error(here.t("That could not be done. Check what was written and try again."))
    else:
        after(result)


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
