"""Own payments as they stand in the store: the rows, reading them, and writing a new one.

What people do to them is `cartera.store.own_payments`, whose names to use; the pipeline carries
them into the ledger (`cartera.warehouse.own_payments`).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera.errors import NotFound
from cartera.mail.refusal import Refusal
from cartera.notices.terms import check_amount
from cartera.online.terms import InFavour
from cartera.store import audit
from cartera.store.db import Store
from cartera.store.notice_schema import own_payments as table

#: How it came in: a client's report that staff accepted, or paid on the page.
Source = Literal["report", "online"]
Status = Literal["received", "void"]
#: ours: it counts. doubt: the accounting system may have it, so it does not count until a person
#: says. replaced: the accounting system has it.
Match = Literal["ours", "doubt", "replaced"]
#: What its id begins with in the ledger, so that no accounting system's is the same.
PREFIX = "cartera-"
#: Sources asked about by one query.
CHUNK = 500


class Allocated(NamedTuple):
    """How much of a payment goes to a document."""

    document_id: str
    amount: Decimal


class Netted(NamedTuple):
    """Money in favour that goes to a document with the payment."""

    document_id: str
    money: InFavour


@dataclass(frozen=True, slots=True)
class OwnPayment:
    """A payment that came in through Cartera.

    What `allocations` leave over is money in favour; `given` is how they were before any of it went
    back to the client. `netted` is money that was in favour before, which the ledger allocates as
    long as the payment counts (`cartera.warehouse.netting`). `matched_id` is the accounting
    system's payment that replaces it, or may; `not_these` are those that a person said are others.
    `revision` counts its changes, and `carried` says which of them the published figures have.
    """

    id: int
    public_id: str
    company_id: str
    client_id: str
    source: Source
    source_id: str
    currency: str
    amount: Decimal
    day: date
    method: str
    reference: str
    allocations: tuple[Allocated, ...]
    status: Status
    match: Match
    matched_id: str
    not_these: tuple[str, ...]
    revision: int
    carried: int
    created_at: datetime
    created_by: str
    changed_at: datetime
    #: What a gateway calls it; the accounting system may have either reference.
    other_reference: str = ""
    given: tuple[Allocated, ...] = ()
    netted: tuple[Netted, ...] = ()

    @property
    def payment_id(self) -> str:
        """What the ledger calls it."""
        return PREFIX + self.public_id

    @property
    def counts(self) -> bool:
        """Whether the balance is to have it."""
        return self.status == "received" and self.match == "ours"

    @property
    def is_carried(self) -> bool:
        """Whether the published figures have it as it is now."""
        return self.carried == self.revision


def check(currency: str, amount: Decimal, allocations: Sequence[tuple[str, Decimal]]) -> None:
    """Raise `Refusal` for amounts that cannot be those of one payment."""
    for value in (amount, *(part for _, part in allocations)):
        check_amount(value, currency)
    if len({document_id for document_id, _ in allocations}) < len(allocations):
        raise Refusal("a document stands there twice")
    if sum((part for _, part in allocations), Decimal()) > amount:
        raise Refusal("the documents get more than the payment has")


def add_in(
    connection: Connection,
    store: Store,
    *,
    company_id: str,
    client_id: str,
    source: Source,
    source_id: str,
    currency: str,
    amount: Decimal,
    day: date,
    allocations: Sequence[tuple[str, Decimal]],
    netted: Sequence[Netted] = (),
    method: str = "",
    reference: str = "",
    other_reference: str = "",
    who: str,
    now: datetime,
) -> OwnPayment:
    """Write a payment down within the caller's transaction; of one source, the first stays.

    `who` stands in the audit trail. Raises `Refusal` for amounts that cannot be.
    """
    check(currency, amount, allocations)
    for part in netted:
        check_amount(part.money.amount, currency)
    values: dict[str, Any] = {
        "public_id": secrets.token_hex(8),
        "company_id": company_id,
        "client_id": client_id,
        "source": source,
        "source_id": source_id,
        "currency": currency,
        "amount": amount,
        "day": day,
        "method": method,
        "reference": reference,
        "other_reference": other_reference,
        "allocations": [
            *(kept(Allocated(*part)) for part in allocations),
            *(kept_netted(part) for part in netted),
        ],
        "status": "received",
        "match": "ours",
        "matched_id": "",
        "not_these": [],
        "revision": 1,
        "carried": 0,
        "created_at": now,
        "created_by": who,
        "changed_at": now,
    }
    insert = store.insert_missing(table, "company_id", "source", "source_id")
    made = connection.execute(insert.returning(table.c.id), values).scalar()
    if made is not None:
        details = {
            "client_id": client_id, "source": source, "source_id": source_id,
            "currency": currency, "amount": f"{amount:f}", "day": day.isoformat(),
            "allocations": values["allocations"],
        }  # fmt: skip
        subject = values["public_id"]
        audit.add(connection, company_id, who, "payment.received", subject, details, now)
    found = of_source_in(connection, company_id, source, source_id)
    if found is None:
        raise NotFound("own payment", source_id, company_id)
    return found


def kept(given: Allocated, amount: Decimal | None = None) -> dict[str, Any]:
    """A part as its row has it; `amount` is what is left of it, where some went back."""
    left = given.amount if amount is None else amount
    return {
        "document_id": given.document_id, "amount": f"{left:f}", "given": f"{given.amount:f}",
    }  # fmt: skip


def kept_netted(part: Netted) -> dict[str, Any]:
    """The same of money that was in favour."""
    source = kept_favour(part.money)
    return {"document_id": part.document_id, "amount": source.pop("amount"), "source": source}


def kept_favour(money: InFavour) -> dict[str, str]:
    """Money in favour as rows have it."""
    return {
        "kind": money.kind, "id": money.source_id, "number": money.number,
        "taken_from": money.taken_from, "amount": f"{money.amount:f}",
    }  # fmt: skip


def read_favour(kept: Mapping[str, Any]) -> InFavour:
    """The same back."""
    return InFavour(
        kept["kind"], kept["id"], kept["number"], Decimal(kept["amount"]), kept["taken_from"]
    )


def is_on_its_way() -> sa.ColumnElement[bool]:
    """SQL: the published figures do not have it yet, or not until its doubt is decided.

    Columns by name: the client app may not see the others.
    """
    return sa.and_(
        table.c.status == "received",
        sa.or_(table.c.carried != table.c.revision, table.c.match == "doubt"),
    )


def source_is_on_its_way(
    source: Source, company_id: sa.Column[Any], source_id: sa.Column[Any]
) -> sa.ColumnElement[bool]:
    """SQL: the same of what came of a row of the outer query, which these columns name."""
    return (
        sa.exists(table.c.revision)
        .where(
            table.c.company_id == company_id,
            table.c.source == source,
            table.c.source_id == source_id,
            is_on_its_way(),
        )
        .correlate(company_id.table)
    )


def get(store: Store, company_id: str, public_id: str) -> OwnPayment:
    """One of them. Raises `NotFound`."""
    with store.read() as connection:
        return get_in(connection, company_id, public_id)


def get_in(connection: Connection, company_id: str, public_id: str) -> OwnPayment:
    """The same, held against other writers for the rest of the caller's transaction."""
    query = sa.select(table).where(table.c.company_id == company_id, table.c.public_id == public_id)
    row = connection.execute(query.with_for_update()).mappings().first()
    if row is None:
        raise NotFound("own payment", public_id, company_id)
    return read(row)


