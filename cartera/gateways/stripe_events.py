"""Stripe's events: verified by Stripe's own library, read for what they are about."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import stripe

from cartera.gateways import body as bodies
from cartera.gateways.base import Forged, Signal, Stand
from cartera.gateways.stripe_money import amount

SIGNATURE = "Stripe-Signature"
#: Between the signature and now; Stripe signs again each time it sends an event.
FRESH = timedelta(minutes=5)
#: Events with statements are long.
MOST = 262_144
SESSION: Mapping[str, Stand] = {
    "checkout.session.async_payment_succeeded": "approved",
    "checkout.session.async_payment_failed": "declined",
    "checkout.session.expired": "expired",
}
COMPLETED = "checkout.session.completed"
#: About money that goes back, or does not after all: they name the payment intent.
BACK = ("charge.dispute.", "refund.", "charge.refund.")
REFUNDED = "charge.refunded"


def signal(
    client: stripe.StripeClient,
    body: bytes,
    header: str,
    *,
    secret: str,
    is_live: bool,
    now: datetime,
) -> Signal:
    """What an event says. Raises `Forged`."""
    if len(body) > MOST:
        raise Forged("the event is too long")
    # The library counts from the machine's clock; what it is told is how far from ours that is.
    drift = time.time() - now.timestamp()  # noqa: TID251
    try:
        client.construct_event(
            body, header, secret, tolerance=max(1, int(FRESH.total_seconds() + drift))
        )
    except stripe.SignatureVerificationError:
        raise Forged("the signature does not hold") from None
    except (ValueError, AttributeError, TypeError, RecursionError):
        raise Forged("the event is not one of Stripe's") from None
    bodies.must_be_fresh(bodies.moment(_signed_at(header)), now, for_=FRESH)
    event = bodies.event(body, most=MOST)
    if event.get("livemode") is not is_live:
        raise Forged("the event is of another mode than the keys")
    key, kind = bodies.word(event.get("id"), 255), bodies.word(event.get("type"), 100)
    if not key or not kind:
        raise Forged("the event has no name")
    return _about(key, kind, bodies.within(event, "data", "object"))


def _about(key: str, kind: str, about: dict[str, Any]) -> Signal:
    if kind == COMPLETED or kind in SESSION:
        stand = SESSION.get(kind) or (
            "approved" if about.get("payment_status") == "paid" else "pending"
        )
        return Signal(
            key=key,
            kind=kind,
            reference=bodies.word(about.get("client_reference_id")),
            gateway_id=bodies.word(about.get("id"), 255),
            stand=stand,
            **_money(about, "amount_total"),
        )
    if kind == REFUNDED:
        metadata = about.get("metadata")
        return Signal(
            key=key,
            kind=kind,
            reference=bodies.word(metadata.get("reference")) if isinstance(metadata, dict) else "",
            gateway_id=bodies.word(about.get("payment_intent"), 255),
            stand="reversed" if about.get("refunded") is True else "approved",
            **_money(about, "amount"),
        )
    if kind.startswith(BACK):
        return Signal(key=key, kind=kind, gateway_id=bodies.word(about.get("payment_intent"), 255))
    return Signal(key=key, kind=kind)


def _money(about: dict[str, Any], name: str) -> dict[str, Any]:
    units, currency = about.get(name), bodies.word(about.get("currency"), 3).upper()
    if not isinstance(units, int) or isinstance(units, bool) or not currency:
        return {}
    return {"amount": amount(units, currency), "currency": currency}


def _signed_at(header: str) -> int:
    """The moment in a header that the library took."""
    return next(int(part[2:]) for part in header.split(",") if part.startswith("t="))
