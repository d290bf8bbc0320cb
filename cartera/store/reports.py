"""What comes back: delivery reports settle messages, and an opened page proves that one arrived."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera.mail.outgoing import Reason
from cartera.store import stopped
from cartera.store.db import Store
from cartera.store.messages import What
from cartera.store.outbox import note, printable
from cartera.store.schema import links, message_events, messages

#: A report can come before its message is settled: from then on the report holds.
_LEFT = ("sending", "unknown", "sent")
Outcome = Literal["unmatched", "repeated", "bounced", "delayed", "delivered"]


def settle(
    store: Store,
    public_id: str,
    what: Literal["bounced", "delayed", "delivered"],
    *,
    reason: Reason = "",
    detail: str = "",
    dead: str = "",
    now: datetime,
) -> Outcome:
    """Settle a message by a report on it; again changes nothing (`repeated`).

    `dead` is the address where the report says that nobody is; it is marked where it is the
    message's, and not where the mail had been sent on.
    """
    with store.write() as connection:
        query = sa.select(
            messages.c.id, messages.c.company_id, messages.c.address, messages.c.state
        ).where(messages.c.public_id == public_id)
        row = connection.execute(query.with_for_update()).first()
        if row is None:
            return "unmatched"
        if _is_noted(connection, row.id, what, detail):
            return "repeated"
        note(connection, [row.id], what, detail, "", now)
        _move(connection, row.id, row.state, what, reason, now)
        if what == "bounced" and dead and stopped.normal(dead) == stopped.normal(row.address):
            stopped.mark_dead(
                connection, store, row.company_id, row.address,
                detail=detail, message_id=row.id, now=now,
            )  # fmt: skip
    return what


def settle_opened(store: Store, now: datetime) -> int:
    """Settle unknown messages whose link was opened: they arrived. How many."""
    opened = sa.exists().where(links.c.public_id == messages.c.link_id, links.c.opens > 0)
    which = (messages.c.state == "unknown", opened)
    with store.read() as connection:
        if connection.execute(sa.select(messages.c.id).where(*which).limit(1)).first() is None:
            return 0
    with store.write() as connection:
        arrived = connection.execute(
            sa.update(messages)
            .where(*which)
            .values(state="delivered", reason="")
            .returning(messages.c.id)
        )
        ids: list[int] = [row.id for row in arrived]
        note(connection, ids, "delivered", "its link was opened", "", now)
    return len(ids)


def _is_noted(connection: Connection, message_id: int, what: What, detail: str) -> bool:
    """Whether this was said already since the message was handed over last."""
    its = message_events.c.message_id == message_id
    handed = sa.select(sa.func.coalesce(sa.func.max(message_events.c.id), 0)).where(
        its, message_events.c.what == "sending"
    )
    query = sa.select(message_events.c.id).where(
        its,
        message_events.c.id > handed.scalar_subquery(),
        message_events.c.what == what,
        message_events.c.detail == printable(detail),
    )
    return connection.execute(query).first() is not None


def _move(
    connection: Connection, id_: int, state: str, what: What, reason: Reason, now: datetime
) -> None:
    """Give the message its new state, where the report still says something of it.

    One that a person sent again meanwhile is about to be said anew.
    """
    values: dict[str, object] = {"reason": reason, "claimed_by": None, "claimed_until": None}
    if what == "bounced" and state in (*_LEFT, "delivered"):
        values["state"] = "bounced"
    elif what == "delivered" and state in _LEFT:
        values |= {"state": "delivered", "sent_at": sa.func.coalesce(messages.c.sent_at, now)}
    else:
        return
    connection.execute(sa.update(messages).where(messages.c.id == id_).values(values))
