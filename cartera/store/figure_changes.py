"""Accounts whose figures another version of the program changed, kept with the publication.

They are written in the transaction that publishes, so no publication is without its list. Until
somebody has seen a company's lists, its mail waits: what goes by itself, and what people queued
before they could know. Only a message that somebody waits for, one to the company's own people
and one that a person sends knowingly leave.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from cartera.mail.outgoing import ASKED_FOR, Kind
from cartera.people import PIPELINE, Person
from cartera.store import audit
from cartera.store.db import Store
from cartera.store.lake_schema import changed_accounts
from cartera.store.lake_schema import figure_changes as table
from cartera.store.schema import mailings, messages

#: Rows written, and clients asked for, by one statement.
CHUNK = 500
#: Leave all the same: somebody waits for them, or they go to the company's own people.
_GO_ON: tuple[Kind, ...] = (*ASKED_FOR, "notice")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure under the version before and under this one."""

    before: Decimal
    after: Decimal
    difference: Decimal


@dataclass(frozen=True, slots=True)
class AccountChange:
    """A client's account in one currency whose figures as of a day are others now.

    `figures` by name: `total`, `overdue`, `unapplied` and each range that is not zero in both.
    """

    as_of: date
    client_id: str
    currency: str
    figures: Mapping[str, Figure]

    @property
    def changed(self) -> dict[str, Figure]:
        """Those that differ."""
        return {name: one for name, one in self.figures.items() if one.difference}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a version makes of a company's figures, to be written with its publication.

    `trouble`: why they could not be compared. `has_new_rows`: rows came since the publication
    before, so a difference may be theirs.
    """

    company_id: str
    before_id: int
    program: str
    days: tuple[date, ...]
    accounts: tuple[AccountChange, ...] = ()
    has_new_rows: bool = False
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class FigureChanges:
    """A company's list of one publication; `accounts` differ on any of `days`."""

    id: int
    publication_id: int
    company_id: str
    before_id: int
    program: str
    found_at: datetime
    days: tuple[date, ...]
    accounts: int
    has_new_rows: bool
    trouble: str
    seen_at: datetime | None
    seen_by: str | None


@dataclass(frozen=True, slots=True)
class LastMessage:
    """The last message with figures that a client got."""

    public_id: str
    kind: Kind
    subject: str
    sent_at: datetime
    as_of: date | None


def add(
    connection: Connection, publication_id: int, found: Sequence[Comparison], now: datetime
) -> None:
    """Write lists down in the transaction that publishes."""
    for one in found:
        values = {
            "publication_id": publication_id,
            "company_id": one.company_id,
            "before_id": one.before_id,
            "program": one.program[:64],
            "found_at": now,
            "days": [day.isoformat() for day in one.days],
            "accounts": len({(row.client_id, row.currency) for row in one.accounts}),
            "has_new_rows": one.has_new_rows,
            "trouble": one.trouble,
        }
        change_id: int = connection.execute(
            sa.insert(table).values(values).returning(table.c.id)
        ).scalar_one()
        rows = (
            {
                "change_id": change_id,
                "position": position,
                "as_of": row.as_of,
                "client_id": row.client_id,
                "currency": row.currency,
                "figures": {
                    name: [str(each.before), str(each.after), str(each.difference)]
                    for name, each in row.figures.items()
                },
            }
            for position, row in enumerate(one.accounts)
        )
        while chunk := list(islice(rows, CHUNK)):
            connection.execute(sa.insert(changed_accounts), chunk)


def unseen(store: Store, company_id: str | None = None) -> list[FigureChanges]:
    """Lists that nobody has seen yet, newest first; of one company, or of all."""
    which: list[sa.ColumnElement[bool]] = [table.c.seen_at.is_(None)]
    if company_id is not None:
        which.append(table.c.company_id == company_id)
    with store.read() as connection:
        return _found(connection, which)


def shown(store: Store, company_id: str) -> list[FigureChanges]:
    """Lists to look at, newest first: those unseen, else the newest one."""
    if found := unseen(store, company_id):
        return found
    with store.read() as connection:
        return _found(connection, [table.c.company_id == company_id], limit=1)


