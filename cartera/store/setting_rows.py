"""A company's settings as rows, each a JSON value under a name; who may change one asks before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera.people import Person
from cartera.store.schema import company_settings
from cartera.store.upsert import upsert


def get(connection: Connection, company_id: str, name: str) -> Any:
    """The value as it was saved; None: it never was."""
    table = company_settings.c
    query = sa.select(table.value).where(table.company_id == company_id, table.name == name)
    return connection.execute(query).scalar()


def put(
    connection: Connection, company_id: str, name: str, value: Any, *, by: Person, now: datetime
) -> None:
    """Save a value in the transaction of whoever audits it."""
    key = {"company_id": company_id, "name": name}
    values = {"value": value, "changed_at": now, "changed_by": by.login}
    upsert(connection, company_settings, key, values)
