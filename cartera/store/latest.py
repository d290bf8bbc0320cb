"""When something of a company's happened last, by columns of one table that say when."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from cartera.store.db import Store


def latest(store: Store, company_id: str, *moments: sa.Column[datetime]) -> datetime | None:
    """The newest moment in these columns; None: there is none. The table has `company_id`."""
    query = sa.select(*map(sa.func.max, moments)).where(moments[0].table.c.company_id == company_id)
    with store.read() as connection:
        row = connection.execute(query).one()
    return max((at for at in row if at is not None), default=None)
