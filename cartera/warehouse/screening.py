"""Which rows of a file wait for a person's yes (`raw.held`) instead of becoming versions.

A document or payment whose key comes again with another client, another day and another amount:
numbers that restart each year would make somebody's debt vanish. A row that would change figures
of a day that the company has closed (`closed_books`). What goes with such a row waits with it. All
rows of a table are compared at once, by joins.

The tables `arrivals` (rows of the file) and `known` (all versions of their keys) belong to the
load's connection; rows that are held, and those that a person kept out before, leave `arrivals`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from cartera.contract import TABLES, Table
from cartera.warehouse import closed_books, row_sql
from cartera.warehouse.lake_schema import ALIAS

if TYPE_CHECKING:
    import duckdb

HELD = f"{ALIAS}.raw.held"
#: Of tables whose keys people number: the day, and the columns that make the amount.
NUMBERED = {"documents": ("issue_date", "total"), "payments": ("date", "amount")}
#: What counts for nothing may change in everything: no debt vanishes.
_NOTHING_YET = "('draft', 'pending')"
#: Without a time of its own a row is newer than all others of its file.
_OLDEST_FIRST = 'updated_at NULLS LAST, "row"'
_NEWEST_FIRST = 'updated_at DESC NULLS FIRST, "row" DESC'


@dataclass(frozen=True, slots=True)
class Load:
    """The load whose rows are looked at; `many`: its rows feed more than one table."""

    file: str
    batch_id: int
    now: datetime
    many: bool


def screen(
    connection: duckdb.DuckDBPyConnection, table: Table, load: Load, *, has_twins: bool
) -> Counter[str]:
    """Move rows that wait from `arrivals` to `raw.held`; how many, by company.

    `has_twins`: some key stands in the file more than once.
    """
    if table.name == "clients" and not closed_books.concerns_arrivals(connection):
        return Counter()
    _leave_out_what_was_kept_out(connection, table, load)
    _judge(connection, table, has_twins=has_twins)
    leads = f"FROM {HELD} WHERE state = 'held' AND table_name IN {tuple(NUMBERED)}"
    if table.name != "clients" and _some(connection, leads):
        _judge_followers(connection, table, load)
    counts = Counter(
        dict(connection.execute("SELECT company_id, count(*) FROM judged GROUP BY 1").fetchall())
    )
    _settle(connection, table, counted=bool(counts))
    if counts:
        _hold(connection, table, load)
    connection.execute("DROP TABLE judged")
    return counts


def _some(connection: duckdb.DuckDBPyConnection, source: str) -> bool:
    return connection.execute(f"SELECT 1 {source} LIMIT 1").fetchone() is not None


def begin(connection: duckdb.DuckDBPyConnection, closed: Mapping[str, date]) -> None:
    """Before the first table: `closed` are the companies with closed books.

    Makes `screened`: rows of this file that wait, or (without an id) were kept out before.
    """
    closed_books.begin(connection, closed)
    connection.execute(
        'CREATE OR REPLACE TEMP TABLE screened (company_id VARCHAR, "row" BIGINT, held_id VARCHAR)'
    )


def _leave_out_what_was_kept_out(
    connection: duckdb.DuckDBPyConnection, table: Table, load: Load
) -> None:
    """The same row again, of which a person said that it does not come in, and its parts."""
    kept = f"FROM {HELD} WHERE state = 'kept' AND table_name = '{table.name}'"
    is_kept = (
        "EXISTS (FROM kept WHERE kept.company_id = arrivals.company_id "
        f"AND kept.record_key = {row_sql.record_key(table, 'arrivals')} "
        f"AND kept.held_id = {row_sql.fingerprint(table, 'arrivals')})"
    )
    if _some(connection, kept):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE kept AS SELECT * {kept}")
        if load.many:
            connection.execute(
                f'INSERT INTO screened SELECT company_id, "row", NULL FROM arrivals WHERE {is_kept}'
            )
        connection.execute(f"DELETE FROM arrivals WHERE {is_kept}")
        connection.execute("DROP TABLE kept")
    if load.many:
        connection.execute(
            'DELETE FROM arrivals WHERE (company_id, "row") IN '
            '(SELECT (company_id, "row") FROM screened WHERE held_id IS NULL)'
        )


def _judge(connection: duckdb.DuckDBPyConnection, table: Table, *, has_twins: bool) -> None:
    """Make `judged`: rows that wait by themselves, with what stands in the books."""
    keys = ", ".join(f'"{k}"' for k in row_sql.keys_of(table))
    columns = ", ".join(f'"{c.name}"' for c in table.all_columns)
    base = f"SELECT {columns}, version_at, true AS is_known FROM known WHERE is_current"
    if has_twins and table.name in NUMBERED:
        # What is nowhere yet is compared with the first of its file.
        base += (
            f" UNION ALL BY NAME SELECT {columns}, updated_at AS version_at, false AS is_known "
            f"FROM arrivals ANTI JOIN known USING ({keys}) QUALIFY row_number() OVER "
            f"(PARTITION BY {keys} ORDER BY {_OLDEST_FIRST}) = 1"
        )
    on_key = " AND ".join(f'base."{k}" = arrivals."{k}"' for k in row_sql.keys_of(table))
    joined, closed = f"JOIN base ON {on_key}", "CAST(NULL AS DATE)"
    if closed_books.concerns_arrivals(connection):
        closed_books.find_days(connection, table.name)
        joined = (
            f"LEFT {joined}{closed_books.joins(table.name, 'arrivals')}"
            f"{closed_books.joins(table.name, 'base')} "
            "LEFT JOIN closed_books AS books ON books.company_id = arrivals.company_id"
        )
        before = closed_books.says(table.name, "base")
        closed = (
            f"CASE WHEN {closed_books.says(table.name, 'arrivals')} IS DISTINCT FROM "
            f"CASE WHEN base.is_known THEN {before} END THEN books.closed_until END"
        )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE judged AS WITH base AS ({base}), compared AS ("
        "SELECT arrivals.rowid AS arrival, arrivals.company_id, arrivals.updated_at, "
        f'arrivals."row", {row_sql.record_key(table, "arrivals")} AS record_key, '
        f"coalesce({_is_reused(table)}, false) AS is_reused, {closed} AS closed_until, "
        f"CASE WHEN base.is_known IS NOT NULL THEN {row_sql.record(table, 'base')} END AS known "
        f"FROM arrivals {joined} "
        # An older version that comes late is history, and takes nobody's place.
        "WHERE coalesce(arrivals.updated_at >= base.version_at, true)) "
        "SELECT *, CAST(NULL AS VARCHAR) AS entry_id FROM compared "
        "WHERE is_reused OR closed_until IS NOT NULL"
    )
    if has_twins:
        _pass_what_a_later_row_takes_back(connection, table)


def _pass_what_a_later_row_takes_back(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Of a key that stands in the file more than once the newest row says what it will be."""
    newer = (
        "(coalesce(arrivals.updated_at, TIMESTAMP 'infinity'), arrivals.\"row\") > "
        "(coalesce(judged.updated_at, TIMESTAMP 'infinity'), judged.\"row\")"
    )
    connection.execute(
        "DELETE FROM judged WHERE NOT is_reused AND EXISTS (FROM arrivals "
        "WHERE arrivals.company_id = judged.company_id "
        f"AND {row_sql.record_key(table, 'arrivals')} = judged.record_key AND {newer} "
        "AND arrivals.rowid NOT IN (SELECT arrival FROM judged))"
    )


