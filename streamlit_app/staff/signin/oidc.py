"""Signing in with the company's own accounts (OpenID Connect).

Streamlit's own login speaks with the provider: state, nonce, PKCE and the token's signature are
its work. Its result, a signed cookie that would last 30 days and that nobody can revoke, never
reaches the browser: our route runs Streamlit's callback, takes the identity out of the answer,
and starts a session of ours for the account with that mail address, or refuses.

It leans on names inside Streamlit, whose version is pinned; a test signs in with a real provider.
"""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from streamlit.auth_util import encode_provider_token, get_cookie_with_chunks
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_auth_routes import create_auth_routes
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from cartera import clock
from cartera.config import Settings
from cartera.store import users
from cartera.store.users import User
from streamlit_app.shared.services import services
from streamlit_app.staff import session
from streamlit_app.staff.signin import page, returning
from streamlit_app.staff.signin.checking import caller, enter

#: Streamlit's own addresses: the first leads to the provider, the second is where it sends back.
START, CALLBACK = "/auth/login", "/oauth2callback"
PATHS = (page.COMPANY_ACCOUNT, START, CALLBACK)
#: Streamlit's name for a provider configured without one.
PROVIDER = "default"
#: The page asked for, kept while the person is at the provider.
NEXT_COOKIE = "cartera_next"
NEXT_SECONDS = 900
#: An identity that is older was not proved for this sign-in.
FRESH = timedelta(minutes=5)

_log = logging.getLogger(__name__)


def secrets(settings: Settings) -> dict[str, Any] | None:
    """What Streamlit's login needs to know; None where it is not set up."""
    if not settings.has_oidc:
        return None
    return {
        "auth": {
            "redirect_uri": f"{settings.staff_url.rstrip('/')}{CALLBACK}",
            "cookie_secret": settings.cookie_secret.get_secret_value(),
            "client_id": settings.oidc_client_id,
            "client_secret": settings.oidc_client_secret.get_secret_value(),
            "server_metadata_url": settings.oidc_metadata_url,
        }
    }


def routes() -> list[BaseRoute]:
    """The way to the provider, and back."""
    return [Route(page.COMPANY_ACCOUNT, _leave), Route(CALLBACK, _come_back)]


def _leave(request: Request) -> Response:
    token = encode_provider_token(PROVIDER)
    response = RedirectResponse(f"{START}?{urlencode({'provider': token})}", 303)
    response.set_cookie(
        NEXT_COOKIE,
        returning.safe(request.query_params.get("next", "")),
        max_age=NEXT_SECONDS,
        httponly=True,
        samesite="lax",
        secure=session.is_secure(),
    )
    return response


async def _come_back(request: Request) -> Response:
    theirs = await _streamlits_callback(request)
    response = await run_in_threadpool(_exchange, request, theirs)
    for name in request.cookies:
        # Only an older version of us could have left one; it must not stay either.
        if name.startswith(USER_COOKIE_NAME):
            response.delete_cookie(name)
    response.delete_cookie(NEXT_COOKIE, httponly=True, samesite="lax")
    return response


def _exchange(request: Request, theirs: Response) -> Response:
    tr = page.translator(request)
    claims = _identity(theirs)
    if claims is None:
        return page.refused(
            request,
            tr.t("We could not check who you are"),
            tr.t("The company's sign-in was interrupted or took too long. Try once more."),
            status=401,
        )
    user = _account(claims)
    token = enter(user, "oidc", caller(request)) if user else None
    if token is None:
        return page.refused(
            request,
            tr.t("This account has no access"),
            tr.t("You came as {email}.", email=_shown(claims)),
            tr.t("Ask an administrator of Cartera in your company to give you access."),
            status=403,
        )
    session.end(request.cookies)
    back = returning.safe(request.cookies.get(NEXT_COOKIE, ""))
    response = RedirectResponse(back, 303)
    session.put(response, token)
    return response


async def _streamlits_callback(request: Request) -> Response:
    route = next(route for route in create_auth_routes("") if route.path == CALLBACK)
    answer: Response = await route.endpoint(request)
    return answer


def _identity(answer: Response) -> dict[str, Any] | None:
    """The claims that Streamlit's answer carries, if it signed them just now."""
    given: dict[str, str] = {}
    for name, value in answer.raw_headers:
        if name == b"set-cookie":
            try:
                morsels = SimpleCookie(value.decode("latin-1"))
            except CookieError:
                continue
            given |= {key: morsel.value for key, morsel in morsels.items()}
    secret = get_cookie_secret()

    def signed(name: str) -> bytes | None:
        value = given.get(name)
        return decode_signed_value(secret, name, value) if value else None

    found = get_cookie_with_chunks(signed, USER_COOKIE_NAME)
    if found is None:
        return None
    claims: dict[str, Any] = json.loads(found)
    return claims if _is_fresh(claims) else None


def _is_fresh(claims: dict[str, Any]) -> bool:
    """Whether the provider made this identity for this sign-in."""
    issued = claims.get("iat")
    if not isinstance(issued, int | float):
        return False
    return abs(clock.now().timestamp() - issued) <= FRESH.total_seconds()


def _account(claims: dict[str, Any]) -> User | None:
    email = claims.get("email")
    if not isinstance(email, str) or not email:
        return None
    # Providers that let people write any address say so; a claim that is not there says nothing.
    if claims.get("email_verified", True) not in (True, "true"):
        _log.warning("a mail address that the provider has not verified was refused")
        return None
    return users.by_email(services().store, email)


def _shown(claims: dict[str, Any]) -> str:
    return str(claims.get("email") or claims.get("sub") or "?")[:254]
