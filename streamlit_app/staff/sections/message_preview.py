"""A message that is not written yet, composed as the sender would compose it now."""

from __future__ import annotations

import streamlit as st

from cartera.mail.outgoing import Content, Order
from cartera.mail.reading import Letter
from cartera.store import mailings
from cartera.store.messages import Message
from streamlit_app.staff.here import Here
from streamlit_app.staff.plain import plain
from streamlit_app.staff.sections import composed_preview
from streamlit_app.staff.sections.letter import letter_view


def draw(here: Here, message: Message, *, path: str) -> None:
    """Show it, or say why it would not be sent; `path` is the page that it is on."""
    result = composed_preview.compose(here, order_of(here, message))
    if isinstance(result, str):
        st.info(plain(result), icon=":material/info:")
        return
    to = f"{message.contact} <{message.address}>" if message.contact else message.address
    letter = Letter(result.subject, (("To", to),), result.text, result.html, result.attachments)
    letter_view(here, letter, files="", path=path)


def order_of(here: Here, message: Message) -> Order:
    """What the composer is asked for; the links in it lead nowhere yet."""
    link = composed_preview.link(here)
    return Order(
        kind=message.kind,
        client_id=message.client_id,
        contact=message.contact,
        address=message.address,
        language=message.language,
        content=_content(here, message),
        link=link,
        unsubscribe=link if message.is_periodic else "",
        document_id=message.document_id,
        is_copy=message.is_copy,
    )


def _content(here: Here, message: Message) -> Content:
    if message.content is not None:
        return message.content
    return mailings.get(here.store, here.company.id, message.mailing).content
