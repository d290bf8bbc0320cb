"""What a client can do on their page, and what they told us before."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cartera.config import Company
from cartera.i18n import Translator
from cartera.notices import cards as noted
from cartera.notices.cards import Card
from cartera.notices.rights import OF_KIND, Rights
from cartera.notices.terms import Kind
from cartera.render.html import Choice
from cartera.render.words import Words
from cartera.statement import Item, Statement
from cartera.store import notices
from cartera.store.links import Link
from streamlit_app.client import act_links
from streamlit_app.shared.services import services

#: Buttons of the page, in their order; a dispute begins at its document.
BUTTONS: Mapping[Kind, str] = {
    "payment": "Report a payment",
    "promise": "Promise a payment day",
    "comment": "Write to us",
}
SAID: Mapping[Kind, str] = {
    "payment": "We received your report. You see here what becomes of it.",
    "promise": "We took note of the day on which you will pay.",
    "dispute": "We received your dispute, and look into it.",
    "comment": "We received your message.",
}


def acts(
    link: Link, rights: Rights, statement: Statement, language: str | None, *, is_first: bool
) -> tuple[Choice, ...]:
    """The buttons, the first of them the page's first where `is_first`; a day is promised only by
    who owes something.
    """
    owes = any(item.open > 0 for section in statement.sections for item in section.items)
    tr = Translator(statement.language, statement.country)
    kinds = [
        kind
        for kind in BUTTONS
        if rights.may(OF_KIND[kind]) and (kind != "promise" or owes or statement.kind != "open")
    ]
    return tuple(
        Choice(
            tr.t(BUTTONS[kind]), act_links.write(link, kind, language=language), is_first and n == 0
        )
        for n, kind in enumerate(kinds)
    )


def disputes(link: Link, language: str | None) -> Callable[[Item], str]:
    """Where an item can be disputed: what is open, and not disputed yet."""

    def address(item: Item) -> str:
        if item.open <= 0 or item.disputed:
            return ""
        return act_links.write(link, "dispute", document=item.document_id, language=language)

    return address


def cards(
    link: Link, company: Company, statement: Statement, language: str | None
) -> tuple[Card, ...]:
    """The client's notices, each with where it can be taken back."""
    found = notices.listed(
        services().store, link.company_id, client_id=link.client_id, limit=noted.MOST
    )
    addresses = {
        one.public_id: act_links.withdraw(link, one.public_id, language=language) for one in found
    }
    words = Words(statement.language, statement.country)
    return noted.cards(found, words, company.timezone, withdraw=addresses)


def said(kind: Kind | None, tr: Translator) -> str:
    """What is said on the page after a form was sent."""
    return tr.t(SAID[kind]) if kind is not None else ""
