"""The staff app's entry, run by Streamlit for every open tab: who may, the heading, the pages."""

import streamlit as st

from streamlit_app.shared.services import services
from streamlit_app.staff.app import session_name
from streamlit_app.staff.sections.heading import heading

tr = services().translator

st.set_page_config(page_title=tr.t("Client account statement"), layout="wide")
with st.container(key="live"):
    # The cookie came with the connection; whether it still counts is asked at every run.
    if session_name(st.context.cookies) is None:
        st.subheader(tr.t("Your session has ended"))
        st.link_button(tr.t("Enter again"), "/enter")
        st.stop()
    heading(services().company)
    page = st.Page(
        "app_pages/statement.py",
        title=tr.t("Client account statement"),
        # no icon: Streamlit would fetch it from a font service for the browser's tab
        default=True,
    )
    st.navigation([page], position="hidden").run()
