"""The staff session: a signed cookie that says until when, made from the access key.

The cookie is `EXPIRES.ID.SIGNATURE`. A new key ends every session; there is nothing to store.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime

COOKIE = "cartera_staff"
HOURS = 12
#: Keeps this use of the key apart from any other one.
PURPOSE = b"cartera staff session 1\n"


def issue(key: str, now: datetime) -> str:
    """The cookie of a new session."""
    body = f"{int(now.timestamp()) + HOURS * 3600}.{secrets.token_hex(16)}"
    return f"{body}.{_signature(key, body)}"


def name(key: str, cookies: Mapping[str, str], now: datetime) -> str | None:
    """Id of the live session that these cookies prove, or None."""
    expires, _, rest = cookies.get(COOKIE, "").partition(".")
    session_id, _, signature = rest.partition(".")
    expected = _signature(key, f"{expires}.{session_id}")
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        return None
    return session_id if now.timestamp() < int(expires) else None


def _signature(key: str, body: str) -> str:
    return hmac.new(key.encode(), PURPOSE + body.encode(), hashlib.sha256).hexdigest()
