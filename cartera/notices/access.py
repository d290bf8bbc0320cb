"""Answering requests for a new link: mailed to an address on record, or shown to staff.

Whoever asks has been answered already, the same in every case; this happens afterwards. An
address gets links to the clients that it is a contact of: where the asker proved to hold an old
link, to that link's client alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.engine import Connection

from cartera import clock
from cartera.config import Company, Settings
from cartera.i18n import Translator
from cartera.mail import texts
from cartera.mail.outgoing import Draft
from cartera.mail.plan import spoken
from cartera.notices import access_words, letters
from cartera.people import pipeline
from cartera.store import access_requests, companies, links, outbox
from cartera.store.access_requests import Request, State
from cartera.store.contacts import Contact, contacts_of, holders_of
from cartera.store.db import Store
from cartera.warehouse.reader import NothingPublished, Reader

#: Clients that one request gets links to: somebody who keeps the books of several.
MOST_CLIENTS = 5


def resolve(settings: Settings, store: Store, reader: Reader, *, now: datetime) -> Counter[State]:
    """Answer what waits; how many of each. Safe to repeat and to cut off: a request is answered
    in one transaction with its mails.
    """
    done: Counter[State] = Counter()
    for request in access_requests.waiting(store):
        company = companies.profile(settings, store, request.company_id)
        state = _one(settings, store, reader, company, request, now)
        if state is not None:
            done[state] += 1
    return done


def _one(
    settings: Settings,
    store: Store,
    reader: Reader,
    company: Company,
    request: Request,
    now: datetime,
) -> State | None:
    """What became of it; None: somebody else answered it."""
    held = links.by_id(store, request.link_id) if request.link_id else None
    if held is not None and held.company_id != company.id:
        held = None
    client_id = held.client_id if held is not None else None
    known = _contacts(store, reader, company.id, request.address, client_id)
    with store.write() as connection:
        if not known:
            if not access_requests.answer(connection, request, "unknown", now=now):
                return None
            _tell_staff(connection, settings, store, company, request, now)
            return "unknown"
        if access_requests.is_too_often(connection, request):
            is_mine = access_requests.answer(connection, request, "limited", now=now)
            return "limited" if is_mine else None
        first = known[0].client_id
        if not access_requests.answer(connection, request, "mailed", client_id=first, now=now):
            return None
        if held is not None:
            links.replace_in(connection, held, now)
        drafts = [_draft(store, company, request, contact) for contact in known]
        by = pipeline(company.id)
        outbox.add_drafts(connection, store, company.id, drafts, by=by, now=now)
    return "mailed"


def _contacts(
    store: Store, reader: Reader, company_id: str, address: str, client_id: str | None
) -> list[Contact]:
    """This address as a contact: of that client, or of all that it is one of."""
    try:
        records = (
            reader.emails_of(company_id, [client_id])
            if client_id is not None
            else reader.clients_written_to(company_id, address)
        )
        if client_id is None:
            by_hand = holders_of(store, company_id, address)
            missing = [one for one in by_hand if one not in records]
            records |= reader.emails_of(company_id, missing) if missing else {}
    except NothingPublished:
        return []
    found = contacts_of(store, company_id, records)
    mine = (_of(theirs, address) for _, theirs in sorted(found.items()))
    return [contact for contact in mine if contact is not None][:MOST_CLIENTS]


def _of(theirs: Iterable[Contact], address: str) -> Contact | None:
    return next((one for one in theirs if one.address.lower() == address.lower()), None)


def _draft(store: Store, company: Company, request: Request, contact: Contact) -> Draft:
    language = spoken(contact.language, request.language)
    return Draft(
        key=f"access:{request.public_id}:{contact.client_id}",
        kind="access",
        client_id=contact.client_id,
        address=contact.address,
        contact=contact.name,
        language=language,
        content=texts.of(store, company.id, "access", language),
    )


def _tell_staff(
    connection: Connection,
    settings: Settings,
    store: Store,
    company: Company,
    request: Request,
    now: datetime,
) -> None:
    """Once a day at most: whoever sends a hundred requests writes no hundred mails."""
    day = clock.local(now, company.timezone).date()
    tr = Translator(company.language, company.country)
    url = f"{settings.staff_url.rstrip('/')}{letters.PAGE}?kind=access"
    content = access_words.to_staff(request.address, tr, url=url)
    letters.to_administrators(connection, store, company, f"access:{day}", content, now)
