"""Filling statement objects from the marts at one snapshot: one, or several in one go.

Every figure arrives from SQL; this module only sorts rows into the shapes of
`cartera.statement`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from cartera.config import Company
from cartera.errors import NotFound, UsageError
from cartera.mail import addresses
from cartera.money import ZERO
from cartera.statement import Kind, Line, Party, Section, Statement, arranged
from cartera.warehouse import account_items, queries
from cartera.warehouse.account_items import Account, Closed, Whose

if TYPE_CHECKING:
    import duckdb

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
    def closed(self) -> Closed | None:
        """Which items without anything open are listed; None where no items are."""
        if self.kind != "open":
            return None
        return Closed(
            payments=self.include_paid,
            documents=self.include_paid or self.from_date is not None,
            since=max(filter(None, (self.from_date, self.paid_from)), default=None),
        )

    def check(self) -> None:
        """Raise `UsageError` where the days contradict each other."""
        if self.first_day and self.first_day > self.day:
            raise UsageError(f"the period starts {self.first_day} after it ends {self.day}")


@dataclass(frozen=True, slots=True)
class _Client:
    """What the letterhead says of a client, and its language."""

    party: Party
    language: str | None


def build(connection: duckdb.DuckDBPyConnection, request: Request) -> Statement:
    """The statement of one client. Raises `NotFound` for a client this company does not have."""
    found = build_many(connection, request, [request.client_id])[request.client_id]
    if found is None:
        raise NotFound("client", request.client_id, request.company.id)
    return found


def build_many(
    connection: duckdb.DuckDBPyConnection, request: Request, client_ids: Sequence[str]
) -> dict[str, Statement | None]:
    """The same statement of several clients; None for those this company does not have."""
    request.check()
    company = request.company
    clients = _clients(connection, company.id, client_ids)
    found: dict[str, Statement | None] = dict.fromkeys(client_ids)
    if not clients:
        return found
    whose = Whose(company, tuple(clients), request.day)
    accounts = account_items.read(connection, whose, request.closed)
    for client_id, client in clients.items():
        asked = replace(request, client_id=client_id)
        account = accounts[client_id]
        sections = (
            account.sections()
            if request.kind == "open"
            else _activity_sections(connection, asked, account)
        )
        found[client_id] = _statement(asked, client, sections)
    return found


def _statement(request: Request, client: _Client, sections: tuple[Section, ...]) -> Statement:
    company = request.company
    return Statement(
        company=_company_party(company),
        client=client.party,
        kind=request.kind,
        as_of=request.as_of,
        from_date=request.first_day,
        to_date=request.day if request.kind != "open" else request.to_date,
        language=request.language or _language(client.language, company.language),
        country=company.country,
        basis=company.aging_basis,
        sections=arranged(sections),
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


def _clients(
    connection: duckdb.DuckDBPyConnection, company_id: str, client_ids: Sequence[str]
) -> dict[str, _Client]:
    rows = connection.execute(queries.CLIENTS, [company_id, list(client_ids)]).fetchall()
    return {
        client_id: _Client(
            party=Party(
                id=client_id,
                name=name,
                tax_id=tax_id or "",
                phone=phone or "",
                email=next(iter(addresses.split(emails or "")), ""),
            ),
            language=language,
        )
        for client_id, name, tax_id, phone, emails, language in rows
    }


def _activity_sections(
    connection: duckdb.DuckDBPyConnection, request: Request, account: Account
) -> tuple[Section, ...]:
    company = request.company
    where = [company.id, request.client_id, request.first_day or BEGINNING, request.day]
    lines: dict[str, list[Line]] = defaultdict(list)
    balances: dict[str, tuple[Decimal, Decimal]] = {}
    for (
        currency, day, kind, number, other, ref, purchase_order, document_id, label, amount,
        balance, is_void, opening, closing, is_before,
    ) in connection.execute(queries.LINES, where).fetchall():  # fmt: skip
        balances[currency] = (opening, closing)
        if is_before:
            continue
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
                purchase_order=purchase_order,
            )
        )
    sections = []
    for currency in sorted({*balances, *account.future}):
        opening, closing = balances.get(currency, (ZERO, ZERO))
        sums = account.sums(currency)
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
                future_payments=tuple(account.future.get(currency, ())),
            )
        )
    return tuple(sections)
