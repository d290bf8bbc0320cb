"""New invoices are mailed when they arrive, where the company wants it (A12).

History never is: what was issued or loaded before the company switched this on. An invoice that
cannot be mailed by itself is written down with its reason, and a person decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from cartera import clock, invoice_files
from cartera.config import Company, Settings
from cartera.i18n import LANGUAGES
from cartera.mail import texts
from cartera.mail.outgoing import Content, Draft
from cartera.mail.plan import Choice, PlanRow, plan_for, spoken
from cartera.people import pipeline
from cartera.store import audit, companies, outbox, progress
from cartera.store.db import Store
from cartera.warehouse import new_invoices
from cartera.warehouse.mail_clients import MailClientsAsked
from cartera.warehouse.new_invoices import NewInvoice
from cartera.warehouse.reader import Reader

#: Name of this job in `cartera.store.progress`; its position is a batch.
JOB = "new_invoices"
#: An invoice that arrives later than this after its day is not mailed without being asked: the
#: books were caught up with, and its client may have had it long ago.
LATEST_DAYS = 30
#: Where the source gives PDFs, a new invoice waits so long for its own.
PAPER_WAIT = timedelta(minutes=10)
#: What the trail calls an invoice that was not mailed.
UNSENT = "invoice.unsent"
#: Why an invoice is left to a person; `cartera.mail.unsent` lists those, and others.
Reason = Literal["no_contact", "stopped", "too_late"]


@dataclass(frozen=True, slots=True)
class Queued:
    """What one look found: messages queued, and invoices left to a person."""

    messages: int = 0
    unsent: int = 0


def queue_new(
    settings: Settings, store: Store, reader: Reader, company_id: str, *, now: datetime
) -> Queued:
    """Queue a message for each new invoice and contact; safe to repeat, and to cut off.

    The keys name document and address, and how far this came is noted last: what is done again
    queues nothing twice.
    """
    profile = companies.mail_profile(store, company_id)
    since = profile.new_invoices_since
    if not profile.mails_new_invoices or since is None or reader.publication() is None:
        return Queued()
    company = companies.profile(settings, store, company_id)
    today = clock.local(now, company.timezone).date()
    start = progress.position(store, company_id, JOB)
    with reader.cursor() as cursor:
        found, last = new_invoices.found(
            cursor,
            company_id,
            since=since,
            since_day=first_day(since, company, today),
            after_batch=start,
        )
    ready = [invoice for invoice in found if not invoice.is_waiting]
    rows = rows_for(store, reader, company, ready, today)
    said = _words(store, company)
    done = Queued()
    for invoice in ready:
        row = rows.get(invoice.client_id)
        one = _queue(settings, store, reader, company, invoice, row, said, now)
        done = Queued(done.messages + one.messages, done.unsent + one.unsent)
    progress.advance(store, company_id, JOB, _reached(found, last, today), now)
    return done


def queue_all(
    settings: Settings, store: Store, reader: Reader, *, now: datetime
) -> dict[str, Queued]:
    """The same for every company that wants it; what it came to, by company."""
    return {
        company_id: queue_new(settings, store, reader, company_id, now=now)
        for company_id in companies.that_mail_invoices(store)
    }


def key(document_id: str, address: str) -> str:
    """The outbox's key: one message for each invoice and address, ever."""
    return f"invoice:new:{document_id}:{address}"


def first_day(since: datetime, company: Company, today: date) -> date:
    """The first day of whose invoices the company mails; never one to come.

    Where the day is fixed, the machine's clock may be ahead of it: nothing would ever be new.
    """
    return min(since.astimezone(ZoneInfo(company.timezone)).date(), today)


def rows_for(
    store: Store, reader: Reader, company: Company, invoices: Sequence[NewInvoice], today: date
) -> dict[str, PlanRow]:
    """Whom each of these invoices' clients has for invoices, by client."""
    if not invoices:
        return {}
    client_ids = tuple(dict.fromkeys(invoice.client_id for invoice in invoices))
    clients = reader.mail_clients(company, MailClientsAsked(today, client_ids=client_ids))
    rows = plan_for(clients, store, company, Choice("all"), "invoice", today).rows
    return {row.client_id: row for row in rows}


def _queue(
    settings: Settings,
    store: Store,
    reader: Reader,
    company: Company,
    invoice: NewInvoice,
    row: PlanRow | None,
    said: Mapping[str, Content],
    now: datetime,
) -> Queued:
    by = pipeline(company.id)
    if reason := _reason(company, invoice, row, now):
        details = {"number": invoice.number, "client_id": invoice.client_id, "reason": reason}
        audit.record(store, company.id, by.login, UNSENT, invoice.document_id, details, now)
        return Queued(unsent=1)
    made = drafts(store, company, invoice, row, said)
    waits = invoice_files.has_any(settings, company.id) and not _has_paper(
        settings, reader, company.id, invoice
    )
    due = now + PAPER_WAIT if waits else None
    queued = outbox.queue(store, company.id, made, by=by, now=now, not_before=due)
    return Queued(messages=len(queued))


def drafts(
    store: Store,
    company: Company,
    invoice: NewInvoice,
    row: PlanRow | None,
    said: Mapping[str, Content] | None = None,
) -> list[Draft]:
    """One message for each contact of the invoice's client, under keys that are used once."""
    words = _words(store, company) if said is None else said
    made = []
    for contact in row.recipients if row else ():
        language = spoken(contact.language, company.language)
        made.append(
            Draft(
                key=key(invoice.document_id, contact.address),
                kind="invoice",
                client_id=invoice.client_id,
                address=contact.address,
                contact=contact.name,
                language=language,
                document_id=invoice.document_id,
                content=words[language],
            )
        )
    return made


def _words(store: Store, company: Company) -> dict[str, Content]:
    return {language: texts.of(store, company.id, "invoice", language) for language in LANGUAGES}


def _has_paper(settings: Settings, reader: Reader, company_id: str, invoice: NewInvoice) -> bool:
    with reader.cursor() as cursor:
        shares_number = new_invoices.shares_number(cursor, company_id, invoice.number)
    found = invoice_files.of_document(
        settings, company_id, invoice.document_id, invoice.number, shares_number=shares_number
    )
    return found is not None


def _reason(
    company: Company, invoice: NewInvoice, row: PlanRow | None, now: datetime
) -> Reason | None:
    """Why an invoice is left to a person; None: it is mailed."""
    if _age(invoice, clock.local(now, company.timezone).date()) > LATEST_DAYS:
        return "too_late"
    if row is None:
        return "no_contact"
    return row.problem or None


def _age(invoice: NewInvoice, today: date) -> int:
    return (today - invoice.issue_date).days


def _reached(found: Sequence[NewInvoice], last: int, today: date) -> int:
    """The batch up to which all is done: an invoice whose client is still to come holds it."""
    waiting = [
        invoice.batch_id
        for invoice in found
        if invoice.is_waiting and _age(invoice, today) <= LATEST_DAYS
    ]
    return min([last, *(batch - 1 for batch in waiting)])
