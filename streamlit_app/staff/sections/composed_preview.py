"""The message that would leave now, while somebody still writes it."""

from __future__ import annotations

import streamlit as st

from cartera.errors import CarteraError
from cartera.mail.compose import Composer
from cartera.mail.outgoing import Attachment, Composed, Order, Skip
from cartera.mail.refusal import Refusal
from cartera.store import companies
from streamlit_app.staff.here import Here
from streamlit_app.staff.plain import plain
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.message_frame import message_frame
from streamlit_app.staff.sections.message_words import why

#: The last one is kept: ticking whom it goes to composes nothing again.
LAST = "composed_preview"
KILO = 1024


def link(here: Here) -> str:
    """What stands where the client's private link will: one is only made when it leaves."""
    return f"{here.settings.client_url.rstrip('/')}/e/vista-previa"


def preview(here: Here, order: Order, *, height: int = 620) -> None:
    """Draw subject, files and message, or say in words why there is none."""
    result = compose(here, order)
    if isinstance(result, str):
        st.info(plain(result), icon=":material/info:")
        return
    show(
        here,
        "composed",
        subject=result.subject,
        files=[_file(one) for one in result.attachments if not one.content_id],
    )
    message_frame(
        result.html, height=height, title=here.t("Preview"), attachments=result.attachments
    )
    with st.expander(here.t("Plain text")):
        st.text(result.text)


def compose(here: Here, order: Order) -> Composed | str:
    """The message with the figures of now; in words, why it would not be sent."""
    publication = here.reader.publication()
    profile = companies.mail_profile(here.store, here.company.id)
    asked = (order, here.company, publication, here.today)
    kept = st.session_state.get(LAST)
    if kept is None or kept[0] != asked:
        composer = Composer(here.settings, here.store, here.reader)
        try:
            (result,) = composer.compose(here.company, profile, [order], as_of=here.today)
        except CarteraError as error:
            result = error
        kept = st.session_state[LAST] = (asked, result)
    result = kept[1]
    if isinstance(result, Skip):
        return here.t("It would not be sent: {why}.", why=why(here, result.reason))
    if isinstance(result, Refusal):
        return result.said(here.tr)
    if isinstance(result, CarteraError):
        return here.t("It could not be written: {why}", why=str(result))
    return result


def _file(one: Attachment) -> dict[str, str]:
    kilobytes = max(1, round(len(one.content) / KILO))
    size = f"{kilobytes} KB" if kilobytes < KILO else f"{kilobytes / KILO:.1f} MB"
    return {"name": one.name, "size": size}
