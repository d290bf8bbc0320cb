"""The company's logo: shown, changed, taken away."""

from __future__ import annotations

import streamlit as st

from cartera.errors import Forbidden
from cartera.render.logo import LARGEST, read_logo
from cartera.store import companies
from streamlit_app.staff.here import Here
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.said import done
from streamlit_app.staff.sections.setting_fields import changed_by


def draw(here: Here) -> None:
    """The logo as it is, and the ways to change it."""
    logo = read_logo(here.company.logo)
    change = companies.changes_of(here.store, here.company.id).get(companies.LOGO)
    show(
        here,
        "setting_logo",
        logo=logo.data_uri if logo else "",
        most=LARGEST // 1024,
        changed=changed_by(here, change) if change else "",
    )
    if change and st.button(here.t("Take the saved logo away")):
        try:
            companies.save_logo(here.store, here.company.id, None, by=here.person, now=here.now)
        except Forbidden:
            st.error(here.t("Your role does not allow this."), icon=":material/block:")
        else:
            done("The logo is taken away.")
