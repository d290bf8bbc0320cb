"""What goes with a row that waits: parts of its row of the file, and what names its number.

A number that is used twice names two things, the one in the books and the one that waits (or was
kept out). A row that names it waits with the second unless something shows that it is of the
first: the row of the file that it is part of; its other end, which is of the same client; its day,
on which only the first was there; for a plan, its sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartera.contract import TABLES, Table
from cartera.warehouse import row_sql
from cartera.warehouse.lake_schema import ALIAS

if TYPE_CHECKING:
    import duckdb

HELD = f"{ALIAS}.raw.held"
#: Of tables whose keys people number: the day, and the columns that make the amount.
NUMBERED = {"documents": ("issue_date", "total"), "payments": ("date", "amount")}
_KEYS = {name: TABLES[name].key[0] for name in NUMBERED}
_IN_ORDER = "(coalesce(updated_at, TIMESTAMP 'infinity'), \"row\")"


def names(table: str, value: str) -> list[tuple[str, str]]:
    """What rows of a table name, as SQL: the table and the key; `value` is how a column is read."""
    document = ("'documents'", value.format("document_id"))
    if table == "instalments":
        return [document]
    if table != "allocations":
        return []
    source = f"CASE {value.format('kind')} WHEN 'credit' THEN 'documents' ELSE 'payments' END"
    return [
        document,
        ("'payments'", value.format("target_payment_id")),
        (source, value.format("source_id")),
    ]


def judge(connection: duckdb.DuckDBPyConnection, table: Table, *, many: bool) -> None:
    """Add to `judged` what goes with rows that wait or were kept out.

    `many`: rows of the file feed more than one table.
    """
    same = row_sql.same((c.name for c in table.columns), "known", "arrivals")
    # What is in the books as it comes is about what is in the books.
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE in_books AS SELECT arrivals.rowid AS arrival FROM arrivals "
        f"JOIN known USING ({', '.join(row_sql.keys_of(table))}) WHERE known.is_current AND {same}"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE found "
        "(arrival BIGINT, entry_id VARCHAR, is_kept BOOLEAN, is_part BOOLEAN)"
    )
    if many:
        connection.execute(
            "INSERT INTO found SELECT arrivals.rowid, min(entry_id), false, true FROM arrivals "
            'JOIN screened USING (company_id, "row") GROUP BY 1'
        )
    if names(table.name, ""):
        _find_what_names(connection, table)
    connection.execute("DELETE FROM found WHERE NOT is_part AND arrival IN (FROM in_books)")
    connection.execute(
        "UPDATE judged SET entry_id = found.entry_id, is_kept = found.is_kept "
        "FROM found WHERE found.arrival = judged.arrival AND found.entry_id IS NOT NULL"
    )
    connection.execute(
        "INSERT INTO judged BY NAME "
        "SELECT arrival, arrivals.company_id, false AS is_reused, entry_id, is_kept, true AS goes, "
        f"CASE WHEN base.is_current THEN {row_sql.record(table, 'base')} END AS known "
        "FROM found JOIN arrivals ON arrivals.rowid = arrival "
        "LEFT JOIN (FROM known WHERE is_current) AS base USING "
        f"({', '.join(row_sql.keys_of(table))}) "
        "WHERE arrival NOT IN (SELECT arrival FROM judged) AND arrival NOT IN (FROM in_books)"
    )
    connection.execute("DROP TABLE found; DROP TABLE in_books")


def note_own(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Of a file whose rows feed more than one table: which rows came as usual, with which key."""
    connection.execute(
        f"INSERT INTO own_rows SELECT company_id, \"row\", '{table.name}', "
        f"{row_sql.record_key(table, 'arrivals')} FROM arrivals "
        f"WHERE {row_sql.record_key(table, 'arrivals')} IN (SELECT record_key FROM {HELD} "
        f"WHERE state IN ('held', 'kept') AND table_name = '{table.name}')"
    )


