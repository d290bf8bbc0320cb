"""What became of a company's mail since a moment, counted: for the daily mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera.mail.outgoing import Kind, Reason
from cartera.store.db import Store
from cartera.store.messages import What
from cartera.store.schema import mailings, message_events, messages

#: Messages that did not arrive, named one by one; the others are counted.
MOST_NAMED = 5
_CAME_BACK: tuple[What, ...] = ("bounced", "failed")


@dataclass(frozen=True, slots=True)
class Lost:
    """A message that did not arrive."""

    client_id: str
    address: str


@dataclass(frozen=True, slots=True)
class Waits:
    """Messages that wait for the same reason; `until`: none of them leaves before."""

    reason: Reason
    count: int
    until: datetime


@dataclass(frozen=True, slots=True)
class MailDay:
    """Counts of a company's mail; notices to its own people are not in them."""

    sent: dict[Kind, int]
    bounced: int
    failed: int
    lost: tuple[Lost, ...]
    waiting: tuple[Waits, ...]
    in_doubt: int
    held: int


def since(store: Store, company_id: str, moment: datetime, now: datetime) -> MailDay:
    """What was sent and came back from `moment` until `now`; what waits and needs somebody now."""
    with store.read() as connection:
        mine = (messages.c.company_id == company_id, messages.c.kind != "notice")
        sent = (
            sa.select(messages.c.kind, sa.func.count())
            .where(*mine, messages.c.sent_at >= moment, messages.c.sent_at < now)
            .group_by(messages.c.kind)
        )
        came_back = (
            sa.select(
                message_events.c.what,
                messages.c.client_id,
                messages.c.address,
            )
            .join(messages, messages.c.id == message_events.c.message_id)
            .where(
                *mine,
                message_events.c.what.in_(_CAME_BACK),
                message_events.c.at >= moment,
                message_events.c.at < now,
            )
            .order_by(message_events.c.id.desc())
        )
        lost = connection.execute(came_back).all()
        return MailDay(
            sent={row[0]: row[1] for row in connection.execute(sent)},
            bounced=sum(row.what == "bounced" for row in lost),
            failed=sum(row.what == "failed" for row in lost),
            lost=tuple(Lost(row.client_id, row.address) for row in lost[:MOST_NAMED]),
            waiting=tuple(_waiting(connection, mine, now)),
            in_doubt=_count(connection, *mine, messages.c.state == "unknown"),
            held=_held(connection, mine),
        )


def _waiting(
    connection: Connection, mine: tuple[sa.ColumnElement[bool], ...], now: datetime
) -> list[Waits]:
    until = sa.type_coerce(sa.func.min(messages.c.not_before), messages.c.not_before.type)
    query = (
        sa.select(messages.c.reason, sa.func.count(), until)
        .where(*mine, messages.c.state == "waiting", messages.c.not_before > now)
        .group_by(messages.c.reason)
        .order_by(messages.c.reason)
    )
    return [Waits(row[0], row[1], row[2]) for row in connection.execute(query)]


def _held(connection: Connection, mine: tuple[sa.ColumnElement[bool], ...]) -> int:
    """Messages held back out of mailings that were sent: nobody decided about them since."""
    sent = sa.exists().where(mailings.c.id == messages.c.mailing_id, mailings.c.state == "queued")
    return _count(connection, *mine, messages.c.state == "held", sent)


def _count(connection: Connection, *which: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(messages).where(*which)
    return connection.execute(query).scalar_one()
