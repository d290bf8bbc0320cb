"""The words of a message as fields: language, subject and body, where they start from."""

from __future__ import annotations

import streamlit as st

from cartera.i18n import LANGUAGES
from cartera.mail import clean, placeholders
from cartera.mail.outgoing import Content, Kind
from cartera.mail.placeholders import MEANINGS, NAMES, Name, written
from streamlit_app.staff import language as languages
from streamlit_app.staff.editor import editor
from streamlit_app.staff.here import Here
from streamlit_app.staff.plain import plain


def language(here: Here, chosen: str, *, key: str) -> str:
    """Draw the choice of the language in which a message is written."""
    found = st.segmented_control(
        here.t("Language of the message"),
        LANGUAGES,
        default=chosen if chosen in LANGUAGES else here.company.language,
        format_func=lambda code: languages.NAMES.get(code, code),
        key=key,
        required=True,
    )
    return found or chosen


def fields(here: Here, start: Content, *, kind: Kind, language: str, key: str) -> tuple[str, str]:
    """Draw subject and body; what they hold now. Each language starts from its own words."""
    offered = [(written(name, language), MEANINGS[name]) for name in NAMES if _fits(name, kind)]
    subject = st.text_input(
        here.t("Subject"),
        start.subject,
        max_chars=clean.LONGEST_SUBJECT,
        key=f"{key}_subject_{language}",
        autocomplete="off",
    )
    body = editor(
        here,
        key=f"{key}_body_{language}",
        value=start.body,
        label=here.t("Text of the message"),
        fields=offered,
        known=[written(name, code) for name in NAMES for code in LANGUAGES],
    )
    unknown = placeholders.unknown(f"{subject} {body}")
    if unknown:
        st.warning(
            here.t(
                "No such field: {names}. It would be sent as it stands.",
                names=plain(" ".join(unknown)),
            ),
            icon=":material/warning:",
        )
    return subject, body


def _fits(name: Name, kind: Kind) -> bool:
    return name != "invoice" or kind == "invoice"
