"""How a company is paid on its clients' pages: which gateways are on, and from which amount."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.engine import Connection

from cartera.mail.refusal import Refusal
from cartera.notices.terms import check_amount
from cartera.people import Person
from cartera.store import audit, setting_rows
from cartera.store.db import Store
from cartera.store.schema import company_settings

#: The setting; also what the audit trail calls it.
NAME = "pay"


class PaySettings(BaseModel):
    """What the company set. Nothing is on until somebody turns it on.

    `minimum` is the least that is paid at once, in `currency` (the company's own); who owes less
    pays all of it. `parts`: whether less than whole documents can be paid.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    gateways: tuple[str, ...] = ()
    minimum: Decimal = Field(default=Decimal(0), ge=0)
    currency: str = "COP"
    parts: bool = True


def of_company(store: Store, company_id: str) -> PaySettings:
    """How this company is paid."""
    with store.read() as connection:
        return _read(connection, company_id)


def companies_paid(store: Store) -> list[str]:
    """Companies that ever set this."""
    table = company_settings.c
    with store.read() as connection:
        query = sa.select(table.company_id).where(table.name == NAME).order_by(table.company_id)
        return list(connection.execute(query).scalars())


def save(store: Store, company_id: str, wanted: PaySettings, *, by: Person, now: datetime) -> bool:
    """Save it; whether that changed anything. Raises `Refusal` for a minimum that cannot be."""
    by.must("settings", company_id)
    if wanted.minimum:
        check_amount(wanted.minimum, wanted.currency)
    if len(set(wanted.gateways)) < len(wanted.gateways):
        raise Refusal("a method of payment stands there twice")
    with store.write() as connection:
        old = _read(connection, company_id)
        if old == wanted:
            return False
        value = wanted.model_dump(mode="json")
        setting_rows.put(connection, company_id, NAME, value, by=by, now=now)
        details = {"old": old.model_dump(mode="json"), "new": value}
        audit.add(connection, company_id, by.login, "pay.changed", NAME, details, now)
    return True


def _read(connection: Connection, company_id: str) -> PaySettings:
    value = setting_rows.get(connection, company_id, NAME)
    try:
        return PaySettings(**(value or {}))
    except (TypeError, ValidationError):  # saved by another version: nothing is on
        return PaySettings()
