"""How a company reminds: its rules and limits, as its page saved them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera.errors import UsageError
from cartera.people import Person
from cartera.reminders.rules import Policy
from cartera.store import audit, setting_rows
from cartera.store.db import Store
from cartera.store.schema import company_settings

#: The setting that holds it; also what the audit trail calls it.
NAME = "reminders"


def policy(store: Store, company_id: str) -> Policy:
    """The company's rules; Cartera's own, switched off, where it saved none."""
    with store.read() as connection:
        return _kept(connection, company_id)


def save(store: Store, company_id: str, policy: Policy, *, by: Person, now: datetime) -> bool:
    """Keep a company's rules; whether that changed anything."""
    by.must("settings", company_id)
    with store.write() as connection:
        old = _kept(connection, company_id)
        if policy == old:
            return False
        setting_rows.put(connection, company_id, NAME, policy.to_json(), by=by, now=now)
        details = {"old": old.to_json(), "new": policy.to_json()}
        audit.add(connection, company_id, by.login, "reminders.changed", NAME, details, now)
    return True


def that_remind(store: Store) -> list[str]:
    """Companies whose reminders are switched on."""
    table = company_settings.c
    query = sa.select(table.company_id).where(table.name == NAME).order_by(table.company_id)
    with store.read() as connection:
        ids: list[str] = list(connection.execute(query).scalars())
        return [company_id for company_id in ids if _kept(connection, company_id).is_on]


def changed_at(store: Store, company_id: str) -> datetime | None:
    """When the rules were saved last; None: never."""
    table = company_settings.c
    query = sa.select(table.changed_at).where(table.company_id == company_id, table.name == NAME)
    with store.read() as connection:
        at: datetime | None = connection.execute(query).scalar()
    return at


def _kept(connection: Connection, company_id: str) -> Policy:
    value = setting_rows.get(connection, company_id, NAME)
    if value is None:
        return Policy()
    try:
        return Policy.from_json(value)
    except UsageError:  # saved by another version: nobody is reminded by rules half read
        return Policy()
