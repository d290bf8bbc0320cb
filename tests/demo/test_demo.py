"""`cartera demo` as a newcomer meets it: one command, an open page, a file in the inbox."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import IO

import psutil
import pytest
from playwright.sync_api import Browser, expect

from tests.bounds import EVERY_WAY
from tests.demo import ledger, loop, paying
from tests.ports import free_port

# A start, a file and payments, each waited for: on a busy machine minutes.
pytestmark = [pytest.mark.browser, pytest.mark.full, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
CARTERA = [sys.executable, "-c", "from cartera.cli import main; main()"]
START_SECONDS = 180
LIVE_SECONDS = 60


@contextmanager
def demo(home: Path, log: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The running demo and what it said until it was ready."""
    ports = ["--port", str(free_port()), "--dagster-port", str(free_port())]
    with log.open("wb") as output:
        process = start("demo", *ports, home=home, stdout=output)
        try:
            deadline = time.monotonic() + START_SECONDS
            while "Ctrl-C stops everything." not in (said := log.read_text(encoding="utf-8")):
                assert process.poll() is None, said
                assert time.monotonic() < deadline, said
                time.sleep(0.2)
            yield process, said
        finally:
            if process.poll() is None:  # the test failed on its way
                process.send_signal(signal.SIGINT)
                process.wait(60)


def start(*arguments: str, home: Path, stdout: IO[bytes] | int) -> subprocess.Popen[bytes]:
    variables = {**os.environ, "CARTERA_HOME": str(home)}
    return subprocess.Popen(
        [*CARTERA, *arguments], cwd=ROOT, env=variables, stdout=stdout, stderr=subprocess.STDOUT
    )


def balance_of(sentence: str) -> Decimal:
    """The first amount in `… su saldo es COP 12.345.678,90, …`."""
    found = re.search(r"\d{1,3}(?:\.\d{3})*(?:,\d\d)?(?!\d)", sentence.split("saldo", 1)[1])
    assert found is not None, sentence
    return Decimal(found[0].replace(".", "").replace(",", "."))


def printed(home: Path) -> Decimal:
    """What `cartera statement` says that Pedro owes; it takes seconds to start."""
    process = start("statement", "pedro-gomez", "--format", "json", home=home, stdout=-1)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    (section,) = json.loads(output)["sections"]
    return Decimal(section["total"])


def test_pedro_s_page_follows_the_inbox_what_he_reports_and_what_he_pays(
    chromium: Browser, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with (
        demo(home, tmp_path / "demo.log") as (process, said),
        ledger.opened(home) as books,
    ):
        address = re.search(r"http://127\.0\.0\.1:\d+/e/\S+", said)
        assert address is not None, said
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) >= 3

        page = chromium.new_context(locale="es-CO").new_page()
        complaints: list[str] = []
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address[0])
        summary = page.locator("#root .st-key-live article .summary p").first
        expect(summary).to_contain_text("saldo", timeout=LIVE_SECONDS * 1000)
        before = summary.inner_text()
        assert balance_of(before) == books.balance() == printed(home)

        navigations: list[str] = []
        page.on("framenavigated", lambda frame: navigations.append(frame.url))
        for news in sorted((home / "sample" / "novedades").glob("*")):
            shutil.copy(news, home / "inbox")
        # Payment, allocation and sale may arrive in two publications: wait for what the ledger
        # says once all three files are in.
        expect(summary).not_to_have_text(before, timeout=LIVE_SECONDS * 1000)
        deadline = time.monotonic() + LIVE_SECONDS
        while balance_of(summary.inner_text()) != books.balance():
            assert time.monotonic() < deadline, summary.inner_text()
            time.sleep(0.2)
        assert balance_of(summary.inner_text()) != balance_of(before)
        assert navigations == []
        assert complaints == []

        staff, password = re.search(
            r"(http://\S+)/login\s+user demo, password (\S+)", said
        ).groups()
        # The new invoice was mailed to him; from here on he comes by that mail.
        mailed = loop.link_in(loop.mailed(home, "Factura"))
        assert mailed != address[0]
        page.goto(mailed)
        expect(summary).to_contain_text("saldo", timeout=LIVE_SECONDS * 1000)
        number = loop.report(page, tmp_path)
        loop.accept(chromium, staff, password)
        loop.turns_to_paid(page, number)
        assert balance_of(summary.inner_text()) == books.balance()
        loop.mailed(home, "confirmamos su pago")

        gateway = re.search(r"Payments +(http://\S+)", said)
        assert gateway is not None
        payer = paying.Payer(page, books, lambda: balance_of(summary.inner_text()))
        paying.pays(payer, chromium.new_page(locale="es-CO"), gateway[1])
        assert books.balance() == printed(home)
        page.context.close()
        if EVERY_WAY:
            loop.renew(chromium, home, mailed)

        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        _, alive = psutil.wait_procs(children, timeout=10)
        assert alive == []
