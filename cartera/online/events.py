"""Gateways' events: taken in by whoever listens, handled by whoever may ask the gateway.

An event is verified and written down before anything else happens; after that its sender needs to
know no more. It decides nothing: it is the reason to ask, and what it claims is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import quote

from cartera.config import Settings
from cartera.gateways import registry
from cartera.gateways.base import Signal, Stand
from cartera.online.asking import ask
from cartera.online.terms import OnlinePayment
from cartera.store import gateway_events, online_payments
from cartera.store.db import Store
from cartera.store.gateway_events import Event

#: Where the client app takes them, followed by gateway and company.
PATH = "/pagos/eventos"
#: Bytes of an event; those of gateways have a few thousand.
LARGEST = 256 * 1024
#: Answers that are no contradiction of an earlier event: payments go on.
_LATER: Mapping[str, tuple[Stand, ...]] = {
    "open": ("open", "pending", "approved", "declined", "error", "expired", "reversed"),
    "pending": ("pending", "approved", "declined", "error", "expired", "reversed"),
    "approved": ("approved", "reversed"),
    "declined": ("declined", "approved", "reversed"),
    "error": ("error", "approved", "reversed"),
    "expired": ("expired",),
    "reversed": ("reversed", "approved"),
}


def address_of(settings: Settings, company_id: str, gateway: str) -> str:
    """Where a gateway is to send its events: what is entered in its own panel."""
    return f"{settings.client_url.rstrip('/')}{PATH}/{gateway}/{quote(company_id, safe='')}"


def take(
    store: Store,
    company_id: str,
    gateway: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    now: datetime,
) -> Signal:
    """Verify an event and write it down, once. Raises `Forged`, and `Refused` where this company
    has no such gateway.
    """
    signal = registry.gateway(company_id, gateway).signal(body, headers, now=now)
    gateway_events.keep(store, company_id, gateway, signal, body, now=now)
    return signal


def payment_of(
    store: Store, company_id: str, gateway: str, reference: str, gateway_id: str
) -> OnlinePayment | None:
    """Which payment an event is about; None: none of this company's."""
    if reference:
        return online_payments.by_reference(store, company_id, gateway, reference)
    if not gateway_id:  # an event about something else: payments without a name are not its
        return None
    return online_payments.by_gateway_id(store, company_id, gateway, gateway_id)


def handle(
    store: Store, event: Event, *, who: str, now: Callable[[], datetime]
) -> OnlinePayment | None:
    """Ask the gateway because of an event; the payment with its answer, None: it is none of ours.

    Raises `GatewayError` where it does not answer.
    """
    payment = payment_of(store, event.company_id, event.gateway, event.reference, event.gateway_id)
    if payment is None:
        gateway_events.handled(store, event, "foreign", now=now())
        return None
    hints = [event.gateway_id] if event.gateway_id else []
    asked = ask(store, payment, hints=hints, who=who, now=now)
    gateway_events.handled(store, event, "done", differs=differs(event, asked), now=now())
    return asked


def differs(event: Event, payment: OnlinePayment) -> str:
    """In what an event claims something else than the gateway answers; empty: in nothing."""
    wrong = []
    if event.amount is not None and event.amount != payment.amount:
        wrong.append("amount")
    if event.currency is not None and event.currency != payment.currency:
        wrong.append("currency")
    if event.stand is not None and payment.said not in _LATER.get(event.stand, ()):
        wrong.append("state")
    return " ".join(wrong)
