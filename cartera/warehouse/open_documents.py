"""The open documents behind any figure of the portfolio: a range, a client, everything overdue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, get_args

from cartera.aging import bucket_names
from cartera.errors import UsageError
from cartera.portfolio import DocumentPage, DocumentSort, OpenDocument
from cartera.warehouse import client_search

if TYPE_CHECKING:
    import duckdb

    from cartera.config import Basis

_TIES = "client_id, item_kind, item_id"
_SORTS: dict[DocumentSort, str] = {
    "due_date": f"due_date {{way}}, {_TIES}",
    "client": f"sort_name {{way}}, client_id {{way}}, due_date, {_TIES}",
    "open": f"currency, open {{way}}, {_TIES}",
    "days_overdue": f"due_date {{back}}, {_TIES}",
    "number": f"number {{way}}, {_TIES}",
}


@dataclass(frozen=True, slots=True)
class DocumentsAsked:
    """Which documents, in which order, which of them."""

    as_of: date
    basis: Basis
    limits: Sequence[int]
    currency: str | None = None
    bucket: str | None = None
    client_id: str | None = None
    text: str = ""
    sort: DocumentSort = "due_date"
    descending: bool = False
    limit: int = 100
    offset: int = 0

    def __post_init__(self) -> None:
        """Raise `UsageError` for a name that is none of ours."""
        if self.sort not in get_args(DocumentSort):
            raise UsageError(f"documents can be sorted by {', '.join(_SORTS)}, not {self.sort!r}")
        known = (None, "unapplied", "overdue", *self.ranges)
        if self.bucket not in known:
            raise UsageError(f"no range {self.bucket!r}; there are {', '.join(self.ranges)}")

    @property
    def ranges(self) -> list[str]:
        """Names of the ranges, in order."""
        return bucket_names(self.basis, self.limits)

    def condition(self) -> tuple[str, list[Any]]:
        """Which open parts count, as SQL with its parameters."""
        if self.bucket is None:
            return "true", []
        if self.bucket == "overdue":
            return "is_overdue", []
        return "bucket = ?", [-1 if self.bucket == "unapplied" else self.ranges.index(self.bucket)]


def listed(
    connection: duckdb.DuckDBPyConnection, company_id: str, asked: DocumentsAsked
) -> DocumentPage:
    """Open documents; `totals` are what the figure they stand behind says."""
    wanted, parameters = asked.condition()
    # Compared plainly, a client picks its own file alone.
    whose, whose_id = (
        ("true", []) if asked.client_id is None else ("client_id = ?", [asked.client_id])
    )
    conditions, words = client_search.condition(
        client_search.words_of(asked.text),
        "strip_accents(lower("
        "concat_ws(' ', number, reference, purchase_order, haystack, client_id)))",
    )
    way, back = ("DESC", "ASC") if asked.descending else ("ASC", "DESC")
    order = _SORTS[asked.sort].format(way=way, back=back)
    rows = connection.execute(
        f"""
        WITH items AS (
            SELECT
                client_id, item_kind, item_id, any_value(number) AS number,
                any_value(reference) AS reference, any_value(purchase_order) AS purchase_order,
                any_value(item_type) AS item_type,
                any_value(currency) AS currency, any_value(issue_date) AS issue_date,
                min(due_date) AS due_date, arg_min(bucket, due_date) AS bucket,
                any_value(total_amount) AS total, sum(open_amount) AS open,
                bool_or(is_disputed) AS is_disputed
            FROM lake.marts.aging_items(?::DATE, ?, ?::INTEGER[])
            WHERE company_id || '' = ? AND (?::VARCHAR IS NULL OR currency || '' = ?)
                AND {whose} AND {wanted}
            GROUP BY client_id, item_kind, item_id
        ),
        chosen AS MATERIALIZED (
            SELECT items.*, coalesce(clients.name, client_id) AS name, sort_name
            FROM items
            LEFT JOIN (
                SELECT client_id, name, sort_name, haystack, bare_tax_id
                FROM {client_search.TABLE} WHERE company_id = ?
            ) AS clients USING (client_id)
            WHERE {conditions}
        ),
        totals AS (
            SELECT list({{'currency': currency, 'open': open, 'count': count}} ORDER BY currency)
                AS totals
            FROM (
                SELECT currency, sum(open) AS open, count(*) AS count FROM chosen GROUP BY currency
            )
        ),
        page AS (SELECT * FROM chosen ORDER BY {order} LIMIT ? OFFSET ?)
        SELECT totals, client_id, name, item_id, number, item_type, currency, issue_date,
            due_date, ?::DATE - due_date, bucket, total, open, is_disputed, purchase_order
        FROM totals LEFT JOIN page ON true
        ORDER BY {order}
        """,
        [
            asked.as_of, asked.basis, list(asked.limits), company_id,
            asked.currency, asked.currency, *whose_id, *parameters,
            company_id, *words, asked.limit, asked.offset, asked.as_of,
        ],
    ).fetchall()  # fmt: skip
    totals = rows[0][0] or ()
    return DocumentPage(
        rows=tuple(_document(row, asked.ranges) for row in rows if row[1] is not None),
        count=sum(total["count"] for total in totals),
        totals=tuple((total["currency"], total["open"]) for total in totals),
    )


def _document(row: tuple[Any, ...], ranges: list[str]) -> OpenDocument:
    (
        _, client_id, client, document_id, number, item_type, currency, issue_date, due_date,
        days_overdue, bucket, total, open_amount, is_disputed, purchase_order,
    ) = row  # fmt: skip
    return OpenDocument(
        client_id=client_id,
        client=client,
        document_id=document_id,
        number=number,
        type=item_type,
        currency=currency,
        issue_date=issue_date,
        due_date=due_date,
        days_overdue=days_overdue,
        bucket="unapplied" if bucket < 0 else ranges[bucket],
        total=total,
        open=open_amount,
        disputed=is_disputed,
        purchase_order=purchase_order,
    )
