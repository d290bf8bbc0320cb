"""Mails about payments on the client's page: a receipt, what went back, and news for staff.

Each is queued in the transaction that settles the payment. Keys name payment and event, so that
whoever settles twice writes once; an answer that comes again after another one (reversed, paid
after all, reversed) is news again, and its key has the payment's revision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy.engine import Connection

from cartera import clock
from cartera.config import Company, Settings
from cartera.gateways import registry
from cartera.gateways.base import Refused
from cartera.mail import addresses
from cartera.mail.outgoing import Content, Draft
from cartera.mail.plan import spoken
from cartera.notices.letters import to_administrators
from cartera.online import letter_words
from cartera.online.letter_words import Told
from cartera.online.settling import Tell
from cartera.online.terms import OnlinePayment
from cartera.people import pipeline
from cartera.render.words import Words
from cartera.store import outbox, own_payment_rows, stopped
from cartera.store.contacts import Contact, contacts_of
from cartera.store.db import Store
from cartera.store.own_payments import OwnPayment
from cartera.warehouse.reader import NothingPublished, Reader

#: Where staff find it.
PAGE = "/pagos"


class Known(NamedTuple):
    """What mails need of a client: its name, and who of its contacts wants receipts."""

    name: str = ""
    contacts: tuple[Contact, ...] = ()
    #: What stands of the money in favour that went with the payment (`Told.applied`).
    applied: Mapping[int, Decimal] | None = None


def known(reader: Reader, store: Store, payment: OnlinePayment) -> Known:
    """Read before the transaction that settles; of a client who is not there any more, nothing."""
    company_id, client_id = payment.company_id, payment.client_id
    own = own_payment_rows.of_source(store, company_id, "online", payment.public_id)
    applied = None
    try:
        if own is not None and own.netted:
            applied = reader.applied_in_favour(company_id, client_id, own.payment_id)
        name = reader.client_names(company_id, [client_id]).get(client_id, "")
        records = reader.emails_of(company_id, [client_id])
    except NothingPublished:
        return Known()
    theirs = contacts_of(store, company_id, records).get(client_id, ())
    wanting = [contact for contact in theirs if contact.wants("receipt")]
    halted = stopped.stopped(store, company_id, [contact.address for contact in wanting])
    free = (
        contact
        for contact in wanting
        if not any(stop.holds_back("receipt") for stop in halted.get(contact.address, ()))
    )
    return Known(name, tuple(free), applied)


def page_of(settings: Settings, payment: OnlinePayment) -> str:
    """Address of a payment on the staff's page."""
    return f"{settings.staff_url.rstrip('/')}{PAGE}?payment={payment.public_id}"


def telling(
    store: Store, settings: Settings, company: Company, now: datetime, client: Known | None = None
) -> Tell:
    """Who is told what becomes of a payment of this company; `client` is whose payment it is."""
    about = client or Known()

    def tell(
        connection: Connection,
        before: OnlinePayment,
        after: OnlinePayment,
        own: OwnPayment | None,
    ) -> None:
        told = replace(_told(company, after, own, now), applied=about.applied)
        news = list(_news(before, after, own))
        drafts = [
            draft
            for what, to_client, _ in news
            if to_client is not None
            for draft in _to_client(company, after, about, what, to_client, told)
        ]
        outbox.add_drafts(
            connection, store, company.id, drafts, by=pipeline(company.id), now=now
        )  # fmt: skip
        words, url = Words(company.language, company.country), page_of(settings, after)
        for what, _, to_staff in news:
            content = to_staff(told, about.name or after.client_id, words, url)
            key = f"online:{after.public_id}:{what}"
            to_administrators(connection, store, company, key, content, now)

    return tell


#: What a client is told (of a receipt: with whoever wants receipts), and what staff.
ToClient = Callable[[Told, str, Words], Content]
ToStaff = Callable[[Told, str, Words, str], Content]


def _news(
    before: OnlinePayment, after: OnlinePayment, own: OwnPayment | None
) -> Iterator[tuple[str, ToClient | None, ToStaff]]:
    """What there is to tell: the key of each, what the client gets, what staff get."""
    if after.state == "mismatch":
        yield f"mismatch:{after.revision}", None, letter_words.mismatch_to_staff
    elif after.state == "reversed" and before.state != "reversed":
        yield f"reversed:{after.revision}", letter_words.reversed_, letter_words.reversed_to_staff
    elif after.state == "approved" and own is not None:
        if before.state == "reversed":
            yield f"again:{after.revision}", letter_words.again, letter_words.again_to_staff
        elif before.state != "approved":
            yield "paid", letter_words.receipt, letter_words.paid_to_staff
        if after.refunded > 0:
            what = f"refunded:{after.refunded.normalize():f}"
            yield what, letter_words.refunded, letter_words.refunded_to_staff


def _told(
    company: Company, payment: OnlinePayment, own: OwnPayment | None, now: datetime
) -> Told:  # fmt: skip
    return Told(
        payment=payment,
        own=own,
        day=own.day if own else clock.local(now, company.timezone).date(),
        gateway=registry.maker(payment.gateway).TITLE,
        is_simulation=is_simulation(company.id, payment.gateway),
    )


def is_simulation(company_id: str, gateway: str) -> bool:
    """Whether no money moves there: it is a simulation, or its keys are those for tests."""
    if registry.maker(gateway).SIMULATION:
        return True
    try:
        return registry.gateway(company_id, gateway).is_simulation
    except Refused:  # its keys went away meanwhile
        return False


def _to_client(
    company: Company, payment: OnlinePayment, client: Known, what: str, say: ToClient, told: Told
) -> Iterator[Draft]:
    """To whoever paid, always; and to the client's contacts who want receipts. Each once."""
    to = {contact.address: (contact.name, contact.language) for contact in client.contacts}
    if payer := addresses.known(payment.contact):
        # Who paid just now reads the language in which they did.
        to[payer] = (to[payer][0] if payer in to else "", payment.language)
    for address, (name, language) in to.items():
        words = Words(spoken(language, company.language), company.country)
        yield Draft(
            key=f"receipt:{payment.public_id}:{what}:{address}",
            kind="receipt",
            client_id=payment.client_id,
            address=address,
            contact=name,
            language=words.language,
            content=say(told, company.name, words),
        )
