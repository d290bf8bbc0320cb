"""The staff app without Streamlit: its own routes behind the gate, and how to knock."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient
from streamlit.web.server.starlette.starlette_app import create_streamlit_middleware
from streamlit.web.server.starlette.starlette_auth_routes import create_auth_routes

from streamlit_app.shared.gate import Gate
from streamlit_app.staff import app, session
from tests.streamlit_app.accounts import PASSWORD

HOST = "http://127.0.0.1:8501"
PAGE = {"accept": "text/html"}
#: Makes a new browser, by default at one address of a documentation network.
StaffBrowser = Callable[..., TestClient]


def plain() -> Starlette:
    """The app without Streamlit."""
    middleware = [Middleware(Gate, policy=app.policy(secure=session.is_secure()))]
    return Starlette(routes=app.routes(), middleware=middleware)


def with_streamlits_login() -> Starlette:
    """The app with that part of Streamlit which speaks with a company's provider."""
    gate = Middleware(Gate, policy=app.policy(secure=session.is_secure()))
    return Starlette(
        routes=[*app.routes(), *create_auth_routes("")],
        middleware=[gate, *create_streamlit_middleware()],
    )


def new_browser(address: str = "198.51.100.7", **more: object) -> TestClient:
    return TestClient(
        plain(), base_url=HOST, follow_redirects=False, client=(address, 50000), **more
    )  # type: ignore[arg-type]


def enter(
    client: TestClient, login: str = "ana", password: str = PASSWORD, **more: str
) -> httpx.Response:
    """Send the sign-in form."""
    return client.post("/login", data={"login": login, "password": password, **more})
