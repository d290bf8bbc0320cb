"""Clients with their balances, and one client's record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, get_args

from cartera.errors import NotFound, UsageError
from cartera.mail import addresses
from cartera.portfolio import (
    ClientBalance,
    ClientPage,
    ClientRecord,
    ClientSort,
    LastPayment,
    Only,
)
from cartera.warehouse import client_search

if TYPE_CHECKING:
    import duckdb

    from cartera.config import Basis

LAST_PAYMENTS = 5

#: SQL that is true of a client's figures in one currency, by what is asked for.
ONLY: dict[Only, str] = {
    "all": "true",
    "balance": "total > 0",
    "overdue": "overdue > 0",
    "credit": "unapplied < 0",
}
_BY_NAME = "sort_name {way}, client_id {way}, currency"
#: Amounts in different currencies are not compared: each currency stands together.
_SORTS: dict[ClientSort, str] = {
    "name": _BY_NAME,
    "total": "currency NULLS LAST, total {way}, sort_name, client_id",
    "overdue": "currency NULLS LAST, overdue {way}, sort_name, client_id",
    "oldest_due": "oldest_due {way} NULLS LAST, sort_name, client_id, currency",
    "days_overdue": "days_overdue {way}, sort_name, client_id, currency",
}


@dataclass(frozen=True, slots=True)
class ClientsAsked:
    """Which clients, in which order, which of them."""

    as_of: date
    basis: Basis
    limits: Sequence[int]
    text: str = ""
    only: Only = "all"
    currency: str | None = None
    group: str | None = None
    sort: ClientSort = "name"
    descending: bool = False
    limit: int = 50
    offset: int = 0

    def __post_init__(self) -> None:
        """Raise `UsageError` for a name that is none of ours."""
        if self.only not in get_args(Only):
            raise UsageError(f"clients can be narrowed to {', '.join(ONLY)}, not {self.only!r}")
        if self.sort not in get_args(ClientSort):
            raise UsageError(f"clients can be sorted by {', '.join(_SORTS)}, not {self.sort!r}")


def listed(
    connection: duckdb.DuckDBPyConnection, company_id: str, asked: ClientsAsked
) -> ClientPage:
    """Clients with their balances, one row for each client and currency."""
    wanted, words = client_search.condition(client_search.words_of(asked.text))
    order = _SORTS[asked.sort].format(way="DESC" if asked.descending else "ASC")
    rows = connection.execute(
        f"""
        WITH found AS (
            SELECT client_id, name, tax_id, client_group, salesperson, sort_name
            FROM {client_search.TABLE}
            WHERE company_id = ? AND (?::VARCHAR IS NULL OR client_group = ?) AND {wanted}
        ),
        balances AS (
            SELECT
                client_id, currency, sum(open_amount) AS total,
                coalesce(sum(open_amount) FILTER (WHERE is_overdue), 0) AS overdue,
                coalesce(sum(open_amount) FILTER (WHERE bucket = -1), 0) AS unapplied,
                count(DISTINCT item_id) FILTER (WHERE is_owed) AS documents,
                min(due_date) FILTER (WHERE is_owed) AS oldest_due
            FROM lake.marts.aging_items(?::DATE, ?, ?::INTEGER[])
            WHERE company_id || '' = ? AND (?::VARCHAR IS NULL OR currency || '' = ?)
            GROUP BY client_id, currency
        ),
        joined AS (
            SELECT found.*, currency, coalesce(total, 0) AS total,
                coalesce(overdue, 0) AS overdue, coalesce(unapplied, 0) AS unapplied,
                coalesce(documents, 0) AS documents, oldest_due,
                greatest(coalesce(?::DATE - oldest_due, 0), 0) AS days_overdue
            FROM found LEFT JOIN balances USING (client_id)
            WHERE ?::VARCHAR IS NULL OR currency IS NOT NULL
        ),
        chosen AS MATERIALIZED (SELECT * FROM joined WHERE {ONLY[asked.only]}),
        page AS (SELECT * FROM chosen ORDER BY {order} LIMIT ? OFFSET ?)
        SELECT counted.count, client_id, name, tax_id, client_group, salesperson, currency, total,
            overdue, unapplied, documents, oldest_due, days_overdue
        FROM (SELECT count(*) AS count FROM chosen) AS counted LEFT JOIN page ON true
        ORDER BY {order}
        """,
        [
            company_id, asked.group, asked.group, *words,
            asked.as_of, asked.basis, list(asked.limits),
            company_id, asked.currency, asked.currency,
            asked.as_of, asked.currency, asked.limit, asked.offset,
        ],
    ).fetchall()  # fmt: skip
    return ClientPage(
        rows=tuple(ClientBalance(*row[1:]) for row in rows if row[1] is not None),
        count=rows[0][0],
    )


def emails_of(
    connection: duckdb.DuckDBPyConnection, company_id: str, client_ids: Sequence[str]
) -> dict[str, tuple[str, str]]:
    """Addresses and language of these clients' records, by id."""
    return _emails(connection, company_id, "list_contains(?::VARCHAR[], client_id)", client_ids)


