"""A message's HTML shown harmlessly: in a frame of its own, where nothing can run.

The frame is made by `staff.js` (Streamlit takes frames out of what it draws, and its own ones may
run scripts). Its sandbox has neither scripts nor forms nor our origin, and its own content policy
lets nothing be loaded, so whatever the HTML holds can only be looked at; its links open in a new
tab.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from html import escape

import streamlit as st

from cartera.mail.outgoing import Attachment

#: First in the document, so that nothing stands before it that it does not hold for; a doctype or
#: a head that comes later is ignored, and what is in it is not.
RULES = (
    '<!doctype html><meta charset="utf-8">'
    '<meta http-equiv="Content-Security-Policy"'
    " content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:\">"
    '<meta name="referrer" content="no-referrer"><base target="_blank">'
)
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml")


def message_frame(
    html: str, *, height: int = 640, title: str = "", attachments: Iterable[Attachment] = ()
) -> None:
    """Draw the frame, `height` CSS pixels high at most; `title` is what a screen reader calls it.

    `attachments` are the message's own: those with a `content_id` are the pictures in its HTML.
    """
    document = base64.b64encode(prepared(html, attachments).encode()).decode()
    st.html(
        f'<div class="ct-message" style="height: {height}px" data-title="{escape(title)}"'
        f' data-message="{document}"></div>'
    )


def prepared(html: str, attachments: Iterable[Attachment] = ()) -> str:
    """The document that stands in the frame: with its own pictures, and with our rules first."""
    for one in attachments:
        if one.content_id and one.media_type in PICTURES:
            data = base64.b64encode(one.content).decode()
            html = html.replace(f"cid:{one.content_id}", f"data:{one.media_type};base64,{data}")
    return RULES + html
