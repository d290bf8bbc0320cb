"""Handing messages over: written down before it happens, settled after it did.

A message is `sending` before its first byte leaves. Whoever dies in between leaves it so, and
once its lease is over it is `unknown`: it may have arrived, so nothing sends it again by itself.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from cartera.mail.outgoing import Reason, State
from cartera.store import figure_changes, links, stopped
from cartera.store.claims import Claim
from cartera.store.db import Store
from cartera.store.messages import Message, What, by_ids
from cartera.store.outbox import Noted, note_all, noted
from cartera.store.prepared import Prepared
from cartera.store.schema import message_contents, messages, stopped_addresses

#: How long a sender may hold messages without a sign of life: longer than a slow server takes
#: to answer every line of one conversation.
LEASE = timedelta(minutes=15)
#: The kept messages are read seldom: quick to pack counts more than small.
LEVEL = 3
Verdict = Literal["sent", "deferred", "failed", "skipped", "unknown"]
_EVENT: dict[Verdict, What] = {
    "sent": "accepted", "deferred": "deferred", "failed": "failed", "skipped": "skipped",
    "unknown": "unknown",
}  # fmt: skip
_STATE: dict[Verdict, State] = {
    "sent": "sent", "deferred": "waiting", "failed": "failed", "skipped": "skipped",
    "unknown": "unknown",
}  # fmt: skip

# What every message asks, made once: building these takes longer than running them.

#: Nothing where the message is no longer the claim's, or waits until changed figures are seen;
#: else a row, or one for each cause for which its address gets nothing.
_MAY_GO = Prepared(
    sa.select(stopped_addresses.c.cause)
    .select_from(
        messages.outerjoin(
            stopped_addresses,
            sa.and_(
                stopped_addresses.c.company_id == messages.c.company_id,
                stopped_addresses.c.address == sa.bindparam("of_address"),
                sa.or_(stopped_addresses.c.kind == "", stopped_addresses.c.kind == messages.c.kind),
                # Not `in_`: such a list is written out anew each time.
                sa.or_(
                    stopped_addresses.c.cause == "dead",
                    stopped_addresses.c.cause == "unsubscribed",
                ),
            ),
        )
    )
    .where(
        messages.c.id == sa.bindparam("of_id"),
        messages.c.state == "claimed",
        messages.c.claimed_by == sa.bindparam("of_claim"),
        # Figures of a version whose changes nobody has seen may have come since it was claimed.
        figure_changes.lets_go(),
    )
    .with_for_update(of=messages)
)
_SENDING = Prepared(
    sa.update(messages)
    .where(messages.c.id == sa.bindparam("of_id"))
    .values(
        state="sending",
        reason="",
        attempts=messages.c.attempts + 1,
        **{
            name: sa.bindparam(name, type_=messages.c[name].type)
            for name in (
                "claimed_until", "transport", "rfc_message_id", "link_id", "subject", "as_of",
                "publication_id",
            )
        },
    )
)  # fmt: skip
#: A sender's own message, also one that was given up as unknown meanwhile.
_MINE = (
    messages.c.claimed_by == sa.bindparam("of_claim"),
    sa.or_(*(messages.c.state == state for state in ("claimed", "sending", "unknown"))),
)
_SENT = Prepared(
    sa.update(messages)
    .where(messages.c.id == sa.bindparam("of_id"), *_MINE)
    .values(
        state="sent",
        reason="",
        sent_at=sa.bindparam("sent_at", type_=messages.c.sent_at.type),
        trying_since=None,
        claimed_by=None,
        claimed_until=None,
    )
)


@dataclass(frozen=True, slots=True)
class HandOver:
    """A message about to leave, as it will; `raw` is what is kept of it.

    `token` is empty where it carries no link.
    """

    message: Message
    token: str = field(repr=False)
    link_days: int
    raw: bytes = field(repr=False)
    rfc_message_id: str
    subject: str
    as_of: date
    publication_id: int | None
    transport: str
    #: The test address that it goes to instead; empty: to its own.
    redirected: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a message that a sender held."""

    message: Message
    verdict: Verdict
    reason: Reason = ""
    #: What the server said, in its own words.
    detail: str = ""
    #: deferred: not before.
    again_at: datetime | None = None
    #: failed: nobody is at this address.
    is_dead: bool = False


def hand_over(
    store: Store,
    claim: Claim,
    letter: HandOver,
    *,
    before: Result | None,
    now: datetime,
    until: datetime,
) -> bool:
    """Settle the message before, and note that this one leaves; whether it may.

    All of it, or nothing: the state `sending`, the link that the message carries, the message as
    it is kept. Not allowed is what is no longer this claim's, and what goes to an address that
    was stopped a moment ago.
    """
    content = zlib.compress(letter.raw, LEVEL)  # outside: nobody waits for it
    with store.write() as connection:
        happened: list[Noted] = []
        if before is not None:
            _settle(connection, store, claim, before, now, happened)
        causes = _stops(connection, claim, letter.message)
        message = letter.message
        reason = stopped.reason_to_stop(causes or (), message.kind, is_copy=message.is_copy)
        if reason:
            skipped = Result(message, "skipped", reason)
            _settle(connection, store, claim, skipped, now, happened)
        goes = causes is not None and not reason
        if goes:
            _begin(connection, store, letter, content, now, until, happened)
        note_all(connection, happened)
    return goes


def settle(store: Store, claim: Claim, results: Sequence[Result], *, now: datetime) -> None:
    """Write down what became of messages, in one transaction."""
    if results:
        with store.write() as connection:
            happened: list[Noted] = []
            for result in results:
                _settle(connection, store, claim, result, now, happened)
            note_all(connection, happened)


