"""How far a job has worked through something that only grows."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from cartera.store.db import Store
from cartera.store.schema import progress


def position(store: Store, company_id: str, name: str) -> int:
    """Where the job stands; 0 before its first time."""
    query = sa.select(progress.c.position).where(
        progress.c.company_id == company_id, progress.c.name == name
    )
    with store.read() as connection:
        return connection.execute(query).scalar_one_or_none() or 0


def advance(store: Store, company_id: str, name: str, to: int, now: datetime) -> None:
    """Note that everything up to `to` is done. Never goes back: of two jobs the further one holds.

    Done work is noted after it is committed: cut off in between, it is done again, so it must
    bear that.
    """
    mine = (progress.c.company_id == company_id, progress.c.name == name)
    values = {"position": to, "changed_at": now}
    with store.write() as connection:
        if connection.execute(sa.select(progress.c.position).where(*mine)).first() is None:
            key = {"company_id": company_id, "name": name}
            connection.execute(sa.insert(progress).values(key | values))
        connection.execute(
            sa.update(progress).where(*mine, progress.c.position < to).values(values)
        )


def reached_at(store: Store, company_id: str, name: str) -> datetime | None:
    """When the job came to where it stands; None before its first time."""
    query = sa.select(progress.c.changed_at).where(
        progress.c.company_id == company_id, progress.c.name == name
    )
    with store.read() as connection:
        at: datetime | None = connection.execute(query).scalar()
    return at
