"""Whether anything of a client's online payments changed, for pages that stay open."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera.store.db import Store
from cartera.store.notice_schema import own_payments
from cartera.store.online_schema import online_payments as table

#: Clients asked about by one query.
CHUNK = 500


def changed_of(store: Store, clients: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """A short text for each client (company and client id) that differs once anything of its
    payments does, or the figures get one; those without payments have none.
    """
    found: dict[tuple[str, str], str] = {}
    wanted = sorted(set(clients))
    mine = (table.c.company_id, table.c.client_id)
    with store.read() as connection:
        for start in range(0, len(wanted), CHUNK):
            chunk = set(wanted[start : start + CHUNK])
            query = (
                sa.select(*mine, sa.func.max(table.c.id), sa.func.sum(table.c.revision))
                .where(table.c.client_id.in_(sorted({client_id for _, client_id in chunk})))
                .group_by(*mine)
            )
            for row in connection.execute(query):
                key = (str(row[0]), str(row[1]))
                if key in chunk:
                    found[key] = f"{row[2]}.{row[3]}"
            for key, carried in _carried(connection, chunk).items():
                found[key] = f"{found.get(key, '')}.{carried}"
    return found


def _carried(
    connection: Connection, clients: Collection[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """How many changes of their own payments these clients' figures have."""
    own = own_payments.c
    query = (
        sa.select(own.company_id, own.client_id, sa.func.sum(own.carried))
        .where(own.client_id.in_(sorted({client_id for _, client_id in clients})))
        .group_by(own.company_id, own.client_id)
    )
    rows = ((str(row[0]), str(row[1]), int(row[2])) for row in connection.execute(query))
    return {(company, client): n for company, client, n in rows if (company, client) in clients}
