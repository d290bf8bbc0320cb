"""The simulated gateway as a process of its own, and its client's side done by hand."""

from __future__ import annotations

import hashlib
import hmac
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import httpx
from pydantic import SecretStr

from cartera.gateways.sandbox import Sandbox, of
from tests.gateways.serving import until
from tests.ports import free_port

SIGNING = "sandbox-signing-0123456789"
EVENTS = "sandbox-events-0123456789"
KEY = "sandbox-private-0123456789"
#: In the order in which they are signed.
ORDER = {
    "reference": "CT22334455BCDF",
    "amount": "125000.50",
    "currency": "COP",
    "expires_at": "2099-11-26T15:04:05Z",
    "return_url": "http://127.0.0.1:8502/pagos/abc?de=1",
    "description": "Facturas FV-1, FV-2",
    "language": "es",
    "email": "pedro@example.com",
}


def signed(secret: str = SIGNING, **changed: str) -> dict[str, str]:
    """An order with its signature, as the protocol's text says; nothing of ours is used."""
    values = ORDER | changed
    text = "\n".join(values.values()).encode()
    return values | {"signature": hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()}


@dataclass
class Machine:
    """A running one, and ways to use it."""

    url: str
    process: subprocess.Popen[bytes]

    def open(self, values: dict[str, str]) -> httpx.Response:
        return httpx.get(f"{self.url}/pagar?{urlencode(values)}", trust_env=False)

    def press(
        self, choice: str, values: dict[str, str] | None = None, **more: str
    ) -> httpx.Response:
        form = (values or signed()) | {"choice": choice} | more
        return httpx.post(f"{self.url}/pagar", data=form, trust_env=False)

    def act(self, act: str, transaction: str, **more: str) -> httpx.Response:
        form = {"act": act, "id": transaction} | more
        return httpx.post(f"{self.url}/", data=form, trust_env=False)

    def ask(self, path: str, key: str = KEY) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.get(f"{self.url}/api/{path}", headers=headers, trust_env=False)

    def client(self) -> Sandbox:
        values = {name.removeprefix("CARTERA_"): SecretStr(v) for name, v in keys(self.url).items()}
        return of("acme", values)


def keys(url: str = "http://127.0.0.1:8503") -> dict[str, str]:
    return {
        "CARTERA_SANDBOX_KEY": KEY,
        "CARTERA_SANDBOX_SIGNING_SECRET": SIGNING,
        "CARTERA_SANDBOX_EVENTS_SECRET": EVENTS,
        "CARTERA_SANDBOX_URL": url,
    }


@contextmanager
def running(
    home: Path, events_url: str = "", *, late: float = 0.05, settles: float = 0.3
) -> Iterator[Machine]:
    """`cartera sandbox` over a home, until the end of the test."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [
            sys.executable, "-m", "cartera", "sandbox", "--port", str(port),
            "--events-url", events_url, "--late", str(late), "--settles", str(settles),
        ],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "CARTERA_HOME": str(home), **keys(url)},
    )  # fmt: skip
    try:
        until(lambda: _answers(url, process))
        yield Machine(url, process)
    finally:
        process.terminate()
        process.wait(20)


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "it ended by itself"
    try:
        return httpx.get(f"{url}/health", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
