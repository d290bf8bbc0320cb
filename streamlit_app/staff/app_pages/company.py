"""Page "Configuración": who the company is, how it writes, in which words; who changed what."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from streamlit_app.staff import address
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import SETTINGS
from streamlit_app.staff.sections import (
    setting_fields,
    setting_history,
    setting_logo,
    setting_payments,
    setting_rights,
    setting_texts,
    setting_transport,
)
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.mail_state import say_mail_state

SECTIONS = {
    "company": "Company",
    "mail": "Mail",
    "texts": "Texts of messages",
    "clients": "Clients' pages",
    "payments": "Online payments",
    "history": "Changes",
}


def draw(here: Here) -> None:
    """The section that the address names."""
    section = address.one_of(here.asked, "section", list(SECTIONS), "company")
    show(
        here,
        "settings",
        sections=[
            {
                "name": here.t(name),
                "href": href(SETTINGS.path, {"section": code}),
                "on": code == section,
            }
            for code, name in SECTIONS.items()
        ],
    )
    drawers: dict[str, Callable[[Here], None]] = {
        "company": _company,
        "mail": _mail,
        "texts": setting_texts.draw,
        "clients": setting_rights.draw,
        "payments": setting_payments.draw,
        "history": setting_history.draw,
    }
    with st.container(key="settings"):
        drawers[section](here)


def _company(here: Here) -> None:
    values = here.company.model_dump()
    left, right = st.columns([1, 1], gap="large")
    with left:
        show(here, "title", title=here.t("What stands on statements and messages"))
        setting_fields.group(here, setting_fields.COMPANY, values, key="company")
    with right:
        setting_logo.draw(here)
        show(here, "title", title=here.t("Language, days and ranges"))
        setting_fields.group(here, setting_fields.REGION, values, key="region")
        show(here, "title", title=here.t("Closed books"))
        setting_fields.group(here, setting_fields.BOOKS, values, key="books")


def _mail(here: Here) -> None:
    profile = say_mail_state(here)
    values = profile.model_dump()
    left, right = st.columns([1, 1], gap="large")
    with left:
        show(here, "title", title=here.t("What is sent"))
        setting_fields.group(here, setting_fields.SENDING, values, key="sending")
    with right:
        setting_transport.draw(here)
        show(here, "title", title=here.t("Who writes"))
        setting_fields.group(here, setting_fields.SENDERS, values, key="senders")
