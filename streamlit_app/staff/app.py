"""The staff app: its door, its pages and files, and who may reach which of them."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.routing import BaseRoute

from streamlit_app.shared import live, server
from streamlit_app.shared.gate import Policy
from streamlit_app.shared.services import services
from streamlit_app.staff import downloads, pages, session, signin
from streamlit_app.staff.signin import oidc
from streamlit_app.staff.signin.routes import open_paths, refuse
from streamlit_app.staff.signin.routes import routes as door

SCRIPT = Path(__file__).with_name("home.py")
#: For files that people give; only who may upload reaches that address at all.
UPLOAD_MB = 200


def create(secure: bool) -> st.App:
    """The whole app, ready to run."""
    return server.build(
        SCRIPT, routes(), policy(secure), watch(), secrets=oidc.secrets(services().settings)
    )