def written_to(
    connection: duckdb.DuckDBPyConnection, company_id: str, address: str
) -> dict[str, tuple[str, str]]:
    """The same of the clients in whose addresses this text stands, capitals ignored."""
    return _emails(connection, company_id, "contains(lower(emails), lower(?))", address)


def _emails(
    connection: duckdb.DuckDBPyConnection, company_id: str, which: str, asked: Sequence[str] | str
) -> dict[str, tuple[str, str]]:
    rows = connection.execute(
        f"""
        SELECT client_id, coalesce(emails, ''), coalesce(language, '')
        FROM lake.marts.clients WHERE company_id || '' = ? AND {which} ORDER BY client_id
        """,
        [company_id, asked if isinstance(asked, str) else list(asked)],
    ).fetchall()
    return {client_id: (emails, language) for client_id, emails, language in rows}


def record(connection: duckdb.DuckDBPyConnection, company_id: str, client_id: str) -> ClientRecord:
    """What is known of one client. Raises `NotFound` for one this company does not have."""
    found = connection.execute(
        """
        SELECT name, coalesce(tax_id, ''), coalesce(emails, ''), coalesce(phone, ''),
            coalesce(language, ''), coalesce(salesperson, ''), coalesce(client_group, ''),
            credit_limit, coalesce(notes, ''), edited_fields, is_by_hand
        FROM lake.marts.clients WHERE company_id = ? AND client_id = ?
        """,
        [company_id, client_id],
    ).fetchone()
    if found is None:
        raise NotFound("client", client_id, company_id)
    name, tax_id, emails, phone, language, salesperson, group, credit_limit, notes = found[:9]
    where = [company_id, client_id]
    days = connection.execute(
        "SELECT min(issue_date), max(issue_date) FROM lake.marts.all_items "
        "WHERE company_id = ? AND client_id = ? AND item_kind = 'document' AND counts",
        where,
    ).fetchone()
    payments = connection.execute(
        "SELECT issue_date, currency, -total_amount, number FROM lake.marts.all_items "
        "WHERE company_id = ? AND client_id = ? AND item_type = 'payment' AND counts "
        f"ORDER BY issue_date DESC, number DESC, item_id DESC LIMIT {LAST_PAYMENTS}",
        where,
    ).fetchall()
    return ClientRecord(
        client_id=client_id,
        name=name,
        tax_id=tax_id,
        emails=tuple(addresses.split(emails)),
        phone=phone,
        language=language,
        salesperson=salesperson,
        group=group,
        credit_limit=credit_limit,
        notes=notes,
        first_document=days[0] if days else None,
        last_document=days[1] if days else None,
        last_payments=tuple(LastPayment(*row) for row in payments),
        edited_fields=frozenset(found[9]),
        is_by_hand=found[10],
    )


def names(
    connection: duckdb.DuckDBPyConnection, company_id: str, client_ids: Sequence[str]
) -> dict[str, str]:
    """Names of these clients; whoever is not the company's is left out."""
    rows = connection.execute(
        "SELECT client_id, name FROM lake.marts.clients "
        "WHERE company_id = ? AND list_contains(?::VARCHAR[], client_id)",
        [company_id, list(client_ids)],
    ).fetchall()
    return dict(rows)


def groups(connection: duckdb.DuckDBPyConnection, company_id: str) -> list[str]:
    """Names of the groups that clients are in, sorted."""
    rows = connection.execute(
        "SELECT DISTINCT client_group FROM lake.marts.clients "
        "WHERE company_id = ? AND client_group <> '' "
        "ORDER BY strip_accents(lower(client_group)), client_group",
        [company_id],
    ).fetchall()
    return [row[0] for row in rows]