def of_source(store: Store, company_id: str, source: Source, source_id: str) -> OwnPayment | None:
    """What came of a report (a notice's public id), or of a payment on the page; None: nothing."""
    with store.read() as connection:
        return of_source_in(connection, company_id, source, source_id)


def of_source_in(
    connection: Connection, company_id: str, source: Source, source_id: str
) -> OwnPayment | None:
    """The same within the caller's transaction."""
    query = sa.select(table).where(
        table.c.company_id == company_id,
        table.c.source == source,
        table.c.source_id == source_id,
    )
    row = connection.execute(query).mappings().first()
    return None if row is None else read(row)


def of_sources(
    store: Store, company_id: str, source: Source, source_ids: Collection[str]
) -> dict[str, OwnPayment]:
    """What came of several, by source id; those of which nothing came are left out."""
    found: dict[str, OwnPayment] = {}
    wanted = sorted(set(source_ids))
    with store.read() as connection:
        for start in range(0, len(wanted), CHUNK):
            query = sa.select(table).where(
                table.c.company_id == company_id,
                table.c.source == source,
                table.c.source_id.in_(wanted[start : start + CHUNK]),
            )
            for row in connection.execute(query).mappings():
                found[row["source_id"]] = read(row)
    return found


def listed(
    store: Store,
    company_id: str,
    *,
    client_id: str | None = None,
    match: Match | None = None,
    source: Source | None = None,
) -> list[OwnPayment]:
    """A company's own payments, the newest first; of one client, of one source, of one match (never
    void ones).
    """
    query = sa.select(table).where(table.c.company_id == company_id).order_by(table.c.id.desc())
    if client_id is not None:
        query = query.where(table.c.client_id == client_id)
    if source is not None:
        query = query.where(table.c.source == source)
    if match is not None:
        query = query.where(table.c.match == match, table.c.status == "received")
    with store.read() as connection:
        return [read(row) for row in connection.execute(query).mappings()]


def count_doubts(store: Store, company_id: str, source: Source) -> int:
    """How many payments wait for a person to say whether the accounting system has them."""
    which = (
        table.c.company_id == company_id, table.c.match == "doubt", table.c.source == source
    )  # fmt: skip
    query = sa.select(sa.func.count()).where(*which, table.c.status == "received")
    with store.read() as connection:
        return connection.execute(query).scalar_one()


def read(row: sa.RowMapping) -> OwnPayment:
    """The payment of a row."""
    values = dict(row)
    parts = [
        (part["document_id"], Decimal(part["amount"]), Decimal(part.get("given", part["amount"])))
        for part in row["allocations"]
        if "source" not in part
    ]
    values["netted"] = tuple(
        Netted(part["document_id"], read_favour({**part["source"], "amount": part["amount"]}))
        for part in row["allocations"]
        if "source" in part
    )
    values["allocations"] = tuple(Allocated(d, amount) for d, amount, _ in parts if amount > 0)
    values["given"] = tuple(Allocated(d, given) for d, _, given in parts)
    values["not_these"] = tuple(row["not_these"])
    return OwnPayment(**values)
