"""The door's addresses: sign in, sign out, and what a browser without a session is told."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import parse_qs, urlencode

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from cartera import clock
from cartera.store import users
from streamlit_app.shared.services import services
from streamlit_app.staff import session
from streamlit_app.staff.signin import oidc, page, returning
from streamlit_app.staff.signin.checking import Attempt, Caller, Desk
from streamlit_app.staff.signin.page import LOGIN, LOGOUT, Said
from streamlit_app.staff.signin.throttle import network

#: A login, a password and an address, all of them percent-encoded.
MAX_FORM_BYTES = 16 * 1024
MAX_FIELDS = 8
#: A login is shown again to whoever typed it; whatever is longer is none.
MAX_SHOWN = 64
#: In the query of the sign-in page, after signing out.
GONE = "out"


def open_paths() -> tuple[str, ...]:
    """What anyone may ask for; the company's own accounts only where they are set up."""
    return (LOGIN, LOGOUT, *(oidc.PATHS if services().settings.has_oidc else ()))


def routes() -> list[BaseRoute]:
    """Pages and forms in front of Streamlit."""
    found: list[BaseRoute] = [
        Route(LOGIN, _form, methods=["GET"]),
        Route(LOGIN, _sign_in, methods=["POST"]),
        Route(LOGOUT, _sign_out, methods=["GET", "POST"]),
    ]
    return [*found, *oidc.routes()] if services().settings.has_oidc else found


def refuse(request: Request) -> Response:
    """Send a person to the door, with the page they asked for in their hand."""
    wants_page = "text/html" in request.headers.get("accept", "")
    if request.method not in ("GET", "HEAD") or not wants_page:
        return PlainTextResponse("Unauthorized", 401)
    back = returning.asked(request)
    query = f"?{urlencode({'next': back}, safe='/')}" if back != returning.START else ""
    return RedirectResponse(f"{LOGIN}{query}", 303)


def caller(request: Request) -> Caller:
    """Where a request comes from."""
    host = request.client.host if request.client else None
    return Caller(network(host), request.headers.get("user-agent", ""))


@lru_cache(maxsize=1)
def desk() -> Desk:
    """The one desk of this process."""
    return Desk()


def _form(request: Request) -> Response:
    back = returning.safe(request.query_params.get("next", ""))
    if session.person_of_request(request) is not None:
        return RedirectResponse(back, 303)
    tr = page.translator(request)
    said = None
    if request.query_params.get(GONE) == "1":
        said = Said(tr.t("You have signed out."))
    elif session.COOKIE in request.cookies:
        said = Said(tr.t("Your session has ended. Sign in to go on where you were."))
    nobody = not users.exist(services().store)
    return page.sign_in(request, back=back, said=said, first_account=nobody)


async def _sign_in(request: Request) -> Response:
    fields = await _fields(request)
    if fields is None:
        return PlainTextResponse("Bad request", 400)
    login, password = fields.get("login", ""), fields.get("password", "")
    back = returning.safe(fields.get("next", ""))
    attempt = await desk().check(login, password, caller(request))
    if attempt.outcome != "entered":
        return await run_in_threadpool(_not_entered, request, attempt, back, login)
    # Whoever was signed in before on this browser is not any more.
    await run_in_threadpool(session.end, request.cookies)
    response = RedirectResponse(back, 303)
    session.put(response, attempt.token)
    return response


def _not_entered(request: Request, attempt: Attempt, back: str, login: str) -> Response:
    tr = page.translator(request)
    minutes = -(-attempt.wait // 60)
    text, status = {
        "throttled": (
            tr.t("Too many attempts. Try again in {n} minutes.", n=minutes)
            if minutes > 1
            else tr.t("Too many attempts. Try again in one minute."),
            429,
        ),
        "crowded": (tr.t("Many people are entering right now. Try again in a moment."), 503),
        "wrong": (tr.t("The user or the password is not right."), 401),
    }[attempt.outcome]
    shown = login if len(login) <= MAX_SHOWN else ""
    response = page.sign_in(
        request, back=back, login=shown, said=Said(text, error=True), status=status
    )
    if attempt.outcome == "wrong":
        # After the answer: writing it down takes time only where such an account exists.
        response.background = BackgroundTask(
            users.note_refusal, services().store, login, clock.now()
        )
    else:
        response.headers["Retry-After"] = str(attempt.wait or 5)
    return response


def _sign_out(request: Request) -> Response:
    """End the session. A link on another site's page only leads to a button (`LOGOUT` by GET)."""
    site = request.headers.get("sec-fetch-site")
    if request.method != "POST" and site not in ("same-origin", "none"):
        return page.sign_out(request)
    session.end(request.cookies)
    response = RedirectResponse(f"{LOGIN}?{GONE}=1", 303)
    session.take(response)
    return response


async def _fields(request: Request) -> dict[str, str] | None:
    """The form's fields; None for what no form of ours sends."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            return None
    try:
        found = parse_qs(body.decode("ascii"), max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError:
        return None
    return {name: values[0] for name, values in found.items()}
