"""Checking passwords: a few at a time, each in a thread, so that nobody else has to wait.

One check takes 0.15 s of a core and 64 MiB. However many strangers knock, two run at once and a
few wait; the rest are told to come back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import anyio
import anyio.to_thread

from cartera import clock
from cartera.errors import Forbidden
from cartera.store import sessions, users
from cartera.store.sessions import Method
from cartera.store.users import User
from streamlit_app.shared.services import services
from streamlit_app.staff.signin.throttle import Throttle

AT_ONCE = 2
#: With these the last one in line waits about two seconds.
IN_LINE = 24

Outcome = Literal["entered", "wrong", "throttled", "crowded"]


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

    async def check(self, login: str, password: str, caller: Caller) -> Attempt:
        """Sign in with a password, when there is a place."""
        if self._inside >= AT_ONCE + IN_LINE:
            return Attempt("crowded")
        self._inside += 1
        try:
            work: Callable[[], Attempt] = partial(self._attempt, login, password, caller)
            return await anyio.to_thread.run_sync(work, limiter=self._places)
        finally:
            self._inside -= 1

    def _attempt(self, login: str, password: str, caller: Caller) -> Attempt:
        store, now = services().store, clock.now()
        wait = self._throttle.begin(
            login, caller.address, lambda who, where: sessions.knows(store, who, where, now)
        )
        if wait:
            return Attempt("throttled", wait=wait)
        user = users.by_password(store, login, password)
        token = enter(user, "password", caller) if user else None
        if token is None:
            return Attempt("wrong")
        self._throttle.succeeded(login, caller.address)
        return Attempt("entered", token)


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