def _is_reused(table: Table) -> str:
    if table.name not in NUMBERED:
        return "false"
    day, amount = NUMBERED[table.name]
    return (
        "(arrivals.client_id <> base.client_id "
        f'AND arrivals."{day}" <> base."{day}" '
        f'AND (arrivals."{amount}" <> base."{amount}" OR arrivals.currency <> base.currency) '
        f"AND base.status NOT IN {_NOTHING_YET})"
    )


def _judge_followers(connection: duckdb.DuckDBPyConnection, table: Table, load: Load) -> None:
    """Add rows that go with one that waits: parts of its row of the file, and what settles it."""
    found = []
    if load.many:
        found.append(
            "SELECT arrivals.rowid AS arrival, screened.held_id FROM arrivals JOIN screened "
            'USING (company_id, "row") WHERE screened.held_id IS NOT NULL'
        )
    if table.name == "instalments":
        found.append(
            "SELECT arrivals.rowid AS arrival, waiting.held_id FROM arrivals JOIN waiting "
            "ON waiting.company_id = arrivals.company_id AND waiting.table_name = 'documents' "
            "AND waiting.record_key = arrivals.document_id"
        )
    if table.name == "allocations":
        found += [_settling("document_id", "documents", "source_id", "payments"),
                  _settling("source_id", "payments", "document_id", "documents")]  # fmt: skip
    if not found:
        return
    columns = [c.name for c in table.columns]
    same = " AND ".join(f'known."{c}" IS NOT DISTINCT FROM arrivals."{c}"' for c in columns)
    connection.execute(
        "INSERT INTO judged BY NAME "
        f"WITH waiting AS (SELECT * FROM {HELD} WHERE state = 'held' "
        f"AND table_name IN {tuple(NUMBERED)} AND contains(reasons, 'key_reused')), "
        f"found AS ({' UNION ALL '.join(found)}) "
        "SELECT arrival, any_value(arrivals.company_id) AS company_id, false AS is_reused, "
        "CAST(NULL AS DATE) AS closed_until, "
        f"any_value(CASE WHEN base.is_current THEN {row_sql.record(table, 'base')} END) AS known, "
        "min(held_id) AS entry_id "
        "FROM found JOIN arrivals ON arrivals.rowid = arrival "
        f"LEFT JOIN (FROM known WHERE is_current) AS base USING "
        f"({', '.join(row_sql.keys_of(table))}) "
        # What is in the books as it comes is about what is in the books.
        "WHERE arrival NOT IN (SELECT arrival FROM judged) AND NOT EXISTS (FROM known "
        f"WHERE known.company_id = arrivals.company_id AND known.is_current AND {same}) "
        "GROUP BY arrival"
    )
    if load.many:
        connection.execute(
            f"UPDATE judged SET entry_id = (SELECT min(held_id) FROM ({found[0]}) AS parts "
            "WHERE parts.arrival = judged.arrival) WHERE entry_id IS NULL"
        )


