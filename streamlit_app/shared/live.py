"""Keeping open pages up to date: one watcher asks the store for all of them.

An open page holds a stream of server-sent events and nothing else; `page.js` asks for the page
again when the stream says that the figures moved, that the day did, or that its way in is closed
(a link revoked or expired, a session ended). So a page that nothing happens to costs nothing but
its connection, however many are open, and a hidden tab closes even that.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import signal
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from types import FrameType

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from cartera import clock
from cartera.store.publications import Publication
from streamlit_app.shared.services import services

PATH = "/live"
#: Key of the button that `page.js` presses, by which a run knows that nobody did anything.
REFRESH = "refresh"
#: How often the store is asked, once for all open pages: a query by key and one by an index.
EVERY_SECONDS = 0.25
AFTER_ERROR_SECONDS = 5.0
#: A word now and then, so that proxies keep the line open and a dead one is noticed.
HEARTBEAT_SECONDS = 20.0
#: More open pages than this one process should not serve; the next ones live without a stream.
MOST_STREAMS = 5000
#: What browsers wait before they come back after an interruption.
RETRY_MS = 2000

#: By what a page is about: a text that differs once what it shows beside the figures does.
News = Callable[[Collection[str]], Mapping[str, str]]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a page drawn now would show: which publication, as of which day."""

    publication: Publication | None
    today: date

    @classmethod
    def now(cls, timezone: str) -> Figures:
        """The newest ones, as of today in that time zone."""
        return cls(services().reader.publication(), clock.today(timezone))

    @property
    def version(self) -> str:
        """A name for them: it says whether two pages show the same, and nothing else."""
        shown = f"{self.publication.id if self.publication else 0} {self.today.isoformat()}"
        return hashlib.blake2s(shown.encode(), digest_size=6).hexdigest()


def version(timezone: str) -> str:
    """Name of the figures that a page drawn now would show."""
    return Figures.now(timezone).version


def with_news(version: str, news: str) -> str:
    """Name of the figures together with what else the page shows; "" for nothing else."""
    if not news:
        return version
    return f"{version}-{hashlib.blake2s(news.encode(), digest_size=4).hexdigest()}"


def refresh_button() -> None:
    """The button that nobody sees and `page.js` presses."""
    st.button("↻", key=REFRESH)


@dataclass(frozen=True, slots=True)
class Seen:
    """Whose page is open: `name` is what `alive` is asked about, `about` what `news` is."""

    name: str
    timezone: str
    about: str = ""


@dataclass(eq=False, slots=True)
class _Stream:
    seen: Seen
    #: The figures that its page was told of last.
    told: str = ""
    events: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(maxsize=8))

    def tell(self, event: str) -> None:
        # A stream that nobody reads is about to be noticed as dead; it needs no more news.
        if not self.events.full():
            self.events.put_nowait(event)


class Watch:
    """All streams of one process.

    `resolve` says whose page asks (None: refused), `alive` which of the names may go on looking,
    and `news` what these pages show beside the figures, as a text that differs once that does.
    """

    def __init__(
        self,
        resolve: Callable[[Request], Seen | None],
        alive: Callable[[Collection[str]], Collection[str]],
        news: News | None = None,
    ) -> None:
        self._resolve = resolve
        self._alive = alive
        self._news: News = news or (lambda _abouts: {})
        self._streams: set[_Stream] = set()
        self._ending = False

    def route(self) -> Route:
        """Where pages listen."""
        return Route(PATH, self._listen)

    async def run(self) -> None:
        """Ask and tell until cancelled."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            if not self._streams:
                continue
            try:
                await self._look()
            except Exception:  # noqa: BLE001  # a store that is busy now answers in a moment
                _log.exception("open pages could not be told")
                await asyncio.sleep(AFTER_ERROR_SECONDS)

    @contextmanager
    def until_signal(self) -> Iterator[None]:
        """End the streams at SIGTERM and SIGINT: the server waits for every open answer."""
        loop = asyncio.get_running_loop()
        before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

        def stop(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self.close)
            then = before[signal.Signals(number)]
            if callable(then):
                then(number, frame)

        try:
            for number in before:
                signal.signal(number, stop)
        except ValueError:  # not the main thread, as in tests: nobody sends it signals
            pass
        yield

    def close(self) -> None:
        """End every stream and begin no other; browsers come back to whoever serves next."""
        self._ending = True
        for stream in self._streams:
            stream.tell("")

    async def _look(self) -> None:
        streams = tuple(self._streams)
        zones = {stream.seen.timezone for stream in streams}
        names = {stream.seen.name for stream in streams}
        abouts = {stream.seen.about for stream in streams if stream.seen.about}
        versions, alive, news = await run_in_threadpool(self._ask, zones, names, abouts)
        for stream in streams:
            now = with_news(versions[stream.seen.timezone], news.get(stream.seen.about, ""))
            if stream.seen.name not in alive:
                self._streams.discard(stream)
                stream.tell(_event("gone", ""))
                stream.tell("")
            elif now != stream.told:
                stream.told = now
                stream.tell(_event("version", stream.told))

    def _ask(
        self, zones: set[str], names: set[str], abouts: set[str]
    ) -> tuple[dict[str, str], Collection[str], Mapping[str, str]]:
        return {zone: version(zone) for zone in zones}, self._alive(names), self._news(abouts)

    def _version(self, seen: Seen) -> str:
        return with_news(version(seen.timezone), self._news({seen.about}).get(seen.about, ""))

    async def _listen(self, request: Request) -> Response:
        seen = await run_in_threadpool(self._resolve, request)
        if seen is None:
            return PlainTextResponse("Gone", 410)
        # A page that asks between the signal and the end of its connection would hold up the end.
        if self._ending or len(self._streams) >= MOST_STREAMS:
            return PlainTextResponse("Come back in a moment", 503)
        headers = {"X-Accel-Buffering": "no"}
        return StreamingResponse(self.events(seen), media_type="text/event-stream", headers=headers)

    async def events(self, seen: Seen) -> AsyncIterator[str]:
        """What an open page is told, until it goes away or its way in is closed."""
        stream = _Stream(seen, await run_in_threadpool(self._version, seen))
        self._streams.add(stream)
        try:
            yield f"retry: {RETRY_MS}\n{_event('version', stream.told)}"
            while not self._ending:
                try:
                    event = await asyncio.wait_for(stream.events.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    event = ": still here\n\n"
                if not event:
                    return
                yield event
        finally:
            self._streams.discard(stream)


def _event(name: str, data: str) -> str:
    return f"event: {name}\ndata: {data}\n\n"