def accounts(
    store: Store,
    change: FigureChanges,
    *,
    as_of: date | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[AccountChange]:
    """The accounts of a list, of one of its days or of all: today first, then by difference."""
    which = [changed_accounts.c.change_id == change.id]
    if as_of is not None:
        which.append(changed_accounts.c.as_of == as_of)
    query = (
        sa.select(changed_accounts)
        .where(*which)
        .order_by(changed_accounts.c.position)
        .limit(limit)
        .offset(offset)
    )
    with store.read() as connection:
        return [_account(row) for row in connection.execute(query).mappings()]


def counts(store: Store, change: FigureChanges) -> dict[date, int]:
    """How many accounts differ on each of a list's days."""
    query = (
        sa.select(changed_accounts.c.as_of, sa.func.count())
        .where(changed_accounts.c.change_id == change.id)
        .group_by(changed_accounts.c.as_of)
    )
    with store.read() as connection:
        found: dict[date, int] = {row[0]: row[1] for row in connection.execute(query)}
    return {day: found.get(day, 0) for day in change.days}


def last_messages(
    store: Store, company_id: str, client_ids: Collection[str], *, before: datetime
) -> dict[str, LastMessage]:
    """The last message with figures that each of these clients got before a moment."""
    found: dict[str, LastMessage] = {}
    with store.read() as connection:
        for chunk in _chunks(sorted(set(client_ids))):
            newest = sa.func.row_number().over(
                partition_by=messages.c.client_id,
                order_by=(messages.c.sent_at.desc(), messages.c.id.desc()),
            )
            ranked = (
                sa.select(
                    messages.c.client_id,
                    *(messages.c[n] for n in ("public_id", "kind", "subject", "sent_at", "as_of")),
                    newest.label("position"),
                )
                .where(
                    messages.c.company_id == company_id,
                    messages.c.client_id.in_(chunk),
                    messages.c.state.in_(["sent", "delivered"]),
                    messages.c.sent_at < before,
                    messages.c.publication_id.is_not(None),
                    messages.c.is_copy.is_(False),
                )
                .subquery()
            )
            rows = connection.execute(sa.select(ranked).where(ranked.c.position == 1)).mappings()
            for row in rows:
                found[row["client_id"]] = LastMessage(
                    **{n: v for n, v in row.items() if n not in ("client_id", "position")}
                )
    return found


def mark_seen(
    store: Store, company_id: str, ids: Collection[int], *, by: Person, now: datetime
) -> int:
    """Note that a person has seen these lists, and let mail go; how many were unseen.

    Lists that came after they looked are not among them, and hold mail on. Raises `Forbidden`.
    """
    by.must("settings", company_id)
    with store.write() as connection:
        changed = connection.execute(
            sa.update(table)
            .where(
                table.c.company_id == company_id,
                table.c.id.in_(list(ids)),
                table.c.seen_at.is_(None),
            )
            .values(seen_at=now, seen_by=by.login)
            .returning(table.c.publication_id, table.c.accounts)
        ).all()
        for row in changed:
            audit.add(
                connection, company_id, by.login, "figures.seen", str(row.publication_id),
                {"accounts": row.accounts}, now,
            )  # fmt: skip
    return len(changed)


def holds_mail(store: Store, company_id: str) -> bool:
    """Whether the company's mail waits for somebody to see a list. One indexed query."""
    query = sa.select(table.c.id).where(_unseen_of(sa.literal(company_id))).limit(1)
    with store.read() as connection:
        return connection.execute(query).first() is not None


def lets_go() -> sa.ColumnElement[bool]:
    """For a query of `messages`: whether the message may leave while its company's list is unseen.

    What a person queued after the list was there went knowingly; before it, or by itself, not.
    """
    queued_at = sa.func.coalesce(
        sa.select(mailings.c.queued_at)
        .where(mailings.c.id == messages.c.mailing_id)
        .correlate(messages)
        .scalar_subquery(),
        messages.c.created_at,
    )
    held = (
        sa.exists()
        .where(_unseen_of(messages.c.company_id))
        .where(sa.or_(messages.c.created_by == PIPELINE, queued_at < table.c.found_at))
        .correlate(messages)
    )
    # Not `in_`: such a list is written out anew each time.
    return sa.or_(*(messages.c.kind == kind for kind in _GO_ON), ~held)


def _unseen_of(company_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.company_id == company_id, table.c.seen_at.is_(None))


def _found(
    connection: Connection, which: Sequence[sa.ColumnElement[bool]], limit: int | None = None
) -> list[FigureChanges]:
    query = sa.select(table).where(*which).order_by(table.c.id.desc()).limit(limit)
    return [
        FigureChanges(**{**row, "days": tuple(map(date.fromisoformat, row["days"]))})
        for row in connection.execute(query).mappings()
    ]


def _account(row: sa.RowMapping) -> AccountChange:
    return AccountChange(
        as_of=row["as_of"],
        client_id=row["client_id"],
        currency=row["currency"],
        figures={n: Figure(*map(Decimal, amounts)) for n, amounts in row["figures"].items()},
    )


def _chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
