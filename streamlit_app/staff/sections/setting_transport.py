"""How mail leaves this installation, as its environment says it, and a message to try it with."""

from __future__ import annotations

import secrets

import streamlit as st

from cartera import clock
from cartera.errors import CarteraError, Forbidden
from cartera.mail import texts
from cartera.mail.outgoing import Draft
from cartera.store import outbox, users
from streamlit_app.staff.here import Here
from streamlit_app.staff.plain import plain
from streamlit_app.staff.sections.html import show
from streamlit_app.staff.sections.sample_order import sample_client
from streamlit_app.staff.sections.send_results import hand_over, show_results

#: Public ids of the test message that was sent from this tab.
TRIED = "setting_transport_tried"


def draw(here: Here) -> None:
    """The facts (never a secret), and the button."""
    show(here, "setting_transport", facts=_facts(here))
    mine = users.get(here.store, here.company.id, here.person.login).email or ""
    client = sample_client(here)
    if tried := st.session_state.get(TRIED):
        if show_results(here, tried):
            st.session_state.pop(TRIED)
            st.rerun()
        return
    if not mine:
        st.caption(here.t("Your user has no mail address; an administrator can add it."))
    if client is None:
        return
    client_id, name = client
    if st.button(here.t("Send me a test message"), disabled=not mine, icon=":material/send:"):
        _try(here, mine, client_id, name)
    st.caption(
        here.t(
            "It says what {client} would read in their account statement; only you get it.",
            client=plain(name),
        )
    )


def _try(here: Here, mine: str, client_id: str, name: str) -> None:
    language = here.tr.language
    draft = Draft(
        key=f"test:{secrets.token_hex(8)}",
        kind="statement",
        client_id=client_id,
        address=mine,
        contact=name,
        language=language,
        is_copy=True,
        content=texts.of(here.store, here.company.id, "statement", language),
    )
    try:
        sent = outbox.queue(here.store, here.company.id, [draft], by=here.person, now=clock.now())
        hand_over(here, sent)
    except Forbidden:
        st.error(here.t("Your role does not allow this."), icon=":material/block:")
    except CarteraError as error:
        st.error(plain(str(error)), icon=":material/error:")
    else:
        st.session_state[TRIED] = sent
        st.rerun()


def _facts(here: Here) -> list[tuple[str, str]]:
    """Name and value of what can be told; names of variables are for whoever runs the server."""
    settings = here.settings
    transport = settings.mail_transport
    if transport == "smtp":
        security = {
            "starttls": here.t("encrypted (STARTTLS)"),
            "tls": here.t("encrypted (TLS)"),
            "none": here.t("not encrypted"),
        }
        signs_in = (
            here.t("with user and password") if settings.smtp_user else here.t("without user")
        )
        found = [
            (here.t("Way"), here.t("Mail server (SMTP)")),
            (here.t("Server"), f"{settings.smtp_host} · {security[settings.smtp_security]}"),
            (here.t("Signing in"), signs_in),
            (
                here.t("Delivery reports"),
                here.t("read from {mailbox}", mailbox=settings.imap_host)
                if settings.imap_host
                else here.t("not read: nobody notices when a message comes back"),
            ),
        ]
    elif transport == "folder":
        found = [
            (here.t("Way"), here.t("Folder of the demo")),
            (here.t("Meaning"), here.t("Messages are files that nobody gets; see the mailbox.")),
        ]
    else:
        found = [
            (here.t("Way"), here.t("None yet")),
            (
                here.t("Meaning"),
                here.t(
                    "What is queued waits until whoever runs the server sets CARTERA_SMTP_HOST"
                    " and its companions."
                ),
            ),
        ]
    return found
