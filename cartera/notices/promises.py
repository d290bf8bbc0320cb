"""Promises whose day has passed while something of what they were about is still open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from cartera.config import Company
from cartera.notices.terms import Notice
from cartera.warehouse.reader import Reader


def unpaid(
    reader: Reader, company: Company, found: Iterable[Notice], *, as_of: date
) -> Mapping[str, tuple[str, ...]]:
    """Numbers of documents still open, by public id of each promise that is past its day.

    `found` are notices of any kind; a promise holds all of its day, so it is broken the day after.
    Raises `NothingPublished`.
    """
    past = [one for one in found if one.kind == "promise" and one.day and one.day < as_of]
    if not past:
        return {}
    wanted = {one.client_id for one in past}
    clients = reader.reminder_clients(company, as_of=as_of, client_ids=wanted)
    still = {(each.client_id, item.document_id) for each in clients for item in each.items}
    broken: dict[str, tuple[str, ...]] = {}
    for one in past:
        numbers = tuple(
            document.number
            for document in one.documents
            if (one.client_id, document.document_id) in still
        )
        if numbers:
            broken[one.public_id] = numbers
    return broken
