"""What Stripe answers, read as one of our stands.

A session says whether its time is over; its payment intent what became of the payment; the charge
what of it went back, and its disputes what was withdrawn because of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from cartera.gateways import body as bodies
from cartera.gateways.base import Found, Stand, Unreachable
from cartera.gateways.stripe_money import amount

#: Disputes whose money is gone, for now or for good. Inquiries (`warning_…`) withdraw nothing.
WITHDRAWN = ("needs_response", "under_review", "lost")
#: A payment intent that needs nobody any more.
CAME = ("succeeded", "processing")
#: Of a payment that came: what came.
_WHAT = "amount_received"
_NEVER = "Stripe: the answer makes no sense"


def of_session(session: dict[str, Any], disputes: Sequence[dict[str, Any]] = ()) -> Found:
    """A checkout session, its `payment_intent` and that one's `latest_charge` expanded."""
    status, paid = session.get("status"), session.get("payment_status")
    intent = session.get("payment_intent")
    found = Found(
        stand="open",
        reference=bodies.word(session.get("client_reference_id")),
        amount=_amount(session, "amount_total"),
        currency=_currency(session),
        gateway_id=bodies.word(session.get("id"), 255),
    )
    if isinstance(intent, dict):
        found = replace(found, gateway_id=bodies.word(intent.get("id"), 255))
    if paid == "paid" and isinstance(intent, dict):
        return of_intent(intent, found.reference, disputes)
    if status == "open":
        return found
    if status == "expired":
        return replace(found, stand="expired")
    if status == "complete" and isinstance(intent, dict):
        return of_intent(intent, found.reference, disputes)
    if status == "complete":  # nothing was to be paid, so it is none of ours
        return replace(found, stand="error", reason=bodies.word(paid))
    raise Unreachable(_NEVER)


def of_intent(
    intent: dict[str, Any], reference: str, disputes: Sequence[dict[str, Any]] = ()
) -> Found:
    """A payment intent that somebody confirmed, with its `latest_charge` expanded."""
    charge = intent.get("latest_charge")
    stands: dict[Any, Stand] = {
        "succeeded": "approved",
        "processing": "pending",
        "requires_action": "pending",
        "requires_confirmation": "pending",
        "requires_capture": "pending",
        "requires_payment_method": "declined",
        "canceled": "declined",
    }
    status = intent.get("status")
    stand = stands.get(status) if isinstance(status, str) else None
    if stand is None:
        raise Unreachable(_NEVER)
    error = intent.get("last_payment_error")
    found = Found(
        stand=stand,
        reference=reference,
        amount=_amount(intent, _WHAT if stand == "approved" and _WHAT in intent else "amount"),
        currency=_currency(intent),
        gateway_id=bodies.word(intent.get("id"), 255),
        reason=bodies.line(error.get("code")) if isinstance(error, dict) else "",
    )
    if stand != "approved" or not isinstance(charge, dict):
        return found
    details = charge.get("payment_method_details")
    method = bodies.word(details.get("type")) if isinstance(details, dict) else ""
    return _gone(replace(found, method=method.upper()), charge, disputes)


def best(found: Iterable[Found]) -> Found | None:
    """Several answers about one reference as one; money in two of them is the sum of both."""
    unique = list({one.gateway_id: one for one in found}.values())
    approved = [one for one in unique if one.stand == "approved"]
    if len(approved) > 1:
        return replace(
            approved[0],
            amount=sum((one.amount for one in approved), Decimal()),
            refunded=sum((one.refunded for one in approved), Decimal()),
            reason=", ".join(one.gateway_id for one in approved),
        )
    order: Sequence[Stand] = ("approved", "pending", "reversed", "open")
    for stand in order:
        if of_that := [one for one in unique if one.stand == stand]:
            return of_that[0]
    return unique[0] if unique else None


def _gone(found: Found, charge: dict[str, Any], disputes: Sequence[dict[str, Any]]) -> Found:
    """What of a charge went back: refunds, and what disputes withdrew."""
    refunded = _amount(charge, "amount_refunded")
    reason = "REFUNDED" if refunded else found.reason
    for dispute in disputes:
        if dispute.get("status") in WITHDRAWN:
            # In another currency it cannot be compared: then all of it counts as gone.
            same = _currency(dispute) == found.currency
            refunded += _amount(dispute, "amount") if same else found.amount
            reason = f"DISPUTE {bodies.word(dispute.get('status'))}"
    gone = min(refunded, found.amount)
    stand: Stand = "reversed" if gone == found.amount else "approved"
    return replace(found, stand=stand, refunded=gone, reason=reason)


def _currency(one: dict[str, Any]) -> str:
    found = bodies.word(one.get("currency"), 3).upper()
    if len(found) != 3:
        raise Unreachable(_NEVER)
    return found


def _amount(one: dict[str, Any], name: str) -> Decimal:
    units = one.get(name)
    if not isinstance(units, int) or isinstance(units, bool):
        raise Unreachable(_NEVER)
    return amount(units, _currency(one))
