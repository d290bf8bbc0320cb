"""Settling: the ledger's own payment becomes what the gateway says, and whoever waits is told.

Only the pipeline does this. A payment, its documents, the receipt and the staff's mail are one
transaction; again it changes nothing, so whatever is cut off is simply done once more.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from sqlalchemy.engine import Connection

from cartera import clock
from cartera.config import Company
from cartera.gateways import registry
from cartera.gateways.base import MOVED
from cartera.online.terms import Line, OnlinePayment, State, split
from cartera.store import online_payments, own_payments
from cartera.store.db import Store
from cartera.store.own_payments import PIPELINE, Netted, OwnPayment
from cartera.warehouse.reader import NothingPublished, Reader

_log = logging.getLogger(__name__)


class Tell(Protocol):
    """What tells client and staff, in the transaction that settles (`cartera.online.letters`)."""

    def __call__(
        self,
        connection: Connection,
        before: OnlinePayment,
        after: OnlinePayment,
        own: OwnPayment | None,
    ) -> None:
        """`before` and `after` differ in state or in what was refunded; `own` is what the ledger
        gets, None where it never gets anything.
        """


def settle(
    store: Store,
    reader: Reader,
    company: Company,
    payment: OnlinePayment,
    *,
    tell: Tell,
    now: datetime,
) -> OnlinePayment:
    """Make the ledger's own payment what `payment`, just asked about, says; as it is then.

    Where somebody else wrote to it meanwhile, nothing is settled, and it is asked about again.
    """
    if payment.is_settled:
        return payment
    open_now = _open(store, reader, payment, company, now)
    with store.write() as connection:
        held = online_payments.held_in(connection, company.id, payment.public_id)
        if held.is_settled or held.revision != payment.revision:
            return held
        own = own_payments.of_source_in(connection, company.id, "online", held.public_id)
        if own is not None:
            own = own_payments.get_in(connection, company.id, own.public_id)
        state = _state(held, own)
        if state in ("approved", "reversed"):
            own = _own(connection, store, company, held, own, open_now, now)
        values = {
            "state": state,
            "is_settled": True,
            "ended_at": held.ended_at or (now if state != "mismatch" else None),
        }
        done = online_payments.change_in(connection, held, values, who=PIPELINE, now=now)
        if done is None:  # it is held: nobody else can have changed it
            raise RuntimeError(f"{held.public_id} changed while it was held")
        tell(connection, held, done, own)
        return done


def _state(payment: OnlinePayment, own: OwnPayment | None) -> State:
    """What the last answer makes of it."""
    if payment.kept > 0:
        is_accepted = own is not None or payment.decided_by is not None
        return "approved" if is_accepted or payment.fits else "mismatch"
    return "reversed" if own is not None or payment.said in MOVED else payment.state


def _own(
    connection: Connection,
    store: Store,
    company: Company,
    payment: OnlinePayment,
    own: OwnPayment | None,
    open_now: OpenNow | None,
    now: datetime,
) -> OwnPayment | None:
    """The ledger's own payment with the amount that the company keeps."""
    if own is None:
        if payment.kept <= 0:  # it went back before the ledger ever heard of it
            return None
        amount, currency = payment.paid
        lines = payment.lines if currency == payment.currency else ()
        parts = allocations(split(lines, amount), open_now)
        title = registry.maker(payment.gateway).TITLE
        own = own_payments.add_in(
            connection,
            store,
            company_id=company.id,
            client_id=payment.client_id,
            source="online",
            source_id=payment.public_id,
            currency=currency,
            amount=amount,
            day=clock.local(now, company.timezone).date(),
            allocations=parts,
            netted=netted(lines, parts, open_now),
            method=f"{title} · {payment.method}" if payment.method else title,
            reference=payment.reference,
            other_reference=payment.gateway_id,
            who=PIPELINE,
            now=now,
        )
    return own_payments.resize_in(connection, own, payment.kept, who=PIPELINE, now=now)


@dataclass(slots=True)
class OpenNow:
    """What is open of a client's documents in a currency, and of its money in favour (by
    `InFavour.key`), without what is on its way to the ledger already.
    """

    documents: dict[str, Decimal] = field(default_factory=dict)
    favour: dict[tuple[str, str, str], Decimal] = field(default_factory=dict)


def allocations(lines: Sequence[Line], open_now: OpenNow | None) -> list[tuple[str, Decimal]]:
    """What each document gets: what was chosen, up to what is still open of it.

    Somebody may have paid a document elsewhere meanwhile; what it does not need is money in favour.
    None: nobody knows what is open, so it goes where it was meant to go.
    """
    parts = []
    for line in lines:
        amount = line.amount if open_now is None else min(
            line.amount, open_now.documents.get(line.document_id, Decimal())
        )  # fmt: skip
        if amount > 0:
            parts.append((line.document_id, amount))
    return parts


def netted(
    lines: Sequence[Line], paid: Sequence[tuple[str, Decimal]], open_now: OpenNow | None
) -> list[Netted]:
    """What of the money in favour goes to the documents: what was chosen, up to what they still
    need beside what is `paid`, and to what is still there of it.

    None: nobody knows; the ledger allocates no more than there is (`cartera.warehouse.netting`).
    """
    if open_now is None:
        return [Netted(line.document_id, part) for line in lines for part in line.netted]
    cash, favour = dict(paid), dict(open_now.favour)
    parts = []
    for line in lines:
        needs = open_now.documents.get(line.document_id, Decimal())
        needs -= cash.get(line.document_id, Decimal())
        for part in line.netted:
            amount = min(part.amount, needs, favour.get(part.key, Decimal()))
            if amount > 0:
                needs -= amount
                favour[part.key] -= amount
                parts.append(Netted(line.document_id, part._replace(amount=amount)))
    return parts


def _open(
    store: Store, reader: Reader, payment: OnlinePayment, company: Company, now: datetime
) -> OpenNow | None:
    """What the figures have of it now; None: nobody knows."""
    if payment.said not in MOVED:
        return None
    day = clock.local(now, company.timezone).date()
    try:
        statement = reader.statement(company.id, payment.client_id, kind="open", as_of=day)
        favour = (
            reader.in_favour(company.id, payment.client_id, payment.currency, as_of=day)
            if payment.netted
            else ()
        )
    except NothingPublished:
        return None
    except Exception:  # noqa: BLE001  # figures that cannot be read must not hold money back
        _log.exception("what is open of %s cannot be read", payment.client_id)
        return None
    found = OpenNow(
        {
            item.document_id: item.open
            for section in statement.sections
            if section.currency == payment.currency
            for item in section.items
            if item.open > 0
        },
        {one.key: one.amount for one in favour},
    )
    for one in own_payments.listed(store, company.id, client_id=payment.client_id):
        if one.counts and not one.is_carried and one.currency == payment.currency:
            parts = [*one.allocations, *((d, money.amount) for d, money in one.netted)]
            for document_id, amount in parts:
                left = found.documents.get(document_id, Decimal())
                found.documents[document_id] = max(left - amount, Decimal())
            for _, money in one.netted:
                left = found.favour.get(money.key, Decimal())
                found.favour[money.key] = max(left - money.amount, Decimal())
    return found
