"""The audit trail: who did what to what, and when. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera.store.db import Store
from cartera.store.prepared import Prepared
from cartera.store.schema import audit

_ADD = Prepared(sa.insert(audit))


@dataclass(frozen=True, slots=True)
class Entry:
    """One act: `action` is a stable code such as `link.created`, `subject` the thing's id."""

    id: int
    company_id: str
    at: datetime
    who: str
    action: str
    subject: str
    details: dict[str, Any]


def record(
    store: Store,
    company_id: str,
    who: str,
    action: str,
    subject: str,
    details: Mapping[str, Any],
    now: datetime,
) -> None:
    """Write one act down, in a transaction of its own."""
    with store.write() as connection:
        add(connection, company_id, who, action, subject, details, now)


def add(
    connection: Connection,
    company_id: str,
    who: str,
    action: str,
    subject: str,
    details: Mapping[str, Any],
    now: datetime,
) -> None:
    """Write one act down in the transaction that does it: both happen, or neither."""
    values = {
        "company_id": company_id,
        "at": now,
        "who": who,
        "action": action,
        "subject": subject,
        "details": dict(details),
    }
    _ADD.run(connection, values)


def entries(
    store: Store,
    company_id: str,
    *,
    subject: str | None = None,
    action: str | None = None,
    since: datetime | None = None,
    limit: int = 100,
) -> list[Entry]:
    """A company's newest acts, newest first; those of one subject, of one kind, since a moment."""
    query = sa.select(audit).where(audit.c.company_id == company_id)
    if subject is not None:
        query = query.where(audit.c.subject == subject)
    if action is not None:
        query = query.where(audit.c.action == action)
    if since is not None:
        query = query.where(audit.c.at >= since)
    query = query.order_by(audit.c.id.desc()).limit(limit)
    with store.read() as connection:
        return [Entry(**row) for row in connection.execute(query).mappings()]
