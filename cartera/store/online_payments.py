"""Payments that clients begin on their pages: the rows, and the documents that they take.

What is ours of a payment never changes. What the gateway says is noted by whoever asked it, the
client app too; money becomes the ledger's only in the pipeline (`cartera.online.settling`).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera.errors import CarteraError, NotFound
from cartera.mail.refusal import Refusal
from cartera.online.terms import (
    TAKEN,
    Line,
    OnlinePayment,
    PaymentDraft,
    State,
    new_reference,
)
from cartera.store import audit
from cartera.store.db import Store
from cartera.store.links import CLIENT, Link
from cartera.store.notice_schema import own_payments
from cartera.store.online_schema import online_claims as claims
from cartera.store.online_schema import online_payments as table
from cartera.store.own_payment_rows import is_on_its_way, kept_favour, read_favour
from cartera.store.schema import publications

#: Payments that one client begins in a day: more is no person.
MOST_A_DAY = 40
#: After which a gateway that did not answer is asked again; and one that said no.
OUTAGE, _DAY = timedelta(minutes=2), timedelta(days=1)


class Taken(CarteraError):
    """A document is being paid already: by `payment`, which may be the same client's other tab."""

    def __init__(self, payment: OnlinePayment) -> None:
        super().__init__(f"a payment of that document is under way: {payment.reference}")
        self.payment = payment


class OnItsWay(Refusal):
    """A payment of one of these documents was made, and the figures do not have it yet."""

    def __init__(self) -> None:
        super().__init__("a payment of yours is being booked; try again in a minute")


class FiguresMoved(CarteraError):
    """There is a newer publication than the one that the documents were read from."""


def begin(
    store: Store,
    link: Link,
    draft: PaymentDraft,
    *,
    publication_id: int,
    language: str,
    now: datetime,
) -> OnlinePayment:
    """Write a payment down and take its documents; the same form again gives the first one.

    The draft was made from the figures of `publication_id`. Raises `FiguresMoved` where there are
    newer ones, `Taken` where one of the documents is being paid, `OnItsWay` where one was paid and
    is still open in the figures, `Refusal` where the client began too many.
    """
    with store.write() as connection:
        if (old := _by_key(connection, link, draft.key)) is not None:
            return old
        recent = sa.select(sa.func.count()).where(*_mine(link), table.c.created_at > now - _DAY)
        if connection.execute(recent).scalar_one() >= MOST_A_DAY:
            raise Refusal("you began many payments today; please write to us")
        payment = _insert(connection, store, link, draft, language, now)
        if payment is None:  # the same form a moment ago, from another process
            if (old := _by_key(connection, link, draft.key)) is None:
                raise NotFound("payment", draft.key, link.company_id)
            return old
        # From here on nobody else can begin to pay these, nor end a payment of them.
        _take(connection, store, payment)
        newest = connection.execute(sa.select(sa.func.max(publications.c.id))).scalar() or 0
        if newest != publication_id:
            raise FiguresMoved("the figures moved")
        documents, is_netting = _on_their_way(connection, link.company_id, link.client_id)
        # Money in favour that was used, and that the figures still have, is not there again.
        if documents & {line.document_id for line in draft.lines} or (draft.nets and is_netting):
            raise OnItsWay
        details = {
            "client_id": link.client_id, "link": link.public_id, "gateway": draft.gateway,
            "currency": draft.currency, "amount": f"{draft.amount:f}",
            "reference": payment.reference,
        }  # fmt: skip
        if payment.netted:
            details["netted"] = f"{payment.netted:f}"
        _audit(connection, payment, CLIENT, "online.begun", details, now)
        return payment


def get(store: Store, company_id: str, public_id: str) -> OnlinePayment:
    """One payment. Raises `NotFound`."""
    with store.read() as connection:
        return _found(connection, company_id, public_id, table.c.public_id == public_id)


