"""The simulated gateway (`cartera sandbox`): as a real one, but no money moves.

What is spoken is written down in `cartera/sandbox/__init__.py`; nothing is shared with it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote, urlencode

from cartera.gateways import body as bodies
from cartera.gateways.base import (
    Checked,
    Checkout,
    Forged,
    Found,
    GatewayError,
    Order,
    Refused,
    Signal,
    Stand,
    Unreachable,
)
from cartera.gateways.http import Api
from cartera.gateways.keys import Key, Keys
from cartera.money import amount_text

NAME = "sandbox"
TITLE = "Simulación"
SIMULATION = True
URL = "http://127.0.0.1:8503"
KEYS: Sequence[Key] = (
    Key("SANDBOX_KEY", "The simulation's private key"),
    Key("SANDBOX_SIGNING_SECRET", "Signs what the simulation is asked to charge"),
    Key("SANDBOX_EVENTS_SECRET", "Signs the simulation's notices"),
    Key("SANDBOX_URL", "Where the simulation listens", is_optional=True),
)
SIGNATURE = "X-Sandbox-Signature"
#: It tries to deliver an event for as long as it runs.
FRESH = timedelta(days=7)
STANDS: Mapping[str, Stand] = {
    "PENDING": "pending",
    "APPROVED": "approved",
    "DECLINED": "declined",
    "EXPIRED": "expired",
    "CLOSED": "expired",
    "VOIDED": "reversed",
    "REFUNDED": "reversed",
    "DISPUTED": "reversed",
    "CHARGED_BACK": "reversed",
}
_HERE = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?")
_ID = re.compile(r"sbx-[0-9a-f]{16}")


def of(company_id: str, found: Keys) -> Sandbox:
    """The account that these keys open. Raises `Refused`."""
    values = {key.name: found[key.name].get_secret_value() for key in KEYS if key.name in found}
    url = values.get("SANDBOX_URL", URL).rstrip("/")
    if not _HERE.fullmatch(url):
        raise Refused("the simulation is only for this machine: CARTERA_SANDBOX_URL")
    if not values["SANDBOX_KEY"].isascii():
        raise Refused("CARTERA_SANDBOX_KEY has letters that a header cannot have")
    return Sandbox(
        values["SANDBOX_KEY"],
        values["SANDBOX_SIGNING_SECRET"],
        values["SANDBOX_EVENTS_SECRET"],
        url,
    )


class Sandbox:
    """The account at the simulation; see `cartera.gateways.base.Gateway`."""

    name = NAME
    title = TITLE
    is_simulation = True
    can_close = True

    def __init__(self, key: str, signing_secret: str, events_secret: str, url: str) -> None:
        self._signing_secret = signing_secret.encode()
        self._events_secret = events_secret.encode()
        self._url = url
        self._api = Api(TITLE, url, {"Authorization": f"Bearer {key}"})

    @property
    def origin(self) -> str:
        """Where its pages are."""
        return self._url

    def takes(self, currency: str) -> bool:
        """Any currency."""
        return bool(re.fullmatch("[A-Z]{3}", currency))

    def least(self, currency: str) -> Decimal:
        """Any amount."""
        return Decimal(0)

    def lives(self) -> int:
        """As long as Stripe's and Wompi's."""
        return 30

    def start(self, order: Order) -> Checkout:
        """An address with a signature over all that it says."""
        try:
            amount = amount_text(order.amount, order.currency)
        except ValueError as error:
            raise Refused(str(error)) from None
        values = {
            "reference": order.reference,
            "amount": amount,
            "currency": order.currency,
            "expires_at": order.expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "return_url": order.return_url,
            "description": bodies.line(order.description),
            "language": "en" if order.language == "en" else "es",
            "email": bodies.line(order.email),
        }
        values["signature"] = self._sign("\n".join(values.values()))
        return Checkout(f"{self._url}/pagar?{urlencode(values)}")

    def look_up(self, reference: str, gateway_ids: Sequence[str] = ()) -> Found | None:
        """There is one transaction for each reference, so names from outside are not needed."""
        answer = self._api.get("/api/transactions", {"reference": reference})
        if answer.status == 404:
            return None
        found = _found(answer.data.get("data") if isinstance(answer.data, dict) else None)
        return found if found.reference == reference else None

    def close(self, reference: str, gateway_id: str) -> bool:
        """The simulation keeps a reference that nobody may pay, also before anybody tried."""
        answer = self._api.post(f"/api/orders/{quote(reference, safe='')}/close")
        return isinstance(answer.data, dict) and answer.data.get("closed") is True

    def signal(self, body: bytes, headers: Mapping[str, str], *, now: datetime) -> Signal:
        """The signature is over the body as it came."""
        if len(body) > bodies.MOST:
            raise Forged("the event is too long")
        expected = hmac.new(self._events_secret, body, hashlib.sha256).hexdigest()
        given = bodies.header(headers, SIGNATURE)
        if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
            raise Forged("the signature does not hold")
        event = bodies.event(body)
        transaction = bodies.within(event, "transaction")
        try:
            sent = datetime.fromisoformat(str(event.get("sent_at")))
            found = _found(transaction)
        except (ValueError, TypeError, Unreachable):
            raise Forged("the event does not say what it is about") from None
        if sent.tzinfo is None or not isinstance(event.get("id"), str):
            raise Forged("the event has no name or no time")
        bodies.must_be_fresh(sent, now, for_=FRESH)
        return Signal(
            key=event["id"],
            kind=bodies.word(event.get("event")),
            reference=found.reference,
            gateway_id=found.gateway_id,
            stand=found.stand,
            amount=found.amount,
            currency=found.currency,
        )

    def check(self) -> Checked:
        """Both sides prove their secrets to each other."""
        nonce = secrets.token_hex(16)
        try:
            answer = self._api.get("/api/account", {"nonce": nonce, "signature": self._sign(nonce)})
        except Unreachable:
            return Checked(False, "The simulation does not answer: is `cartera sandbox` running?")
        except GatewayError:
            return Checked(False, "The simulation does not know this key.")
        data = answer.data if isinstance(answer.data, dict) else {}
        expected = hmac.new(self._events_secret, nonce.encode(), hashlib.sha256).hexdigest()
        if not data.get("signing") or data.get("events") != expected:
            return Checked(False, "The simulation has other secrets than these.")
        return Checked(
            True,
            "The simulation answers, and both sides have the same keys. No money moves.",
            {"events_url": str(data.get("events_url", ""))},
        )

    def _sign(self, text: str) -> str:
        return hmac.new(self._signing_secret, text.encode(), hashlib.sha256).hexdigest()


def _found(data: Any) -> Found:
    """A transaction as the simulation tells it. Raises `Unreachable` for what it never says."""
    try:
        found = Found(
            stand=STANDS[data["status"]],
            reference=str(data["reference"]),
            amount=Decimal(data["amount"]),
            currency=str(data["currency"]),
            gateway_id=str(data["id"]),
            refunded=Decimal(data["refunded"]),
            method=str(data["method"]),
            reason=str(data["reason"]),
        )
    except (KeyError, TypeError, ValueError, InvalidOperation):
        raise Unreachable(f"{TITLE}: the answer makes no sense") from None
    amounts = (found.amount, found.refunded)
    if not _ID.fullmatch(found.gateway_id) or not all(one.is_finite() for one in amounts):
        raise Unreachable(f"{TITLE}: the answer makes no sense")
    if found.stand == "reversed":  # disputed or voided: all of it is gone
        return replace(found, refunded=found.amount)
    return found
