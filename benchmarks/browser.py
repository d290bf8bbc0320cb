"""What a person waits for, in a real Chromium: each page of both apps, and a slow phone."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.homes import Home, serving
from benchmarks.report import percentile, say
from cartera import clock
from cartera.errors import NotFound
from cartera.people import operator
from cartera.store import sessions, users
from cartera.store.db import open_store
from cartera.warehouse.reader import Reader
from streamlit_app.staff.session import COOKIE

TIMES = 20
LOGIN = "laura.gil"
#: The issue's slow phone: 1.6 Mbit/s down, 0.75 up, 150 ms there and back, a quarter of this CPU.
PHONE_NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6e6 / 8,
    "uploadThroughput": 0.75e6 / 8,
}
PHONE_CPU = 4
STAFF_PAGES = {
    "account statement": "/?client={client}",
    "clients": "/clientes",
    "clients, sorted by what is overdue": "/clientes?sort=overdue&desc=1",
    "a client": "/cliente?client={client}",
    "portfolio": "/cartera",
    "documents behind a figure": "/documentos?range=90%2B",
    "links": "/enlaces",
    "data": "/datos",
    "users": "/usuarios",
}
#: A click on a link inside the app, as `page.js` does it.
CLICK = """href => {
  history.pushState({}, "", href);
  dispatchEvent(new PopStateEvent("popstate", { state: {} }));
}"""
PAINTED = "new Promise(done => requestAnimationFrame(() => setTimeout(done)))"
LIVE = "#root article[data-version]"


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, without its own chatter."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise SystemExit("no Chromium found; `apt-get install chromium` brings it")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()


def phone(home: Home, times: int = 5) -> None:
    """First content and live page on the slow phone, nothing cached, a new browser each time."""
    tokens = home.tokens(times + 1)
    first: list[float] = []
    live: list[float] = []
    with serving("client", home) as (url, _process), chromium() as browser:
        _phone_visit(browser, f"{url}/e/{tokens[0]}")  # the server's own first compression
        for token in tokens[1:]:
            painted, alive = _phone_visit(browser, f"{url}/e/{token}")
            first.append(painted)
            live.append(alive)
    say(
        f"{home.name}: slow phone, first content median {statistics.median(first):.2f} max "
        f"{max(first):.2f} s; live median {statistics.median(live):.2f} max {max(live):.2f} s"
    )


def _phone_visit(browser: Browser, address: str) -> tuple[float, float]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", PHONE_NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": PHONE_CPU})
    started = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector("#first article .summary", state="attached", timeout=60_000)
    page.wait_for_selector(LIVE, timeout=60_000)
    alive = time.perf_counter() - started
    # By the browser's own clock, from the click: redirect and connection are in it.
    painted = page.evaluate(
        "performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000"
    )
    context.close()
    return float(painted), alive


def pages(home: Home, times: int = TIMES) -> None:
    """Click to finished page: the client's page and each page of the staff app."""
    with chromium() as browser:
        _client_pages(home, browser, times)
        _staff_pages(home, browser, times)


def _client_pages(home: Home, browser: Browser, times: int) -> None:
    tokens = home.tokens(times + 1)
    with serving("client", home) as (url, _process):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        painted: list[float] = []
        live: list[float] = []
        for n, token in enumerate(tokens):
            started = time.perf_counter()
            page.goto(f"{url}/e/{token}", wait_until="commit")
            page.wait_for_selector("article .summary")
            seen = time.perf_counter() - started
            page.wait_for_selector(LIVE)
            if n:  # the first one fills the browser's cache
                painted.append(seen)
                live.append(time.perf_counter() - started)
        _report(home, "client: link to statement", painted)
        _report(home, "client: link to live page", live)
        switch = _timed(
            page, times, lambda n: page.locator("#root .filters a").nth(n % 2).click(),
            "#root .filters a[aria-current]",
        )  # fmt: skip
        _report(home, "client: a filter", switch)
        context.close()


def _staff_pages(home: Home, browser: Browser, times: int) -> None:
    clients = _client_ids(home, times + 1)
    with serving("staff", home) as (url, _process):
        context = signed_in(home, browser, url)
        page = context.new_page()
        with page.expect_websocket() as waiting:
            page.goto(url + "/")
        page.wait_for_selector("#root .st-key-live > *", timeout=60_000)
        page.wait_for_timeout(1000)
        for name, address in STAFF_PAGES.items():
            spans = []
            for client in clients:
                started = time.perf_counter()
                with waiting.value.expect_event("framereceived", _is_end, timeout=60_000):
                    page.evaluate(CLICK, address.format(client=client))
                page.evaluate(PAINTED)
                spans.append(time.perf_counter() - started)
            _report(home, f"staff: {name}", spans[1:])
        context.close()


def _is_end(frame: str | bytes) -> bool:
    """Whether Streamlit says that its run is over."""
    message = ForwardMsg()
    message.ParseFromString(frame if isinstance(frame, bytes) else frame.encode())
    return message.WhichOneof("type") == "script_finished"


def _timed(page: Page, times: int, act: Callable[[int], None], done: str) -> list[float]:
    spans = []
    for n in range(times):
        started = time.perf_counter()
        act(n)
        page.wait_for_selector(done)
        spans.append(time.perf_counter() - started)
    return spans


def _client_ids(home: Home, count: int) -> list[str]:
    store = open_store(home.settings)
    found = Reader(home.settings, store).find_clients(home.company, limit=count)
    store.close()
    return [found[n % len(found)].client_id for n in range(count)]


def signed_in(home: Home, browser: Browser, url: str) -> BrowserContext:
    """A browser in which an administrator of the home's company has signed in."""
    store = open_store(home.settings)
    now = clock.now()
    try:
        user = users.get(store, home.company, LOGIN)
    except NotFound:
        user = users.create(
            store, login=LOGIN, name="Laura Gil", role="administrator", company_id=home.company,
            password=None, email="laura.gil@example.com", by=operator(home.company), now=now,
        )  # fmt: skip
    token = sessions.start(store, user, now)
    store.close()
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
    return context


def _report(home: Home, what: str, spans: list[float]) -> None:
    say(
        f"{home.name}: {what}: median {statistics.median(spans):.2f} s, "
        f"p95 {percentile(spans, 95):.2f} s of {len(spans)}"
    )
