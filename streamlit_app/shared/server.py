"""Starting an app: Streamlit's options, decided here and nowhere else, and the process's care."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Route

from cartera.config import Company
from streamlit_app.shared.bundles import Bundles
from streamlit_app.shared.gate import SESSION_HEADER, Gate, Policy
from streamlit_app.shared.services import services
from streamlit_app.shared.shell import ICON, SCRIPT, asset_routes

#: Paths of Streamlit's own that both apps need: for anyone, and for a session.
OPEN_PATHS = ("/static/*", "/_stcore/health", "/robots.txt", SCRIPT, ICON)
SESSION_PATHS = ("/_stcore/host-config", "/_stcore/stream")
#: Streamlit's full garbage collection after every run was 70 % of its CPU: it is off, and the
#: whole process collects at this pace instead.
COLLECT_SECONDS = 5.0


def build(script: Path, routes: Sequence[BaseRoute], policy: Policy) -> st.App:
    """The app: our routes first, Streamlit behind them, the gate in front of everything."""
    return st.App(
        script,
        routes=[Route("/robots.txt", _robots), *asset_routes(services().company), *routes],
        middleware=[Middleware(Gate, policy=policy), Middleware(Bundles)],
        lifespan=_lifespan,
    )


def options(company: Company, *, host: str, port: int) -> dict[str, Any]:
    """Streamlit's configuration. Complete, so that no file or variable elsewhere changes it."""
    return {
        "server.address": host,
        "server.port": port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.maxUploadSize": 1,
        "server.disconnectedSessionTTL": 60,
        "server.trustedUserHeaders": f'{{"{SESSION_HEADER}": "session"}}',
        "server.enableStaticServing": False,
        "runner.magicEnabled": False,
        "runner.postScriptGC": False,
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        # at "info" Streamlit logs every address it serves, tokens included
        "logger.level": "warning",
        "theme.base": "light",
        "theme.primaryColor": company.color,
        "theme.textColor": "#1d2429",
        "theme.baseRadius": "medium",
    }


@asynccontextmanager
async def _lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    services()  # open everything before the first person asks
    gc.collect()
    gc.freeze()  # what is loaded by now stays: no collection needs to walk it again
    task = asyncio.create_task(_collect())
    try:
        yield {}
    finally:
        task.cancel()


async def _collect() -> None:
    while True:
        await asyncio.sleep(COLLECT_SECONDS)
        gc.collect()


async def _robots(_request: object) -> PlainTextResponse:
    return PlainTextResponse("User-agent: *\nDisallow: /\n")
