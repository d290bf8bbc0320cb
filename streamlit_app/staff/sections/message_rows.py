"""Messages as rows of a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cartera.store.messages import Message
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import CLIENT, MAILINGS
from streamlit_app.staff.sections.message_words import kind_of, state_of, why


def rows_of(here: Here, found: Sequence[Message]) -> list[dict[str, Any]]:
    """What a list shows of each."""
    names = here.client_names(message.client_id for message in found)
    return [_row(here, message, names.get(message.client_id, "")) for message in found]


def _row(here: Here, message: Message, name: str) -> dict[str, Any]:
    return {
        "public_id": message.public_id,
        "client": name or message.client_id or here.t("The company's people"),
        "client_href": client_href(message),
        "address": message.address,
        "contact": message.contact,
        "kind": kind_of(here, message.kind),
        "subject": message.subject,
        "is_copy": message.is_copy,
        "code": message.state,
        "why": reason_of(here, message),
        "opened": opened(here, message),
        "at": here.moment(message.sent_at or message.created_at),
        "href": href(MAILINGS.path, {"message": message.public_id}),
    } | state_of(here, message.state)


def client_href(message: Message) -> str:
    """Where its client's record is; empty for a notice, which is of none."""
    return href(CLIENT.path, {"client": message.client_id}) if message.client_id else ""


def reason_of(here: Here, message: Message) -> str:
    """Why it is in this state; for one that waits, when it is tried."""
    if message.state == "waiting" and message.not_before > here.now:
        said = "Waits until {day}" if message.reason == "window" else "Tried again on {day}"
        tried = here.t(said, day=here.moment(message.not_before))
        return " · ".join(part for part in (why(here, message.reason), tried) if part)
    return why(here, message.reason)


def opened(here: Here, message: Message) -> str:
    """When the page behind its link was opened; empty where it was not."""
    if message.last_opened_at is None:
        return ""
    return here.moment(message.last_opened_at)
