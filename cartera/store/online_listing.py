"""Payments made on clients' pages as staff look through them: a period, some states, a client."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from cartera.online.terms import OnlinePayment, State
from cartera.store.db import Store
from cartera.store.online_payments import read
from cartera.store.online_schema import online_payments as table


@dataclass(frozen=True, slots=True)
class Asked:
    """Which ones: begun from `since` on and before `until`, in one of the states (none: all)."""

    since: datetime | None = None
    until: datetime | None = None
    states: Collection[State] = ()
    client_id: str = ""


_MISMATCH: tuple[State, ...] = ("mismatch",)


class Moved(NamedTuple):
    """What one payment is about, as text: an exact amount is summed where figures are."""

    currency: str
    state: State
    amount: str
    refunded: str


def listed(
    store: Store, company_id: str, asked: Asked, *, limit: int, offset: int = 0
) -> list[OnlinePayment]:
    """The newest first."""
    query = sa.select(table).where(*_which(company_id, asked)).order_by(table.c.id.desc())
    with store.read() as connection:
        rows = connection.execute(query.limit(limit).offset(offset)).mappings()
        return [read(row) for row in rows]


def count(store: Store, company_id: str, asked: Asked) -> int:
    """How many there are."""
    query = sa.select(sa.func.count()).select_from(table).where(*_which(company_id, asked))
    with store.read() as connection:
        return connection.execute(query).scalar_one()


def moved(store: Store, company_id: str, asked: Asked) -> list[Moved]:
    """Currency and amount of each: what was asked for, or what a person accepted instead."""
    accepted = table.c.decided_by.is_not(None) & table.c.said_amount.is_not(None)
    query = sa.select(
        sa.case((accepted, table.c.said_currency), else_=table.c.currency).label("currency"),
        table.c.state,
        *(
            sa.type_coerce(amount, sa.String).label(name)
            for name, amount in (
                ("amount", sa.case((accepted, table.c.said_amount), else_=table.c.amount)),
                ("refunded", table.c.refunded),
            )
        ),
    ).where(*_which(company_id, asked))
    with store.read() as connection:
        return [Moved(**row) for row in connection.execute(query).mappings()]


def count_mismatches(store: Store, company_id: str) -> int:
    """How many wait for a person to say whether the gateway's amount is taken."""
    return count(store, company_id, Asked(states=_MISMATCH))


def _which(company_id: str, asked: Asked) -> list[sa.ColumnElement[bool]]:
    where = [table.c.company_id == company_id]
    if asked.since is not None:
        where.append(table.c.created_at >= asked.since)
    if asked.until is not None:
        where.append(table.c.created_at < asked.until)
    if asked.states:
        where.append(table.c.state.in_(list(asked.states)))
    if asked.client_id:
        where.append(table.c.client_id == asked.client_id)
    return where
