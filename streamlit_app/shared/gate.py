"""The gate: an ASGI layer in front of Streamlit that holds all of both apps' security.

Streamlit by itself answers any path with its page, serves media and takes uploads without asking
who is there, lets websockets in without an Origin, and believes any header. So nothing reaches
it that an app's `Policy` does not name:

- paths are an allow list; what is on neither list does not exist (404);
- guarded paths need a live session, looked up in the store at every request;
- a websocket needs an Origin that is this very host, and a session;
- headers that start with `X-Cartera-` come from here and from nobody else;
- every response carries the headers below.

It is a plain ASGI class because Starlette's BaseHTTPMiddleware never sees a websocket.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Header in which Streamlit is told which session a websocket belongs to. Streamlit resumes a
#: dropped session only under the same value, so nobody picks up another one's.
SESSION_HEADER = "x-cartera-session"
OWN_HEADERS = b"x-cartera-"
STATIC = "/static/"
#: Where Streamlit serves components' bundles; like its own, their names hold a hash.
COMPONENTS = "/_stcore/bidi-components/"

#: No inline script and no other host, ever. Streamlit styles its elements inline.
SOURCES = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "object-src 'none'",
)
CONTENT_POLICY = "; ".join(SOURCES)
#: A second policy, for files of strangers: should a browser show one, nothing in it does anything.
SANDBOX = "default-src 'none'; sandbox"
HEADERS = {
    b"content-security-policy": CONTENT_POLICY.encode(),
    b"referrer-policy": b"no-referrer",
    b"x-robots-tag": b"noindex, nofollow, noarchive",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"cross-origin-opener-policy": b"same-origin",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=()",
}


@dataclass(frozen=True, slots=True)
class Policy:
    """What one app lets through. A path that ends in `*` means everything under it."""

    open: tuple[str, ...]
    guarded: tuple[str, ...]
    #: Name of the live session that these cookies prove, or None.
    session: Callable[[Mapping[str, str]], str | None]
    #: What a person without a session sees on a guarded path.
    refuse: Callable[[Request], Response]
    #: What a person sees under an address that does not exist.
    missing: Callable[[Request], Response] | None = None
    #: What a person sees when something of ours fails; the trace goes to the log.
    broken: Callable[[Request], Response] | None = None
    #: Open paths that other sites' pages and programs may write to: whoever knows the address may.
    written_by_anyone: tuple[str, ...] = ()
    #: Guarded paths that not every session may ask for: what one must be allowed to do, and
    #: whether these cookies' person is.
    rights: tuple[tuple[str, Any], ...] = ()
    may: Callable[[Mapping[str, str], Any], bool] = lambda _cookies, _act: False
    #: The app is reached over https: cookies must never travel without.
    secure: bool = False


class Gate:
    """ASGI middleware that applies a `Policy`."""

    def __init__(self, app: ASGIApp, *, policy: Policy) -> None:
        self.app = app
        self.policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request or websocket through, or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        kept = [pair for pair in scope["headers"] if not pair[0].lower().startswith(OWN_HEADERS)]
        scope = {**scope, "headers": kept}
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._http(scope, receive, self._dressed(scope, send))

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        guarded = _listed(scope["path"], self.policy.guarded)
        answer: Response
        if not guarded and not _listed(scope["path"], self.policy.open):
            answer = await self._missing(Request(scope))
        elif _foreign_write(scope) and not _listed(scope["path"], self.policy.written_by_anyone):
            answer = PlainTextResponse("Forbidden", 403)
        elif guarded and await self._session(scope) is None:
            answer = await run_in_threadpool(self.policy.refuse, Request(scope))
        elif not await self._may(scope):
            answer = PlainTextResponse("Forbidden", 403)
        else:
            await self._through(scope, receive, send)
            return
        await answer(scope, receive, send)

    async def _through(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask the app; what fails there before it answers is said in words."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            if started or self.policy.broken is None:
                raise
            logging.getLogger(__name__).exception("%s", scope["path"].split("/")[1])
            answer = await run_in_threadpool(self.policy.broken, Request(scope))
            await answer(scope, receive, send)

    async def _missing(self, request: Request) -> Response:
        """A page for a person; a program needs none."""
        wants_page = "text/html" in request.headers.get("accept", "")
        if self.policy.missing is None or not wants_page:
            return PlainTextResponse("Not found", 404)
        return await run_in_threadpool(self.policy.missing, request)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = None
        if _listed(scope["path"], self.policy.guarded) and _same_origin(scope):
            name = await self._session(scope)
        if name is None:
            # before it is accepted: the browser sees a plain 403
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = [*scope["headers"], (SESSION_HEADER.encode(), name.encode())]
        await self.app({**scope, "headers": headers}, receive, send)

    async def _session(self, scope: Scope) -> str | None:
        # The store is a database: asking it must not hold up everybody else's requests.
        return await run_in_threadpool(self.policy.session, HTTPConnection(scope).cookies)

    async def _may(self, scope: Scope) -> bool:
        """Whether the session has the right that this path needs, if it needs one."""
        cookies = HTTPConnection(scope).cookies
        for name, act in self.policy.rights:
            if _listed(scope["path"], (name,)):
                return await run_in_threadpool(self.policy.may, cookies, act)
        return True

    def _dressed(self, scope: Scope, send: Send) -> Send:
        """`send`, with the headers put on."""
        static = scope["path"].startswith((STATIC, COMPONENTS))

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = dict(HEADERS)
                if not (static and message["status"] in (200, 206, 304)):
                    ours[b"cache-control"] = b"no-store"
                theirs = [
                    self._secured(name.lower(), value)
                    for name, value in message.get("headers", ())
                    if name.lower() not in ours or value == SANDBOX.encode()
                ]
                message = {**message, "headers": [*theirs, *ours.items()]}
            await send(message)

        return dressed

    def _secured(self, name: bytes, value: bytes) -> tuple[bytes, bytes]:
        # Streamlit marks its own cookie Secure only when it speaks TLS itself.
        if self.policy.secure and name == b"set-cookie" and b"; secure" not in value.lower():
            value += b"; Secure"
        return name, value


def _listed(path: str, names: tuple[str, ...]) -> bool:
    return any(path.startswith(name[:-1]) if name.endswith("*") else path == name for name in names)


def _same_origin(scope: Scope) -> bool:
    """Whether the browser says that this very host's page asks; no Origin counts as foreign."""
    headers = HTTPConnection(scope).headers
    origin, host = headers.get("origin"), headers.get("host")
    return bool(origin and host) and urlsplit(origin).netloc == host


def _foreign_write(scope: Scope) -> bool:
    """Whether another site's page makes this browser write.

    Under our own `no-referrer` a form's Origin is the word `null`, so the browser's
    Sec-Fetch-Site decides; browsers without it send no other proof than Origin.
    """
    if scope["method"] in ("GET", "HEAD"):
        return False
    headers = HTTPConnection(scope).headers
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    return "origin" in headers and not _same_origin(scope)
