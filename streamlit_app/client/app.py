"""The client app's routes and rules; what is on the page is in `page.py`.

`/e/{token}` is the only address that holds a secret. It sets the link's cookie and sends the
browser on to `/?l=PUBLIC_ID`, so that nothing is left in history, referrers or screenshots.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from cartera import clock
from cartera.filters import select
from cartera.i18n import LANGUAGES, Translator
from cartera.render.html import style
from cartera.store.links import Link
from streamlit_app.client import (
    access,
    account,
    acts,
    limits,
    news,
    opens,
    pay_events,
    pay_links,
    pay_page,
    paying,
    refusals,
    renewal,
    unsubscribe,
)
from streamlit_app.client.access import COOKIE_PREFIX, Access
from streamlit_app.client.account import Asked
from streamlit_app.client.refusals import Reason
from streamlit_app.shared import live, server, shell
from streamlit_app.shared.downloads import FORMATS, file_response
from streamlit_app.shared.gate import Policy
from streamlit_app.shared.services import services

#: Open, and written to from anywhere: what is in the address or the signature is the right.
ANYONES = (*unsubscribe.PATHS, *pay_events.PATHS)
PAY_SCRIPT = Path(__file__).with_name("assets") / "pay.js"
SCRIPT = Path(__file__).with_name("page.py")
#: Streamlit's own spaces around a page, taken away: the statement brings what it needs, and its
#: first paint stands at the very same place.
STYLE = """
[data-testid="stHeader"] { display: none; }
[data-testid="stMainBlockContainer"] { max-width: none !important; padding: 0 !important; }
[data-testid="stMainBlockContainer"] [data-testid="stVerticalBlock"] { gap: 0 !important; }
.st-key-refused { max-width: 460px; margin: 12vh auto 0; padding: 1.5rem; }
"""


def create(secure: bool) -> st.App:
    """The whole app, ready to run."""
    also = [opens.keep_writing]
    return server.build(SCRIPT, routes(), policy(secure), watch(), also=also, fonts=False)


def policy(secure: bool) -> Policy:
    """Only the links' own addresses are open; the rest needs a live link's cookie."""
    return Policy(
        open=("/e/*", renewal.PATH, pay_page.SCRIPT, *ANYONES, *server.OPEN_PATHS),
        written_by_anyone=ANYONES,
        guarded=("/", "/download/*", *acts.PATHS, *paying.PATHS, *server.SESSION_PATHS),
        session=_session,
        refuse=_refuse,
        missing=lambda request: _refusal(request, "missing"),
        broken=lambda request: _refusal(request, "broken"),
        secure=secure,
    )


def watch() -> live.Watch:
    """Open pages: each is told at once when its own link is over, or its client's notices move."""
    return live.Watch(
        _listener,
        lambda names: access.still_live(services().store, names, clock.now()),
        news.News(),
    )


def routes() -> list[Route]:
    """Plain pages and files; Streamlit answers none of these."""
    return [
        Route("/e/{token}", _enter),
        Route("/", _first_paint),
        Route("/download/{public_id}.{form}", _download),
        *unsubscribe.routes(),
        *renewal.routes(),
        *acts.Acts(_refusal).routes(),
        *paying.Paying(_refusal).routes(),
        *pay_events.routes(),
        Route(pay_page.SCRIPT, _pay_script),
    ]


def _enter(request: Request) -> Response:
    if not limits.may_try(request):
        return _refusal(request, "limited")
    found = services()
    now = clock.now()
    token = request.path_params["token"]
    entered = access.look_by_token(found.store, token, now)
    if entered.state != "live" or entered.link is None:
        if entered.state == "unknown":
            limits.count_failure(request)
        refused = _refusal(request, entered.state, entered)
        if entered.link is not None:
            # Opens nothing: it proves who asks for the new link.
            _give_cookie(
                refused, entered.link, token, path=renewal.PATH, seconds=renewal.PROOF_SECONDS
            )
        return refused
    link = entered.link
    response = RedirectResponse(f"/?l={link.public_id}", 303)
    _give_cookie(response, link, token, seconds=int((link.expires_at - now).total_seconds()))
    return response


