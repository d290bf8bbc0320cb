"""Both apps as people meet them: real processes and a real Chromium.

The figures come from memory; what is tested is the way from the server to the eyes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from cartera import clock
from cartera.config import Settings
from cartera.store import links
from cartera.store.db import Store, open_store
from tests.people import ANA
from tests.ports import free_port

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]


@dataclass
class Running:
    url: str
    store: Store
    stdin: IO[bytes]

    def move_figures(self) -> None:
        self.stdin.write(b"\n")
        self.stdin.flush()


@contextmanager
def running(name: str, home: Path) -> Iterator[Running]:
    port = free_port()
    variables = {
        **os.environ,
        "CARTERA_HOME": str(home),
        "PYTHONPATH": str(ROOT),
    }
    script = str(Path(__file__).with_name("serve.py"))
    store = open_store(Settings(home=home))
    process = subprocess.Popen(
        [sys.executable, script, name, "--port", str(port)],
        cwd=home,
        env=variables,
        stdin=subprocess.PIPE,
    )
    try:
        assert process.stdin is not None
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/_stcore/health")
        yield Running(url, store, process.stdin)
    finally:
        process.terminate()
        process.wait(20)
        process.stdin.close()
        store.close()


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with urlopen(url) as answer:
                if answer.status == 200:
                    return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def watched(chromium: Browser) -> tuple[Page, list[str]]:
    """A new page, and what its console complains about."""
    page = chromium.new_page(locale="es-CO")
    complaints: list[str] = []
    page.on(
        "console",
        lambda m: complaints.append(f"{m.text} {m.location}") if m.type == "error" else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page, complaints


def test_client_page_is_live_and_leaves_when_the_link_is_revoked(
    chromium: Browser, tmp_path: Path
) -> None:
    with running("client", tmp_path) as app:
        new = links.create(
            app.store, company_id="main", client_id="C1", days=1, by=ANA, now=clock.now()
        )
        page, complaints = watched(chromium)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(f"{request.url} {request.headers}"))
        sent: list[int] = []
        page.on(
            "websocket",
            lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame))),
        )
        page.goto(f"{app.url}/e/{new.token}")
        assert page.url == f"{app.url}/?l={new.link.public_id}"
        statement = page.locator("#root .st-key-live article")
        expect(statement).to_contain_text("FE-1042", timeout=20_000)
        expect(page.locator("#first")).to_have_count(0)
        assert [line for line in asked if new.token in line] == [
            line for line in asked if line.startswith(f"{app.url}/e/")
        ]
        assert new.token not in page.content()

        app.move_figures()
        expect(statement).to_contain_text("FE-NEW-1", timeout=3_000)

        page.evaluate(
            "Object.defineProperty(document, 'hidden', {value: true, configurable: true})"
        )
        page.wait_for_timeout(2_200)
        sent.clear()
        page.wait_for_timeout(3_000)
        assert sent == []
        page.evaluate("Object.defineProperty(document, 'hidden', {value: false})")

        links.revoke(app.store, "main", new.link.public_id, ANA, clock.now())
        expect(page.locator("#root")).to_contain_text("ya no es válido", timeout=4_000)
        assert "FE-1042" not in page.content()
        assert complaints == []
        page.close()
