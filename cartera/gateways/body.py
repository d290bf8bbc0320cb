"""JSON from outside, and what surrounds it: small, shallow, and each name once."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from cartera.gateways.base import Forged

#: Bytes of an event. Real ones have one to eight thousand.
MOST = 65_536
#: A clock may go ahead of ours by so much.
AHEAD = timedelta(minutes=10)


def parse(text: bytes) -> Any:
    """JSON with exact numbers. Raises `ValueError` for what is none, or is not plain.

    A name that stands twice in an object is refused: readers differ in which they take.
    """
    try:
        return json.loads(
            text.decode("utf-8"),
            parse_float=Decimal,
            parse_constant=_no_constant,
            object_pairs_hook=_each_once,
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None


def event(body: bytes, *, most: int = MOST) -> dict[str, Any]:
    """The object in an event's body. Raises `Forged`."""
    if len(body) > most:
        raise Forged("the event is too long")
    try:
        found = parse(body)
    except ValueError:
        raise Forged("the event is not JSON") from None
    return within(found)


def within(value: Any, *names: str) -> dict[str, Any]:
    """The object under these names of an event. Raises `Forged` where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, dict):
        raise Forged(f"the event has no {'.'.join(names) or 'object'}")
    return value


def word(value: object, most: int = 64) -> str:
    """A name without spaces and other signs than names have; "" for anything else."""
    is_word = isinstance(value, str) and re.fullmatch(rf"[A-Za-z0-9_.:-]{{1,{most}}}", value)
    return str(value) if is_word else ""


def line(value: object, most: int = 200) -> str:
    """One line of a text from outside that people are shown; "" for what is no text."""
    text = value if isinstance(value, str) else ""
    return "".join(sign if sign.isprintable() else " " for sign in text[:most]).strip()


def header(headers: Mapping[str, str], name: str) -> str:
    """A header, however it is written; "" where there is none."""
    return next((value for key, value in headers.items() if key.lower() == name.lower()), "")


def must_be_fresh(sent: datetime, now: datetime, *, for_: timedelta) -> None:
    """Raises `Forged` for an event from long ago, or from later than now."""
    if not now - for_ <= sent <= now + AHEAD:
        raise Forged("the event is not of these days")


def moment(seconds: object) -> datetime:
    """Seconds (or thousandths of them) of the epoch, as some gateways write. Raises `Forged`."""
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 0 < seconds < 10**14:
        raise Forged("the event has no time")
    return datetime.fromtimestamp(seconds / 1000 if seconds > 10**11 else seconds, UTC)


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found
