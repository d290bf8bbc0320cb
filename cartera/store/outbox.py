"""The outbox: a message is written once under its key, and everything that people do to it.

Senders work on it through `cartera.store.dispatch`; reading it is `cartera.store.messages`,
whose names stand here too.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera.errors import UsageError
from cartera.mail.outgoing import Draft, Kind, State
from cartera.people import Person
from cartera.store import audit
from cartera.store.db import Store
from cartera.store.messages import (
    Event,
    Message,
    What,
    count_messages,
    counts,
    events,
    get,
    kept,
    list_messages,
)
from cartera.store.prepared import Prepared
from cartera.store.schema import mailings, message_events, messages

__all__ = [
    "CANCELLABLE", "RETRIABLE", "Event", "Message", "add_drafts", "cancel", "confirm_sent",
    "count_messages", "counts", "events", "get", "hold", "kept", "list_messages", "note",
    "queue", "release", "retry",
]  # fmt: skip

#: What a person may send again: either it surely did not arrive, or they have made sure.
RETRIABLE: tuple[State, ...] = ("failed", "bounced", "unknown", "skipped", "cancelled")
#: What has not been handed over yet. One that a sender composes right now is not handed over.
CANCELLABLE: tuple[State, ...] = ("draft", "held", "waiting", "claimed")
#: Rows written or changed by one statement.
CHUNK = 500
LONGEST_ADDRESS = 254
#: A new link and a receipt go before a mailing to thousands: somebody waits for them. What is due
#: is sent in the order of when it became so.
AHEAD_OF_MAILINGS = timedelta(days=1)
#: Rows that are quicker written one by one.
FEW = 4
#: Letters kept of what a server or a report said.
LONGEST_DETAIL = 500
_AHEAD: tuple[Kind, ...] = ("access", "receipt")
_START: tuple[State, ...] = ("waiting", "draft", "held")
_DRAFT: tuple[State, ...] = ("draft",)
_HELD: tuple[State, ...] = ("held",)
_UNKNOWN: tuple[State, ...] = ("unknown",)


def queue(
    store: Store,
    company_id: str,
    drafts: Iterable[Draft],
    *,
    by: Person,
    now: datetime,
    mailing_id: int | None = None,
    state: State = "waiting",
    not_before: datetime | None = None,
) -> list[str]:
    """Queue messages, all or none; public ids of the new ones, in order.

    A key that is there already stays as it is and is passed over: queueing twice sends once.
    """
    by.must("mail", company_id)
    with store.write() as connection:
        made = add_drafts(
            connection, store, company_id, drafts,
            by=by, now=now, mailing_id=mailing_id, state=state, not_before=not_before,
        )  # fmt: skip
        if made:
            subject = made[0] if len(made) == 1 else f"{len(made)} messages"
            details = {"count": len(made), "state": state}
            audit.add(connection, company_id, by.login, "mail.queued", subject, details, now)
    return made


def add_drafts(
    connection: Connection,
    store: Store,
    company_id: str,
    drafts: Iterable[Draft],
    *,
    by: Person,
    now: datetime,
    mailing_id: int | None = None,
    state: State = "waiting",
    not_before: datetime | None = None,
) -> list[str]:
    """Queue messages within a transaction of the caller's, who has asked and audits."""
    if state not in _START:
        raise UsageError(f"a message starts as one of {', '.join(_START)}, not {state!r}")
    insert = store.insert_missing(messages, "company_id", "key")
    made: list[str] = []
    for chunk in _chunks(drafts):
        rows = [_row(draft, company_id, mailing_id, state, not_before, by, now) for draft in chunk]
        result = connection.execute(insert.returning(messages.c.public_id, messages.c.id), rows)
        new: dict[str, int] = {row.public_id: row.id for row in result}
        note(connection, new.values(), "queued", "", by.login, now)
        made.extend(row["public_id"] for row in rows if row["public_id"] in new)
    return made


def retry(
    store: Store, company_id: str, public_ids: Collection[str], *, by: Person, now: datetime
) -> int:
    """Send again what failed, came back, was skipped or cancelled, or is unknown; how many.

    Who retries an unknown one has made sure that it did not arrive. It keeps its Message-ID.
    """
    change = {
        "state": "waiting", "reason": "", "not_before": now, "trying_since": None,
        "attempts": 0,
        "claimed_by": None, "claimed_until": None,
        # Its first link may be in somebody's hands: it stays, and this attempt makes another.
        "link_id": sa.case(
            (messages.c.state.in_(["unknown", "bounced"]), sa.null()), else_=messages.c.link_id
        ),
    }  # fmt: skip
    return _change(store, company_id, public_ids, RETRIABLE, change, "retried", by, now)


def cancel(
    store: Store, company_id: str, public_ids: Collection[str], *, by: Person, now: datetime
) -> int:
    """Do not send what has not been handed over yet; how many."""
    change = {"state": "cancelled", "claimed_by": None, "claimed_until": None}
    return _change(store, company_id, public_ids, CANCELLABLE, change, "cancelled", by, now)


def hold(
    store: Store, company_id: str, public_ids: Collection[str], *, by: Person, now: datetime
) -> int:
    """Take messages out of a mailing that is not sent yet; how many."""
    return _change(store, company_id, public_ids, _DRAFT, {"state": "held"}, "held", by, now)


