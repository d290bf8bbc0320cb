"""Who is signed in, asked of the store at every run and request; nothing is remembered here.

The cookie holds the session's only token. It came with the page's connection and stays what it
was then, so whether it still counts, and what its person may do, is never read from it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import streamlit as st
from starlette.requests import HTTPConnection
from starlette.responses import Response

from cartera import clock
from cartera.people import Act, Person
from cartera.store import sessions
from cartera.store.sessions import Session
from streamlit_app.shared.live import REFRESH
from streamlit_app.shared.services import services

COOKIE = "cartera_staff"


def person() -> Person | None:
    """Who looks at this page, in this very run; None once their session ended.

    A run that the page asked for by itself is no use of it: an open tab does not keep a session.
    """
    used = not st.session_state.get(REFRESH, False)
    return _find(st.context.cookies, used=used)


def person_of_request(request: HTTPConnection) -> Person | None:
    """Who asks, for our own routes."""
    return _find(request.cookies, used=True)


def look(cookies: Mapping[str, str]) -> Session | None:
    """The live session that these cookies prove, looked at without counting as its use."""
    return sessions.find(services().store, cookies.get(COOKIE, ""), clock.now(), used=False)


def name(cookies: Mapping[str, str]) -> str | None:
    """Public id of that session: what the gate lets in."""
    found = look(cookies)
    return found.public_id if found else None


def may(cookies: Mapping[str, str], act: Act) -> bool:
    """Whether that session's person may do that."""
    found = look(cookies)
    return found is not None and found.person.may(act)


def still_live(names: Collection[str]) -> Collection[str]:
    """Which of these sessions go on: one question for all pages that are open."""
    return sessions.live_ids(services().store, names, clock.now())


def end(cookies: Mapping[str, str]) -> None:
    """End the session of these cookies, if there is one."""
    sessions.end(services().store, cookies.get(COOKIE, ""), clock.now())


def put(response: Response, token: str) -> None:
    """Give the browser its token."""
    settings = services().settings
    response.set_cookie(
        COOKIE,
        token,
        max_age=settings.session_hours * 3600,
        httponly=True,
        # Lax: a view that a colleague sent by mail opens at once.
        samesite="lax",
        secure=is_secure(),
    )


def take(response: Response) -> None:
    """Take the cookie away."""
    response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=is_secure())


def is_secure() -> bool:
    """Whether people reach this app over https."""
    return services().settings.staff_url.startswith("https:")


def _find(cookies: Mapping[str, str], *, used: bool) -> Person | None:
    token = cookies.get(COOKIE, "")
    return sessions.person_of(services().store, token, clock.now(), used=used)