def _settling(named: str, held: str, other: str, others: str) -> str:
    """Allocations to (from) a held row whose other end is of the held row's client."""
    other_key = TABLES[others].key[0]
    return (
        "SELECT arrivals.rowid AS arrival, waiting.held_id FROM arrivals JOIN waiting "
        f"ON waiting.company_id = arrivals.company_id AND waiting.table_name = '{held}' "
        f'AND waiting.record_key = arrivals."{named}" '
        f"JOIN (SELECT company_id, {other_key}, client_id FROM {ALIAS}.raw.{others} UNION "
        f"SELECT company_id, record_key, client_id FROM waiting WHERE table_name = '{others}') "
        f"AS ends ON ends.company_id = arrivals.company_id AND ends.{other_key} = "
        f'arrivals."{other}" AND ends.client_id = waiting.client_id'
    )


def _settle(connection: duckdb.DuckDBPyConnection, table: Table, *, counted: bool) -> None:
    """Take what waits out of `arrivals`; what arrives as usual ends what waited before it.

    Another client's row of a number that was used twice says nothing about the one that waits.
    """
    if counted:
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE held_arrivals AS "
            "SELECT arrivals.*, judged.is_reused, "
            "judged.closed_until, judged.known, judged.entry_id "
            "FROM arrivals JOIN judged ON judged.arrival = arrivals.rowid"
        )
        connection.execute("DELETE FROM arrivals WHERE rowid IN (SELECT arrival FROM judged)")
    waiting = f"FROM {HELD} WHERE state = 'held' AND table_name = '{table.name}'"
    if not _some(connection, waiting):
        return
    client = "arrivals.client_id" if table.name in NUMBERED else "NULL"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE ended AS SELECT DISTINCT held_id FROM "
        f"(SELECT * {waiting}) AS held JOIN arrivals ON held.company_id = arrivals.company_id "
        f"AND held.record_key = {row_sql.record_key(table, 'arrivals')} "
        f"AND (NOT contains(held.reasons, 'key_reused') OR held.client_id = {client})"
    )
    _end(connection, "NULL")


