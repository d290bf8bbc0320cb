"""Wompi's events: a checksum over a few values, which they name themselves.

Only what is named is signed, and the values stand there one after the other without anything in
between: whoever saw one good checksum could move a digit from one value to the next, or name other
values. So the three that matter must be named, must have the form that they have, and the time must
be of these days. `reference` and `currency` are usually not signed at all: hints.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cartera.gateways import body as bodies
from cartera.gateways.base import Forged, Signal, Stand

UPDATED = "transaction.updated"
#: What an event about a transaction must sign.
NEEDED = {"transaction.id", "transaction.status", "transaction.amount_in_cents"}
MOST_PROPERTIES = 20
#: The last try is 24 hours after the third; the clock of its `timestamp` does not move.
FRESH = timedelta(days=5)
STANDS: Mapping[str, Stand] = {
    "PENDING": "pending",
    "APPROVED": "approved",
    "DECLINED": "declined",
    "ERROR": "error",
    "VOIDED": "reversed",
}
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def signal(body: bytes, *, secret: str, environment: str, now: datetime) -> Signal:
    """What an event says. Raises `Forged`."""
    event = bodies.event(body)
    data = bodies.within(event, "data")
    checksum = _checked(event, data, secret)
    if event.get("environment") != environment:
        raise Forged("the event is of another environment than the keys")
    bodies.must_be_fresh(bodies.moment(event.get("timestamp")), now, for_=FRESH)
    kind = event.get("event")
    if kind != UPDATED:
        return Signal(key=checksum, kind=bodies.word(kind))
    if not set(event["signature"]["properties"]) >= NEEDED:
        raise Forged("the event does not sign what it is about")
    transaction = bodies.within(data, "transaction")
    identity, status, cents = (transaction.get(n) for n in ("id", "status", "amount_in_cents"))
    stand = STANDS.get(status) if isinstance(status, str) else None
    if not isinstance(identity, str) or not ID.fullmatch(identity) or stand is None:
        raise Forged("the event's transaction has no name or no status")
    if not isinstance(cents, int) or isinstance(cents, bool) or cents < 0:
        raise Forged("the event's amount is none")
    return Signal(
        key=checksum,
        kind=UPDATED,
        reference=bodies.word(transaction.get("reference")),
        gateway_id=identity,
        stand=stand,
        amount=Decimal(cents).scaleb(-2),
        currency=bodies.word(transaction.get("currency"), 3) or None,
    )


def _checked(event: dict[str, Any], data: dict[str, Any], secret: str) -> str:
    """The checksum, once it is found to hold."""
    signature = bodies.within(event, "signature")
    names, given = signature.get("properties"), signature.get("checksum")
    if not isinstance(names, list) or not 0 < len(names) <= MOST_PROPERTIES:
        raise Forged("the event does not say what it signs")
    if not isinstance(given, str) or not re.fullmatch(r"[0-9A-Fa-f]{64}", given):
        raise Forged("the event has no checksum")
    bodies.moment(event.get("timestamp"))
    signed = "".join(_value(data, name) for name in names) + f"{event['timestamp']}{secret}"
    expected = hashlib.sha256(signed.encode("utf-8", "surrogatepass")).hexdigest()
    if not hmac.compare_digest(expected, given.lower()):
        raise Forged("the checksum does not hold")
    return expected


def _value(data: dict[str, Any], name: object) -> str:
    """The text of one signed value; `transaction.id` is that of `data`."""
    if not isinstance(name, str) or name.count(".") > 5:
        raise Forged("the event signs what it cannot")
    value: Any = data
    for part in name.split("."):
        if not isinstance(value, dict) or part not in value:
            raise Forged("the event signs what it does not say")
        value = value[part]
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Forged("the event signs what has no one text")
    return str(value)
