"""What a reported payment can pay: the client's open documents, and a first guess at the parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from cartera.notices.terms import Notice
from cartera.portfolio import OpenDocument
from cartera.warehouse.reader import Reader

#: Open documents that are read; what the client named comes first.
MOST_READ = 500


def owed(reader: Reader, notice: Notice, *, as_of: date) -> list[OpenDocument]:
    """What the client owes in the payment's currency: what they named first, then by due date.

    Raises `NothingPublished`.
    """
    found = reader.open_documents(
        notice.company_id, as_of=as_of, currency=notice.currency, client_id=notice.client_id,
        limit=MOST_READ,
    ).rows  # fmt: skip
    named = {document.document_id for document in notice.documents}
    mine = [one for one in found if one.open > 0]
    return sorted(mine, key=lambda one: (one.document_id not in named, one.due_date, one.number))


def spread(
    notice: Notice, documents: Sequence[OpenDocument], amount: Decimal
) -> dict[str, Decimal]:
    """What each document gets at first: those that the client named, else all, the oldest first."""
    named = {document.document_id for document in notice.documents}
    rest = amount
    found: dict[str, Decimal] = {}
    for one in sorted(documents, key=lambda one: (one.due_date, one.number)):
        if rest <= 0 or (named and one.document_id not in named):
            continue
        found[one.document_id] = min(rest, one.open)
        rest -= found[one.document_id]
    return found
