"""The client app's routes and rules; what is on the page is in `page.py`.

`/e/{token}` is the only address that holds a secret. It sets the link's cookie and sends the
browser on to `/?l=PUBLIC_ID`, so that nothing is left in history, referrers or screenshots.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from cartera import clock
from cartera.config import Company
from cartera.i18n import Translator
from cartera.store import links
from streamlit_app.client import access, account, refusals
from streamlit_app.client.access import COOKIE_PREFIX, Access
from streamlit_app.shared import server, shell
from streamlit_app.shared.downloads import FORMATS, file_response
from streamlit_app.shared.gate import Policy
from streamlit_app.shared.services import services

SCRIPT = Path(__file__).with_name("page.py")


def create(secure: bool) -> st.App:
    """The whole app, ready to run."""
    return server.build(SCRIPT, routes(), policy(secure))


def policy(secure: bool) -> Policy:
    """Only the links' own addresses are open; the rest needs a live link's cookie."""
    return Policy(
        open=("/e/*", *server.OPEN_PATHS),
        guarded=("/", "/download/*", *server.SESSION_PATHS),
        session=_session,
        refuse=_refuse,
        secure=secure,
    )


def routes() -> list[Route]:
    """Plain pages and files; Streamlit answers none of these."""
    return [
        Route("/e/{token}", _enter),
        Route("/", _first_paint),
        Route("/download/{public_id}.{form}", _download),
    ]


def _enter(request: Request) -> Response:
    found = services()
    now = clock.now()
    token = request.path_params["token"]
    entered = access.look_by_token(found.store, token, now)
    if entered.state != "live" or entered.link is None:
        return _refusal(entered)
    link = entered.link
    if request.method == "GET":
        links.count_open(found.store, link.public_id, now)
    response = RedirectResponse(f"/?l={link.public_id}", 303)
    response.set_cookie(
        COOKIE_PREFIX + link.public_id,
        token,
        max_age=int((link.expires_at - now).total_seconds()),
        httponly=True,
        samesite="lax",  # "strict" would not come along when the link is clicked in a mail
        secure=found.settings.client_url.startswith("https:"),
    )
    return response


def _first_paint(request: Request) -> Response:
    seen = _look(request, request.query_params.get("l", ""))
    if seen.state != "live" or seen.link is None:
        return _refusal(seen)
    company = account.company_of(seen.link)
    tr = Translator(company.language, company.country)
    try:
        html = account.html_of(seen.link)
    except account.NOTHING_YET:
        return _refusal(seen)
    title = f"{tr.t('Account statement')} · {company.name}"
    page = shell.index(title=title, language=company.language, first_paint=html)
    return HTMLResponse(page)


def _download(request: Request) -> Response:
    form = request.path_params["form"]
    seen = _look(request, request.path_params["public_id"])
    if seen.state != "live" or seen.link is None:
        return _refusal(seen)
    if form not in FORMATS:
        return PlainTextResponse("Not found", 404)
    try:
        return file_response(account.statement_of(seen.link), form)
    except account.NOTHING_YET:
        return _refusal(seen)


def _session(cookies: Mapping[str, str]) -> str | None:
    return access.session(services().store, cookies, clock.now())


def _look(request: Request, public_id: str) -> Access:
    return access.look(services().store, request.cookies, public_id, clock.now())


def _refuse(request: Request) -> Response:
    """Answer a browser that holds no live link: say so about the link it asks for."""
    path = request.url.path
    if path == "/":
        return _refusal(_look(request, request.query_params.get("l", "")))
    if path.startswith("/download/"):
        return _refusal(_look(request, Path(path).stem))
    return PlainTextResponse("Forbidden", 403)


def _refusal(seen: Access) -> Response:
    company: Company = account.company_of(seen.link) if seen.link else services().company
    tr = Translator(company.language, company.country)
    title, sentence = refusals.words(seen, tr)
    return shell.message(company, title, sentence, status=refusals.STATUS[seen.state])
