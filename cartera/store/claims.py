"""Which messages a sender may take now: due, of a company that writes, and in their domain's pace.

A claim is a lease. Who dies with it loses it when it is over, and the messages wait again; who
is only slow finds at the hand-over that they are no longer theirs.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera.mail.outgoing import Content
from cartera.store import figure_changes
from cartera.store.db import Store
from cartera.store.messages import Message, by_ids
from cartera.store.outbox import note
from cartera.store.schema import domain_pace, mailings, messages

#: How far ahead of its pace a domain may be served: senders work in batches.
AHEAD = timedelta(seconds=1)
#: A few messages that a person waits for go at once; the pace counts them all the same.
URGENT = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which waiting messages a sender is to see; everything empty: all of them."""

    company_id: str | None = None
    mailing: str | None = None
    public_ids: tuple[str, ...] = ()

    @property
    def is_urgent(self) -> bool:
        """Whether a person waits for these."""
        return 0 < len(self.public_ids) <= URGENT

    def where(self, now: datetime) -> list[sa.ColumnElement[bool]]:
        """What is due."""
        which = [
            messages.c.state == "waiting",
            messages.c.not_before <= now,
            figure_changes.lets_go(),
        ]
        if self.company_id is not None:
            which.append(messages.c.company_id == self.company_id)
        if self.mailing is not None:
            its = sa.select(mailings.c.id).where(mailings.c.public_id == self.mailing)
            which.append(messages.c.mailing_id.in_(its))
        if self.public_ids:
            which.append(messages.c.public_id.in_(self.public_ids))
        return which


@dataclass(frozen=True, slots=True)
class Claim:
    """Messages that one sender holds, all of one company, with what each says."""

    name: str
    messages: tuple[Message, ...] = ()


def companies_due(store: Store, wanted: Wanted, now: datetime) -> list[str]:
    """Companies with messages that are due."""
    query = sa.select(messages.c.company_id).where(*wanted.where(now)).distinct()
    with store.read() as connection:
        return sorted(connection.execute(query).scalars())


def count_due(store: Store, wanted: Wanted, now: datetime, *, most: int) -> int:
    """How many messages are due, counted up to `most`."""
    some = sa.select(messages.c.id).where(*wanted.where(now)).limit(most).subquery()
    with store.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()


def claim(
    store: Store,
    wanted: Wanted,
    *,
    sender: str,
    now: datetime,
    lease: timedelta,
    limit: int,
    per_minute: int,
) -> Claim:
    """Take up to `limit` messages; none where others have them or their domains' pace is used up.

    `wanted` names a company: `per_minute` is what it sends to one domain.
    """
    name = f"{sender[:40]}.{secrets.token_hex(8)}"
    with store.write() as connection:
        found = _candidates(connection, wanted, now, limit)
        taken = found if wanted.is_urgent else []
        _pace(connection, store, found, taken, per_minute, now)
        if not taken:
            return Claim(name)
        ids = [row.id for row in taken]
        connection.execute(
            sa.update(messages)
            .where(messages.c.id.in_(ids))
            .values(state="claimed", claimed_by=name, claimed_until=now + lease)
        )
        return Claim(name, tuple(_with_contents(connection, by_ids(connection, ids))))


def until_due(store: Store, wanted: Wanted, now: datetime) -> float | None:
    """Seconds until a message that is due may go, by its domain's pace; None: nothing is due."""
    free = sa.func.min(sa.func.coalesce(domain_pace.c.available_at, now))
    query = (
        sa.select(sa.type_coerce(free, domain_pace.c.available_at.type))
        .select_from(messages.outerjoin(domain_pace, domain_pace.c.domain == messages.c.domain))
        .where(*wanted.where(now))
    )
    with store.read() as connection:
        row = connection.execute(query).one()
    at: datetime | None = row[0]
    return None if at is None else max((at - AHEAD - now).total_seconds(), 0.0)


def renew(store: Store, claim: Claim, *, until: datetime) -> None:
    """Hold on to what is not handed over yet."""
    with store.write() as connection:
        connection.execute(
            sa.update(messages)
            .where(messages.c.claimed_by == claim.name, messages.c.state == "claimed")
            .values(claimed_until=until)
        )


