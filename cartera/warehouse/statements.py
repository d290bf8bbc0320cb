"""Filling the statement object from the marts at one snapshot.

Every figure arrives from SQL; this module only sorts rows into the shapes of
`cartera.statement`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cartera.aging import bucket_names
from cartera.config import Company
from cartera.errors import NotFound, UsageError
from cartera.money import ZERO
from cartera.statement import (
    Allocation,
    Instalment,
    Item,
    Kind,
    Line,
    Party,
    Section,
    Statement,
)
from cartera.warehouse import queries

if TYPE_CHECKING:
    import duckdb

UNAPPLIED = "unapplied"
BEGINNING = date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: whose account, which kind, as of when, over which days."""

    company: Company
    client_id: str
    kind: Kind
    as_of: date
    from_date: date | None = None
    to_date: date | None = None
    include_paid: bool = False
    paid_from: date | None = None
    language: str | None = None

    @property
    def day(self) -> date:
        """The day whose figures count: the period's end, never later than `as_of`."""
        return min(self.as_of, self.to_date) if self.to_date else self.as_of

    @property
    def first_day(self) -> date | None:
        """Start of the period; a balance-forward statement means the month by default."""
        if self.kind == "forward" and self.from_date is None:
            return self.day.replace(day=1)
        return self.from_date

    @property
    def closed_since(self) -> date | None:
        """What has nothing open is listed from this day on; None for all of it."""
        return max(filter(None, (self.from_date, self.paid_from)), default=None)

    def check(self) -> None:
        """Raise `UsageError` where the days contradict each other."""
        if self.first_day and self.first_day > self.day:
            raise UsageError(f"the period starts {self.first_day} after it ends {self.day}")


def build(connection: duckdb.DuckDBPyConnection, request: Request) -> Statement:
    """The statement of one client. Raises `NotFound` for a client this company does not have."""
    request.check()
    company = request.company
    client = _client(connection, company.id, request.client_id)
    sections = (
        _open_sections(connection, request)
        if request.kind == "open"
        else _activity_sections(connection, request)
    )
    return Statement(
        company=_company_party(company),
        client=Party(
            id=request.client_id,
            name=client["name"],
            tax_id=client["tax_id"] or "",
            phone=client["phone"] or "",
            email=(client["emails"] or "").split(";")[0].strip(),
        ),
        kind=request.kind,
        as_of=request.as_of,
        from_date=request.first_day,
        to_date=request.day if request.kind != "open" else request.to_date,
        language=request.language or _language(client["language"], company.language),
        country=company.country,
        basis=company.aging_basis,
        sections=tuple(sections),
    )


def _language(wanted: str | None, fallback: str) -> str:
    short = (wanted or "").strip().lower()[:2]
    return short if short in ("es", "en") else fallback


def _company_party(company: Company) -> Party:
    return Party(
        id=company.id,
        name=company.name,
        tax_id=company.tax_id,
        address=company.address,
        phone=company.phone,
        email=company.email,
        website=company.website,
        color=company.color,
        logo=company.logo,
    )


def _client(
    connection: duckdb.DuckDBPyConnection, company_id: str, client_id: str
) -> dict[str, Any]:
    row = connection.execute(queries.CLIENT, [company_id, client_id]).fetchone()
    if row is None:
        raise NotFound("client", client_id, company_id)
    return dict(zip(("name", "tax_id", "phone", "emails", "language"), row, strict=True))


@dataclass(slots=True)
class _Figures:
    """A section's sums, as SQL gave them."""

    aging: dict[str, Decimal]
    overdue: Decimal = ZERO
    unapplied: Decimal = ZERO
    total: Decimal = ZERO


@dataclass(slots=True)
class _Open:
    """Open items as rows, by key, and each currency's figures."""

    parts: dict[tuple[str, str], list[tuple[Any, ...]]]
    figures: dict[str, _Figures]
    names: list[str]

    def sums(self, currency: str) -> _Figures:
        """Figures of a currency, zero where nothing is open in it."""
        return self.figures.get(currency) or _Figures(dict.fromkeys(self.names, ZERO))


def _open_items(connection: duckdb.DuckDBPyConnection, request: Request) -> _Open:
    company = request.company
    names = bucket_names(company.aging_basis, company.buckets)
    rows = connection.execute(
        queries.OPEN_ITEMS,
        [request.day, company.aging_basis, list(company.buckets), company.id, request.client_id],
    ).fetchall()
    found = _Open(defaultdict(list), {}, names)
    for row in rows:
        currency, bucket = row[6], row[11]
        sums = found.figures.setdefault(currency, _Figures(dict.fromkeys(names, ZERO)))
        sums.total, sums.unapplied, sums.overdue = row[21:24]
        if bucket >= 0:
            sums.aging[names[bucket]] = row[24]
        found.parts[row[0], row[1]].append(row)
    return found


