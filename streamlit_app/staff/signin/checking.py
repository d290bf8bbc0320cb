"""Checking passwords: a few at a time, each in a thread, so that nobody else has to wait.

One check takes 0.15 s of a core and 64 MiB. However many strangers knock, two run at once and a
few wait; the rest are told to come back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Literal

import anyio
import anyio.to_thread
from starlette.requests import Request

from cartera import clock
from cartera.errors import Forbidden
from cartera.passwords import WeakPassword
from cartera.store import sessions, users
from cartera.store.sessions import Method
from cartera.store.users import User
from streamlit_app.shared.network import network
from streamlit_app.shared.services import services
from streamlit_app.staff.signin.throttle import Throttle

AT_ONCE = 2
#: With these the last one in line waits about two seconds.
IN_LINE = 24

Outcome = Literal["entered", "wrong", "weak", "throttled", "crowded"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """How an attempt ended: with a token, or with the seconds until the next one."""

    outcome: Outcome
    token: str = ""
    wait: int = 0


@dataclass(frozen=True, slots=True)
class Caller:
    """Where an attempt comes from."""

    address: str
    agent: str


class Desk:
    """Where passwords are checked, one for the process."""

    def __init__(self) -> None:
        self._throttle = Throttle()
        self._places = anyio.CapacityLimiter(AT_ONCE)
        self._inside = 0

    async def sign_in(self, login: str, password: str, caller: Caller) -> Attempt:
        """Start a session with a password, when there is a place."""
        return await self._in_turn(partial(self._sign_in, login, password, caller))

    async def change(self, login: str, old: str, new: str, caller: Caller) -> Attempt:
        """Give oneself a new password, when there is a place; a new session is all that is left."""
        return await self._in_turn(partial(self._change, login, old, new, caller))

    async def _in_turn(self, work: Callable[[], Attempt]) -> Attempt:
        if self._inside >= AT_ONCE + IN_LINE:
            return Attempt("crowded")
        self._inside += 1
        try:
            return await anyio.to_thread.run_sync(work, limiter=self._places)
        finally:
            self._inside -= 1

    def _sign_in(self, login: str, password: str, caller: Caller) -> Attempt:
        user, refused = self._prove(login, password, caller)
        return refused if user is None else _entered(user, caller)

    def _change(self, login: str, old: str, new: str, caller: Caller) -> Attempt:
        user, refused = self._prove(login, old, caller)
        if user is None:
            return refused
        try:
            changed = users.change_password(services().store, user, new, clock.now())
        except WeakPassword:
            return Attempt("weak")
        except Forbidden:
            return Attempt("wrong")
        return _entered(changed, caller)

    def _prove(self, login: str, password: str, caller: Caller) -> tuple[User | None, Attempt]:
        """Whose password this is, or how the attempt ends without."""
        store, now = services().store, clock.now()
        wait = self._throttle.begin(
            login, caller.address, lambda who, where: sessions.knows(store, who, where, now)
        )
        if wait:
            return None, Attempt("throttled", wait=wait)
        user = users.by_password(store, login, password)
        if user is not None:
            self._throttle.succeeded(login, caller.address)
        return user, Attempt("wrong")


@lru_cache(maxsize=1)
def desk() -> Desk:
    """The one desk of this process."""
    return Desk()


def caller(request: Request) -> Caller:
    """Where a request comes from."""
    host = request.client.host if request.client else None
    return Caller(network(host), request.headers.get("user-agent", ""))


def _entered(user: User, caller: Caller) -> Attempt:
    token = enter(user, "password", caller)
    return Attempt("entered", token) if token else Attempt("wrong")


def enter(user: User, method: Method, caller: Caller) -> str | None:
    """Start a session for somebody who proved who they are; None if they were shut out just now."""
    settings = services().settings
    try:
        return sessions.start(
            services().store,
            user,
            clock.now(),
            hours=settings.session_hours,
            idle_minutes=settings.session_idle_minutes,
            method=method,
            address=caller.address,
            agent=caller.agent,
        )
    except Forbidden:
        return None
