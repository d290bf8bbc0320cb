"""The simulated gateway as a server on this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cartera.config import LOOPBACK
from cartera.sandbox import api, checkout, desk
from cartera.sandbox.account import Account
from cartera.sandbox.book import Book
from cartera.sandbox.courier import Courier
from cartera.sandbox.pages import style_route

HOST = "127.0.0.1"
HEALTH = "/health"


def create(path: Path, account: Account) -> Starlette:
    """The application; its file is made where there is none."""
    book = Book(path, late=account.late, settles=account.settles)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        courier = Courier(book, account)
        courier.start()
        try:
            yield
        finally:
            await run_in_threadpool(courier.stop)

    return Starlette(
        routes=[
            Route(HEALTH, _health),
            Route("/favicon.ico", _no_icon),
            style_route(),
            *checkout.routes(book, account),
            *api.routes(book, account),
            *desk.routes(book, account),
        ],
        # A name that somebody pointed at this machine is not this machine's.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK, "[::1]"])],
        lifespan=lifespan,
    )


def _health(_request: object) -> Response:
    return PlainTextResponse("ok")


def _no_icon(_request: object) -> Response:
    return Response(status_code=204)


def serve(path: Path, account: Account, *, port: int) -> None:
    """Serve until stopped, on the loopback address and nowhere else."""
    import uvicorn

    uvicorn.run(create(path, account), host=HOST, port=port, log_level="warning")
