"""Messages to queue, for tests that are about something else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from cartera.mail.outgoing import Content, Draft
from cartera.store import outbox
from cartera.store.db import Store
from tests.people import ANA

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CONTENT = Content(subject="Su estado de cuenta", body="<p>Hola {cliente}</p>", enclosures=("pdf",))


def a_draft(number: int = 1, **changes: Any) -> Draft:
    values: dict[str, Any] = {
        "key": f"statement:run:C{number}",
        "kind": "statement",
        "client_id": f"C{number}",
        "address": f"c{number}@example.com",
        "contact": f"Cliente {number}",
        "content": CONTENT,
    }
    return Draft(**(values | changes))


def queued(store: Store, count: int = 1, *, now: datetime = NOW, **changes: Any) -> list[str]:
    """Queue messages to C1, C2 ... and give their ids."""
    drafts: Sequence[Draft] = [a_draft(n, **changes) for n in range(1, count + 1)]
    return outbox.queue(store, "main", drafts, by=ANA, now=now)


def put(store: Store, public_id: str, **values: Any) -> None:
    """Bring a message into a condition that only senders bring about."""
    import sqlalchemy as sa

    from cartera.store.schema import messages

    with store.write() as connection:
        connection.execute(
            sa.update(messages).where(messages.c.public_id == public_id).values(values)
        )


def state(store: Store, public_id: str) -> str:
    return outbox.get(store, "main", public_id).state
