"""The window "Enviar estado de cuenta": whom, in which words, with which files; and it is sent.

The address says that it is open (`send=1`, or `invoice=DOCUMENT_ID`): looking at it changes
nothing. Each opening has a number of its own, from which the messages' keys are made, so that
pressing "Send" twice sends once.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from functools import partial

import streamlit as st

from cartera import clock
from cartera.errors import CarteraError, Forbidden, NotFound
from cartera.mail import clean, texts
from cartera.mail.outgoing import Content, Draft, Enclosure, Kind, Order
from cartera.mail.refusal import Refusal
from cartera.portfolio import ClientRecord
from cartera.store import outbox, users
from streamlit_app.staff import address, session
from streamlit_app.staff.here import Here
from streamlit_app.staff.plain import plain
from streamlit_app.staff.sections import changed_figures, composed_preview, mail_text
from streamlit_app.staff.sections.mail_state import say_mail_state
from streamlit_app.staff.sections.recipients import Chosen, choose, contacts_of
from streamlit_app.staff.sections.send_results import hand_over, show_results

ACTIONS = ("send", "invoice")
WINDOW = "send_window"


@dataclass
class Window:
    """One opening of the window."""

    kind: Kind
    client_id: str
    document_id: str
    nonce: str = field(default_factory=lambda: secrets.token_hex(8))
    #: Public ids of what was sent; empty until somebody sends.
    sent: list[str] = field(default_factory=list)

    def key(self, name: str) -> str:
        """Name of a field in the page's state: a window opened again starts afresh."""
        return f"send_{self.nonce}_{name}"


def draw(here: Here) -> None:
    """Open the window that the address asks for, if this person may send."""
    document_id = address.text(here.asked, "invoice")
    if not (here.asked.get("send") or document_id):
        st.session_state.pop(WINDOW, None)
        return
    if not here.person.may("mail"):
        st.error(here.t("Your role does not allow this."), icon=":material/block:")
        return
    client_id = address.text(here.asked, "client")
    try:
        record = here.reader.client(here.company.id, client_id)
    except NotFound:
        return  # the page around it says so
    window = _window("invoice" if document_id else "statement", client_id, document_id)
    title = "Send invoice" if document_id else "Send account statement"
    dialog = st.dialog(f"{here.t(title)} · {plain(record.name)}", width="large", on_dismiss=leave)
    dialog(partial(_draw, here, window, record))()


def leave() -> None:
    """The window's name leaves the address."""
    for name in ACTIONS:
        st.query_params.pop(name, None)
    st.session_state.pop(WINDOW, None)


def _window(kind: Kind, client_id: str, document_id: str) -> Window:
    """The window that is open already, or a new one."""
    found: Window | None = st.session_state.get(WINDOW)
    what = (kind, client_id, document_id)
    if found is None or (found.kind, found.client_id, found.document_id) != what:
        found = st.session_state[WINDOW] = Window(*what)
    return found


def _draw(here: Here, window: Window, record: ClientRecord) -> None:
    """One drawing of the window; who looks is asked again each time."""
    seen = session.look(st.context.cookies)
    if seen is None:
        return  # `page.js` hears of it and asks for the page, which says so
    here = replace(here, person=seen.person, now=clock.now())
    say_mail_state(here)
    changed_figures.draw(here)
    if window.sent:
        if show_results(here, window.sent):
            leave()
            st.rerun()
        return
    form, shown = st.columns([1, 1], gap="medium")
    with form:
        with st.container(key=window.key("contacts"), gap="small"):
            chosen = choose(here, contacts_of(here, record), window.kind, key=window.key("to"))
        content, language = _content(here, window, record)
        copy_to = _copy(here, window)
        _send_button(here, window, record, chosen, content, language, copy_to)
    with shown:
        st.markdown(f"**{here.t('Preview')}**")
        _preview(here, window, record, chosen, content, language)


