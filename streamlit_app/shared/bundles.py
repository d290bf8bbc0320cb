"""Streamlit's scripts and styles, and those of our components, compressed.

Streamlit sends its bundles as they are, several megabytes for a first visit; compressed, all of
the client's page is 0.5 MB. Each file is compressed when it is first asked for and kept: they
are a few megabytes in all and never change while the process lives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
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
FONT_FACE = re.compile(rb"@font-face\s*\{[^}]*\}")
#: Names hold a hash of the content.
FOREVER = "public, immutable, max-age=31536000"


class Bundles:
    """ASGI middleware that answers for the bundles; everything else goes on.

    Without `fonts` the style sheets name no font files: an app that shows neither Streamlit's
    letters nor its icons spares each new reader 545 KB of them. `components` says in which folder
    the bundles of the components with these addresses are.
    """

    def __init__(
        self, app: ASGIApp, *, fonts: bool = True, components: Mapping[str, Path] | None = None
    ) -> None:
        self.app = app
        self.fonts = fonts
        self.folders = {STATIC: FOLDER, **(components or {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the compressed bundle, if this asks for one and takes brotli."""
        content = None
        path = scope.get("path", "")
        asked = scope["type"] == "http" and scope["method"] == "GET"
        place = next((place for place in self.folders if asked and path.startswith(place)), None)
        if place is not None and takes_brotli(Headers(scope=scope)):
            name, folder = path.removeprefix(place), self.folders[place]
            content = await run_in_threadpool(compressed, name, self.fonts, folder)
        if content is None:
            await self.app(scope, receive, send)
            return
        headers = {"Content-Encoding": "br", "Vary": "Accept-Encoding", "Cache-Control": FOREVER}
        response = Response(content, headers=headers, media_type=TYPES[Path(path).suffix])
        await response(scope, receive, send)


def takes_brotli(headers: Headers) -> bool:
    """Whether the browser that sent these headers takes brotli."""
    accepted = headers.get("accept-encoding", "")
    return "br" in [coding.partition(";")[0].strip() for coding in accepted.split(",")]


@lru_cache(maxsize=1024)
def compressed(name: str, fonts: bool = True, folder: Path = FOLDER) -> bytes | None:
    """A bundle's compressed content; None for whatever is not one of the folder's bundles."""
    path = (folder / name).resolve()
    if path.suffix not in TYPES or not path.is_relative_to(folder) or not path.is_file():
        return None
    content = path.read_bytes()
    if path.suffix == ".css" and not fonts:
        content = FONT_FACE.sub(b"", content)
    small: bytes = brotli.compress(content, quality=QUALITY)
    return small
