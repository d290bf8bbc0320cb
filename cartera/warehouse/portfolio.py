"""Aging of all clients, and finding one, from the marts at one snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from cartera.aging import Aging, AgingRow, bucket_names

if TYPE_CHECKING:
    import duckdb

    from cartera.config import Basis


@dataclass(frozen=True, slots=True)
class ClientRow:
    """What a search shows of a client."""

    client_id: str
    name: str
    tax_id: str
    emails: str


def aging(
    connection: duckdb.DuckDBPyConnection,
    company_id: str,
    *,
    as_of: date,
    basis: Basis,
    limits: Sequence[int],
    client_id: str | None = None,
) -> Aging:
    """Aging by client and currency, and its totals per currency, both summed in SQL.

    Clients without any open item are left out; currencies are never added together.
    """
    names = bucket_names(basis, limits)
    ranges = ", ".join(
        f"coalesce(sum(open_amount) FILTER (WHERE bucket = {n}), 0)" for n in range(len(names))
    )
    query = f"""
        SELECT
            client_id, any_value(clients.name), currency,
            coalesce(sum(overdue_amount), 0),
            coalesce(sum(open_amount) FILTER (WHERE bucket = -1), 0),
            sum(open_amount), sum(document_count)::BIGINT, count(DISTINCT client_id), {ranges}
        FROM lake.marts.aging(?::DATE, ?, ?::INTEGER[]) AS aged
        LEFT JOIN lake.marts.clients AS clients USING (company_id, client_id)
        WHERE company_id = ? AND (?::VARCHAR IS NULL OR client_id = ?)
        GROUP BY GROUPING SETS ((client_id, currency), (currency))
        ORDER BY currency, sum(open_amount) DESC, client_id
    """
    parameters = [as_of, basis, list(limits), company_id, client_id, client_id]
    rows: list[AgingRow] = []
    totals: list[AgingRow] = []
    for row in connection.execute(query, parameters).fetchall():
        key, name, currency, overdue, unapplied, total, documents, clients, *amounts = row
        target = totals if key is None else rows
        target.append(
            AgingRow(
                client_id=key or "",
                client="" if key is None else (name or key),
                currency=currency,
                buckets=dict(zip(names, amounts, strict=True)),
                overdue=overdue,
                unapplied=unapplied,
                total=total,
                documents=documents,
                clients=clients,
            )
        )
    return Aging(as_of, basis, tuple(limits), tuple(rows), tuple(totals))


def find_clients(
    connection: duckdb.DuckDBPyConnection, company_id: str, text: str = "", limit: int = 50
) -> list[ClientRow]:
    """Clients whose name, tax id or id contains every word of `text`; accents do not matter."""
    words = text.split()[:8]
    haystack = (
        "strip_accents(lower(concat_ws(' ', name, client_id, tax_id, "
        "regexp_replace(coalesce(tax_id, ''), '[^0-9A-Za-z]', '', 'g'))))"
    )
    conditions = "".join(f" AND contains({haystack}, strip_accents(lower(?)))" for _ in words)
    rows = connection.execute(
        f"SELECT client_id, name, coalesce(tax_id, ''), coalesce(emails, '') "
        f"FROM lake.marts.clients WHERE company_id = ?{conditions} "
        f"ORDER BY strip_accents(lower(name)), client_id LIMIT ?",
        [company_id, *words, limit],
    ).fetchall()
    return [ClientRow(*row) for row in rows]
