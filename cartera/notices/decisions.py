"""What staff decide about notices, with the mail to the client in the same transaction.

The store does it (`cartera.store.notices`, `cartera.store.own_payments`); this is what pages and
commands call, so that nobody forgets the client.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.engine import Connection

from cartera.config import Company
from cartera.notices import letters
from cartera.notices.terms import Notice, State
from cartera.people import Person
from cartera.store import notices, own_payments
from cartera.store.db import Store
from cartera.store.own_payments import OwnPayment


def accept(
    store: Store,
    company: Company,
    public_id: str,
    *,
    amount: Decimal,
    day: date,
    allocations: Sequence[tuple[str, Decimal]],
    open_documents: Mapping[str, Decimal],
    text: str = "",
    by: Person,
    now: datetime,
) -> OwnPayment:
    """Accept a reported payment, whole or in part: `own_payments.accept`, and tell the client."""

    def tell(connection: Connection, notice: Notice) -> None:
        letters.decided(
            connection, store, company, notice, by=by, now=now, text=text, amount=amount
        )

    return own_payments.accept(
        store, company.id, public_id,
        amount=amount, day=day, allocations=allocations, open_documents=open_documents,
        text=text, by=by, now=now, tell=tell,
    )  # fmt: skip


def decide(
    store: Store,
    company: Company,
    public_id: str,
    state: State,
    *,
    text: str = "",
    by: Person,
    now: datetime,
) -> Notice:
    """Decide an open notice: `notices.decide`, and tell the client."""

    def tell(connection: Connection, notice: Notice) -> None:
        letters.decided(connection, store, company, notice, by=by, now=now, text=text)

    return notices.decide(store, company.id, public_id, state, text=text, by=by, now=now, tell=tell)


def answer(
    store: Store, company: Company, public_id: str, text: str, *, by: Person, now: datetime
) -> Notice:
    """Say something to the client: `notices.answer`, also by mail."""

    def tell(connection: Connection, notice: Notice) -> None:
        letters.answered(connection, store, company, notice, by=by, now=now, text=text)

    return notices.answer(store, company.id, public_id, text, by=by, now=now, tell=tell)


def take_back(
    store: Store, company: Company, payment_public_id: str, *, by: Person, now: datetime
) -> OwnPayment:
    """Take an accepted payment back: `own_payments.void`, and tell the client who reported it."""

    def tell(connection: Connection, payment: OwnPayment) -> None:
        if payment.source == "report":
            notice = notices.get_in(connection, company.id, payment.source_id)
            letters.taken_back(
                connection, store, company, notice, by=by, now=now, amount=payment.amount
            )

    return own_payments.void(store, company.id, payment_public_id, by=by, now=now, tell=tell)
