"""What people decide about online payments: an amount that is not ours, an end before its time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from cartera.gateways import registry
from cartera.gateways.base import GatewayError, Unreachable
from cartera.mail.refusal import Refusal
from cartera.online.asking import ask
from cartera.online.terms import OnlinePayment
from cartera.people import Person
from cartera.store import online_payments
from cartera.store.db import Store
from cartera.store.links import CLIENT

#: A button is pressed again and again; the gateway is not asked as often.
SOON = timedelta(seconds=5)


def accept(
    store: Store, company_id: str, public_id: str, *, by: Person, now: datetime
) -> OnlinePayment:
    """Staff take what the gateway says was paid instead of what was asked for; the pipeline brings
    it to the ledger. Raises `Refusal` where that is no question (any more).
    """
    by.must("clients", company_id)
    with store.write() as connection:
        held = _mismatch(connection, company_id, public_id)
        values = {"decided_by": by.login, "is_settled": False}
        return _changed(connection, held, values, by.login, now)


def dismiss(
    store: Store, company_id: str, public_id: str, *, by: Person, now: datetime
) -> OnlinePayment:
    """Staff leave it out of the ledger, and see to the money themselves; its documents are free."""
    by.must("clients", company_id)
    with store.write() as connection:
        held = _mismatch(connection, company_id, public_id)
        return _changed(connection, held, {"state": "closed", "ended_at": now}, by.login, now)


def ask_now(
    store: Store, company_id: str, public_id: str, *, by: Person, now: Callable[[], datetime]
) -> OnlinePayment:
    """Ask the gateway, whatever is planned. Raises `Refusal` where it does not answer, or did so
    seconds ago.
    """
    by.must("clients", company_id)
    payment = online_payments.get(store, company_id, public_id)
    if payment.said_at is not None and now() - payment.said_at < SOON:
        raise Refusal("the gateway was asked a moment ago")
    try:
        return ask(store, payment, who=by.login, now=now)
    except Unreachable:
        raise Refusal("the gateway does not answer; try again later") from None
    except GatewayError:
        raise Refusal("the gateway refuses to answer: look at its keys") from None


def close(store: Store, payment: OnlinePayment, *, now: datetime) -> bool:
    """The client ends a payment that nobody made; False: the gateway can no longer promise that.

    Raises `GatewayError` where it does not answer.
    """
    if payment.state != "pending" or payment.said:
        return False
    gateway = registry.gateway(payment.company_id, payment.gateway)
    if not gateway.can_close or not gateway.close(payment.reference, payment.gateway_id):
        return False
    values = {"state": "closed", "ended_at": now, "ask_at": None}
    return online_payments.change(store, payment, values, who=CLIENT, now=now) is not None


def _mismatch(connection: Connection, company_id: str, public_id: str) -> OnlinePayment:
    held = online_payments.held_in(connection, company_id, public_id)
    if held.state != "mismatch":
        raise Refusal("this changed meanwhile; look at it once more")
    return held


def _changed(
    connection: Connection, held: OnlinePayment, values: dict[str, object], who: str, now: datetime
) -> OnlinePayment:
    made = online_payments.change_in(connection, held, values, who=who, now=now)
    if made is None:
        raise Refusal("this changed meanwhile; look at it once more")
    return made
