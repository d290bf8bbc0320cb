"""Open items of one client or several, what was applied to them, and the figures of each currency.

Every figure arrives from SQL; rows are only sorted into the shapes of `cartera.statement`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cartera.aging import bucket_names
from cartera.config import Company
from cartera.money import ZERO
from cartera.statement import Allocation, Instalment, Item, Line, Section
from cartera.warehouse import queries
from cartera.warehouse.account_rows import ClosedRow, OpenPart

if TYPE_CHECKING:
    import duckdb

UNAPPLIED = "unapplied"
#: Kind and id: documents and payments may have the same ids.
ItemKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Whose:
    """Which accounts to read: clients of one company, as of a day."""

    company: Company
    clients: tuple[str, ...]
    day: date

    def query(self, text: str) -> str:
        """A query of `queries` for one client or several."""
        return text.format(whose=queries.ONE if len(self.clients) == 1 else queries.SEVERAL)

    @property
    def parameter(self) -> Any:
        """The value of `{whose}`."""
        return self.clients[0] if len(self.clients) == 1 else list(self.clients)


@dataclass(frozen=True, slots=True)
class Closed:
    """Which items without anything open are listed, from which day on (None: all of them)."""

    payments: bool
    documents: bool
    since: date | None


@dataclass(slots=True)
class Figures:
    """A section's sums, as SQL gave them."""

    aging: dict[str, Decimal]
    overdue: Decimal = ZERO
    unapplied: Decimal = ZERO
    total: Decimal = ZERO


@dataclass(slots=True)
class Account:
    """One client's rows: open items by key in their order, closed ones and figures by currency."""

    names: list[str]
    parts: dict[ItemKey, list[OpenPart]] = field(default_factory=lambda: defaultdict(list))
    closed: dict[str, list[ClosedRow]] = field(default_factory=dict)
    figures: dict[str, Figures] = field(default_factory=dict)
    allocations: dict[ItemKey, list[Allocation]] = field(default_factory=lambda: defaultdict(list))
    #: Payments dated after the day, by currency.
    future: dict[str, list[Line]] = field(default_factory=lambda: defaultdict(list))

    def sums(self, currency: str) -> Figures:
        """Figures of a currency, zero where nothing is open in it."""
        return self.figures.get(currency) or Figures(dict.fromkeys(self.names, ZERO))

    def item_ids(self) -> list[str]:
        """Items to whose allocations a statement comes: open and settled, not void."""
        settled = (row.item_id for rows in self.closed.values() for row in rows if not row.is_void)
        return [*(item_id for _, item_id in self.parts), *settled]

    def sections(self) -> tuple[Section, ...]:
        """The sections of an open-item statement."""
        items: dict[str, list[Item]] = defaultdict(list)
        for key, parts in self.parts.items():
            items[parts[0].currency].append(_item(parts, self.names, self.allocations.get(key, ())))
        for currency, rows in self.closed.items():
            items[currency] += (_closed_item(row, self.allocations) for row in rows)
        return tuple(
            _section(currency, items.get(currency, ()), self)
            for currency in sorted({*self.closed, *items, *self.future})
        )


def read(
    connection: duckdb.DuckDBPyConnection, whose: Whose, closed: Closed | None
) -> dict[str, Account]:
    """The accounts by client. With `closed` None only figures and later payments are read."""
    names = bucket_names(whose.company.aging_basis, whose.company.buckets)
    accounts = {client: Account(names) for client in whose.clients}
    _read_open(connection, whose, accounts)
    if closed is not None:
        _read_closed(connection, whose, closed, accounts)
    wanted = [] if closed is None else [x for each in accounts.values() for x in each.item_ids()]
    _read_movements(connection, whose, wanted, accounts)
    return accounts


def _read_open(
    connection: duckdb.DuckDBPyConnection, whose: Whose, accounts: dict[str, Account]
) -> None:
    company = whose.company
    rows = connection.execute(
        whose.query(queries.OPEN_ITEMS),
        [whose.day, company.aging_basis, list(company.buckets), company.id, whose.parameter],
    ).fetchall()
    for part in map(OpenPart._make, rows):
        account = accounts[part.client_id]
        sums = account.figures.get(part.currency)
        if sums is None:
            sums = account.figures[part.currency] = Figures(
                dict.fromkeys(account.names, ZERO),
                overdue=part.section_overdue,
                unapplied=part.section_unapplied,
                total=part.section_total,
            )
        if part.bucket >= 0:
            sums.aging[account.names[part.bucket]] = part.bucket_total
        account.parts[part.item_kind, part.item_id].append(part)


