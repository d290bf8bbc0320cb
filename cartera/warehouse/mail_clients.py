"""Whom a mailing may be for: clients by what they owe, with addresses and language, in one query.

Good for tens of thousands of clients; amounts are added up in SQL, one currency at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from cartera.config import Company
from cartera.errors import UsageError
from cartera.money import SCALE
from cartera.portfolio import Only
from cartera.warehouse import client_search
from cartera.warehouse.clients import ONLY
from cartera.warehouse.portfolio import UNITS, decimal_of

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Balance:
    """A client's account in one currency."""

    currency: str
    total: Decimal
    overdue: Decimal
    unapplied: Decimal


@dataclass(frozen=True, slots=True)
class MailClient:
    """A client as a mailing sees it; `emails` as the record has them, `language` may be empty."""

    client_id: str
    name: str
    emails: str
    language: str
    balances: tuple[Balance, ...]


@dataclass(frozen=True, slots=True)
class MailClientsAsked:
    """Which clients. `minimum` is of the overdue amount with `only` overdue, else of the balance;
    a client who reaches it in one currency (in `currency`, where given) is chosen.
    """

    as_of: date
    only: Only = "all"
    currency: str | None = None
    #: Empty: of any group.
    groups: tuple[str, ...] = ()
    minimum: Decimal | None = None
    text: str = ""
    client_ids: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Raise `UsageError` for a name that is none of ours."""
        if self.only not in ONLY:
            raise UsageError(f"clients can be narrowed to {', '.join(ONLY)}, not {self.only!r}")


def found(
    connection: duckdb.DuckDBPyConnection, company: Company, asked: MailClientsAsked
) -> tuple[MailClient, ...]:
    """The clients chosen, by name, each with all of its balances."""
    chosen, which, values = _chosen(company, asked)
    rows = connection.execute(
        f"""
        {chosen}
        SELECT client_id, name, emails, coalesce(language, ''), currency, {_UNITS}
        FROM found
        JOIN (SELECT client_id, language FROM lake.marts.clients WHERE company_id = ?)
            USING (client_id)
        LEFT JOIN balances USING (client_id)
        WHERE {which}
        ORDER BY sort_name, client_id, currency
        """,
        [*values, company.id],
    ).fetchall()
    return tuple(_clients(rows))


def totals(
    connection: duckdb.DuckDBPyConnection, company: Company, asked: MailClientsAsked
) -> tuple[Balance, ...]:
    """What the clients chosen owe together, in each currency."""
    chosen, which, values = _chosen(company, asked)
    rows = connection.execute(
        f"""
        {chosen},
        summed AS (
            SELECT
                currency, sum(total) AS total, sum(overdue) AS overdue,
                sum(unapplied) AS unapplied
            FROM found JOIN balances USING (client_id)
            WHERE {which}
            GROUP BY currency
        )
        SELECT currency, {_UNITS} FROM summed ORDER BY currency
        """,
        values,
    ).fetchall()
    return tuple(Balance(row[0], *map(decimal_of, row[1:])) for row in rows)


_UNITS = ", ".join(f"({x} * {UNITS})::HUGEINT" for x in ("total", "overdue", "unapplied"))


def _chosen(company: Company, asked: MailClientsAsked) -> tuple[str, str, list[Any]]:
    """Tables `found` (clients) and `balances`, which of them are chosen, and the values."""
    wanted, words = client_search.condition(client_search.words_of(asked.text))
    measured = {"overdue": "overdue", "credit": "-unapplied"}.get(asked.only, "total")
    # Everybody is chosen only where nothing is asked about what they owe.
    everybody = asked.only == "all" and asked.currency is None and asked.minimum is None
    ids = None if asked.client_ids is None else list(asked.client_ids)
    groups = list(asked.groups)
    tables = f"""
        WITH found AS (
            SELECT client_id, name, emails, sort_name
            FROM {client_search.TABLE}
            WHERE company_id = ? AND {wanted}
                AND (len(?::VARCHAR[]) = 0 OR list_contains(?::VARCHAR[], client_group))
                AND (?::VARCHAR[] IS NULL OR list_contains(?::VARCHAR[], client_id))
        ),
        balances AS MATERIALIZED (
            SELECT
                client_id, currency, sum(open_amount) AS total,
                coalesce(sum(open_amount) FILTER (WHERE is_overdue), 0) AS overdue,
                coalesce(sum(open_amount) FILTER (WHERE bucket = -1), 0) AS unapplied
            FROM lake.marts.aging_items(?::DATE, ?, ?::INTEGER[])
            WHERE company_id || '' = ?
            GROUP BY client_id, currency
        ),
        chosen AS (
            SELECT DISTINCT client_id FROM balances
            WHERE {ONLY[asked.only]} AND (?::VARCHAR IS NULL OR currency = ?)
                AND (?::DECIMAL(38, {SCALE}) IS NULL OR {measured} >= ?::DECIMAL(38, {SCALE}))
        )"""
    values = [
        company.id, *words, groups, groups, ids, ids,
        asked.as_of, company.aging_basis, list(company.buckets), company.id,
        asked.currency, asked.currency, asked.minimum, asked.minimum,
    ]  # fmt: skip
    return tables, "true" if everybody else "client_id IN (SELECT client_id FROM chosen)", values


def _clients(rows: list[tuple[Any, ...]]) -> Iterator[MailClient]:
    for (client_id, name, emails, language), lines in groupby(rows, key=lambda row: row[:4]):
        balances = (Balance(row[4], *map(decimal_of, row[5:])) for row in lines if row[4])
        yield MailClient(client_id, name, emails, language, tuple(balances))