def give_back(store: Store, claim: Claim) -> None:
    """Let go of what was not handed over: it waits again, as if nothing had been."""
    with store.write() as connection:
        connection.execute(
            sa.update(messages)
            .where(messages.c.claimed_by == claim.name, messages.c.state == "claimed")
            .values(state="waiting", claimed_by=None, claimed_until=None)
        )


def requeue_lost(store: Store, now: datetime) -> int:
    """Let messages wait again whose sender's lease ran out before it handed them over."""
    lost = sa.and_(messages.c.state == "claimed", messages.c.claimed_until < now)
    with store.read() as connection:
        if connection.execute(sa.select(messages.c.id).where(lost).limit(1)).first() is None:
            return 0
    with store.write() as connection:
        back = connection.execute(
            sa.update(messages)
            .where(lost)
            .values(state="waiting", claimed_by=None, claimed_until=None)
            .returning(messages.c.id)
        )
        ids: list[int] = [row.id for row in back]
        note(connection, ids, "requeued", "", "", now)
    return len(ids)


def _candidates(
    connection: Connection, wanted: Wanted, now: datetime, limit: int
) -> list[sa.Row[tuple[int, str]]]:
    which = wanted.where(now)
    if not wanted.is_urgent:
        busy = sa.select(domain_pace.c.domain).where(domain_pace.c.available_at > now + AHEAD)
        which.append(messages.c.domain.not_in(busy))
    query = (
        sa.select(messages.c.id, messages.c.domain)
        .where(*which)
        .order_by(messages.c.not_before, messages.c.id)
        .limit(limit)
        # PostgreSQL: what another sender is just taking is passed over. SQLite has one writer.
        .with_for_update(skip_locked=True)
    )
    return list(connection.execute(query).all())


def _pace(
    connection: Connection,
    store: Store,
    found: list[sa.Row[tuple[int, str]]],
    taken: list[sa.Row[tuple[int, str]]],
    per_minute: int,
    now: datetime,
) -> None:
    """Put into `taken` what each domain's pace lets through, and move the domains' clocks.

    A domain's clock says when its next message is on time; each message moves it by its share
    of a minute, and one that is not further ahead than `AHEAD` may go.
    """
    step = timedelta(minutes=1) / per_minute
    is_urgent = taken is found
    of_domain: dict[str, list[sa.Row[tuple[int, str]]]] = defaultdict(list)
    for row in found:
        of_domain[row.domain].append(row)
    clocks = _clocks(connection, store, sorted(of_domain), now)
    moved: list[dict[str, object]] = []
    for domain, rows in of_domain.items():
        clock = max(clocks[domain], now)
        for row in rows:
            if not is_urgent and clock > now + AHEAD:
                break
            clock += step
            if not is_urgent:
                taken.append(row)
        moved.append({"of": domain, "at": clock})
    if moved:
        connection.execute(
            sa.update(domain_pace)
            .where(domain_pace.c.domain == sa.bindparam("of"))
            .values(available_at=sa.bindparam("at", type_=domain_pace.c.available_at.type)),
            moved,
        )


def _clocks(
    connection: Connection, store: Store, domains: list[str], now: datetime
) -> dict[str, datetime]:
    """The domains' clocks, made where they are missing, and held until the transaction ends.

    In the order of their names: two senders never wait for each other in a circle.
    """
    if not domains:
        return {}
    insert = store.insert_missing(domain_pace, "domain")
    connection.execute(insert, [{"domain": d, "available_at": now} for d in domains])
    query = (
        sa.select(domain_pace.c.domain, domain_pace.c.available_at)
        .where(domain_pace.c.domain.in_(domains))
        .order_by(domain_pace.c.domain)
        .with_for_update()
    )
    return {row.domain: row.available_at for row in connection.execute(query)}


def _with_contents(connection: Connection, found: Iterable[Message]) -> list[Message]:
    """Messages with what they say, where it is their mailing's."""
    listed = list(found)
    said = _contents(connection, {m.mailing_id for m in listed if m.content is None} - {None})
    return [
        replace(m, content=said[m.mailing_id]) if m.content is None and m.mailing_id in said else m
        for m in listed
    ]


def _contents(connection: Connection, ids: Collection[int | None]) -> dict[int | None, Content]:
    if not ids:
        return {}
    query = sa.select(mailings.c.id, mailings.c.content).where(mailings.c.id.in_(ids))
    return {row.id: Content.from_json(row.content) for row in connection.execute(query)}