def _read_closed(
    connection: duckdb.DuckDBPyConnection,
    whose: Whose,
    closed: Closed,
    accounts: dict[str, Account],
) -> None:
    rows = connection.execute(
        whose.query(queries.CLOSED_ITEMS),
        [
            closed.payments, closed.documents, closed.since, closed.since,
            whose.day, whose.company.id, whose.parameter,
        ],
    ).fetchall()  # fmt: skip
    for client_id, currency, items in rows:
        account = accounts[client_id]
        account.closed[currency] = [
            item
            for item in map(ClosedRow._make, items or ())
            if item.is_void or (item.item_kind, item.item_id) not in account.parts
        ]


def _read_movements(
    connection: duckdb.DuckDBPyConnection,
    whose: Whose,
    wanted: Sequence[str],
    accounts: dict[str, Account],
) -> None:
    """What was applied to the items in `wanted` up to the day, and the payments after it."""
    rows = connection.execute(
        whose.query(queries.MOVEMENTS),
        [whose.company.id, whose.parameter, whose.day, list(wanted), whose.day],
    ).fetchall()
    for (
        client_id, item_kind, item_id, day, kind, amount, is_target, other_id, number, reference,
        label, currency, is_future,
    ) in rows:  # fmt: skip
        account = accounts[client_id]
        if is_future:
            account.future[currency].append(
                Line(
                    date=day,
                    type=kind,
                    number=reference or item_id,
                    reference=reference,
                    amount=amount,
                    balance=ZERO,
                    document_id=item_id,
                )
            )
            continue
        account.allocations[item_kind, item_id].append(
            Allocation(
                date=day,
                kind=kind,
                amount=-amount,
                source_id=other_id if is_target else item_id,
                reference=number if is_target else reference,
                label=label,
                document_id=None if is_target else other_id,
                number=None if is_target else number,
            )
        )


def _section(currency: str, items: Sequence[Item], account: Account) -> Section:
    sums = account.sums(currency)
    return Section(
        currency=currency,
        opening=None,
        items=tuple(items),
        lines=(),
        aging=sums.aging,
        overdue=sums.overdue,
        unapplied=sums.unapplied,
        total=sums.total,
        closing=sums.total,
        future_payments=tuple(account.future.get(currency, ())),
    )


def _item(parts: list[OpenPart], names: list[str], allocations: Sequence[Allocation]) -> Item:
    """One item from its open rows: one, or one for each open instalment, oldest first."""
    oldest = parts[0]
    return Item(
        document_id=oldest.item_id,
        type=oldest.item_type,
        number=oldest.number,
        reference=oldest.reference,
        purchase_order=oldest.purchase_order,
        url=oldest.url,
        issue_date=oldest.issue_date,
        due_date=oldest.due_date,
        days_overdue=oldest.days_overdue,
        total=oldest.total,
        applied=oldest.item_applied,
        open=oldest.item_open,
        status=oldest.status,
        overdue=any(part.is_overdue for part in parts),
        bucket=_bucket(oldest, names),
        disputed=oldest.is_disputed,
        allocations=tuple(allocations),
        instalments=tuple(
            Instalment(
                instalment=part.instalment,
                due_date=part.due_date,
                amount=part.instalment_amount,
                open=part.open,
                days_overdue=part.days_overdue,
                bucket=_bucket(part, names),
            )
            for part in parts
            # More was applied than all of them together: then none is left to list.
            if part.instalment is not None and part.instalment_amount is not None and part.open > 0
        ),
    )


def _bucket(part: OpenPart, names: list[str]) -> str:
    return UNAPPLIED if part.bucket < 0 else names[part.bucket]


def _closed_item(row: ClosedRow, applied: dict[ItemKey, list[Allocation]]) -> Item:
    """A void or settled document or payment: nothing open either way."""
    return Item(
        document_id=row.item_id,
        type=row.item_type,
        number=row.number,
        reference=row.reference,
        purchase_order=row.purchase_order,
        url=row.url,
        issue_date=row.issue_date,
        due_date=row.due_date,
        days_overdue=row.days_overdue,
        total=row.total,
        applied=ZERO if row.is_void else row.total,
        open=ZERO,
        status="void" if row.is_void else "paid",
        overdue=False,
        bucket="",
        disputed=row.is_disputed,
        # What is void settles nothing, whatever was once applied to it.
        allocations=() if row.is_void else tuple(applied.get((row.item_kind, row.item_id), ())),
    )