def held_in(connection: Connection, company_id: str, public_id: str) -> OnlinePayment:
    """The same, held against other writers for the rest of the caller's transaction."""
    where = (table.c.company_id == company_id, table.c.public_id == public_id)
    row = connection.execute(sa.select(table).where(*where).with_for_update()).mappings().first()
    if row is None:
        raise NotFound("payment", public_id, company_id)
    return read(row)


def of_link(store: Store, link: Link, public_id: str) -> OnlinePayment | None:
    """A payment of the link's own client; None: there is none, or it is another's."""
    with store.read() as connection:
        return _one(connection, *_mine(link), table.c.public_id == public_id)


def by_key(store: Store, link: Link, key: str) -> OnlinePayment | None:
    """What this very form began, if it was sent already."""
    with store.read() as connection:
        return _by_key(connection, link, key)


def by_reference(
    store: Store, company_id: str, gateway: str, reference: str
) -> OnlinePayment | None:
    """The payment that a gateway's event is about; None: none of this company's there."""
    with store.read() as connection:
        return _one(
            connection, table.c.company_id == company_id, table.c.gateway == gateway,
            table.c.reference == reference,
        )  # fmt: skip


def by_gateway_id(
    store: Store, company_id: str, gateway: str, gateway_id: str
) -> OnlinePayment | None:
    """The same by the gateway's own name of it, where an event tells no more."""
    with store.read() as connection:
        return _one(
            connection, table.c.company_id == company_id, table.c.gateway == gateway,
            table.c.gateway_id == gateway_id,
        )  # fmt: skip


