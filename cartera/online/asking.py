"""Asking a gateway what became of a payment, and noting what it says.

The client app does so when the browser comes back and when an event comes, the pipeline by itself;
whoever does, the newest answer stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from cartera.gateways import registry
from cartera.gateways.base import Unreachable
from cartera.online.terms import OnlinePayment
from cartera.online.verdict import verdict
from cartera.store import gateway_events, online_payments
from cartera.store.db import Store

#: Somebody else noted an answer while ours was on its way: ask once more, so that ours is newer.
TRIES = 5
#: Hints from outside that are followed, at most.
MOST_HINTS = 5


def ask(
    store: Store,
    payment: OnlinePayment,
    *,
    hints: Sequence[str] = (),
    who: str,
    now: Callable[[], datetime],
) -> OnlinePayment:
    """The payment with what its gateway says of it now.

    `hints` are the gateway's names of it as somebody outside gave them. Raises `GatewayError`
    where there is no answer.
    """
    gateway = registry.gateway(payment.company_id, payment.gateway)
    known = [one.gateway_id for one in _events(store, payment)]
    for _ in range(TRIES):
        names = [name for name in (payment.gateway_id, *known, *hints) if name]
        found = gateway.look_up(payment.reference, list(dict.fromkeys(names))[:MOST_HINTS])
        moment = now()
        values = verdict(payment, found, moment) | {"said_at": moment}
        noted = online_payments.change(store, payment, values, who=who, now=moment)
        if noted is not None:
            return noted
        payment = online_payments.get(store, payment.company_id, payment.public_id)
    raise Unreachable("the payment changes faster than the gateway answers")


def _events(store: Store, payment: OnlinePayment) -> list[gateway_events.Event]:
    return gateway_events.of_reference(
        store, payment.company_id, payment.gateway, payment.reference
    )
