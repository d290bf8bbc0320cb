"""Starting an app: Streamlit's options, decided here and nowhere else, and the process's care."""

from __future__ import annotations

import asyncio
import ctypes
import gc
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Route

from cartera.config import Company
from cartera.render import look
from cartera.render.color import palette
from cartera.store.drift import log_differences
from streamlit_app.shared.bundles import Bundles
from streamlit_app.shared.gate import SESSION_HEADER, Gate, Policy
from streamlit_app.shared.live import PATH as LIVE
from streamlit_app.shared.live import Watch
from streamlit_app.shared.services import services
from streamlit_app.shared.shell import ICON, SCRIPT, asset_routes

#: Paths of Streamlit's own that both apps need: for anyone, and for a session.
OPEN_PATHS = ("/static/*", "/_stcore/health", "/robots.txt", SCRIPT, ICON)
SESSION_PATHS = ("/_stcore/host-config", "/_stcore/stream", LIVE)
#: Streamlit's full garbage collection after every run was 70 % of its CPU: it is off, and the
#: whole process collects at this pace instead.
COLLECT_SECONDS = 15.0


def build(
    script: Path,
    routes: Sequence[BaseRoute],
    policy: Policy,
    watch: Watch,
    *,
    also: Sequence[Callable[[], Coroutine[Any, Any, None]]] = (),
    secrets: Mapping[str, Any] | None = None,
    fonts: bool = True,
    components: Mapping[str, Path] | None = None,
) -> st.App:
    """The app: our routes first, Streamlit behind them, the gate in front of everything.

    `also` is what runs beside it while it serves; `components` are folders of components'
    bundles by address.
    """

    @asynccontextmanager
    async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
        opened = services()  # open everything before the first person asks
        log_differences(opened.store)
        gc.collect()
        gc.freeze()  # what is loaded by now stays: no collection needs to walk it again
        tasks = [asyncio.create_task(work()) for work in (_collect, watch.run, *also)]
        with watch.until_signal():
            try:
                yield {}
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    own = [Route("/robots.txt", _robots), watch.route(), *asset_routes(services().company)]
    return st.App(
        script,
        routes=[*own, *routes],
        middleware=[
            Middleware(Gate, policy=policy),
            Middleware(Bundles, fonts=fonts, components=components),
        ],
        lifespan=lifespan,
        secrets=secrets,
    )


def options(company: Company, *, host: str, port: int, upload_mb: int = 1) -> dict[str, Any]:
    """Streamlit's configuration. Complete, so that no file or variable elsewhere changes it."""
    colours = palette(company.color)
    day = _theme("light", look.DAY, colours.accent_ink)
    night = _theme("dark", look.NIGHT, colours.accent_night)
    return {
        "server.address": host,
        "server.port": port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.maxUploadSize": upload_mb,
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
        "theme.font": look.FONT,
        "theme.headingFont": look.FONT,
        "theme.baseRadius": look.RADIUS,
        **day,
        **night,
    }


def _theme(name: str, colours: Mapping[str, str], accent: str) -> dict[str, str]:
    """Streamlit's own elements in our colours; it follows the reader's system by itself."""
    return {
        f"theme.{name}.primaryColor": accent,
        f"theme.{name}.backgroundColor": colours["paper"],
        f"theme.{name}.secondaryBackgroundColor": colours["panel"],
        f"theme.{name}.textColor": colours["ink"],
        f"theme.{name}.borderColor": colours["rule"],
        f"theme.{name}.linkColor": accent,
    }


async def _collect() -> None:
    """Collect garbage, and give what is free back to the system.

    Without the second step the process keeps the pages of every burst and goes on growing; with
    it memory was 404 MB after 5,000 openings and 408 after 8,000 (`python -m benchmarks soak`).
    """
    give_back = getattr(ctypes.CDLL(None), "malloc_trim", None)  # only the GNU C library has it
    while True:
        await asyncio.sleep(COLLECT_SECONDS)
        gc.collect()
        if give_back is not None:
            await run_in_threadpool(give_back, 0)


async def _robots(_request: object) -> PlainTextResponse:
    return PlainTextResponse("User-agent: *\nDisallow: /\n")