def _item(parts: list[tuple[Any, ...]], names: list[str], allocations: list[Allocation]) -> Item:
    """One item from its open rows: one, or one for each open instalment, oldest first."""
    oldest = parts[0]
    bucket = UNAPPLIED if oldest[11] < 0 else names[oldest[11]]
    return Item(
        document_id=oldest[1],
        type=oldest[2],
        number=oldest[3],
        reference=oldest[4],
        url=oldest[5],
        issue_date=oldest[15],
        due_date=oldest[16],
        days_overdue=oldest[17],
        total=oldest[9],
        applied=oldest[19],
        open=oldest[18],
        status=oldest[20],
        overdue=any(part[13] for part in parts),
        bucket=bucket,
        disputed=oldest[12],
        allocations=tuple(allocations),
        instalments=tuple(
            Instalment(
                instalment=part[7],
                due_date=part[16],
                amount=part[8],
                open=part[10],
                days_overdue=part[17],
                bucket=names[part[11]],
            )
            for part in parts
            if part[7] is not None
        ),
    )


@dataclass(slots=True)
class _Movements:
    """Allocations by item, and payments dated after the day by currency."""

    allocations: dict[tuple[str, str], list[Allocation]]
    future: dict[str, list[Line]]


def _movements(
    connection: duckdb.DuckDBPyConnection, request: Request, wanted: list[str]
) -> _Movements:
    """What was applied to the items in `wanted` up to the day, and the payments after it."""
    found = _Movements(defaultdict(list), defaultdict(list))
    rows = connection.execute(
        queries.MOVEMENTS, [request.company.id, request.client_id, request.day, wanted, request.day]
    ).fetchall()
    for (
        item_kind, item_id, day, kind, amount, is_target, other_id, number, reference, label,
        currency, is_future,
    ) in rows:  # fmt: skip
        if is_future:
            found.future[currency].append(
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
        found.allocations[item_kind, item_id].append(
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
    return found


def _open_sections(connection: duckdb.DuckDBPyConnection, request: Request) -> list[Section]:
    company = request.company
    opened = _open_items(connection, request)
    open_ids = [f"{kind} {item_id}" for kind, item_id in opened.parts]
    with_paid = request.include_paid or request.from_date is not None
    since = request.closed_since
    closed = dict(
        connection.execute(
            queries.CLOSED_ITEMS,
            [
                request.day, request.include_paid, with_paid, since, since, open_ids,
                company.id, request.client_id, request.day,
            ],
        ).fetchall()
    )  # fmt: skip
    paid_ids = [x["item_id"] for rows in closed.values() for x in rows or () if not x["is_void"]]
    moved = _movements(connection, request, [*(key[1] for key in opened.parts), *paid_ids])
    items: dict[str, list[Item]] = defaultdict(list)
    for key, parts in opened.parts.items():
        applied = moved.allocations.get(key, [])
        items[parts[0][6]].append(_item(parts, opened.names, applied))
    for currency, rows in closed.items():
        for row in rows or ():
            applied = moved.allocations.get((row["item_kind"], row["item_id"]), [])
            items[currency].append(_closed_item(row, applied))
    sections = []
    for currency in sorted({*closed, *items, *moved.future}):
        sums = opened.sums(currency)
        sections.append(
            Section(
                currency=currency,
                opening=None,
                items=tuple(items.get(currency, ())),
                lines=(),
                aging=sums.aging,
                overdue=sums.overdue,
                unapplied=sums.unapplied,
                total=sums.total,
                closing=sums.total,
                future_payments=tuple(moved.future.get(currency, ())),
            )
        )
    return sections


def _closed_item(row: dict[str, Any], allocations: list[Allocation]) -> Item:
    """A void or settled document or payment: nothing open either way."""
    return Item(
        document_id=row["item_id"],
        type=row["item_type"],
        number=row["number"],
        reference=row["reference"],
        url=row["url"],
        issue_date=row["issue_date"],
        due_date=row["due_date"],
        days_overdue=row["days_overdue"],
        total=row["total"],
        applied=ZERO if row["is_void"] else row["total"],
        open=ZERO,
        status="void" if row["is_void"] else "paid",
        overdue=False,
        bucket="",
        disputed=row["is_disputed"],
        # What is void settles nothing, whatever was once applied to it.
        allocations=() if row["is_void"] else tuple(allocations),
    )


def _activity_sections(connection: duckdb.DuckDBPyConnection, request: Request) -> list[Section]:
    company = request.company
    where = [company.id, request.client_id, request.first_day or BEGINNING, request.day]
    balances = connection.execute(queries.BALANCES, where).fetchall()
    lines: dict[str, list[Line]] = defaultdict(list)
    for (
        currency,
        day,
        kind,
        number,
        other,
        ref,
        document_id,
        label,
        amount,
        balance,
        is_void,
    ) in connection.execute(queries.LINES, where).fetchall():
        lines[currency].append(
            Line(
                date=day,
                type=kind,
                number=number,
                reference=ref or (other if other != number else None),
                amount=amount,
                balance=balance,
                document_id=document_id,
                label=label,
                void=is_void,
            )
        )
    opened = _open_items(connection, request)
    future = _movements(connection, request, []).future
    sums_of = {currency: (opening, closing) for currency, opening, closing in balances}
    sections = []
    for currency in sorted({*sums_of, *future}):
        opening, closing = sums_of.get(currency, (ZERO, ZERO))
        sums = opened.sums(currency)
        sections.append(
            Section(
                currency=currency,
                opening=opening,
                items=(),
                lines=tuple(lines.get(currency, ())),
                aging=sums.aging,
                overdue=sums.overdue,
                unapplied=sums.unapplied,
                total=sums.total,
                closing=closing,
                future_payments=tuple(future.get(currency, ())),
            )
        )
    return sections
