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

if TYPE_CHECKING:
    import duckdb

UNAPPLIED = "unapplied"
BEGINNING = date(1, 1, 1)

_OPEN_ITEMS = """
    SELECT
        item_kind, item_id, item_type, number, reference, url, currency, instalment,
        instalment_amount, total_amount, open_amount, bucket, is_disputed, is_overdue,
        is_due_at_issue, issue_date, due_date, days_overdue,
        sum(open_amount) OVER item AS item_open,
        total_amount - sum(open_amount) OVER item AS item_applied,
        CASE WHEN sum(open_amount) OVER item = total_amount THEN 'open' ELSE 'partial' END,
        sum(open_amount) OVER section AS section_total,
        coalesce(sum(open_amount) FILTER (WHERE bucket = -1) OVER section, 0),
        coalesce(sum(open_amount) FILTER (WHERE is_overdue) OVER section, 0),
        sum(open_amount) OVER (PARTITION BY currency, bucket) AS bucket_total
    FROM lake.marts.aging_items(?::DATE, ?, ?::INTEGER[])
    WHERE company_id = ? AND client_id = ?
    WINDOW item AS (PARTITION BY item_kind, item_id), section AS (PARTITION BY currency)
    ORDER BY currency, bucket = -1, due_date, issue_date, number, item_id, instalment
"""

_ALLOCATIONS = """
    SELECT
        item_kind, item_id, movement_date, kind, -amount, side = 'target', counterpart_id,
        counterpart_number, reference, label
    FROM lake.marts.ledger
    WHERE company_id = ? AND client_id = ? AND movement_date <= ? AND allocation_id IS NOT NULL
    ORDER BY movement_date, allocation_id
"""

#: Documents with nothing open: void ones, and (from a day on) paid ones. What is not open as of
#: the day and counts is paid, so no amount has to be computed for it.
_CLOSED_ITEMS = """
    SELECT
        item_kind, item_id, item_type, number, reference, url, currency, total_amount, is_void,
        is_disputed, is_due_at_issue, issue_date, due_date, ?::DATE - due_date
    FROM lake.marts.all_items
    WHERE company_id = ? AND client_id = ? AND item_kind = 'document' AND issue_date <= ?
        AND (is_void OR (counts AND ?))
        AND (?::DATE IS NULL OR issue_date >= ?::DATE)
    ORDER BY issue_date, number, item_id
"""

_FUTURE_PAYMENTS = """
    SELECT movement_date, kind, counterpart_number, item_id, reference, amount, currency
    FROM lake.marts.ledger
    WHERE company_id = ? AND client_id = ? AND movement_date > ? AND item_kind = 'payment'
        AND allocation_id IS NULL
    ORDER BY movement_date, item_id
"""

_CURRENCIES = """
    SELECT DISTINCT currency FROM lake.marts.ledger
    WHERE company_id = ? AND client_id = ? AND movement_date <= ?
    ORDER BY currency
"""

_LINES = """
    SELECT
        currency, line_date, line_type, number, counterpart_number, reference, document_id,
        label, amount, balance, is_void
    FROM lake.marts.activity(?, ?, ?::DATE, ?::DATE)
    WHERE NOT is_before
    ORDER BY currency, position
"""

_BALANCES = """
    SELECT currency, any_value(opening_balance), any_value(closing_balance)
    FROM lake.marts.activity(?, ?, ?::DATE, ?::DATE)
    GROUP BY currency ORDER BY currency
"""


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
    row = connection.execute(
        "SELECT name, tax_id, phone, emails, language FROM lake.marts.clients "
        "WHERE company_id = ? AND client_id = ?",
        [company_id, client_id],
    ).fetchone()
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


def _open_items(
    connection: duckdb.DuckDBPyConnection, request: Request
) -> tuple[dict[str, list[Item]], dict[str, _Figures], set[tuple[str, str]]]:
    """Open items by currency, each currency's figures, and the keys of what is open."""
    company = request.company
    names = bucket_names(company.aging_basis, company.buckets)
    rows = connection.execute(
        _OPEN_ITEMS,
        [request.day, company.aging_basis, list(company.buckets), company.id, request.client_id],
    ).fetchall()
    figures: dict[str, _Figures] = {}
    grouped: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        currency, bucket = row[6], row[11]
        sums = figures.setdefault(currency, _Figures(dict.fromkeys(names, ZERO)))
        sums.total, sums.unapplied, sums.overdue = row[21:24]
        if bucket >= 0:
            sums.aging[names[bucket]] = row[24]
        grouped[row[0], row[1]].append(row)
    allocations = _allocations(connection, request, set(grouped)) if grouped else {}
    items: dict[str, list[Item]] = defaultdict(list)
    for key, parts in grouped.items():
        items[parts[0][6]].append(_item(parts, names, allocations.get(key, [])))
    return items, figures, set(grouped)


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


