"""Asking a gateway: short, never elsewhere than told, and an answer of a bounded size."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import httpx

from cartera.config import LOOPBACK
from cartera.gateways.base import Refused, Unreachable
from cartera.gateways.body import parse

TIMEOUT = httpx.Timeout(10, connect=5)
#: Seconds for a whole answer, however slowly it drips.
LONGEST = 20
#: Bytes of an answer.
MOST = 1_048_576
#: Answers that say "not now".
LATER = (408, 425, 429)


class Answer(NamedTuple):
    """What a gateway answered: the status, and the JSON (None where it is none)."""

    status: int
    data: Any


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine."""
    return urlsplit(url).hostname in LOOPBACK


class Api:
    """One gateway's interface. `title` is for messages; headers hold secrets."""

    def __init__(self, title: str, base_url: str, headers: Mapping[str, str]) -> None:
        self._title = title
        self._base = base_url.rstrip("/")
        self._headers = dict(headers)

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        """Raises `Unreachable` for no answer, `Refused` for a no; 404 is an answer."""
        return self._ask("GET", path, params)

    def post(self, path: str) -> Answer:
        """The same, for what changes something."""
        return self._ask("POST", path, None)

    def _ask(self, method: str, path: str, params: Mapping[str, str] | None) -> Answer:
        url = self._base + path + (f"?{urlencode(params)}" if params else "")
        try:
            status, _, text = exchange(method, url, self._headers)
        except httpx.HTTPError as error:
            # Its message may repeat the address with what is in it.
            raise Unreachable(f"{self._title}: {type(error).__name__}") from None
        if status >= 500 or status in LATER or 300 <= status < 400:
            raise Unreachable(f"{self._title}: HTTP {status}")
        if status >= 400 and status != 404:
            raise Refused(f"{self._title}: HTTP {status}")
        try:
            return Answer(status, parse(text))
        except ValueError:
            if status == 404:
                return Answer(status, None)
            raise Unreachable(f"{self._title}: the answer is not JSON") from None


def exchange(
    method: str, url: str, headers: Mapping[str, str], content: bytes = b""
) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers and body. Raises `httpx.HTTPError`, also for an answer without end."""
    until = time.monotonic() + LONGEST
    with (
        httpx.Client(
            timeout=TIMEOUT,
            follow_redirects=False,
            verify=_certificates(),
            # A proxy for the world is none for this machine.
            trust_env=not is_loopback(url),
        ) as client,
        client.stream(method, url, headers=headers, content=content) as response,
    ):
        text = b""
        for part in response.iter_bytes():
            text += part
            if len(text) > MOST or time.monotonic() > until:
                raise httpx.DecodingError("the answer is too long")
        return response.status_code, response.headers, text


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Read once: it takes longer than a request."""
    return httpx.create_ssl_context()
