"""Who may see what: the link that an address names, proved by that link's own cookie.

Each link has a cookie of its own, so that two clients' pages can be open in two tabs of one
browser. The cookie holds the token; the store is asked every time, so a link that is revoked or
expires is over at once, whatever page is open.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cartera.store import links
from cartera.store.db import Store
from cartera.store.links import Link

COOKIE_PREFIX = "cartera_link_"
#: More links than anyone holds; each one costs a look-up in the store.
MAX_COOKIES = 20


@dataclass(frozen=True, slots=True)
class Access:
    """What came of asking for a link. `link` is there only for whoever proved to hold it."""

    state: Literal["live", "expired", "revoked", "unknown"]
    link: Link | None = None


UNKNOWN = Access("unknown")


def look(store: Store, cookies: Mapping[str, str], public_id: str, now: datetime) -> Access:
    """Access to the link of this public id. Without its cookie it is as if it did not exist."""
    token = cookies.get(COOKIE_PREFIX + public_id)
    link = links.by_id(store, public_id) if token else None
    if link is None or not token or not links.holds(link, token):
        return UNKNOWN
    return Access(links.state(link, now), link)


def look_by_token(store: Store, token: str, now: datetime) -> Access:
    """Access for the token of an address that was mailed."""
    link = links.by_token(store, token)
    return Access(links.state(link, now), link) if link else UNKNOWN


def session(store: Store, cookies: Mapping[str, str], now: datetime) -> str | None:
    """Name of the session that a browser's cookies make: the set of live links it holds."""
    held = [name.removeprefix(COOKIE_PREFIX) for name in cookies if name.startswith(COOKIE_PREFIX)]
    live = [
        public_id
        for public_id in sorted(held)[:MAX_COOKIES]
        if look(store, cookies, public_id, now).state == "live"
    ]
    return hashlib.sha256(" ".join(live).encode()).hexdigest() if live else None


def still_live(store: Store, public_ids: Collection[str], now: datetime) -> Collection[str]:
    """Which of these links open: one question for all pages that are open."""
    return links.live_ids(store, public_ids, now)
