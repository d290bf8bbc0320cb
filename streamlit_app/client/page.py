"""The client's page: their account, live. Run by Streamlit for every open tab.

Who is looking is decided anew at every run and every two seconds, from the link in the address
and that link's cookie. Nothing else is believed, session state least of all.
"""

import streamlit as st

from cartera import clock
from cartera.i18n import Translator
from streamlit_app.client import access, account, refusals
from streamlit_app.client.access import Access
from streamlit_app.shared import live
from streamlit_app.shared.services import services


def seen() -> Access:
    """The link that this tab's address names, if its cookie came with the connection."""
    public_id = st.query_params.get("l", "")
    return access.look(services().store, st.context.cookies, public_id, clock.now())


def refuse(denied: Access) -> None:
    """Say why there is nothing here, in the middle of the page."""
    company = account.company_of(denied.link) if denied.link else services().company
    title, sentence = refusals.words(denied, Translator(company.language, company.country))
    with st.container(key="refused", border=True):
        st.caption(company.name)
        st.subheader(title, anchor=False)
        st.write(sentence)
        contact = " · ".join(part for part in (company.email, company.phone) if part)
        if contact:
            st.caption(contact)


def draw() -> None:
    """The statement, and above it how fresh it is."""
    now_seen = seen()
    if now_seen.state != "live" or now_seen.link is None:
        refuse(now_seen)
        return
    link = now_seen.link
    company = account.company_of(link)
    drawn = live.shown(company.timezone)
    tr = Translator(company.language, company.country)
    live.pulse(drawn, company.timezone, tr, lambda: seen().state == "live")
    try:
        st.html(account.html_of(link))
    except account.NOTHING_YET:
        refuse(now_seen)


st.set_page_config(page_title=services().translator.t("Account statement"), layout="wide")
st.html(
    "<style>[data-testid='stMainBlockContainer'] { max-width: 1180px; margin: 0 auto;"
    " padding: 2rem 1rem 4rem; } [data-testid='stHeader'] { display: none; }"
    " .st-key-refused { max-width: 460px; margin: 12vh auto 0; padding: 1.5rem; }</style>"
)
with st.container(key="live"):
    draw()
