"""One round of the pipeline: events that wait, payments to ask about, answers to settle.

What is settled is what the gateway answered in this very round: whoever else noted an answer (the
client app, which anybody reaches) may have been made to. What one payment brings does not hold the
others back, and whatever is cut off is found again.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from cartera.config import Settings
from cartera.gateways.base import GatewayError, Unreachable
from cartera.online import letters
from cartera.online.asking import ask
from cartera.online.events import handle
from cartera.online.settling import settle
from cartera.online.terms import OnlinePayment
from cartera.store import companies, gateway_events, online_payments
from cartera.store.db import Store
from cartera.store.own_payments import PIPELINE
from cartera.warehouse.reader import Reader

_log = logging.getLogger(__name__)


def are_waiting(store: Store, now: datetime) -> bool:
    """Whether a round would do anything; cheap, so ask often."""
    return gateway_events.are_waiting(store, now) or online_payments.are_waiting(store, now)


def run(
    settings: Settings, store: Store, reader: Reader, *, now: Callable[[], datetime]
) -> Counter[str]:
    """Do what waits; how many events and payments, by what became of them."""
    done: Counter[str] = Counter()
    silent = _Silent()
    asked: dict[str, OnlinePayment] = {}
    for event in gateway_events.waiting(store, now()):
        try:
            silent.check(event.company_id, event.gateway)
            payment = handle(store, event, who=PIPELINE, now=now)
            done["events"] += 1
            if payment is not None:
                asked[payment.public_id] = payment
        except GatewayError as error:
            silent.note(event.company_id, event.gateway, error)
            gateway_events.put_off(store, event, now=now())
            done["unanswered"] += 1
    moment = now()
    for payment in online_payments.asked_for(store, moment):
        answered = asked.get(payment.public_id) or _asked(store, payment, silent, done, now)
        if answered is not None and not answered.is_settled:
            _settle(settings, store, reader, answered, now, done)
    return done


class _Silent:
    """Gateways that did not answer in this round: each is waited for once, not once a payment."""

    def __init__(self) -> None:
        self._known: set[tuple[str, str]] = set()

    def check(self, company_id: str, gateway: str) -> None:
        """Raise `Unreachable` for one of them."""
        if (company_id, gateway) in self._known:
            raise Unreachable("it did not answer a moment ago")

    def note(self, company_id: str, gateway: str, error: GatewayError) -> None:
        """Take down what went wrong."""
        _log.warning("%s of %s: %s", gateway, company_id, error)
        if isinstance(error, Unreachable):
            self._known.add((company_id, gateway))


def _asked(
    store: Store,
    payment: OnlinePayment,
    silent: _Silent,
    done: Counter[str],
    now: Callable[[], datetime],
) -> OnlinePayment | None:
    """The payment with the gateway's answer; None: there is none."""
    try:
        silent.check(payment.company_id, payment.gateway)
        asked = ask(store, payment, who=PIPELINE, now=now)
    except GatewayError as error:
        silent.note(payment.company_id, payment.gateway, error)
        # Not the whole pace of a gateway that answers: an outage ends, and money may be waiting.
        online_payments.put_off(store, payment, now=now(), is_outage=isinstance(error, Unreachable))
        done["unanswered"] += 1
        return None
    done["asked"] += 1
    return asked


def _settle(
    settings: Settings,
    store: Store,
    reader: Reader,
    payment: OnlinePayment,
    now: Callable[[], datetime],
    done: Counter[str],
) -> None:
    company = companies.profile(settings, store, payment.company_id)
    moment = now()
    try:
        client = letters.known(reader, store, payment)
        tell = letters.telling(store, settings, company, moment, client)
        made = settle(store, reader, company, payment, tell=tell, now=moment)
        done[made.state] += 1
    except Exception:  # noqa: BLE001  # one that cannot be settled must not hold the others back
        _log.exception("payment %s of %s cannot be settled", payment.reference, company.id)
        done["failed"] += 1
