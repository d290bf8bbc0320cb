"""The staff app's routes and rules; its pages are in `home.py` and `app_pages/`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import cast, get_args
from urllib.parse import parse_qs

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from cartera import clock
from cartera.errors import NotFound
from cartera.statement import Kind
from cartera.warehouse.reader import NothingPublished
from streamlit_app.shared import server, shell
from streamlit_app.shared.downloads import FORMATS, file_response
from streamlit_app.shared.gate import Policy
from streamlit_app.shared.services import services
from streamlit_app.staff import key, session

SCRIPT = Path(__file__).with_name("home.py")
ENTER = "/enter"
#: A key is 43 characters; whoever sends more is not typing one.
MAX_FORM_BYTES = 4096


def create(secure: bool) -> st.App:
    """The whole app, ready to run."""
    return server.build(SCRIPT, routes(), policy(secure))


def policy(secure: bool) -> Policy:
    """Only the door is open; the rest needs a session."""
    return Policy(
        open=(ENTER, *server.OPEN_PATHS),
        guarded=("/", "/download/*", *server.SESSION_PATHS),
        session=session_name,
        refuse=_refuse,
        secure=secure,
    )


def routes() -> list[Route]:
    """The door, the page around Streamlit, and the files."""
    return [
        Route(ENTER, _enter, methods=["GET", "POST"]),
        Route("/", _index),
        Route("/download/statement.{form}", _download),
    ]


@lru_cache(maxsize=1)
def access_key() -> str:
    """The key of this process, read once."""
    return key.load(services().settings)


def session_name(cookies: Mapping[str, str]) -> str | None:
    """Id of the live session that these cookies prove, or None."""
    return session.name(access_key(), cookies, clock.now())


async def _enter(request: Request) -> Response:
    offered = request.query_params.get("key", "")
    if request.method == "POST":
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_FORM_BYTES:
                return PlainTextResponse("Too large", 413)
        offered = parse_qs(body.decode("latin-1")).get("key", [""])[0]
    if not offered:
        return _door()
    if not key.matches(access_key(), offered.strip()):
        return _door(wrong=True)
    response = RedirectResponse("/", 303)
    response.set_cookie(
        session.COOKIE,
        session.issue(access_key(), clock.now()),
        max_age=session.HOURS * 3600,
        httponly=True,
        samesite="strict",
        secure=services().settings.staff_url.startswith("https:"),
    )
    return response


def _index(_request: Request) -> Response:
    company, tr = services().company, services().translator
    title = f"{tr.t('Client account statement')} · {company.name}"
    noscript = tr.t("This page needs JavaScript.")
    return HTMLResponse(shell.index(title=title, language=company.language, noscript=noscript))


def _download(request: Request) -> Response:
    form = request.path_params["form"]
    asked = request.query_params
    kind = asked.get("kind", "open")
    try:
        as_of = date.fromisoformat(asked.get("as_of", ""))
    except ValueError:
        return PlainTextResponse("Bad date", 400)
    if form not in FORMATS or kind not in get_args(Kind):
        return PlainTextResponse("Not found", 404)
    try:
        statement = services().reader.statement(
            services().company.id,
            asked.get("client", ""),
            kind=cast("Kind", kind),
            as_of=as_of,
            include_paid=asked.get("paid") == "1",
        )
    except (NotFound, NothingPublished):
        return PlainTextResponse("Not found", 404)
    return file_response(statement, form)


def _refuse(request: Request) -> Response:
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        return _door()
    return PlainTextResponse("Unauthorized", 401)


def _door(*, wrong: bool = False) -> Response:
    company, tr = services().company, services().translator
    said = [tr.t("Write the local access key. It is in the file staff.key of Cartera's folder.")]
    if wrong:
        said.insert(0, tr.t("That is not the key."))
    ask = shell.Ask(ENTER, "key", tr.t("Access key"), tr.t("Enter"))
    return shell.message(
        company, tr.t("Staff entrance"), *said, status=403 if wrong else 401, ask=ask
    )