def _allocations(
    connection: duckdb.DuckDBPyConnection, request: Request, wanted: set[tuple[str, str]] | None
) -> dict[tuple[str, str], list[Allocation]]:
    """What was applied to each item up to the day."""
    found: dict[tuple[str, str], list[Allocation]] = defaultdict(list)
    rows = connection.execute(
        _ALLOCATIONS, [request.company.id, request.client_id, request.day]
    ).fetchall()
    for item_kind, item_id, day, kind, amount, is_target, other_id, number, ref, label in rows:
        if wanted is not None and (item_kind, item_id) not in wanted:
            continue
        found[item_kind, item_id].append(
            Allocation(
                date=day,
                kind=kind,
                amount=amount,
                source_id=other_id if is_target else item_id,
                reference=number if is_target else ref,
                label=label,
                document_id=None if is_target else other_id,
                number=None if is_target else number,
            )
        )
    return found


def _open_sections(connection: duckdb.DuckDBPyConnection, request: Request) -> list[Section]:
    company = request.company
    items, figures, open_keys = _open_items(connection, request)
    with_paid = request.include_paid or request.from_date is not None
    closed = connection.execute(
        _CLOSED_ITEMS,
        [
            request.day, company.id, request.client_id, request.day, with_paid,
            request.from_date, request.from_date,
        ],
    ).fetchall()  # fmt: skip
    closed = [row for row in closed if (row[0], row[1]) not in open_keys]
    paid = {(row[0], row[1]) for row in closed if not row[8]}
    applied = _allocations(connection, request, paid) if paid else {}
    for row in closed:
        items[row[6]].append(_closed_item(row, applied.get((row[0], row[1]), [])))
    future = _future_payments(connection, request)
    known = [
        row[0]
        for row in connection.execute(
            _CURRENCIES, [company.id, request.client_id, request.day]
        ).fetchall()
    ]
    empty = dict.fromkeys(bucket_names(company.aging_basis, company.buckets), ZERO)
    sections = []
    for currency in sorted({*known, *items, *future}):
        sums = figures.get(currency, _Figures(dict(empty)))
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
                future_payments=tuple(future.get(currency, ())),
            )
        )
    return sections


def _closed_item(row: tuple[Any, ...], allocations: list[Allocation]) -> Item:
    """A void document, or one that is paid: nothing open either way."""
    is_void = row[8]
    return Item(
        document_id=row[1],
        type=row[2],
        number=row[3],
        reference=row[4],
        url=row[5],
        issue_date=row[11],
        due_date=row[12],
        days_overdue=row[13],
        total=row[7],
        applied=ZERO if is_void else row[7],
        open=ZERO,
        status="void" if is_void else "paid",
        overdue=False,
        bucket="",
        disputed=row[9],
        allocations=tuple(allocations),
    )


def _future_payments(
    connection: duckdb.DuckDBPyConnection, request: Request
) -> dict[str, list[Line]]:
    """Payments dated after the day, shown apart; they have no balance of their own."""
    found: dict[str, list[Line]] = defaultdict(list)
    rows = connection.execute(
        _FUTURE_PAYMENTS, [request.company.id, request.client_id, request.day]
    ).fetchall()
    for day, kind, _number, item_id, reference, amount, currency in rows:
        found[currency].append(
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
    return found


def _activity_sections(connection: duckdb.DuckDBPyConnection, request: Request) -> list[Section]:
    company = request.company
    where = [company.id, request.client_id, request.first_day or BEGINNING, request.day]
    balances = connection.execute(_BALANCES, where).fetchall()
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
    ) in connection.execute(_LINES, where).fetchall():
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
    _items, figures, _keys = _open_items(connection, request)
    future = _future_payments(connection, request)
    empty = dict.fromkeys(bucket_names(company.aging_basis, company.buckets), ZERO)
    sums_of = {currency: (opening, closing) for currency, opening, closing in balances}
    sections = []
    for currency in sorted({*sums_of, *future}):
        opening, closing = sums_of.get(currency, (ZERO, ZERO))
        sums = figures.get(currency, _Figures(dict(empty)))
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
