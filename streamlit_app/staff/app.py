"""The staff app: its door, its pages and files, and who may reach which of them."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.routing import BaseRoute

from streamlit_app.shared import live, server
from streamlit_app.shared.gate import Policy
from streamlit_app.shared.services import services
from streamlit_app.staff import downloads, editor, logo_upload, message_acts, pages, session
from streamlit_app.staff.signin import oidc, page
from streamlit_app.staff.signin.routes import guarded_paths, open_paths, refuse
from streamlit_app.staff.signin.routes import routes as door

SCRIPT = Path(__file__).with_name("home.py")


def create(secure: bool) -> st.App:
    """The whole app, ready to run."""
    return server.build(
        SCRIPT,
        routes(),
        policy(secure),
        watch(),
        secrets=oidc.secrets(services().settings),
        components={editor.ADDRESS: editor.FOLDER},
    )


def policy(secure: bool) -> Policy:
    """Only the door is open; the rest needs a session, and uploading the right to."""
    return Policy(
        open=(*open_paths(), *server.OPEN_PATHS, *pages.OPEN_PATHS),
        guarded=(
            *guarded_paths(),
            *pages.PATHS,
            *downloads.PATHS,
            *editor.PATHS,
            logo_upload.PATH,
            *message_acts.PATHS,
            *server.SESSION_PATHS,
        ),
        session=session.name,
        refuse=refuse,
        missing=page.missing,
        broken=page.broken,
        rights=(("/upload", "upload"), (logo_upload.PATH, "settings"), *message_acts.RIGHTS),
        may=session.may,
        secure=secure,
    )


def routes() -> list[BaseRoute]:
    """Everything that is not Streamlit's."""
    return [
        *door(),
        *pages.routes(),
        *downloads.routes(),
        *logo_upload.routes(),
        *message_acts.routes(),
    ]


def watch() -> live.Watch:
    """Open pages: each is told at once when its session is over."""
    return live.Watch(_listener, session.still_live)


def _listener(request: Request) -> live.Seen | None:
    found = session.look(request.cookies)
    if found is None:
        return None
    company = services().company_of(found.person.company_id)
    return live.Seen(found.public_id, company.timezone)
