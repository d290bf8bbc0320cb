"""What a gateway's answer makes of a payment: one rule, whoever asked and why.

An answer is about now, whatever came before it: events may be late, twice and out of order, so
none of them decides. Money only moves the ledger in `cartera.online.settling`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from cartera.gateways.base import MOVED, UNPAID, Found
from cartera.online.terms import GRACE, OnlinePayment

#: A pending payment is asked about after so many minutes, time after time: a bank's answer can
#: take longer than the time in which it could be paid.
MINUTES = (2, 3, 5, 10, 20, 30, 60)
#: One that was paid is asked about once a day for so long: an event of its reversal can be lost.
PAID_DAYS = 30
_DAY = timedelta(days=1)
#: Letters of the gateway's own words that are kept.
_MOST = 200


def verdict(payment: OnlinePayment, found: Found | None, now: datetime) -> dict[str, Any]:
    """The payment's new values; None: the gateway knows nothing of it."""
    values: dict[str, Any] = {"asks": payment.asks + 1}
    if found is not None and found.stand != "open":
        values |= _said(payment, found)
    if (found is not None and found.stand in MOVED) or payment.said in MOVED:
        return values | {"ask_at": _ask_paid(payment, now)}
    if payment.state == "pending":
        if found is not None and found.stand in UNPAID:
            return values | {"state": found.stand, "ended_at": now, "ask_at": None}
        nobody_paid = found is None or found.stand == "open"
        if nobody_paid and now >= payment.expires_at + GRACE:
            return values | {"state": "expired", "ended_at": now, "ask_at": None}
        return values | {"ask_at": _ask_pending(payment, now)}
    # It ended unpaid: nothing more comes, unless an event says so.
    return values | {"ask_at": None}


def _said(payment: OnlinePayment, found: Found) -> dict[str, Any]:
    """What the gateway says, and whether the ledger has to hear of it."""
    refunded = max(found.refunded, Decimal(0))
    values: dict[str, Any] = {
        "said": found.stand,
        "said_amount": found.amount,
        "said_currency": found.currency[:3],
        "refunded": refunded,
        "method": found.method[:_MOST] or payment.method,
        "reason": found.reason[:_MOST],
        "gateway_id": found.gateway_id or payment.gateway_id,
    }
    before = (payment.said, payment.said_amount, payment.said_currency, payment.refunded)
    after = (found.stand, found.amount, found.currency, refunded)
    if before != after and (found.stand in MOVED or payment.said in MOVED):
        values["is_settled"] = False
    return values


def _ask_pending(payment: OnlinePayment, now: datetime) -> datetime:
    minutes = MINUTES[min(payment.asks, len(MINUTES) - 1)]
    again = now + timedelta(minutes=minutes)
    end = payment.expires_at + GRACE
    # At its very end, whatever the next turn is: its documents are waited for.
    return min(again, end) if now < end else again


def _ask_paid(payment: OnlinePayment, now: datetime) -> datetime | None:
    return now + _DAY if now < payment.created_at + PAID_DAYS * _DAY else None