def _give_cookie(
    response: Response, link: Link, token: str, *, seconds: int, path: str = "/"
) -> None:
    response.set_cookie(
        COOKIE_PREFIX + link.public_id,
        token,
        max_age=seconds,
        path=path,
        httponly=True,
        samesite="lax",  # "strict" would not come along when the link is clicked in a mail
        secure=services().settings.client_url.startswith("https:"),
    )


def _first_paint(request: Request) -> Response:
    seen = _look(request, request.query_params.get("l", ""))
    if seen.state != "live" or seen.link is None:
        return _refusal(request, seen.state, seen)
    company = account.company_of(seen.link)
    asked = Asked.of(request.query_params)
    try:
        drawn = account.page_of(seen.link, asked)
    except account.NOTHING_YET as error:
        return _refusal(request, account.why_nothing(error), seen)
    tr = Translator(drawn.language, company.country)
    page = shell.index(
        company,
        title=f"{tr.t('Account statement')} · {company.name}",
        language=tr.language,
        style=STYLE + style(company.color),
        first_paint=drawn.html,
    )
    return shell.page(request, page)


def _download(request: Request) -> Response:
    form = request.path_params["form"]
    seen = _look(request, request.path_params["public_id"])
    if seen.state != "live" or seen.link is None:
        return _refusal(request, seen.state, seen)
    if form not in FORMATS:
        return _refusal(request, "missing", seen)
    if not account.rights_of(seen.link).download:
        return _refusal(request, "barred", seen)
    asked = Asked.of(request.query_params)
    try:
        statement = account.statement_of(seen.link, asked)
    except account.NOTHING_YET as error:
        return _refusal(request, account.why_nothing(error), seen)
    return file_response(select(statement, asked.filters), form)


async def _pay_script(_request: Request) -> FileResponse:
    return FileResponse(PAY_SCRIPT, media_type="text/javascript")


def _listener(request: Request) -> live.Seen | None:
    seen = _look(request, request.query_params.get("l", ""))
    if seen.state != "live" or seen.link is None:
        return None
    timezone = account.company_of(seen.link).timezone
    return live.Seen(seen.link.public_id, timezone, news.about(seen.link))


def _session(cookies: Mapping[str, str]) -> str | None:
    return access.session(services().store, cookies, clock.now())


def _look(request: Request, public_id: str) -> Access:
    return access.look(services().store, request.cookies, public_id, clock.now())


def _refuse(request: Request) -> Response:
    """Answer a browser that holds no live link: say so about the link it asks for."""
    path = request.url.path
    public_id = request.query_params.get("l", "")
    if path.startswith("/download/"):
        public_id = Path(path).stem
    seen = _look(request, public_id)
    return _refusal(request, "unknown" if seen.state == "live" else seen.state, seen)


def _refusal(request: Request, reason: Reason, seen: Access = access.UNKNOWN) -> Response:
    """A friendly page, in the company's language or the one asked for."""
    if request.url.path == pay_links.BACK and reason in refusals.RENEWABLE:
        reason = "returned"  # from the gateway, in a browser that holds no link
    company = account.company_of(seen.link) if seen.link else services().company
    asked = request.query_params.get("lang", "")
    language = asked if asked in LANGUAGES else company.language
    tr = Translator(language, company.country)
    title, sentence = refusals.words(reason, tr)
    status = refusals.STATUS[reason]
    if reason in refusals.RENEWABLE:
        return renewal.page(company, tr, seen.link, title, sentence, status=status)
    answer = shell.message(company, title, sentence, status=status, language=language)
    if reason == "limited":
        answer.headers["Retry-After"] = str(limits.WAIT_SECONDS)
    if reason in ("live", "broken", "upgrading"):
        answer.headers["Refresh"] = "15"  # the first document, or our repair, may come any moment
    return answer
