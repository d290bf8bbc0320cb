"""What the account's page shows of paying: where it begins, and what became of it."""

from __future__ import annotations

from collections.abc import Callable

from cartera.config import Company
from cartera.online import cards as paid
from cartera.online.cards import PayCard
from cartera.render.html import Choice
from cartera.render.words import Words
from cartera.statement import Item, Statement
from cartera.store import online_holds, online_payments
from cartera.store.links import Link
from streamlit_app.client import pay_links
from streamlit_app.shared.services import services

#: Payments of a client that are looked at for the page: nobody has more of them under way.
LOOKED_AT = online_payments.MOST_A_DAY


def button(
    link: Link, statement: Statement, currencies: tuple[str, ...], language: str | None
) -> tuple[Choice, ...]:
    """The page's first button, where something can be paid."""
    if not currencies:
        return ()
    name = Words(statement.language, statement.country).t("Pay")
    return (Choice(name, pay_links.pay(link, language=language), True),)


def items(
    link: Link, statement: Statement, currencies: tuple[str, ...], language: str | None
) -> Callable[[Item], str]:
    """Where an item can be paid, by itself."""
    payable = {
        item.document_id: section.currency
        for section in statement.sections
        if section.currency in currencies
        for item in section.items
        if item.type in ("invoice", "debit_note")
        and item.open > 0
        and item.status != "void"
        and not item.paying
    }

    def address(item: Item) -> str:
        currency = payable.get(item.document_id)
        if currency is None:
            return ""
        return pay_links.pay(link, currency=currency, document=item.document_id, language=language)

    return address


def cards(
    link: Link, company: Company, statement: Statement, language: str | None
) -> tuple[PayCard, ...]:
    """The client's newest payments."""
    newest = online_payments.listed(
        services().store, link.company_id, client_id=link.client_id, limit=LOOKED_AT
    )
    found = [one for n, one in enumerate(newest) if n < paid.MOST or paid.is_news(one)]
    if not found:
        return ()
    names = [one.public_id for one in found]
    return paid.cards(
        found,
        Words(statement.language, statement.country),
        company.timezone,
        booked=online_holds.booked(services().store, link.company_id, names),
        go={
            name: pay_links.of_payment(pay_links.GO, link, name, language=language)
            for name in names
        },
    )


def result(link: Link, company: Company, statement: Statement, public_id: str) -> tuple[str, str]:
    """What became of the payment that somebody comes back from, and its tone; empty: none of
    theirs.
    """
    store = services().store
    payment = online_payments.of_link(store, link, public_id) if public_id else None
    if payment is None:
        return "", ""
    booked = online_holds.booked(store, link.company_id, [public_id])
    words = Words(statement.language, statement.country)
    return paid.result(payment, words, company.timezone, booked=bool(booked))