def _content(here: Here, window: Window, record: ClientRecord) -> tuple[Content, str]:
    """What it says, and in which language the rest of it is."""
    language = mail_text.language(
        here, record.language or here.company.language, key=window.key("language")
    )
    start = texts.of(here.store, here.company.id, window.kind, language)
    subject, body = mail_text.fields(
        here, start, kind=window.kind, language=language, key=window.key("text")
    )
    statement = start.statement
    if window.kind == "invoice":
        statement = st.checkbox(
            here.t("Include the client's account statement"),
            value=start.statement,
            key=window.key("statement"),
        )
    titles: dict[Enclosure, str] = {
        "pdf": here.t("Attach the statement's PDF"),
        "xlsx": here.t("Attach the statement's Excel"),
    }
    with st.container(horizontal=True):
        # The files are the statement's: without it there are none to attach.
        ticked = [
            form
            for form, title in titles.items()
            if st.checkbox(
                title,
                value=form in start.enclosures,
                disabled=not statement,
                key=window.key(form),
            )
        ]
    return Content(subject, body, tuple(ticked) if statement else (), statement), language


def _copy(here: Here, window: Window) -> str:
    """Where the copy for whoever sends goes; empty for none."""
    mine = users.get(here.store, here.company.id, here.person.login).email or ""
    wanted = st.checkbox(
        here.t("Send me a copy"),
        key=window.key("copy"),
        disabled=not mine,
        help=None
        if mine
        else here.t("Your user has no mail address; an administrator can add it."),
    )
    return mine if wanted else ""


def _preview(
    here: Here,
    window: Window,
    record: ClientRecord,
    chosen: Chosen,
    content: Content,
    language: str,
) -> None:
    first = chosen.recipients[0] if chosen.recipients else None
    composed_preview.preview(
        here,
        Order(
            kind=window.kind,
            client_id=record.client_id,
            contact=first.name if first else "",
            address=first.address if first else "",
            language=language,
            content=content,
            link=composed_preview.link(here),
            document_id=window.document_id or None,
        ),
    )


def _send_button(
    here: Here,
    window: Window,
    record: ClientRecord,
    chosen: Chosen,
    content: Content,
    language: str,
    copy_to: str,
) -> None:
    count = len(chosen.recipients)
    words = here.t("Send") if count < 2 else here.t("Send to {n}", n=count)
    pressed = st.button(
        words,
        type="primary",
        icon=":material/send:",
        key=window.key("send"),
        disabled=bool(chosen.problems) or not count,
    )
    if not count and not chosen.problems:
        st.caption(here.t("Tick or write at least one address."))
    if not pressed:
        return
    try:
        drafts = _drafts(window, record, chosen, content, language, copy_to)
        window.sent = outbox.queue(
            here.store, here.company.id, drafts, by=here.person, now=here.now
        )
        hand_over(here, window.sent)
    except Forbidden:
        st.error(here.t("Your role does not allow this."), icon=":material/block:")
    except Refusal as refusal:
        st.error(plain(refusal.said(here.tr)), icon=":material/error:")
    except CarteraError as error:
        st.error(plain(str(error)), icon=":material/error:")
    else:
        st.rerun(scope="fragment")


def _drafts(
    window: Window,
    record: ClientRecord,
    chosen: Chosen,
    content: Content,
    language: str,
    copy_to: str,
) -> list[Draft]:
    """One message for each address, and the copy. Raises `Refusal` for words that cannot go."""
    clean.subject(content.subject)
    clean.body(content.body)
    model = Draft(
        key=f"hand:{window.nonce}",
        kind=window.kind,
        client_id=record.client_id,
        address="",
        language=language,
        document_id=window.document_id or None,
        content=content,
    )
    found = [
        replace(model, key=f"{model.key}:{one.address}", address=one.address, contact=one.name)
        for one in chosen.recipients
    ]
    if copy_to:
        found.append(
            replace(
                model,
                key=f"{model.key}:copy",
                address=copy_to,
                contact=record.name,
                is_copy=True,
            )
        )
    return found