def _end(connection: duckdb.DuckDBPyConnection, heir: str) -> None:
    """Remove rows of `ended`; what went with them goes with `heir`, or is decided by itself."""
    connection.execute(
        f"UPDATE {HELD} SET entry_id = coalesce((SELECT any_value({heir}) FROM ended "
        "WHERE ended.held_id = held.entry_id), held.held_id) "
        "WHERE state = 'held' AND entry_id <> held_id "
        "AND entry_id IN (SELECT held_id FROM ended)"
    )
    connection.execute(
        f"DELETE FROM {HELD} WHERE state = 'held' AND held_id IN (SELECT held_id FROM ended)"
    )
    connection.execute("DROP TABLE ended")


def _hold(connection: duckdb.DuckDBPyConnection, table: Table, load: Load) -> None:
    """Write what waits: of each key the newest row; one that waits already stays as it is."""
    keys = ", ".join(f'held_arrivals."{k}"' for k in row_sql.keys_of(table))
    client = "client_id" if table.name in NUMBERED else "NULL"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE fresh AS "
        f"SELECT company_id, {row_sql.fingerprint(table, 'held_arrivals')} AS held_id, "
        f"{row_sql.record_key(table, 'held_arrivals')} AS record_key, "
        f'{client} AS client_id, "row", {row_sql.record(table, "held_arrivals")} AS record, '
        "known, to_json(list_filter(["
        "CASE WHEN is_reused THEN {'code': 'key_reused', 'column': NULL::VARCHAR, "
        "'value': NULL::VARCHAR} END, "
        "CASE WHEN closed_until IS NOT NULL THEN {'code': 'closed_day', 'column': NULL::VARCHAR, "
        "'value': closed_until::VARCHAR} END, "
        "CASE WHEN entry_id IS NOT NULL THEN {'code': 'goes_with_held', "
        "'column': NULL::VARCHAR, 'value': NULL::VARCHAR} END"
        "], lambda reason: reason IS NOT NULL))::VARCHAR AS reasons, extra, entry_id "
        f"FROM held_arrivals QUALIFY row_number() OVER (PARTITION BY {keys} "
        f"ORDER BY {_NEWEST_FIRST}) = 1"
    )
    if load.many:
        connection.execute(
            'INSERT INTO screened SELECT fresh.company_id, held_arrivals."row", '
            "coalesce(fresh.entry_id, fresh.held_id) FROM held_arrivals JOIN fresh "
            f"ON fresh.record_key = {row_sql.record_key(table, 'held_arrivals')} "
            "AND fresh.company_id = held_arrivals.company_id"
        )
    connection.execute("DROP TABLE held_arrivals")
    waiting = (
        f"(FROM {HELD} WHERE table_name = '{table.name}') AS held "
        "JOIN fresh USING (company_id, record_key)"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE ended AS SELECT held.held_id, fresh.held_id AS heir "
        f"FROM {waiting} WHERE held.state = 'held' AND held.held_id <> fresh.held_id"
    )
    _end(connection, "ended.heir")
    # Of a row that was decided about before, the same decision is not carried out again.
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE decided AS SELECT held.held_id, max(held.decision) AS "
        f"decision, bool_or(held.state = 'held') AS is_waiting FROM {waiting} "
        "WHERE held.held_id = fresh.held_id GROUP BY 1"
    )
    connection.execute(
        f"DELETE FROM {HELD} WHERE held_id IN (SELECT held_id FROM decided WHERE NOT is_waiting)"
    )
    connection.execute(
        f"INSERT INTO {HELD} BY NAME SELECT fresh.* REPLACE "
        "(coalesce(fresh.entry_id, fresh.held_id) AS entry_id), "
        f"'{table.name}' AS table_name, ?::VARCHAR AS file, ?::BIGINT AS batch_id, "
        "?::TIMESTAMP AS held_at, 'held' AS state, coalesce(decision, 0) AS decision "
        "FROM fresh LEFT JOIN decided USING (held_id) WHERE NOT coalesce(is_waiting, false)",
        [load.file, load.batch_id, load.now],
    )
    connection.execute("DROP TABLE fresh; DROP TABLE decided")
