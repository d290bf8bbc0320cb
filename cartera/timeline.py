"""A client's time line: what the ledger has of it and what happened with it, in one stream.

Newest first. Documents and payments have a day and no hour: they stand at its beginning, in the
company's time zone, so what was done with one on its day comes after it.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import islice
from typing import NamedTuple
from zoneinfo import ZoneInfo

from cartera.config import Company
from cartera.store import client_story
from cartera.store.client_story import Event
from cartera.store.db import Store
from cartera.warehouse import history
from cartera.warehouse.history import Booked
from cartera.warehouse.reader import NothingPublished, Reader


class Entry(NamedTuple):
    """A moment of the time line; `of` is what stands there."""

    at: datetime
    of: Event | Booked


@dataclass(frozen=True, slots=True)
class Timeline:
    """Some of the entries; `count` is of all."""

    entries: tuple[Entry, ...]
    count: int


def timeline(
    store: Store, reader: Reader, company: Company, client_id: str, *, offset: int, limit: int
) -> Timeline:
    """Entries from `offset` on, newest first."""
    zone = ZoneInfo(company.timezone)
    most = offset + limit
    booked, booked_count = _booked(reader, company.id, client_id, most)
    by_day = [Entry(datetime.combine(one.day, time(), zone).astimezone(UTC), one) for one in booked]
    told = client_story.events(store, company.id, client_id, limit=most)
    # Both are in order, so the newest of both are among the newest of each.
    merged = heapq.merge(
        (Entry(one.at, one) for one in told), by_day, key=lambda entry: entry.at, reverse=True
    )
    count = client_story.count(store, company.id, client_id) + booked_count
    return Timeline(tuple(islice(merged, offset, most)), count)


def _booked(reader: Reader, company_id: str, client_id: str, most: int) -> tuple[list[Booked], int]:
    """What the figures have; nothing before the first load."""
    try:
        with reader.cursor() as cursor:
            found = history.items(cursor, company_id, client_id, limit=most)
            return found, history.count(cursor, company_id, client_id)
    except NothingPublished:
        return [], 0
