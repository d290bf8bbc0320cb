"""One message: what became of it and when, and the message itself as it went."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cartera.errors import NotFound
from cartera.mail import reading
from cartera.store import mailings, outbox, stopped
from cartera.store.messages import Message
from cartera.store.outbox import CANCELLABLE, RETRIABLE
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import BULK, MAILINGS
from streamlit_app.staff.sections import message_preview
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.letter import letter_view
from streamlit_app.staff.sections.mail_state import say_mail_state
from streamlit_app.staff.sections.message_rows import client_href, reason_of
from streamlit_app.staff.sections.message_words import (
    EVENT_TONES,
    EVENT_WORDS,
    MOVING,
    kind_of,
    state_of,
    who,
)
from streamlit_app.staff.sections.moving import moving
from streamlit_app.staff.sections.nothing import nothing

#: Not handed over yet: what it will say can only be shown as it would be written now.
UNWRITTEN = ("draft", "held", "waiting", "claimed")


def draw(here: Here, public_id: str) -> None:
    """The head and the time line, which move by themselves; then the message."""
    try:
        message = outbox.get(here.store, here.company.id, public_id)
    except NotFound:
        nothing(here, here.t("There is no such message."), MAILINGS)
        return
    say_mail_state(here)
    moving(here, lambda now: _story(now, public_id))
    content = outbox.kept(here.store, here.company.id, public_id)
    if content is not None:
        show(here, "title", title=here.t("The message as it went"))
        letter_view(
            here, reading.read(content), files=f"/download/message/{public_id}", path=MAILINGS.path
        )
    elif message.state in UNWRITTEN:
        show(here, "title", title=here.t("As it would be sent now"))
        message_preview.draw(here, message, path=MAILINGS.path)
    else:
        st.info(_gone(here, message))


def _story(here: Here, public_id: str) -> bool:
    """Head, facts and time line; whether it is still on its way."""
    message = outbox.get(here.store, here.company.id, public_id)
    names = here.client_names([message.client_id])
    back = {name: value for name, value in here.asked.items() if name not in ("message", "view")}
    show(
        here,
        "message",
        back=href(MAILINGS.path, back),
        title=message.subject or kind_of(here, message.kind),
        client=names.get(message.client_id, message.client_id),
        client_href=client_href(message),
        message=message,
        actions=_actions(here, message),
        facts=_facts(here, message),
        stops=_stops(here, message),
        events=[
            {
                "at": here.moment(event.at),
                "what": here.t(EVENT_WORDS.get(event.what, event.what)),
                "tone": EVENT_TONES.get(event.what, ""),
                "detail": event.detail,
                "who": who(here, event.who),
            }
            for event in outbox.events(here.store, here.company.id, public_id)
        ],
        opened=_opened(here, message),
        **state_of(here, message.state),
    )
    return message.state in MOVING


def _actions(here: Here, message: Message) -> list[dict[str, str]]:
    if not here.person.may("mail"):
        return []
    mine = message.public_id
    offered: list[tuple[str, str, str]] = []
    if message.state == "unknown":
        offered.append(("confirm", "Mark as sent", "primary"))
    if message.state == "held" and _is_queued(here, message):
        offered.append(("release", "Send it after all", "primary"))
    if message.state in RETRIABLE:
        offered.append(("retry", "Send again", "" if message.state == "unknown" else "primary"))
    if message.state in CANCELLABLE:
        offered.append(("cancel", "Do not send", "danger"))
    return [
        {
            "href": href(MAILINGS.path, here.asked, **{name: mine}),
            "name": here.t(text),
            "tone": tone,
        }
        for name, text, tone in offered
    ]


def _is_queued(here: Here, message: Message) -> bool:
    """Whether its mailing is sent: until then it is put back on the mailing's page."""
    mailing = mailings.get(here.store, here.company.id, message.mailing)
    return mailing.state == "queued"


def _facts(here: Here, message: Message) -> list[tuple[str, str, str]]:
    """Name, value and, where it leads somewhere, address."""
    mailing = href(BULK.path, {"mailing": message.mailing}) if message.mailing else ""
    found = [
        (here.t("What for"), kind_of(here, message.kind), ""),
        (here.t("Sent at"), here.moment(message.sent_at), ""),
        (here.t("Queued"), here.moment(message.created_at), ""),
        (here.t("Queued by"), who(here, message.created_by), ""),
        (here.t("Bulk mailing"), here.t("See the mailing") if mailing else "", mailing),
        (here.t("Figures of"), here.tr.day(message.as_of), ""),
        (here.t("Attempts"), str(message.attempts or ""), ""),
        (here.t("Copy for staff"), here.t("Yes") if message.is_copy else "", ""),
        ("Message-ID", message.rfc_message_id or "", ""),
    ]
    why = reason_of(here, message)
    if why:
        found.insert(1, (here.t("Why"), why, ""))
    return [fact for fact in found if fact[1]]


def _opened(here: Here, message: Message) -> str:
    if message.last_opened_at is None:
        return ""
    day = here.moment(message.last_opened_at)
    if message.opens == 1:
        return here.t("opened once, {day}", day=day)
    return here.t("opened {n} times, last {day}", n=message.opens, day=day)


def _stops(here: Here, message: Message) -> dict[str, Any]:
    """Whether the address gets nothing any more, why, and the way to write to it again."""
    found = stopped.stopped(here.store, here.company.id, [message.address]).get(message.address, [])
    if not found:
        return {}
    words = {
        "dead": here.t("This address does not exist: nothing is sent to it any more."),
        "unsubscribed": here.t("The recipient asked for no more of these messages."),
    }
    return {
        "lines": [
            " · ".join(
                part for part in (words[stop.cause], stop.detail, here.moment(stop.since)) if part
            )
            for stop in found
        ],
        "resume": href(MAILINGS.path, here.asked, resume=message.public_id)
        if here.person.may("mail")
        else "",
    }


def _gone(here: Here, message: Message) -> str:
    if message.attempts:
        return here.t("The message itself is not kept any more; that it was sent is.")
    return here.t("Nothing was sent.")
