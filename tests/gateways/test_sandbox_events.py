"""Our side of the simulation's events: the signature is over the body as it came."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from cartera.gateways.base import Forged, Signal
from cartera.gateways.sandbox import of
from tests.sandbox.machine import EVENTS, keys

NOW = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
OURS = of("acme", {k.removeprefix("CARTERA_"): SecretStr(v) for k, v in keys().items()})
TRANSACTION = {
    "id": "sbx-0123456789abcdef",
    "reference": "CT22334455BCDF",
    "amount": "125000.50",
    "currency": "COP",
    "status": "APPROVED",
    "refunded": "0",
    "method": "SIMULATED",
    "reason": "",
}
EVENT: dict[str, Any] = {
    "id": "evt-1",
    "event": "transaction.updated",
    "sent_at": "2026-11-26T14:59:58.000+00:00",
    "transaction": TRANSACTION,
}


def take(event: Any, *, secret: str = EVENTS, signature: str | None = None) -> Signal:
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"x-sandbox-signature": mac if signature is None else signature}
    return OURS.signal(body, headers, now=NOW)


def test_what_it_says() -> None:
    assert take(EVENT) == Signal(
        key="evt-1",
        kind="transaction.updated",
        reference="CT22334455BCDF",
        gateway_id="sbx-0123456789abcdef",
        stand="approved",
        amount=Decimal("125000.50"),
        currency="COP",
    )


def test_a_signature_of_something_else_is_refused() -> None:
    body = json.dumps(EVENT).encode()
    good = hmac.new(EVENTS.encode(), body, hashlib.sha256).hexdigest()
    assert take(body, signature=good).key == "evt-1"
    for signature in ("", good[:-1], good + "0", "ñ", good.replace(good[0], "x")):
        with pytest.raises(Forged):
            take(body, signature=signature)
    for other in (body + b" ", body.replace(b"125000.50", b"125000.51")):
        with pytest.raises(Forged):
            take(other, signature=good)
    with pytest.raises(Forged):
        take(EVENT, secret="another-secret-of-somebody")
    with pytest.raises(Forged):
        OURS.signal(body, {}, now=NOW)


@pytest.mark.parametrize("days", [8, -1])
def test_one_of_another_time_is_refused(days: int) -> None:
    sent = (NOW - timedelta(days=days)).isoformat()
    with pytest.raises(Forged, match="these days"):
        take(EVENT | {"sent_at": sent})


@pytest.mark.parametrize(
    "changed",
    [
        {"id": None}, {"id": 5}, {"sent_at": None}, {"sent_at": "2026-11-26T14:59:58"},
        {"sent_at": "yesterday"}, {"transaction": None}, {"transaction": []}, {"transaction": {}},
        {"transaction": TRANSACTION | {"status": "PAID"}},
        {"transaction": TRANSACTION | {"status": ["APPROVED"]}},
        {"transaction": TRANSACTION | {"amount": "a lot"}},
        {"transaction": TRANSACTION | {"amount": None}},
        {"transaction": TRANSACTION | {"amount": "NaN"}},
        {"transaction": TRANSACTION | {"id": "../x"}},
    ],
)  # fmt: skip
def test_what_is_no_event_though_signed(changed: dict[str, Any]) -> None:
    with pytest.raises(Forged):
        take(EVENT | changed)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b"\xff", b"[" * 60_000, b"x" * 70_000])
def test_a_body_that_is_none_though_signed(body: bytes) -> None:
    with pytest.raises(Forged):
        take(body)


@given(st.binary(max_size=200), st.text(max_size=80))
def test_whatever_comes_nothing_else_is_raised(body: bytes, signature: str) -> None:
    with pytest.raises(Forged):
        take(body, signature=signature)
