"""Streamlit's scripts and styles, compressed.

Streamlit sends its bundles as they are, several megabytes for a first visit; compressed, all of
the client's page is 1.1 MB. Each file is compressed when it is first asked for and kept: they
are a few megabytes in all and never change while the process lives.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import streamlit
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from streamlit_app.shared.gate import STATIC

FOLDER = (Path(streamlit.__file__).parent / "static" / "static").resolve()
TYPES = {".js": "text/javascript", ".css": "text/css"}
#: Measured on the eight files that weigh most: 7 makes 298 KB in 0.06 s, 11 (the highest) 272 KB
#: in 2.1 s, which somebody would have to wait for.
QUALITY = 7
#: Names hold a hash of the content.
FOREVER = "public, immutable, max-age=31536000"


class Bundles:
    """ASGI middleware that answers for the bundles; everything else goes on."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the compressed bundle, if this asks for one and takes brotli."""
        content = None
        path = scope.get("path", "")
        if scope["type"] == "http" and scope["method"] == "GET" and path.startswith(STATIC):
            accepted = Headers(scope=scope).get("accept-encoding", "")
            if "br" in [coding.partition(";")[0].strip() for coding in accepted.split(",")]:
                content = await run_in_threadpool(compressed, path.removeprefix(STATIC))
        if content is None:
            await self.app(scope, receive, send)
            return
        headers = {"Content-Encoding": "br", "Vary": "Accept-Encoding", "Cache-Control": FOREVER}
        response = Response(content, headers=headers, media_type=TYPES[Path(path).suffix])
        await response(scope, receive, send)


@lru_cache(maxsize=1024)
def compressed(name: str) -> bytes | None:
    """A bundle's compressed content; None for whatever is not one of Streamlit's bundles."""
    path = (FOLDER / name).resolve()
    if path.suffix not in TYPES or not path.is_relative_to(FOLDER) or not path.is_file():
        return None
    content: bytes = brotli.compress(path.read_bytes(), quality=QUALITY)
    return content
