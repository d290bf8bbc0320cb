"""The local access key: stands in for accounts while the staff app serves this machine only.

`CARTERA_STAFF_KEY`, or else a random key made once and kept in `$CARTERA_HOME/staff.key`, which
only its owner can read. Whoever can read that file can read the whole store anyway.
"""

from __future__ import annotations

import hmac
import os
import secrets

from cartera.config import Settings
from cartera.errors import ConfigError

VARIABLE = "CARTERA_STAFF_KEY"
KEY_FILE = "staff.key"
MINIMUM_LENGTH = 16


def load(settings: Settings) -> str:
    """The key, made now if there is none."""
    given = os.environ.get(VARIABLE)
    if given is not None:
        if len(given) < MINIMUM_LENGTH:
            raise ConfigError(f"{VARIABLE} needs at least {MINIMUM_LENGTH} characters")
        return given
    path = settings.root / KEY_FILE
    settings.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        kept = path.read_text(encoding="ascii").strip()
        if len(kept) < MINIMUM_LENGTH:
            raise ConfigError(f"{path} holds no key; delete it to get a new one") from None
        return kept
    with os.fdopen(descriptor, "w", encoding="ascii") as handle:
        made = secrets.token_urlsafe(32)
        handle.write(made + "\n")
    return made


def matches(key: str, offered: str) -> bool:
    """Whether this is the key, in constant time."""
    return hmac.compare_digest(key.encode(), offered.encode())
