"""Telling staff what clients wrote, by mail, a moment later.

Not by the client app itself: it can neither see who works here nor write to anybody. A message's
key names notice and person, so that being cut off and doing it again writes nobody twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from cartera.config import Settings
from cartera.notices import letters
from cartera.notices.terms import Notice
from cartera.store import companies, notices, progress
from cartera.store.db import Store
from cartera.store.notice_schema import notices as table
from cartera.warehouse.reader import NothingPublished, Reader

#: Name of this job in `cartera.store.progress`; its position is the last notice's id.
JOB = "notices_told"
CHUNK = 100


def companies_with_news(store: Store) -> list[str]:
    """Companies whose clients wrote something that staff were not told of; cheap, ask often."""
    query = sa.select(table.c.company_id, sa.func.max(table.c.id)).group_by(table.c.company_id)
    with store.read() as connection:
        last: list[tuple[str, int]] = [(row[0], row[1]) for row in connection.execute(query)]
    return sorted(c for c, number in last if number > progress.position(store, c, JOB))


def tell(settings: Settings, store: Store, reader: Reader, *, now: datetime) -> int:
    """Queue mail to staff about every notice that they were not told of; how many notices."""
    told = 0
    for company_id in companies_with_news(store):
        company = companies.profile(settings, store, company_id)
        while found := _next(store, company_id):
            names = _names(reader, company_id, found)
            with store.write() as connection:
                for notice in found:
                    client = names.get(notice.client_id, "")
                    letters.told_staff(
                        connection, store, settings, company, notice, now, client=client
                    )
            progress.advance(store, company_id, JOB, found[-1].id, now)
            told += len(found)
    return told


def _next(store: Store, company_id: str) -> list[Notice]:
    """The next notices to tell of, in the order in which they came."""
    return notices.after(store, company_id, progress.position(store, company_id, JOB), limit=CHUNK)


def _names(reader: Reader, company_id: str, found: Sequence[Notice]) -> dict[str, str]:
    try:
        return reader.client_names(company_id, sorted({notice.client_id for notice in found}))
    except NothingPublished:
        return {}
