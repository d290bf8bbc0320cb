"""New invoices that were not mailed by themselves, each with its reason, and mailing one after all.

Three reasons are found where an invoice is looked at (`cartera.mail.invoices`) and stand in the
trail; that it counts as history is asked of the ledger; that mail is off, of the outbox.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cartera import clock
from cartera.config import Company, Settings
from cartera.mail import invoices
from cartera.mail.plan import PlanRow
from cartera.mail.refusal import Refusal
from cartera.people import Person
from cartera.store import audit, companies, outbox
from cartera.store.db import Store
from cartera.store.mailed_documents import mailed
from cartera.warehouse import new_invoices
from cartera.warehouse.new_invoices import NewInvoice
from cartera.warehouse.reader import Reader

MOST_LISTED = 500
#: `dated_before` and `loaded_before` the moment from which the company mails its new invoices: by
#: one of the two it is history, by the other it is new. `mail_off`: it is queued and waits.
Reason = Literal[
    "no_contact", "stopped", "too_late", "dated_before", "loaded_before", "mail_off"
]  # fmt: skip
#: A person can have these mailed as they are.
SENDABLE: frozenset[Reason] = frozenset({"too_late", "dated_before", "loaded_before"})


@dataclass(frozen=True, slots=True)
class Unsent:
    """An invoice that was not mailed by itself, and since when that is so."""

    at: datetime
    document_id: str
    number: str
    client_id: str
    reason: Reason

    @property
    def is_sendable(self) -> bool:
        """Whether a person can have it mailed as it is."""
        return self.reason in SENDABLE


def unsent(
    settings: Settings, store: Store, reader: Reader, company: Company, *, since: datetime
) -> list[Unsent]:
    """Those since then, newest first; without those that somebody mailed afterwards."""
    found = [*_in_trail(store, company, since), *_history(store, reader, company, since)]
    newest: dict[str, Unsent] = {}
    for one in sorted(found, key=lambda one: one.at):
        newest[one.document_id] = one  # an invoice that was looked at again: its last reason
    sent = mailed(store, company.id, {one.document_id: one.client_id for one in newest.values()})
    left = [one for one in newest.values() if one.document_id not in sent]
    waiting = _waiting(settings, store, reader, company, since)
    return sorted([*left, *waiting], key=lambda one: one.at, reverse=True)[:MOST_LISTED]


def recipients(
    store: Store, reader: Reader, company: Company, document_id: str, *, now: datetime
) -> tuple[NewInvoice, PlanRow | None]:
    """An invoice, and whom its client has for invoices. Raises `NotFound`."""
    with reader.cursor() as cursor:
        invoice = new_invoices.one(cursor, company.id, document_id)
    today = clock.local(now, company.timezone).date()
    return invoice, invoices.rows_for(store, reader, company, [invoice], today).get(
        invoice.client_id
    )


def send(
    store: Store,
    reader: Reader,
    company: Company,
    document_id: str,
    *,
    by: Person,
    now: datetime,
) -> int:
    """Queue an invoice after all, as if it had been mailed by itself; how many messages.

    Once: 0 where it was queued already, whoever did it. Raises `Forbidden`, `NotFound`, and
    `Refusal` where the client has nobody to write to.
    """
    by.must("mail", company.id)
    invoice, row = recipients(store, reader, company, document_id, now=now)
    if mailed(store, company.id, {document_id: invoice.client_id}):
        return 0
    if row is None or row.problem == "no_contact":
        raise Refusal("the client has no contact that gets invoices")
    if row.problem:
        raise Refusal("its contacts' addresses do not work, or asked for no more")
    drafts = invoices.drafts(store, company, invoice, row)
    return len(outbox.queue(store, company.id, drafts, by=by, now=now))


def _in_trail(store: Store, company: Company, since: datetime) -> Iterator[Unsent]:
    entries = audit.entries(
        store, company.id, action=invoices.UNSENT, since=since, limit=MOST_LISTED
    )
    for entry in entries:
        yield Unsent(
            at=entry.at,
            document_id=entry.subject,
            number=entry.details["number"],
            client_id=entry.details["client_id"],
            reason=entry.details["reason"],
        )


def _history(store: Store, reader: Reader, company: Company, since: datetime) -> Iterator[Unsent]:
    """Invoices that are new by their day or by their arrival, and history by the other."""
    profile = companies.mail_profile(store, company.id)
    start = profile.new_invoices_since
    if not profile.mails_new_invoices or start is None or reader.publication() is None:
        return
    with reader.cursor() as cursor:
        found = new_invoices.taken_as_history(
            cursor,
            company.id,
            since=start,
            since_day=invoices.first_day(start, company, clock.today(company.timezone)),
            timezone=company.timezone,
            latest_days=invoices.LATEST_DAYS,
            loaded_from=since,
            limit=MOST_LISTED,
        )
    for one in found:
        reason: Reason = "loaded_before" if one.loaded_at <= start else "dated_before"
        yield Unsent(one.loaded_at, one.document_id, one.number, one.client_id, reason)


def _waiting(
    settings: Settings, store: Store, reader: Reader, company: Company, since: datetime
) -> Iterator[Unsent]:
    """Queued invoices that do not leave, because no mail of the company's does."""
    if settings.mail_transport != "off" and companies.mail_profile(store, company.id).is_on:
        return
    found = outbox.list_messages(
        store, company.id, kind="invoice", states=["waiting"], limit=MOST_LISTED
    )
    # Of an invoice to several contacts the first message, whose moment is the oldest.
    first = {one.document_id: one for one in found if one.document_id and one.created_at >= since}
    numbers: dict[str, str] = {}
    if first and reader.publication() is not None:
        with reader.cursor() as cursor:
            numbers = new_invoices.numbers(cursor, company.id, list(first))
    for document_id, one in first.items():
        number = numbers.get(document_id, document_id)
        yield Unsent(one.created_at, document_id, number, one.client_id, "mail_off")