def release(
    store: Store, company_id: str, public_ids: Collection[str], *, by: Person, now: datetime
) -> int:
    """Put held messages back into their mailing; how many.

    Where it is sent already they are due at once.
    """
    queued = sa.exists().where(mailings.c.id == messages.c.mailing_id, mailings.c.state == "queued")
    change = {"state": sa.case((queued, "waiting"), else_="draft"), "not_before": now}
    return _change(store, company_id, public_ids, _HELD, change, "released", by, now)


def confirm_sent(
    store: Store, company_id: str, public_ids: Collection[str], *, by: Person, now: datetime
) -> int:
    """Settle unknown messages that a person found to have arrived; how many.

    They count as sent at the moment at which they were handed over.
    """
    handed = (
        sa.select(sa.func.max(message_events.c.at))
        .where(message_events.c.message_id == messages.c.id, message_events.c.what == "sending")
        .scalar_subquery()
    )
    change = {"state": "sent", "reason": "", "sent_at": sa.func.coalesce(handed, now)}
    return _change(store, company_id, public_ids, _UNKNOWN, change, "confirmed", by, now)


_NOTE = sa.insert(message_events)
_NOTE_ONE = Prepared(_NOTE)
#: A row of what happened to a message.
Noted = dict[str, object]


def note(
    connection: Connection,
    message_ids: Iterable[int],
    what: What,
    detail: str,
    who: str,
    now: datetime,
) -> None:
    """Write down what happened to messages, in the transaction in which it does."""
    note_all(connection, [noted(id_, what, detail, who, now) for id_ in message_ids])


def noted(message_id: int, what: What, detail: str, who: str, now: datetime) -> Noted:
    """What happened to a message, to be written down by `note_all`."""
    detail = printable(detail)
    return {"message_id": message_id, "at": now, "what": what, "detail": detail, "who": who}


def note_all(connection: Connection, rows: Sequence[Noted]) -> None:
    """Write all this down, in the transaction in which it happens."""
    if len(rows) < FEW:
        for row in rows:
            _NOTE_ONE.run(connection, row)
    else:
        connection.execute(_NOTE, rows)


def printable(text: str) -> str:
    """What a server or a report said, on one line and of bearable length."""
    plain = text[:4000]
    if not plain.isprintable():
        plain = "".join(letter if letter.isprintable() else " " for letter in plain)
    return " ".join(plain.split())[:LONGEST_DETAIL]


def _change(
    store: Store,
    company_id: str,
    public_ids: Collection[str],
    states: Collection[State],
    values: Mapping[str, Any],
    what: What,
    by: Person,
    now: datetime,
) -> int:
    """Change those of these messages that are in one of the states; the others stay."""
    by.must("mail", company_id)
    count = 0
    with store.write() as connection:
        for chunk in _chunks(sorted(set(public_ids))):
            changed = connection.execute(
                sa.update(messages)
                .where(
                    messages.c.company_id == company_id,
                    messages.c.public_id.in_(chunk),
                    messages.c.state.in_(list(states)),
                )
                .values(dict(values))
                .returning(messages.c.id, messages.c.public_id)
            ).all()
            note(connection, [row.id for row in changed], what, "", by.login, now)
            for row in changed:
                action = f"mail.{what}"
                audit.add(connection, company_id, by.login, action, row.public_id, {}, now)
            count += len(changed)
    return count


def _row(
    draft: Draft,
    company_id: str,
    mailing_id: int | None,
    state: State,
    not_before: datetime | None,
    by: Person,
    now: datetime,
) -> dict[str, Any]:
    if not draft.key:
        raise UsageError("a message needs a key")
    if draft.content is None and mailing_id is None:
        raise UsageError(f"message {draft.key!r} belongs to no mailing and says nothing")
    due = now - AHEAD_OF_MAILINGS if draft.kind in _AHEAD else now
    return {
        "public_id": secrets.token_hex(16),
        "company_id": company_id,
        "key": draft.key,
        "kind": draft.kind,
        "mailing_id": mailing_id,
        "reminder_id": draft.reminder_id,
        "client_id": draft.client_id,
        "document_id": draft.document_id,
        "contact": draft.contact,
        "address": draft.address,
        "domain": domain_of(draft.address),
        "language": draft.language,
        "is_copy": draft.is_copy,
        "is_periodic": draft.is_periodic,
        "content": None if draft.content is None else draft.content.to_json(),
        "state": state,
        "reason": "",
        "attempts": 0,
        "not_before": not_before or due,
        "transport": "",
        "subject": "",
        "created_at": now,
        "created_by": by.login,
    }


def domain_of(address: str) -> str:
    """The receiving domain, in small letters; `UsageError` for what cannot be an address.

    Whether it is a good one is `cartera.mail.addresses`' matter; here nothing passes that could
    end a line of the conversation with a mail server.
    """
    local, at, domain = address.rpartition("@")
    fits = len(address) <= LONGEST_ADDRESS and address.isprintable() and " " not in address
    if not (local and at and domain and fits) or set(address) & set("<>,;"):
        raise UsageError(f"{printable(address)[:80]!r} is not an e-mail address")
    return domain.lower()


def _chunks(items: Iterable[Any], size: int = CHUNK) -> Iterator[list[Any]]:
    source = iter(items)
    while chunk := list(islice(source, size)):
        yield chunk