def settle_lost(
    store: Store, now: datetime, *, arrived: Callable[[Message], bool | None]
) -> dict[str, int]:
    """Settle messages whose sender's lease ran out after the hand-over; how many of each.

    `arrived` says what the transport can prove: True and it is sent, False and it waits again,
    None (a mail server cannot tell) and it is unknown.
    """
    lost = (messages.c.state == "sending", messages.c.claimed_until < now)
    done: dict[str, int] = {}
    with store.read() as connection:
        ids: list[int] = [
            row.id for row in connection.execute(sa.select(messages.c.id).where(*lost))
        ]
        found = by_ids(connection, ids) if ids else []
    for message in found:
        proof = arrived(message)
        verdict: Verdict = "unknown" if proof is None else "sent" if proof else "deferred"
        reason: Reason = "died" if proof is None else ""
        result = Result(message, verdict, reason, again_at=now)
        happened: list[Noted] = []
        with store.write() as connection:
            if _write(connection, result, now, [messages.c.state == "sending", *lost], happened):
                note_all(connection, happened)
                done[verdict] = done.get(verdict, 0) + 1
    return done


def _stops(connection: Connection, claim: Claim, message: Message) -> list[str] | None:
    """Why the message's address gets nothing by now; None where it is no longer the claim's."""
    asked = {
        "of_id": message.id,
        "of_claim": claim.name,
        "of_address": stopped.normal(message.address),
    }
    found: Sequence[str | None] = _MAY_GO.run(connection, asked).scalars().all()
    return [cause for cause in found if cause is not None] if found else None


def _begin(
    connection: Connection,
    store: Store,
    letter: HandOver,
    content: bytes,
    now: datetime,
    until: datetime,
    happened: list[Noted],
) -> None:
    message = letter.message
    link_id = letter.token and links.for_message(
        connection,
        message.link_id,
        company_id=message.company_id,
        client_id=message.client_id,
        contact=message.address,
        days=letter.link_days,
        token=letter.token,
        created_by=message.created_by,
        now=now,
    )
    _SENDING.run(
        connection,
        {
            "of_id": message.id,
            "claimed_until": until,
            "transport": letter.transport,
            "rfc_message_id": letter.rfc_message_id,
            "link_id": link_id or None,
            "subject": letter.subject,
            "as_of": letter.as_of,
            "publication_id": letter.publication_id,
        },
    )
    row = {
        "message_id": message.id, "content": content, "size": len(letter.raw), "kept_at": now,
    }  # fmt: skip
    _keep(store.is_sqlite).run(connection, row)
    happened.append(noted(message.id, "sending", letter.transport, "", now))
    if letter.redirected:
        happened.append(noted(message.id, "redirected", letter.redirected, "", now))


@lru_cache(maxsize=2)
def _keep(is_sqlite: bool) -> Prepared:
    """Keep the message as it goes, instead of what an earlier attempt kept."""
    dialect = sqlite if is_sqlite else postgresql
    insert: sqlite.Insert | postgresql.Insert = dialect.insert(message_contents)
    return Prepared(
        insert.on_conflict_do_update(
            index_elements=["message_id"],
            set_={name: insert.excluded[name] for name in ("content", "size", "kept_at")},
        )
    )


def _settle(
    connection: Connection,
    store: Store,
    claim: Claim,
    result: Result,
    now: datetime,
    happened: list[Noted],
) -> None:
    """Write a result down, where the message is still this claim's.

    Also one that was given up as unknown meanwhile: its sender was only slow, and knows.
    """
    if result.verdict == "sent" and not result.reason:
        asked = {"of_id": result.message.id, "of_claim": claim.name, "sent_at": now}
        if _SENT.run(connection, asked).rowcount:
            happened.append(noted(result.message.id, "accepted", result.detail, "", now))
        return
    if not _write(connection, result, now, _MINE, happened, {"of_claim": claim.name}):
        return
    if result.is_dead:
        message = result.message
        stopped.mark_dead(
            connection, store, message.company_id, message.address,
            detail=result.detail, message_id=message.id, now=now,
        )  # fmt: skip


def _write(
    connection: Connection,
    result: Result,
    now: datetime,
    which: Iterable[sa.ColumnElement[bool]],
    happened: list[Noted],
    asked: Mapping[str, object] | None = None,
) -> bool:
    message, verdict = result.message, result.verdict
    values: dict[str, object] = {"state": _STATE[verdict], "reason": result.reason}
    if verdict == "sent":
        values |= {"sent_at": now, "trying_since": None}
    if verdict == "deferred":
        values["not_before"] = result.again_at or now
    if result.reason and verdict == "deferred":
        # What waits for the hour was not refused by anybody: the patience with its server begins
        # anew, or a long weekend would use it up.
        since = None if result.reason == "window" else message.trying_since or now
        values["trying_since"] = since
    if verdict != "unknown":  # an unknown one is still its sender's to settle
        values |= {"claimed_by": None, "claimed_until": None}
    settled = connection.execute(
        sa.update(messages)
        .where(messages.c.id == message.id, *which)
        .values(values)
        .returning(messages.c.link_id),
        dict(asked or {}),
    ).all()
    if not settled:
        return False
    what = "requeued" if verdict == "deferred" and not result.reason else _EVENT[verdict]
    happened.append(noted(message.id, what, result.detail or result.reason, "", now))
    if verdict == "failed":
        links.close_unused(connection, settled[0].link_id, now)
    return True
