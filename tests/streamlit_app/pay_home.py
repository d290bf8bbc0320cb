"""The sample company paid on its clients' pages: the app, and the simulated gateway beside it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from cartera import clock
from cartera.online import round as rounds
from cartera.online.terms import OnlinePayment
from cartera.people import operator
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from cartera.store import online_payments, pay_settings
from cartera.store.locks import writer_lock
from cartera.store.pay_settings import PaySettings
from cartera.warehouse.refresh import refresh
from tests.ports import free_port
from tests.sample_home import CARTERA, SampleHome, serving

KEYS = {
    "CARTERA_SANDBOX_KEY": "key-of-the-tests-0001",
    "CARTERA_SANDBOX_SIGNING_SECRET": "signs-for-the-tests-01",
    "CARTERA_SANDBOX_EVENTS_SECRET": "events-of-the-tests-01",
}
START_SECONDS = 30


@dataclass(frozen=True)
class Shop:
    """Where the client's page and the gateway answer, over one home."""

    home: SampleHome
    url: str
    gateway: str

    def payments(self, client_id: str = PEDRO) -> list[OnlinePayment]:
        """The newest first."""
        return online_payments.listed(self.home.store, COMPANY_ID, client_id=client_id)

    def round(self) -> None:
        """What the pipeline does with what it finds."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (KEYS | {"CARTERA_SANDBOX_URL": self.gateway}).items():
                patch.setenv(name, value)
            rounds.run(self.home.settings, self.home.store, self.home.reader(), now=clock.now)

    def bank(self, act: str, payment: OnlinePayment) -> None:
        """A button of the gateway's own people: settle, fail, void, dispute."""
        data = {"act": act, "id": payment.gateway_id, "was": "0"}
        answer = httpx.post(f"{self.gateway}/", data=data, trust_env=False)
        assert answer.headers["location"] == "/?lang=es"  # it was done

    def refresh(self) -> None:
        """What the pipeline does with the ledger."""
        settings, store = self.home.settings, self.home.store
        with writer_lock(settings, store, who="tests"):
            refresh(settings, store)


def turned_on(home: SampleHome, **changes: object) -> None:
    """Let the sample company be paid at the simulated gateway."""
    values: dict[str, object] = {
        "gateways": ("sandbox",), "minimum": Decimal(10_000), "currency": "COP",
    }  # fmt: skip
    wanted = PaySettings(**(values | changes))  # type: ignore[arg-type]
    pay_settings.save(home.store, COMPANY_ID, wanted, by=operator(COMPANY_ID), now=clock.now())


@contextmanager
def shop(home: SampleHome, *, late: float = 0.2) -> Iterator[Shop]:
    """Both processes; the gateway tells `late` seconds after. Its bank answers when it is told."""
    turned_on(home)
    port = free_port()
    gateway = f"http://127.0.0.1:{port}"
    keys = {**KEYS, "CARTERA_SANDBOX_URL": gateway}
    with serving("client", home, **keys) as url:
        events = f"{url}/pagos/eventos/sandbox/{COMPANY_ID}"
        options = ["--port", str(port), "--events-url", events]
        options += ["--late", str(late), "--settles", "86400"]
        process = subprocess.Popen(
            [*CARTERA, "sandbox", *options], env={**home.environment, **KEYS}, cwd=Path(home.folder)
        )
        try:
            _wait_for(f"{gateway}/health", process)
            yield Shop(home, url, gateway)
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            if httpx.get(url, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
