"""Composing: orders become messages with the figures of this moment.

One batch reads one publication, in few queries, and its messages are written one by one, as they
are asked for; the same statement object feeds subject, text, HTML, PDF and Excel file, so they
cannot differ. What is wrong with one order is said of that one alone.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from cartera.config import Company, Settings
from cartera.errors import CarteraError
from cartera.mail import layout
from cartera.mail.enclosures import Enclosures
from cartera.mail.letter import Letter, letter, notice
from cartera.mail.offers import Offers, offers_of
from cartera.mail.open_items import OpenItem
from cartera.mail.outgoing import Composed, Order, Skip
from cartera.mail.profile import MailProfile
from cartera.mail.reminded import still_due
from cartera.portfolio import Document, Only
from cartera.reminders.holds import holds
from cartera.reminders.terms import Hold
from cartera.render.words import Words
from cartera.statement import Statement
from cartera.store.db import Store
from cartera.warehouse.mail import Accounts
from cartera.warehouse.reader import Reader

#: Clients read in one go: bounds memory, and finding rows costs the same for one and for many.
CLIENTS_AT_ONCE = 800
_log = logging.getLogger(__name__)

Outcome = Composed | Skip | CarteraError


class NotComposed(CarteraError):
    """A message could not be made; others of its batch could."""

    def __init__(self, client_id: str, cause: BaseException) -> None:
        super().__init__(f"the message to {client_id} could not be made: {type(cause).__name__}")


class Composer:
    """Makes messages; safe to share between threads."""

    def __init__(self, settings: Settings, store: Store, reader: Reader) -> None:
        self._settings = settings
        self._store = store
        self._reader = reader

    def compose(
        self,
        company: Company,
        profile: MailProfile,  # noqa: ARG002  # who writes is the envelope's, not the letter's
        orders: Sequence[Order],
        *,
        as_of: date,
    ) -> Iterator[Outcome]:
        """What became of each order, in their order. Raises only where nothing can be read.

        A message is written when it is asked for: the first can leave while the others, and
        their files, are not made yet.
        """
        start = 0
        while start < len(orders):
            chunk = _chunk(orders, start)
            yield from self._batch(company, chunk, as_of)
            start += len(chunk)

    def _batch(self, company: Company, orders: Sequence[Order], as_of: date) -> Iterator[Outcome]:
        if all(order.kind == "notice" for order in orders):  # said without any figures
            yield from (_notice(company, order, as_of) for order in orders)
            return
        try:
            accounts = self._read(company, orders, as_of)
            held = self._holds(company, orders, as_of)
            offered = offers_of(
                self._store, company.id, accounts.statements, accounts.statements.values()
            )
        except CarteraError:  # nothing to read, or the lake does not answer: nobody's order
            raise
        except Exception as error:  # noqa: BLE001
            if len(orders) == 1:
                _log.exception("reading %s of %s failed", orders[0].client_id, company.id)
                yield _error(orders[0], error)
                return
            # One account that cannot be read must not hold the others back.
            for order in orders:
                yield from self._batch(company, [order], as_of)
            return
        enclosures = Enclosures(self._settings)
        for order in orders:
            yield self._one(company, order, accounts, held, offered, enclosures, as_of)

    def _holds(
        self, company: Company, orders: Sequence[Order], as_of: date
    ) -> Mapping[str, Sequence[Hold]]:
        """What is held back now of the clients who are to be reminded."""
        clients = {order.client_id for order in orders if order.kind == "reminder"}
        if not clients:
            return {}
        return holds(self._store, company.id, as_of, timezone=company.timezone, client_ids=clients)

    def _read(self, company: Company, orders: Sequence[Order], as_of: date) -> Accounts:
        clients = list(dict.fromkeys(o.client_id for o in orders if o.kind != "notice"))
        documents = [(o.client_id, o.document_id) for o in orders if o.document_id is not None]
        return self._reader.accounts(company, clients, documents, as_of=as_of)

    def _one(
        self,
        company: Company,
        order: Order,
        accounts: Accounts,
        held: Mapping[str, Sequence[Hold]],
        offered: Mapping[str, Offers],
        enclosures: Enclosures,
        as_of: date,
    ) -> Outcome:
        if order.kind == "notice":
            return _notice(company, order, as_of)
        try:
            statement = accounts.statements.get(order.client_id)
            if statement is None:
                return Skip("no_such_client")
            document = accounts.documents.get((order.client_id, order.document_id or ""))
            if order.kind == "invoice" and document is None:
                return Skip("no_such_document")
            if reason := reason_to_skip(statement, order.content.only):
                return Skip(reason)
            due: tuple[OpenItem, ...] = ()
            if order.kind == "reminder":
                mine = held.get(order.client_id, ())
                due = still_due(statement, order.content.documents, mine, order.address)
                if not due:
                    return Skip("nothing_due")
            spoken = replace(statement, language=order.language)
            about = document if order.kind == "invoice" else None
            made = letter(company, order, spoken, about, due, offered[order.client_id])
            return _composed(company, order, spoken, about, made, enclosures, accounts, as_of)
        except Exception as error:  # noqa: BLE001  # said of this order alone
            _log.exception("composing for %s of %s failed", order.client_id, company.id)
            return _error(order, error)


def reason_to_skip(statement: Statement, only: Only) -> str:
    """Why a message that is only for some clients is not for this one now; empty: it is."""
    sections = statement.sections
    if only == "balance" and not any(section.total > 0 for section in sections):
        return "nothing_open"
    if only == "overdue" and not any(section.overdue > 0 for section in sections):
        return "not_overdue"
    if only == "credit" and not any(section.unapplied < 0 for section in sections):
        return "nothing_open"
    return ""


def _composed(
    company: Company,
    order: Order,
    statement: Statement,
    document: Document | None,
    made: Letter,
    enclosures: Enclosures,
    accounts: Accounts,
    as_of: date,
) -> Composed:
    files = [made.logo.attachment] if made.logo else []
    if document is not None:
        words = Words(order.language, company.country)
        files += enclosures.invoice(company.id, document, words)
    # An invoice alone goes without the account, on paper as on the screen.
    if order.content.statement or order.kind != "invoice":
        files += enclosures.of(statement, order.content.enclosures)
    return Composed(
        subject=made.subject,
        text=layout.text(made),
        html=layout.html(made),
        attachments=tuple(files),
        as_of=as_of,
        publication_id=accounts.publication_id,
        last_due=statement.last_due,
    )


def _notice(company: Company, order: Order, as_of: date) -> Outcome:
    """A message to somebody who works here: its words are all there is to it."""
    try:
        made = notice(company, order)
        return Composed(
            subject=made.subject,
            text=layout.text(made),
            html=layout.html(made),
            attachments=(made.logo.attachment,) if made.logo else (),
            as_of=as_of,
            publication_id=None,
        )
    except Exception as error:  # noqa: BLE001  # said of this order alone
        _log.exception("a notice to %s cannot be written", order.address)
        return _error(order, error)


def _error(order: Order, error: Exception) -> CarteraError:
    if isinstance(error, CarteraError):
        return error
    made = NotComposed(order.client_id, error)
    made.__cause__ = error
    return made


def _chunk(orders: Sequence[Order], start: int) -> Sequence[Order]:
    """Orders from `start` on of at most so many clients."""
    clients: set[str] = set()
    for end in range(start, len(orders)):
        clients.add(orders[end].client_id)
        if len(clients) > CLIENTS_AT_ONCE:
            return orders[start:end]
    return orders[start:]
