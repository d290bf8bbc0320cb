"""Own payments: those that came in through Cartera, and what staff decide about them.

A client's report that staff accept becomes one; so will what is paid on the page. The pipeline
carries them into the ledger and looks whether the accounting system has them
(`cartera.warehouse.own_payments`). Reading and writing the rows is `own_payment_rows`, whose names
stand here too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera import clock
from cartera.errors import UsageError
from cartera.mail.refusal import Refusal
from cartera.people import Person
from cartera.store import audit, notices
from cartera.store.db import Store
from cartera.store.notice_schema import own_payments as table
from cartera.store.notices import AlreadyDecided, Tell
from cartera.store.own_payment_rows import (
    PREFIX,
    Allocated,
    Match,
    Netted,
    OwnPayment,
    Source,
    Status,
    add_in,
    check,
    count_doubts,
    get,
    get_in,
    kept,
    kept_netted,
    listed,
    of_source,
    of_source_in,
    of_sources,
    read,
)

__all__ = [
    "PREFIX", "Allocated", "Match", "Matched", "Netted", "OwnPayment", "Source", "Status", "accept",
    "add_in", "are_waiting", "count_doubts", "different", "every", "get", "get_in", "listed",
    "mark_carried", "match", "of_source", "of_source_in", "of_sources", "resize_in", "same", "void",
]  # fmt: skip

#: Whoever matches, carries and settles payments, in the audit trail.
PIPELINE = "pipeline"
_DAY = timedelta(days=1)


class Matched(NamedTuple):
    """What was found out about a payment that stood at `revision`."""

    public_id: str
    revision: int
    match: Match
    matched_id: str


def accept(
    store: Store,
    company_id: str,
    notice_public_id: str,
    *,
    amount: Decimal,
    day: date,
    allocations: Sequence[tuple[str, Decimal]],
    open_documents: Mapping[str, Decimal],
    text: str = "",
    by: Person,
    now: datetime,
    tell: Tell | None = None,
) -> OwnPayment:
    """Accept a reported payment, or a part of it, and say where the money goes.

    `open_documents` is what the client owes of each document in the payment's currency, from the
    figures that the person saw. The decision, the payment and its traces are one transaction, in
    which `tell` is called: people accept with `cartera.notices.decisions`, which mails the client.
    Raises `Refusal` for what cannot be, `AlreadyDecided` where somebody was quicker.
    """
    by.must("clients", company_id)
    with store.write() as connection:
        notice = notices.get_in(connection, company_id, notice_public_id)
        if notice.kind != "payment":
            raise UsageError(f"a {notice.kind} is no payment")
        if notice.state != "open":
            raise AlreadyDecided(notice)
        check(notice.currency, amount, allocations)
        if day > clock.local(now, "UTC").date() + _DAY:
            raise Refusal("a payment cannot be of a day to come")
        for document_id, part in allocations:
            if document_id not in open_documents:
                raise Refusal("that document is not open any more")
            if part > open_documents[document_id]:
                raise Refusal("a document gets more than is open of it")
        # First, so that of many at once all but one stop here.
        notice = notices.decide_in(connection, notice, "accepted", text=text, by=by, now=now)
        if tell is not None:
            tell(connection, notice)
        return add_in(
            connection,
            store,
            company_id=company_id,
            client_id=notice.client_id,
            source="report",
            source_id=notice.public_id,
            currency=notice.currency,
            amount=amount,
            day=day,
            allocations=allocations,
            method=notice.method,
            reference=notice.reference,
            who=by.login,
            now=now,
        )


def void(
    store: Store,
    company_id: str,
    public_id: str,
    *,
    by: Person,
    now: datetime,
    tell: Callable[[Connection, OwnPayment], None] | None = None,
) -> OwnPayment:
    """Take a payment back: its documents are open again. A second time changes nothing.

    `tell` is called in the transaction.
    """
    by.must("clients", company_id)
    with store.write() as connection:
        found = get_in(connection, company_id, public_id)
        if found.status == "void":
            return found
        gone = _change(connection, found, "payment.voided", {}, by.login, now, status="void")
        if tell is not None:
            tell(connection, gone)
        return gone


def resize_in(
    connection: Connection, old: OwnPayment, amount: Decimal, *, who: str, now: datetime
) -> OwnPayment:
    """Give a payment, held by the caller, the amount that is left of it after money went back.

    The documents that were paid last are open again first; what money in favour settled stays
    settled as long as anything is left. Nothing is left: it is void, and that money is in favour
    again. A chargeback that was won gives it back what it had. The same amount again changes
    nothing.
    """
    if amount <= 0:
        if old.status == "void":
            return old
        return _change(connection, old, "payment.reversed", {}, who, now, status="void")
    if (old.status, old.amount) == ("received", amount):
        return old
    details = {"old": f"{old.amount:f}", "new": f"{amount:f}"}
    parts, rest = [], amount
    for given in old.given:
        fits = min(given.amount, rest)
        rest -= fits
        parts.append(kept(given, fits))
    parts += [kept_netted(part) for part in old.netted]
    return _change(
        connection, old, "payment.resized", details, who, now,
        status="received", amount=amount, allocations=parts,
    )  # fmt: skip


def same(
    store: Store, company_id: str, public_id: str, matched_id: str, *, by: Person, now: datetime
) -> OwnPayment:
    """A person says that the accounting system's payment is this one, which it replaces.

    Raises `Refusal` where it is not that one which is in doubt (any more).
    """
    by.must("clients", company_id)
    with store.write() as connection:
        found = get_in(connection, company_id, public_id)
        if (found.match, found.matched_id) == ("replaced", matched_id):
            return found
        if (found.match, found.matched_id) != ("doubt", matched_id):
            raise Refusal("this changed meanwhile; look at it once more")
        details = {"matched_id": matched_id}
        return _change(connection, found, "payment.same", details, by.login, now, match="replaced")


def different(
    store: Store, company_id: str, public_id: str, matched_id: str, *, by: Person, now: datetime
) -> OwnPayment:
    """A person says that these are two payments: this one counts, too.

    Also for one that was taken for the same. Raises `Refusal` where it is matched with another.
    """
    by.must("clients", company_id)
    with store.write() as connection:
        found = get_in(connection, company_id, public_id)
        if matched_id in found.not_these:
            return found
        if found.match == "ours" or found.matched_id != matched_id:
            raise Refusal("this changed meanwhile; look at it once more")
        return _change(
            connection, found, "payment.different", {"matched_id": matched_id}, by.login, now,
            match="ours", matched_id="", not_these=[*found.not_these, matched_id],
        )  # fmt: skip


def match(store: Store, found: Collection[Matched], *, now: datetime) -> bool:
    """Note what each of these payments is matched with, all or none.

    False: one of them was changed since it was read, and whoever calls reads them again.
    """
    with store.write() as connection:
        stand = [_at(connection, one) for one in found]
        old = [row for row in stand if row is not None]
        if len(old) < len(stand):
            return False
        for one, row in zip(found, old, strict=True):
            details = {"match": one.match, "matched_id": one.matched_id}
            _change(connection, row, "payment.matched", details, PIPELINE, now, **details)
    return True


def every(store: Store) -> list[OwnPayment]:
    """All of them, of all companies, void ones too."""
    with store.read() as connection:
        rows = connection.execute(sa.select(table).order_by(table.c.id)).mappings()
        return [read(row) for row in rows]


def are_waiting(store: Store) -> bool:
    """Whether the published figures lack something of them; cheap, so ask often."""
    query = sa.select(table.c.id).where(table.c.carried != table.c.revision).limit(1)
    with store.read() as connection:
        return connection.execute(query).first() is not None


def mark_carried(
    store: Store, carried: Collection[OwnPayment], *, now: datetime | None = None
) -> None:
    """Note that the published figures have these; what was changed meanwhile goes on waiting.

    In the audit trail, too: open pages, which say "to be booked" until then, look there.
    """
    if not carried:
        return
    at = now or clock.now()
    with store.write() as connection:
        for one in carried:
            connection.execute(
                sa.update(table).where(table.c.id == one.id).values(carried=one.revision)
            )
            details = {"client_id": one.client_id, "revision": one.revision}
            audit.add(
                connection, one.company_id, PIPELINE, "payment.carried", one.public_id, details, at
            )


def _at(connection: Connection, one: Matched) -> OwnPayment | None:
    """The payment, held for this transaction, if nobody changed it since."""
    query = sa.select(table).where(
        table.c.public_id == one.public_id, table.c.revision == one.revision
    )
    row = connection.execute(query.with_for_update()).mappings().first()
    return None if row is None else read(row)


def _change(
    connection: Connection,
    old: OwnPayment,
    action: str,
    details: Mapping[str, Any],
    who: str,
    now: datetime,
    **values: Any,
) -> OwnPayment:
    changed = {**values, "revision": old.revision + 1, "changed_at": now}
    query = sa.update(table).where(table.c.id == old.id).values(changed).returning(table)
    row = connection.execute(query).mappings().one()
    about = {"client_id": old.client_id, "source_id": old.source_id, **details}
    audit.add(connection, old.company_id, who, action, old.public_id, about, now)
    return read(row)
