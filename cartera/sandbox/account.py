"""The one account of the simulated gateway: its secrets, and where its events go."""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cartera.errors import ConfigError

#: Shorter secrets can be guessed.
SHORTEST = 16


@dataclass(frozen=True, slots=True)
class Account:
    """What the merchant and the gateway both know.

    `late` is how many seconds an event waits before it is sent, and lies between two of the same
    change; `settles` is after how many seconds the bank answers a payment left pending.
    """

    key: str = field(repr=False)
    signing_secret: str = field(repr=False)
    events_secret: str = field(repr=False)
    events_url: str
    late: float = 1.5
    settles: float = 8.0

    def signed(self, values: list[str]) -> str:
        """What stands as `signature` beside these values."""
        return mac(self.signing_secret, "\n".join(values).encode())


def mac(secret: str, message: bytes) -> str:
    """HMAC-SHA256 in hex."""
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two texts are the same, in a time that tells nothing."""
    return hmac.compare_digest(one.encode(), other.encode())


def from_environment(*, events_url: str = "", late: float = 1.5, settles: float = 8.0) -> Account:
    """The account that `CARTERA_SANDBOX_*` describes. Raises `ConfigError`."""
    names = ("KEY", "SIGNING_SECRET", "EVENTS_SECRET")
    values = {name: os.environ.get(f"CARTERA_SANDBOX_{name}", "").strip() for name in names}
    for name, value in values.items():
        if len(value) < SHORTEST:
            raise ConfigError(
                f"CARTERA_SANDBOX_{name} needs at least {SHORTEST} characters; any will do"
            )
    url = events_url or os.environ.get("CARTERA_SANDBOX_EVENTS_URL", "").strip()
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
        raise ConfigError("CARTERA_SANDBOX_EVENTS_URL must be an http or https address")
    return Account(
        values["KEY"], values["SIGNING_SECRET"], values["EVENTS_SECRET"], url, late, settles
    )
