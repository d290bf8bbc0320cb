"""What the gateway says of a payment, what we say, what the ledger says, and where they differ."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cartera.gateways.base import MOVED
from cartera.online.terms import OnlinePayment
from cartera.store import gateway_events, own_payments
from cartera.store.db import Store
from cartera.store.own_payments import OwnPayment
from cartera.warehouse.ledger_payments import InLedger, ledger_payments
from cartera.warehouse.reader import NothingPublished, Reader

#: Where the three differ, or what keeps them from being compared; see `WORDS`.
Difference = Literal[
    "mismatch", "doubt", "missing", "gone", "amount", "twice", "replaced_void", "other_amount",
    "late", "silent", "event", "on_its_way", "left_out",
]  # fmt: skip
WORDS: dict[Difference, str] = {
    "mismatch": "The gateway says another amount: decide whether it is taken",
    "doubt": "The accounting system may have it too: decide whether it is the same one",
    "missing": "Paid at the gateway, and not in the ledger",
    "gone": "In the ledger, and the money went back at the gateway",
    "amount": "The ledger has another amount than the gateway",
    "twice": "It is in the ledger twice",
    "replaced_void": "The accounting system's payment that replaced it counts no more",
    "other_amount": "The gateway speaks of another amount than was asked for",
    "late": "The ledger does not have its last change yet",
    "silent": "The gateway has not answered for long",
    "event": "A notice of the gateway claims something else than the gateway answers",
    "on_its_way": "On its way into the ledger",
    "left_out": "Left out of the ledger by a person",
}
#: What needs nobody: it passes by itself, somebody wants it so, or it was only a claim.
NOTES: tuple[Difference, ...] = ("on_its_way", "left_out", "event")
#: How long a change may be on its way into the ledger.
LATE = timedelta(minutes=10)
#: How long a gateway may say nothing: of a payment that is pending, and of one that was paid.
SILENCE, SILENCE_PAID = timedelta(hours=3), timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Compared:
    """A payment with the ledger's own one, and what the figures have of it and of the accounting
    system's payment that it is matched with.
    """

    payment: OnlinePayment
    own: OwnPayment | None
    ours: InLedger | None
    theirs: InLedger | None
    notes: tuple[Difference, ...]

    @property
    def differs(self) -> bool:
        """Whether somebody has to look at it."""
        return any(note not in NOTES for note in self.notes)


def compare(
    store: Store,
    reader: Reader,
    company_id: str,
    payments: Sequence[OnlinePayment],
    *,
    now: datetime,
) -> list[Compared]:
    """The same payments in the same order, each with the three views of it."""
    own = own_payments.of_sources(store, company_id, "online", [p.public_id for p in payments])
    booked = _booked(reader, company_id, list(own.values()))
    odd = gateway_events.differing(store, company_id, [p.reference for p in payments])
    return [
        _compared(payment, own.get(payment.public_id), booked, odd, now) for payment in payments
    ]


def differences(
    payment: OnlinePayment,
    own: OwnPayment | None,
    ours: InLedger | None,
    theirs: InLedger | None,
    *,
    is_odd: bool = False,
    now: datetime,
) -> tuple[Difference, ...]:
    """Where they differ. `is_odd`: an event claims something else than the gateway answers."""
    found: list[Difference] = []
    if is_odd:
        found.append("event")
    if _is_silent(payment, now):
        found.append("silent")
    if payment.state == "mismatch":
        return ("mismatch", *found)
    if payment.kept > 0 and own is not None and payment.decided_by is None and not payment.fits:
        found.append("other_amount")
    if own is not None and own.status == "received" and own.match == "doubt":
        return ("doubt", *found)
    return (*_of_ledger(payment, own, ours, theirs, now), *found)


def _of_ledger(
    payment: OnlinePayment,
    own: OwnPayment | None,
    ours: InLedger | None,
    theirs: InLedger | None,
    now: datetime,
) -> tuple[Difference, ...]:
    """The ledger against what the gateway leaves with the company."""
    since = _behind_since(payment, own)
    if since is not None:
        return ("late",) if now - since >= LATE else ("on_its_way",)
    kept, currency = payment.kept, payment.paid[1]
    is_replaced = own is not None and own.match == "replaced"
    counted = [ours] if ours is not None and ours.counts else []
    if is_replaced and theirs is not None and theirs.counts:
        counted.append(theirs)
    if len(counted) > 1:
        return ("twice",)
    if not counted:
        if kept <= 0:
            return ()
        if own is None and payment.state == "closed":
            return ("left_out",)
        return ("replaced_void",) if is_replaced else ("missing",)
    if kept <= 0:
        return ("gone",)
    (only,) = counted
    return () if (only.amount, only.currency) == (kept, currency) else ("amount",)


def _behind_since(payment: OnlinePayment, own: OwnPayment | None) -> datetime | None:
    """Since when the ledger lacks something of it; None: it has all."""
    if not payment.is_settled:
        return payment.said_at or payment.created_at
    if own is not None and not own.is_carried:
        return own.changed_at
    return None


def _is_silent(payment: OnlinePayment, now: datetime) -> bool:
    """Whether the gateway was to be asked, and nobody had an answer for long."""
    if payment.ask_at is None:
        return False
    patience = SILENCE_PAID if payment.said in MOVED else SILENCE
    return now - (payment.said_at or payment.created_at) > patience


def _compared(
    payment: OnlinePayment,
    own: OwnPayment | None,
    booked: Mapping[str, InLedger],
    odd: Collection[str],
    now: datetime,
) -> Compared:
    ours = booked.get(own.payment_id) if own is not None else None
    theirs = booked.get(own.matched_id) if own is not None else None
    is_odd = payment.reference in odd
    notes = differences(payment, own, ours, theirs, is_odd=is_odd, now=now)
    return Compared(payment, own, ours, theirs, notes)


def _booked(
    reader: Reader, company_id: str, own: Sequence[OwnPayment]
) -> Mapping[str, InLedger]:  # fmt: skip
    """Both payments of each, as far as the figures have them."""
    if not own:
        return {}
    ids = {one.payment_id for one in own} | {one.matched_id for one in own if one.matched_id}
    try:
        with reader.cursor() as cursor:
            return ledger_payments(cursor, company_id, {one.client_id for one in own}, ids)
    except NothingPublished:
        return {}
