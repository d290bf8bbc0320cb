"""The client's page: their account, live. Run by Streamlit for every open tab.

Who is looking is decided anew at every run, from the link in the address and that link's cookie.
Nothing else is believed, session state least of all. When to run again, the page is told by
`shared/live.py`.
"""

import logging

import streamlit as st

from cartera import clock
from cartera.i18n import LANGUAGES, Translator
from streamlit_app.client import access, account, opens, refusals
from streamlit_app.client.account import Asked
from streamlit_app.client.refusals import Reason
from streamlit_app.shared import live
from streamlit_app.shared.services import services

#: Session state: whose page this tab has counted. It decides nothing.
OPENED = "opened"

_log = logging.getLogger(__name__)


def refuse(denied: access.Access, asked: Asked, reason: Reason | None = None) -> None:
    """Say why there is nothing here, in the middle of the page."""
    company = account.company_of(denied.link) if denied.link else services().company
    language = asked.language if asked.language in LANGUAGES else company.language
    title, sentence = refusals.words(reason or denied.state, Translator(language, company.country))
    with st.container(key="refused", border=True):
        st.caption(company.name)
        st.subheader(title, anchor=False)
        st.write(sentence)
        contact = " · ".join(part for part in (company.email, company.phone) if part)
        if contact:
            st.caption(contact)


def draw() -> None:
    """The statement, or why not."""
    query = st.query_params.to_dict()
    asked = Asked.of(query)
    seen = access.look(services().store, st.context.cookies, query.get("l", ""), clock.now())
    if seen.state != "live" or seen.link is None:
        refuse(seen, asked)
        return
    try:
        st.html(account.page_of(seen.link, asked).html)
    except account.NOTHING_YET as error:
        refuse(seen, asked, account.why_nothing(error))
        return
    except Exception:  # noqa: BLE001  # words for the reader, the trace for us
        _log.exception("a client's page")
        refuse(seen, asked, "broken")
        return
    if st.session_state.get(OPENED) != seen.link.public_id:
        st.session_state[OPENED] = seen.link.public_id
        opens.note(seen.link.public_id)


st.set_page_config(page_title=services().translator.t("Account statement"), layout="wide")
with st.container(key="live"):
    draw()
live.refresh_button()