def listed(
    store: Store,
    company_id: str,
    *,
    states: Collection[State] = (),
    client_id: str | None = None,
    since: datetime | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[OnlinePayment]:
    """A company's payments, the newest first; of some states, of one client, since a moment."""
    query = sa.select(table).where(*_which(company_id, states, client_id, since))
    query = query.order_by(table.c.id.desc()).limit(limit).offset(offset)
    with store.read() as connection:
        return [read(row) for row in connection.execute(query).mappings()]


def count(
    store: Store,
    company_id: str,
    *,
    states: Collection[State] = (),
    client_id: str | None = None,
    since: datetime | None = None,
) -> int:
    """How many `listed` has without a limit."""
    which = _which(company_id, states, client_id, since)
    query = sa.select(sa.func.count()).select_from(table).where(*which)
    with store.read() as connection:
        return connection.execute(query).scalar_one()


def taken(store: Store, company_id: str, client_id: str) -> dict[str, str]:
    """Documents that are being paid, with the public id of the payment; and where one of them uses
    the money in favour of a currency, `favour_of` that.
    """
    query = (
        sa.select(claims.c.document_id, table.c.public_id)
        .join(table, table.c.id == claims.c.payment_id)
        .where(claims.c.company_id == company_id, claims.c.client_id == client_id)
    )
    with store.read() as connection:
        return {row.document_id: row.public_id for row in connection.execute(query)}


def favour_of(currency: str) -> str:
    """What stands among the documents that are taken for a client's money in favour, so that two
    payments never use it at once.
    """
    return f"@favour:{currency}"


def _on_their_way(
    connection: Connection, company_id: str, client_id: str
) -> tuple[set[str], bool]:  # fmt: skip
    """Documents with a payment through Cartera that the published figures do not have yet, or
    that is held out of them until a person says whether it is there twice; and whether any of
    these uses money in favour.
    """
    own = own_payments.c
    query = sa.select(own.allocations).where(
        own.company_id == company_id, own.client_id == client_id, is_on_its_way(),
    )  # fmt: skip
    parts = [
        part
        for row in connection.execute(query)
        for part in row.allocations
        if Decimal(part["amount"]) > 0
    ]
    return {str(part["document_id"]) for part in parts}, any("source" in part for part in parts)


def asked_for(store: Store, now: datetime, *, limit: int = 200) -> list[OnlinePayment]:
    """Payments of all companies that the gateway is to be asked about now, the longest due first,
    and those whose money is not the ledger's yet.
    """
    query = (
        sa.select(table)
        .where(sa.or_(table.c.ask_at <= now, table.c.is_settled.is_(False)))
        .order_by(table.c.ask_at, table.c.id)
        .limit(limit)
    )
    with store.read() as connection:
        return [read(row) for row in connection.execute(query).mappings()]


def are_waiting(store: Store, now: datetime) -> bool:
    """Whether `asked_for` has any; cheap, so ask often."""
    where = sa.or_(table.c.ask_at <= now, table.c.is_settled.is_(False))
    with store.read() as connection:
        return connection.execute(sa.select(table.c.id).where(where).limit(1)).first() is not None


def opened(
    store: Store, payment: OnlinePayment, url: str, gateway_id: str, *, now: datetime
) -> OnlinePayment:
    """Note where it is paid. Of several that say so at once the first stays."""
    with store.write() as connection:
        connection.execute(
            sa.update(table)
            .where(table.c.id == payment.id, table.c.url == "")
            .values(url=url, gateway_id=gateway_id, revision=table.c.revision + 1)
        )
        found = _one(connection, table.c.id == payment.id)
        assert found is not None  # noqa: S101  # rows are never deleted
        _audit(connection, found, CLIENT, "online.opened", {"gateway_id": gateway_id}, now)
        return found


def change(
    store: Store,
    payment: OnlinePayment,
    values: dict[str, Any],
    *,
    who: str,
    now: datetime,
) -> OnlinePayment | None:
    """Give it these values, if nobody changed it since it was read; else None.

    Documents are free again once its state is no longer one that takes them.
    """
    with store.write() as connection:
        return change_in(connection, payment, values, who=who, now=now)


def change_in(
    connection: Connection,
    payment: OnlinePayment,
    values: dict[str, Any],
    *,
    who: str,
    now: datetime,
) -> OnlinePayment | None:
    """The same within the caller's transaction."""
    is_news = any(getattr(payment, name) != value for name, value in values.items()
                  if name not in ("ask_at", "asks", "said_at"))  # fmt: skip
    query = (
        sa.update(table)
        .where(table.c.id == payment.id, table.c.revision == payment.revision)
        .values({**values, "revision": payment.revision + (1 if is_news else 0)})
    )
    # Without RETURNING: the client app's user may write these columns, and read the row anyway.
    if not connection.execute(query).rowcount:
        return None
    made = _one(connection, table.c.id == payment.id)
    assert made is not None  # noqa: S101  # rows are never deleted
    if is_news:
        if made.state not in TAKEN:
            connection.execute(sa.delete(claims).where(claims.c.payment_id == payment.id))
        details = {"client_id": made.client_id, "state": made.state, "said": made.said}
        _audit(connection, made, who, "online.changed", details, now)
    return made


def put_off(store: Store, payment: OnlinePayment, *, now: datetime, is_outage: bool) -> None:
    """There was no answer: ask again in a while, sooner where that is the line's fault."""
    wait = OUTAGE if is_outage else _DAY
    with store.write() as connection:
        query = sa.update(table).where(table.c.id == payment.id, table.c.ask_at <= now)
        connection.execute(query.values(ask_at=now + wait))


def read(row: sa.RowMapping) -> OnlinePayment:
    """The payment of a row."""
    values = {name: value for name, value in row.items() if name != "key"}
    values["lines"] = tuple(
        Line(
            line["document_id"], line["number"], Decimal(line["amount"]),
            tuple(read_favour(part) for part in line.get("netted", ())),
        )
        for line in row["lines"]
    )  # fmt: skip
    return OnlinePayment(**values)


def _kept(line: Line) -> dict[str, Any]:
    """A line as its row has it."""
    kept = {"document_id": line.document_id, "number": line.number, "amount": f"{line.amount:f}"}
    if not line.netted:
        return kept
    return kept | {"netted": [kept_favour(part) for part in line.netted]}


def _insert(
    connection: Connection,
    store: Store,
    link: Link,
    draft: PaymentDraft,
    language: str,
    now: datetime,
) -> OnlinePayment | None:
    """The new row; None: its key is there already."""
    expires = now + timedelta(minutes=draft.minutes)
    values: dict[str, Any] = {
        "public_id": secrets.token_hex(8),
        "company_id": link.company_id,
        "client_id": link.client_id,
        "key": draft.key,
        "link_id": link.public_id,
        "contact": link.contact,
        "language": language,
        "gateway": draft.gateway,
        "reference": new_reference(),
        "currency": draft.currency,
        "amount": draft.amount,
        "lines": [_kept(line) for line in draft.lines],
        "state": "pending",
        "url": "",
        "gateway_id": "",
        "said": "",
        "said_currency": "",
        "refunded": Decimal(0),
        "method": "",
        "reason": "",
        "is_settled": True,
        "ask_at": now + timedelta(minutes=2),
        "asks": 0,
        "created_at": now,
        "expires_at": expires,
        "revision": 1,
    }
    insert = store.insert_missing(table, "company_id", "client_id", "key")
    number = connection.execute(insert.returning(table.c.id), values).scalar()
    return None if number is None else _one(connection, table.c.id == number)


def _take(connection: Connection, store: Store, payment: OnlinePayment) -> None:
    """Take the documents of a new payment, in one order, so that two never wait for each other."""
    keys = ("company_id", "client_id", "document_id")
    # Not by `rowcount`: psycopg says -1 of an INSERT, whatever happened.
    insert = store.insert_missing(claims, *keys).returning(claims.c.document_id)
    wanted = {line.document_id for line in payment.lines}
    if payment.netted:
        wanted.add(favour_of(payment.currency))
    for document_id in sorted(wanted):
        values = {
            "company_id": payment.company_id, "client_id": payment.client_id,
            "document_id": document_id, "payment_id": payment.id,
        }  # fmt: skip
        if connection.execute(insert, values).first() is None:
            query = sa.select(table).join(claims, claims.c.payment_id == table.c.id)
            query = query.where(*(claims.c[name] == values[name] for name in keys))
            row = connection.execute(query).mappings().first()
            if row is None:  # ended this very moment
                raise FiguresMoved("the figures moved")
            raise Taken(read(row))


def _audit(
    connection: Connection, payment: OnlinePayment, who: str, action: str,
    details: dict[str, Any], now: datetime,
) -> None:  # fmt: skip
    audit.add(connection, payment.company_id, who, action, payment.public_id, details, now)


def _mine(link: Link) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.company_id == link.company_id, table.c.client_id == link.client_id)


def _by_key(connection: Connection, link: Link, key: str) -> OnlinePayment | None:
    return _one(connection, *_mine(link), table.c.key == key)


def _found(
    connection: Connection, company_id: str, name: str, *where: sa.ColumnElement[bool]
) -> OnlinePayment:
    payment = _one(connection, table.c.company_id == company_id, *where)
    if payment is None:
        raise NotFound("payment", name, company_id)
    return payment


def _one(connection: Connection, *where: sa.ColumnElement[bool]) -> OnlinePayment | None:
    row = connection.execute(sa.select(table).where(*where).limit(1)).mappings().first()
    return None if row is None else read(row)


def _which(
    company_id: str,
    states: Iterable[State],
    client_id: str | None,
    since: datetime | None,
) -> list[sa.ColumnElement[bool]]:
    which = [table.c.company_id == company_id]
    if states := list(states):
        which.append(table.c.state.in_(states))
    if client_id is not None:
        which.append(table.c.client_id == client_id)
    if since is not None:
        which.append(table.c.created_at >= since)
    return which
