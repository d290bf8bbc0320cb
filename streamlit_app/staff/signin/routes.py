"""The door's addresses: sign in, sign out, and what a browser without a session is told."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from cartera.store import users
from streamlit_app.shared.services import services
from streamlit_app.staff import session
from streamlit_app.staff.signin import forms, oidc, own_password, page, returning
from streamlit_app.staff.signin.checking import Attempt, caller, desk
from streamlit_app.staff.signin.page import LOGIN, LOGOUT, Said

#: A login is shown again to whoever typed it; whatever is longer is none.
MAX_SHOWN = 64
#: In the query of the sign-in page, after signing out.
GONE = "out"


def open_paths() -> tuple[str, ...]:
    """What anyone may ask for; the company's own accounts only where they are set up."""
    return (LOGIN, LOGOUT, *(oidc.PATHS if services().settings.has_oidc else ()))


def guarded_paths() -> tuple[str, ...]:
    """What needs a session."""
    return (page.CHANGE,)


def routes() -> list[BaseRoute]:
    """Pages and forms in front of Streamlit."""
    found: list[BaseRoute] = [
        Route(LOGIN, _form, methods=["GET"]),
        Route(LOGIN, _sign_in, methods=["POST"]),
        Route(LOGOUT, _sign_out, methods=["GET", "POST"]),
        *own_password.routes(),
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
    fields = await forms.fields(request)
    if fields is None:
        return PlainTextResponse("Bad request", 400)
    login, password = fields.get("login", ""), fields.get("password", "")
    back = returning.safe(fields.get("next", ""))
    attempt = await desk().sign_in(login, password, caller(request))
    if attempt.outcome != "entered":
        return await run_in_threadpool(_not_entered, request, attempt, back, login)
    # Whoever was signed in before on this browser is not any more.
    await run_in_threadpool(session.end, request.cookies)
    response = RedirectResponse(back, 303)
    session.put(response, attempt.token)
    return response


def _not_entered(request: Request, attempt: Attempt, back: str, login: str) -> Response:
    text, status = forms.refusal(attempt, page.translator(request))
    shown = login if len(login) <= MAX_SHOWN else ""
    response = page.sign_in(
        request, back=back, login=shown, said=Said(text, error=True), status=status
    )
    forms.dress(response, attempt, login)
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