def _find_what_names(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    named = " UNION ALL ".join(
        f'SELECT rowid AS arrival, company_id, "row", {kind} AS table_name, {key} AS record_key '
        f"FROM arrivals WHERE {key} IS NOT NULL"
        for kind, key in names(table.name, '"{}"')
    )
    leads = " UNION ALL ".join(
        f"SELECT company_id, table_name, record_key, client_id, entry_id, state, batch_id, "
        f"(record ->> '{day}')::DATE AS day, (record ->> '{amount}')::DECIMAL(38, 4) AS amount "
        f"FROM {HELD} WHERE state IN ('held', 'kept') AND table_name = '{kind}' "
        "AND contains(reasons, 'key_reused')"
        for kind, (day, amount) in NUMBERED.items()
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE leads AS FROM ({leads}) AS leads "
        f"SEMI JOIN ({named}) AS named USING (company_id, table_name, record_key)"
    )
    if not row_sql.has_any(connection, "leads"):
        connection.execute("DROP TABLE leads")
        return
    # An earlier version of what is in the books now, that was kept out once, is nothing else.
    connection.execute(
        f"DELETE FROM leads WHERE EXISTS (FROM ({books_of('leads')}) AS books "
        "WHERE books.company_id = leads.company_id AND books.table_name = leads.table_name "
        "AND books.record_key = leads.record_key AND books.client_id = leads.client_id)"
    )
    # Ends of all rows that have one of a number that is used twice; `is_open`: which of both?
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE ends AS WITH named AS ({named}), ends AS ("
        "SELECT named.*, (company_id, table_name, record_key) IN "
        "(SELECT (company_id, table_name, record_key) FROM leads) AND "
        '(company_id, "row", table_name, record_key) NOT IN '
        '(SELECT (company_id, "row", table_name, record_key) FROM own_rows) AS is_open '
        "FROM named WHERE arrival NOT IN (SELECT arrival FROM found)) "
        "SELECT * FROM ends QUALIFY bool_or(is_open) OVER (PARTITION BY arrival)"
    )
    if row_sql.has_any(connection, "ends"):
        _find_by_ends(connection, table)
    connection.execute("DROP TABLE leads; DROP TABLE ends")


def books_of(named: str) -> str:
    """SQL: what is in the books under keys of that relation: client, day and amount."""
    return " UNION ALL ".join(
        f"(SELECT company_id, '{kind}' AS table_name, {_KEYS[kind]} AS record_key, "
        f"client_id, {day} AS day, {amount} AS amount FROM {ALIAS}.raw.{kind} "
        f"SEMI JOIN (FROM {named} WHERE table_name = '{kind}') AS named ON "
        f"named.company_id = {kind}.company_id AND named.record_key = {kind}.{_KEYS[kind]} "
        f"QUALIFY {row_sql.is_newest(('company_id', _KEYS[kind]))})"
        for kind, (day, amount) in NUMBERED.items()
    )


def _find_by_ends(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    keys = ", ".join(f'"{k}"' for k in row_sql.keys_of(table))
    # How often the file has said this key before: two plans of one number are two sums.
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE naming AS SELECT arrivals.*, arrivals.rowid AS arrival, "
        f"row_number() OVER (PARTITION BY {keys} ORDER BY {_IN_ORDER}) AS nth, "
        f"count(*) OVER (PARTITION BY {keys}) AS times FROM arrivals "
        "WHERE arrivals.rowid IN (SELECT arrival FROM ends)"
    )
    if table.name == "instalments":
        said = (
            "SELECT arrival, nth, times, NULL::DATE AS date, sum(CASE WHEN coalesce(status, "
            "'active') = 'active' THEN amount ELSE 0 END) "
            "OVER (PARTITION BY company_id, document_id, nth) AS plan FROM naming"
        )
    else:
        said = "SELECT arrival, nth, times, date, NULL::DECIMAL(38, 4) AS plan FROM naming"
    connection.execute(
        f"INSERT INTO found WITH books AS ({books_of('ends')}), said AS ({said}), "
        "looked AS (SELECT ends.arrival, ends.is_open, books.client_id, books.day, books.amount, "
        "first.day AS lead_day, first.days AS lead_days, first.amounts AS lead_amounts FROM ends "
        "LEFT JOIN books USING (company_id, table_name, record_key) "
        "LEFT JOIN (SELECT company_id, table_name, record_key, min(day) AS day, list(day) AS days, "
        "list(amount) AS amounts FROM leads GROUP BY ALL) AS first "
        "ON ends.is_open AND first.company_id = ends.company_id "
        "AND first.table_name = ends.table_name AND first.record_key = ends.record_key), "
        "asked AS (SELECT arrival, count(*) AS ends, count(*) FILTER (is_open) AS open, "
        # Of the client of what is in the books, at every end.
        "count(client_id) = count(*) AND count(DISTINCT client_id) = 1 AS is_one_client, "
        "min(client_id) FILTER (NOT is_open) AS other_client, max(day) AS day, "
        "min(lead_day) AS lead_day, flatten(list(lead_days) FILTER (is_open)) AS lead_days, "
        "any_value(amount) AS amount, flatten(list(lead_amounts) FILTER (is_open)) AS lead_amounts "
        "FROM looked GROUP BY arrival), "
        "doubtful AS (SELECT asked.*, nth, times, date, plan FROM asked "
        "JOIN said USING (arrival) WHERE NOT coalesce(is_one_client AND (other_client IS NOT NULL "
        "OR date >= asked.day AND date < lead_day "
        "OR date = asked.day AND NOT list_contains(lead_days, date) "
        "OR plan = amount AND NOT list_contains(lead_amounts, amount)), false)), "
        "chosen AS (SELECT doubtful.*, leads.entry_id, leads.state, "
        "coalesce(leads.client_id = other_client, false) AS is_of_lead, "
        "coalesce(plan = leads.amount, false) AS is_its_plan FROM doubtful "
        "JOIN ends ON ends.arrival = doubtful.arrival AND ends.is_open "
        "JOIN leads USING (company_id, table_name, record_key) "
        "QUALIFY row_number() OVER (PARTITION BY doubtful.arrival ORDER BY "
        "is_of_lead DESC, is_its_plan DESC, leads.state, leads.batch_id DESC, leads.entry_id) = 1) "
        # Beside what was kept out only what is surely its own stays out without a question.
        "SELECT arrival, CASE WHEN is_out OR state = 'held' AND (nth = times OR is_of_lead "
        "OR is_its_plan) THEN entry_id END, is_out, false FROM (SELECT *, state = 'kept' AND "
        "(ends = 1 OR is_of_lead OR open = ends AND date IS NOT NULL) AS is_out FROM chosen)"
    )
    connection.execute("DROP TABLE naming")
