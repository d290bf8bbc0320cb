"""Which documents a message was queued for."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from cartera.store.db import Store
from cartera.store.schema import messages

CHUNK = 500


def mailed(store: Store, company_id: str, clients: Mapping[str, str]) -> set[str]:
    """Those of these documents (each with its client) that somebody was, or is to be, sent."""
    found: set[str] = set()
    wanted = sorted(clients)
    with store.read() as connection:
        for start in range(0, len(wanted), CHUNK):
            chunk = wanted[start : start + CHUNK]
            query = sa.select(messages.c.document_id).where(
                messages.c.company_id == company_id,
                messages.c.client_id.in_({clients[document] for document in chunk}),
                messages.c.document_id.in_(chunk),
                messages.c.state.not_in(["cancelled", "skipped"]),
            )
            found |= {str(document) for (document,) in connection.execute(query)}
    return found
