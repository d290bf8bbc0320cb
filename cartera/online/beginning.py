"""Beginning to pay: from what a client chose to the address where it is paid.

Documents and amounts are read again here, whatever the form was drawn from, and fixed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from cartera.config import Company
from cartera.gateways import registry
from cartera.gateways.base import Gateway, GatewayError, Order, Refused
from cartera.mail import addresses
from cartera.mail.refusal import Refusal
from cartera.online import choosing
from cartera.online.terms import InFavour, OnlinePayment, PaymentDraft
from cartera.statement import Statement
from cartera.store import online_payments, pay_settings, publications
from cartera.store.db import Store
from cartera.store.links import CLIENT, Link
from cartera.store.online_payments import FiguresMoved
from cartera.store.pay_settings import PaySettings
from cartera.warehouse.reader import Reader

#: Publications that may come in between before the client is asked to try again.
TRIES = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """What the form says: hostile until it was looked at. `documents` none: the oldest ones;
    `amount` None: all that is open of them, or that is `overdue`, less the money in favour (unless
    `gross`).
    """

    key: str
    gateway: str
    currency: str
    documents: tuple[str, ...] = ()
    amount: Decimal | None = None
    overdue: bool = False
    gross: bool = False


def methods(company_id: str, settings: PaySettings, currency: str) -> list[Gateway]:
    """Where a currency can be paid: gateways that are turned on, have their keys and take it."""
    found = []
    for account in registry.accounts(company_id):
        if account.maker.NAME in settings.gateways and account.is_ready:
            try:
                gateway = registry.gateway(company_id, account.maker.NAME)
            except Refused:  # keys that cannot be any: staff see it on their page
                continue
            if gateway.takes(currency):
                found.append(gateway)
    return found


def begin(
    store: Store,
    reader: Reader,
    link: Link,
    choice: Choice,
    *,
    as_of: date,
    language: str,
    now: datetime,
) -> OnlinePayment:
    """Fix what is paid and take its documents; the same form again gives the first payment.

    Raises `Refusal` for what cannot be, `online_payments.Taken` where a document is being paid.
    """
    if (old := online_payments.by_key(store, link, choice.key)) is not None:
        return old
    limits = pay_settings.of_company(store, link.company_id)
    offered = methods(link.company_id, limits, choice.currency)
    gateway = next((one for one in offered if one.name == choice.gateway), None)
    if gateway is None:
        raise Refusal("choose how you want to pay")
    for _ in range(TRIES):
        publication_id, statement, favour = _figures(store, reader, link, choice, as_of)
        lines = choosing.chosen(
            choosing.payable(statement, choice.currency),
            choice.currency,
            wanted=choice.documents,
            amount=choice.amount,
            limits=limits,
            least=gateway.least(choice.currency),
            overdue=choice.overdue,
            favour=favour,
        )
        draft = PaymentDraft(choice.key, gateway.name, choice.currency, lines, gateway.lives())
        try:
            return online_payments.begin(
                store, link, draft, publication_id=publication_id, language=language, now=now
            )
        except FiguresMoved:
            continue
    raise Refusal("the figures are moving; try again in a minute")


def checkout(
    store: Store,
    company: Company,
    payment: OnlinePayment,
    *,
    return_url: str,
    description: str,
    now: datetime,
) -> str:
    """Where a pending payment is paid; the same address whoever asks again.

    Raises `GatewayError` where the gateway gives none; the payment is over then, and its documents
    are free: nobody ever saw an address where it could be paid.
    """
    if payment.url:
        return payment.url
    order = Order(
        reference=payment.reference,
        amount=payment.amount,
        currency=payment.currency,
        expires_at=payment.expires_at,
        return_url=return_url,
        description=description,
        language=payment.language,
        email=addresses.known(payment.contact),
    )
    try:
        made = registry.gateway(company.id, payment.gateway).start(order)
    except GatewayError as error:
        values = {"state": "error", "reason": str(error)[:200], "ended_at": now, "ask_at": None}
        online_payments.change(store, payment, values, who=CLIENT, now=now)
        raise
    return online_payments.opened(store, payment, made.url, made.gateway_id, now=now).url


def in_favour(
    store: Store, reader: Reader, link: Link, statement: Statement, currency: str
) -> list[InFavour]:
    """The money that a client has in favour in a currency, the oldest first; none as long as a
    payment that is under way uses it.
    """
    if not any(s.currency == currency and s.unapplied < 0 for s in statement.sections):
        return []
    under_way = online_payments.taken(store, link.company_id, link.client_id)
    if online_payments.favour_of(currency) in under_way:
        return []
    found = reader.in_favour(link.company_id, link.client_id, currency, as_of=statement.as_of)
    return choosing.usable(statement, currency, found)


def _figures(
    store: Store, reader: Reader, link: Link, choice: Choice, as_of: date
) -> tuple[int, Statement, list[InFavour]]:
    """The client's open items and the money in favour that the choice may use, and the publication
    that they are of.
    """
    while True:
        before = publications.current(store)
        statement = reader.statement(link.company_id, link.client_id, kind="open", as_of=as_of)
        is_net = choice.amount is None and not choice.gross
        favour = in_favour(store, reader, link, statement, choice.currency) if is_net else []
        after = publications.current(store)
        if before is not None and after is not None and before.id == after.id:
            return after.id, statement, favour
