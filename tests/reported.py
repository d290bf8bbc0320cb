"""Payments that clients report, for tests about what becomes of them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from cartera.notices.terms import Notice, NoticeDocument, NoticeDraft
from cartera.people import Person
from cartera.store import links, notices, own_payments
from cartera.store.db import Store
from cartera.store.own_payments import OwnPayment
from tests.people import ANA

NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)
DAY = date(2026, 11, 24)


def report(
    store: Store,
    amount: str = "100",
    *,
    client_id: str = "C1",
    documents: Mapping[str, str] | None = None,
    day: date = DAY,
    reference: str = "",
    currency: str = "COP",
    company_id: str = "main",
    now: datetime = NOW,
) -> Notice:
    """What a client says that it paid; `documents` with what is open of each."""
    by = Person("ana", company_id, "administrator")
    link = links.create(
        store, company_id=company_id, client_id=client_id, days=30, contact="a@x.co", by=by, now=now
    ).link
    draft = NoticeDraft(
        "payment",
        key=secrets.token_hex(8),
        documents=tuple(
            NoticeDocument(name, name, Decimal(part)) for name, part in (documents or {}).items()
        ),
        currency=currency,
        amount=Decimal(amount),
        day=day,
        method="transfer",
        reference=reference,
    )
    return notices.add(store, link, draft, language="es", now=now)


def accept(
    store: Store,
    notice: Notice,
    *,
    amount: str | None = None,
    allocations: Mapping[str, str] | None = None,
    open_documents: Mapping[str, str] | None = None,
    by: Person = ANA,
    now: datetime = NOW,
) -> OwnPayment:
    """Accept it as it was reported, unless said otherwise."""
    known = {document.document_id: document.open for document in notice.documents}
    given = known if allocations is None else {d: Decimal(a) for d, a in allocations.items()}
    opens = known if open_documents is None else {
        d: Decimal(a) for d, a in open_documents.items()
    }  # fmt: skip
    assert notice.amount is not None and notice.day is not None
    return own_payments.accept(
        store,
        notice.company_id,
        notice.public_id,
        amount=notice.amount if amount is None else Decimal(amount),
        day=notice.day,
        allocations=list(given.items()),
        open_documents=opens,
        by=by,
        now=now,
    )
