"""A client that opens the page as a browser does, without being one: redirect, first paint,
websocket, Streamlit's first run, stream of events. So the load of many comes from one process.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import urlsplit

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from the click until the account can be read, and until the page is live."""

    first_paint: float
    live: float


class Visitor:
    """One open page. Use as an async context manager; leaving closes it."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self.url = url
        self.http = http
        self.socket: ClientConnection | None = None
        self.listening: asyncio.Task[None] | None = None
        self.times = Times(0, 0)

    async def __aenter__(self) -> Visitor:
        started = time.perf_counter()
        parts = urlsplit(self.url)
        base = f"{parts.scheme}://{parts.netloc}"
        entered = await self.http.get(self.url)
        entered.raise_for_status() if entered.status_code != 303 else None
        cookie = entered.headers["set-cookie"].partition(";")[0]
        address = entered.headers["location"]
        headers = {"cookie": cookie, "accept-encoding": "br"}
        page = await self.http.get(base + address, headers=headers)
        page.raise_for_status()
        if "data-version" not in page.text:
            raise RuntimeError(f"{address}: no statement in the first paint")
        painted = time.perf_counter() - started
        for path in ("/_stcore/health", "/_stcore/host-config"):
            (await self.http.get(base + path, headers=headers)).raise_for_status()
        self.socket = await connect(
            f"ws://{parts.netloc}/_stcore/stream",
            additional_headers={"Cookie": cookie},
            origin=base,  # type: ignore[arg-type]
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=2**26,
            open_timeout=60,
        )
        ask = BackMsg()
        ask.rerun_script.query_string = urlsplit(address).query
        await self.socket.send(ask.SerializeToString())
        await self._finished()
        self.times = Times(painted, time.perf_counter() - started)
        self.listening = asyncio.create_task(self._listen(base + "/live" + address[1:], headers))
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: object, _trace: TracebackType | None
    ) -> None:
        if self.listening:
            self.listening.cancel()
            with suppress(asyncio.CancelledError):
                await self.listening
        if self.socket:
            await self.socket.close()

    async def _finished(self) -> None:
        """Read until the first run is over; it must have drawn the statement."""
        assert self.socket is not None
        drawn = False
        while True:
            message = ForwardMsg()
            received = await asyncio.wait_for(self.socket.recv(), 120)
            message.ParseFromString(received if isinstance(received, bytes) else received.encode())
            if message.WhichOneof("type") == "delta":
                drawn = drawn or "data-version" in message.delta.new_element.html.body
            if message.WhichOneof("type") == "script_finished":
                if not drawn:
                    raise RuntimeError("the first run drew no statement")
                return

    async def _listen(self, address: str, headers: dict[str, str]) -> None:
        async with self.http.stream("GET", address, headers=headers, timeout=None) as stream:
            async for _line in stream.aiter_lines():
                pass
