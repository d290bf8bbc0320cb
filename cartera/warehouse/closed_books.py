"""What rows say of days that a company has closed, as SQL: for all rows of a table at once.

A row is compared with what is in the books under its key by all that counts on the closed day
(ledger rule 2); what only describes (numbers, references, labels) is none of it. A row without
effect on that day says nothing (null).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from cartera.warehouse.lake_schema import ALIAS
from cartera.warehouse.row_sql import has_any, is_newest

if TYPE_CHECKING:
    import duckdb

#: Key and day of what has one.
_ITEMS = {"documents": ("document_id", "issue_date"), "payments": ("payment_id", "date")}
_CLOSED = "books.closed_until"
#: Void from a day on: it counted until then; void without one, or from its own day, never.
_COUNTS = (
    "({a}.status = '{counting}' OR ({a}.status = 'void' AND {a}.voided_on > {a}.{day})) "
    f"AND {{a}}.{{day}} <= {_CLOSED}"
)
_VOIDED = (
    f"CASE WHEN {{a}}.status = 'void' AND {{a}}.voided_on <= {_CLOSED} THEN {{a}}.voided_on END"
)
_SAYS = {
    # A new client makes count what was here before and waited for it.
    "clients": f"CASE WHEN {{a}}_target.day <= {_CLOSED} THEN 'counts' END",
    "documents": (
        f"CASE WHEN {_COUNTS.format(a='{a}', day='issue_date', counting='issued')} THEN row("
        "{a}.client_id, {a}.type, {a}.issue_date, coalesce({a}.due_date, {a}.issue_date), "
        f"{{a}}.currency, {{a}}.total, {_VOIDED})::VARCHAR END"
    ),
    "payments": (
        f"CASE WHEN {_COUNTS.format(a='{a}', day='date', counting='received')} THEN row("
        "{a}.client_id, {a}.direction, {a}.date, {a}.currency, {a}.amount, "
        f"{_VOIDED})::VARCHAR END"
    ),
    "instalments": (
        f"CASE WHEN {{a}}_target.day <= {_CLOSED} AND (coalesce({{a}}.status, 'active') = 'active' "
        "OR {a}.voided_on > {a}_target.day) "
        f"THEN row({{a}}.due_date, {{a}}.amount, {_VOIDED})::VARCHAR END"
    ),
    "allocations": (
        "CASE WHEN {a}.status = 'posted' AND ({a}.source_id IS NULL OR {a}_source.day IS NOT NULL) "
        "AND {a}_target.day IS NOT NULL AND "
        f"greatest({{a}}.date, {{a}}_target.day, {{a}}_source.day) <= {_CLOSED} THEN row("
        "{a}.kind, {a}.amount, greatest({a}.date, {a}_target.day, {a}_source.day), {a}.source_id, "
        "{a}.document_id, {a}.target_payment_id, {a}.source_amount, {a}.instalment)::VARCHAR END"
    ),
}
_JOIN = (
    " LEFT JOIN item_days AS {a}_{end} ON {a}_{end}.company_id = {a}.company_id "
    "AND {a}_{end}.kind = {kind} AND {a}_{end}.item_id = {id}"
)
_DOCUMENT = {"end": "target", "kind": "'documents'", "id": "{a}.document_id"}
_ENDS = {
    "clients": [{"end": "target", "kind": "'clients'", "id": "{a}.client_id"}],
    "instalments": [_DOCUMENT],
    "allocations": [
        {
            "end": "target",
            "kind": "CASE WHEN {a}.document_id IS NULL THEN 'payments' ELSE 'documents' END",
            "id": "coalesce({a}.document_id, {a}.target_payment_id)",
        },
        {
            "end": "source",
            "kind": "CASE {a}.kind WHEN 'credit' THEN 'documents' ELSE 'payments' END",
            "id": "{a}.source_id",
        },
    ],
}
#: Columns of each table that name documents and payments.
_NAMED = {
    "instalments": {"documents": ["document_id"]},
    "allocations": {
        "documents": ["document_id", "source_id"],
        "payments": ["target_payment_id", "source_id"],
    },
}


def begin(connection: duckdb.DuckDBPyConnection, closed: Mapping[str, date]) -> None:
    """Make `closed_books`: companies with the day until which their books are closed."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE closed_books (company_id VARCHAR, closed_until DATE)"
    )
    if closed:
        connection.executemany("INSERT INTO closed_books VALUES (?, ?)", list(closed.items()))


def concerns_arrivals(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a row that arrives is of a company with closed books."""
    return has_any(connection, "arrivals SEMI JOIN closed_books USING (company_id)")


def find_days(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Make `item_days`: the days of documents and payments that rows of this table name, or that
    wait for these clients.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE item_days "
        "(company_id VARCHAR, kind VARCHAR, item_id VARCHAR, day DATE)"
    )
    if table == "clients":
        _find_days_of_new_clients(connection)
    for kind, columns in _NAMED.get(table, {}).items():
        key, day = _ITEMS[kind]
        named = " UNION ".join(
            f"SELECT company_id, {column} AS {key} FROM {rows} SEMI JOIN closed_books "
            f"USING (company_id) WHERE {column} IS NOT NULL"
            for rows in ("arrivals", "known")
            for column in columns
        )
        connection.execute(
            f"INSERT INTO item_days SELECT company_id, '{kind}', {key}, {day} "
            f"FROM {ALIAS}.raw.{kind} SEMI JOIN ({named}) USING (company_id, {key}) "
            f"QUALIFY {is_newest(('company_id', key))}"
        )


def _find_days_of_new_clients(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE new_clients AS SELECT DISTINCT company_id, client_id "
        "FROM arrivals SEMI JOIN closed_books USING (company_id) "
        "ANTI JOIN known USING (company_id, client_id) "
        f"ANTI JOIN (FROM {ALIAS}.raw.client_edits WHERE is_new) USING (company_id, client_id)"
    )
    for kind, (key, day) in _ITEMS.items():
        connection.execute(
            f"INSERT INTO item_days SELECT company_id, 'clients', client_id, min({day}) FROM ("
            f"SELECT * FROM {ALIAS}.raw.{kind} SEMI JOIN (SELECT company_id, {key} "
            f"FROM {ALIAS}.raw.{kind} SEMI JOIN new_clients USING (company_id, client_id)) "
            f"USING (company_id, {key}) "
            f"QUALIFY {is_newest(('company_id', key))}) "
            "SEMI JOIN new_clients USING (company_id, client_id) GROUP BY company_id, client_id"
        )
    connection.execute("DROP TABLE new_clients")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE item_days AS SELECT company_id, kind, item_id, "
        "min(day) AS day FROM item_days GROUP BY ALL"
    )


def joins(table: str, alias: str) -> str:
    """Joins that `says` needs for rows of this alias."""
    return "".join(
        _JOIN.format(a=alias, end=end["end"], kind=end["kind"].format(a=alias),
                     id=end["id"].format(a=alias))
        for end in _ENDS.get(table, [])
    )  # fmt: skip


def says(table: str, alias: str) -> str:
    """What a row says of the closed day; expects `books` (a row of `closed_books`)."""
    return _SAYS[table].format(a=alias)
