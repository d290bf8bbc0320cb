"""What clients may do on their pages, as staff set it: for all of a company's, and for one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.engine import Connection

from cartera.errors import UsageError
from cartera.notices.rights import RIGHTS, Right, Rights
from cartera.people import Person
from cartera.store import audit, setting_rows
from cartera.store.db import Store
from cartera.store.notice_schema import client_rights
from cartera.store.upsert import upsert

#: The setting that holds the company's; also what the audit trail calls it.
NAME = "client_rights"


def of_company(store: Store, company_id: str) -> Rights:
    """What a company's clients may do where nothing else was said of one."""
    with store.read() as connection:
        return _company(connection, company_id)


def own_of(store: Store, company_id: str, client_id: str) -> dict[Right, bool]:
    """What was said of one client alone."""
    with store.read() as connection:
        return _own(connection, company_id, client_id)


def of_client(store: Store, company_id: str, client_id: str) -> Rights:
    """What this client may do."""
    with store.read() as connection:
        return _company(connection, company_id).over(_own(connection, company_id, client_id))


def of_clients(store: Store, company_id: str, client_ids: Iterable[str]) -> dict[str, Rights]:
    """What each of these clients may do."""
    wanted = list(dict.fromkeys(client_ids))
    table = client_rights.c
    with store.read() as connection:
        ours = _company(connection, company_id)
        query = sa.select(table.client_id, table.rights).where(
            table.company_id == company_id, table.client_id.in_(wanted)
        )
        own = {row.client_id: _known(row.rights) for row in connection.execute(query)}
    return {client_id: ours.over(own.get(client_id, {})) for client_id in wanted}


def save_company(
    store: Store, company_id: str, rights: Rights, *, by: Person, now: datetime
) -> bool:
    """Set what all clients may do; whether that changed anything."""
    by.must("settings", company_id)
    with store.write() as connection:
        old = _company(connection, company_id)
        if old == rights:
            return False
        setting_rows.put(connection, company_id, NAME, rights.model_dump(), by=by, now=now)
        details = {"old": old.model_dump(), "new": rights.model_dump()}
        audit.add(connection, company_id, by.login, "rights.changed", NAME, details, now)
    return True


def save_client(
    store: Store,
    company_id: str,
    client_id: str,
    changes: Mapping[Right, bool],
    *,
    by: Person,
    now: datetime,
) -> bool:
    """Set what differs for one client (nothing: the company's hold); whether that changed."""
    by.must("clients", company_id)
    if unknown := set(changes) - set(RIGHTS):
        raise UsageError(f"clients have no right {min(unknown)!r}")
    wanted = {name: bool(changes[name]) for name in RIGHTS if name in changes}
    with store.write() as connection:
        old = _own(connection, company_id, client_id)
        if old == wanted:
            return False
        key = {"company_id": company_id, "client_id": client_id}
        values = {"rights": wanted, "changed_at": now, "changed_by": by.login}
        upsert(connection, client_rights, key, values)
        details = {"old": old, "new": wanted}
        audit.add(connection, company_id, by.login, "rights.changed", client_id, details, now)
    return True


def _company(connection: Connection, company_id: str) -> Rights:
    value = setting_rows.get(connection, company_id, NAME)
    try:
        return Rights(**(value or {}))
    except (TypeError, ValidationError):  # saved by another version: the defaults hold
        return Rights()


def _own(connection: Connection, company_id: str, client_id: str) -> dict[Right, bool]:
    table = client_rights.c
    query = sa.select(table.rights).where(
        table.company_id == company_id, table.client_id == client_id
    )
    return _known(connection.execute(query).scalar())


def _known(value: object) -> dict[Right, bool]:
    kept = value if isinstance(value, dict) else {}
    return {name: bool(kept[name]) for name in RIGHTS if name in kept}
