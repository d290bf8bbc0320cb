"""What messages say until somebody writes other words: per kind and language, with a preview."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from cartera.errors import Forbidden
from cartera.i18n import LANGUAGES
from cartera.mail import texts
from cartera.mail.outgoing import Order
from cartera.store import companies
from cartera.store.companies import SettingsRefused, text_name
from streamlit_app.staff import address
from streamlit_app.staff import language as languages
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import SETTINGS
from streamlit_app.staff.plain import plain
from streamlit_app.staff.sections import composed_preview, mail_text
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.message_words import TEXT_WORDS
from streamlit_app.staff.sections.said import DONE
from streamlit_app.staff.sections.sample_order import sample_order
from streamlit_app.staff.sections.setting_fields import changed_by

#: How often a text was put back or saved in this tab: the fields then start afresh.
TURN = "setting_texts_turn"


def draw(here: Here) -> None:
    """The chosen kind and language: its words on the left, a real message on the right."""
    kind = address.one_of(here.asked, "kind", texts.KINDS, "statement")
    language = address.one_of(here.asked, "language", LANGUAGES, here.company.language)
    show(
        here,
        "setting_texts",
        kinds=[
            _choice(here, here.t(TEXT_WORDS[one]), one == kind, kind=one) for one in texts.KINDS
        ],
        languages=[
            _choice(here, languages.NAMES[one], one == language, language=one) for one in LANGUAGES
        ],
    )
    name = text_name(kind, language)
    change = companies.changes_of(here.store, here.company.id).get(name)
    start = texts.of(here.store, here.company.id, kind, language)
    turn = st.session_state.get(TURN, 0)
    form, shown = st.columns([1, 1], gap="medium")
    with form:
        subject, body = mail_text.fields(
            here, start, kind=texts.kind_of(kind), language=language, key=f"setting_{kind}_{turn}"
        )
        st.caption(
            changed_by(here, change)
            if change
            else here.t("These are the words that Cartera brings; nobody changed them.")
        )
        with st.container(horizontal=True):
            if st.button(here.t("Save the text"), type="primary"):
                _save(here, name, (subject, body), "The text is saved.")
            if change and st.button(here.t("Back to the words that Cartera brings")):
                _save(here, name, None, "The text is as Cartera brings it.")
    with shown:
        st.markdown(f"**{here.t('Preview')}**")
        order = sample_order(here, kind, language)
        if isinstance(order, Order):
            content = replace(order.content, subject=subject, body=body)
            st.caption(here.t("With the figures of {client}", client=plain(order.contact)))
            composed_preview.preview(here, replace(order, content=content))
        else:
            st.info(order, icon=":material/info:")


def _choice(here: Here, name: str, on: bool, **change: object) -> dict[str, object]:
    return {"name": name, "on": on, "href": href(SETTINGS.path, here.asked, **change)}


def _save(here: Here, name: str, text: tuple[str, str] | None, sentence: str) -> None:
    try:
        companies.save(here.store, here.company.id, {name: text}, by=here.person, now=here.now)
    except Forbidden:
        st.error(here.t("Your role does not allow this."), icon=":material/block:")
    except SettingsRefused as refused:
        for refusal in refused.fields.values():
            said = refusal.said(here.tr)
            st.error(plain(said[:1].upper() + said[1:]), icon=":material/error:")
    else:
        st.session_state[TURN] = st.session_state.get(TURN, 0) + 1
        st.session_state[DONE] = sentence
        st.rerun()
