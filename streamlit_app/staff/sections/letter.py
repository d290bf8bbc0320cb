"""A message as a mail program shows it: who, what, files, and its HTML, text or headers."""

from __future__ import annotations

from email.utils import getaddresses
from typing import Any

from cartera.mail.outgoing import Attachment
from cartera.mail.reading import Letter
from streamlit_app.staff import address
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.message_frame import message_frame

VIEWS = {"": "Message", "text": "Plain text", "headers": "Headers"}
KILO = 1024


def letter_view(here: Here, letter: Letter, *, files: str, path: str, height: int = 720) -> None:
    """Draw it; `files` is where its files are downloaded from, `path` the page that it is on.

    Without `files` (a preview) they are only named.
    """
    view = address.one_of(here.asked, "view", list(VIEWS), "")
    show(
        here,
        "letter",
        letter=letter,
        sender=_people(letter.header("from")),
        to=_people(letter.header("to")),
        views=[
            {"name": here.t(name), "href": href(path, here.asked, view=code), "on": code == view}
            for code, name in VIEWS.items()
            if code != "headers" or files
        ],
        files=[_file(n, part, files) for n, part in enumerate(letter.parts) if not part.content_id],
        whole=f"{files}.eml" if files else "",
        view=view,
    )
    if view == "" and letter.html:
        message_frame(letter.html, height=height, title=here.t("Message"), attachments=letter.parts)


def _people(header: str) -> str:
    """Names and addresses as people write them, without the quotes that a header needs."""
    found = [f"{name} <{address}>" if name else address for name, address in getaddresses([header])]
    return ", ".join(found) or header


def _file(n: int, part: Attachment, files: str) -> dict[str, Any]:
    size = len(part.content)
    kilobytes = max(1, round(size / KILO))
    return {
        "name": part.name,
        "size": f"{kilobytes} KB" if kilobytes < KILO else f"{kilobytes / KILO:.1f} MB",
        "href": f"{files}/{n}" if files else "",
    }
