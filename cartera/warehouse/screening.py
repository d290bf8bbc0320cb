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

from cartera.contract import Table
from cartera.warehouse import closed_books, followers, row_sql
from cartera.warehouse.followers import HELD, NUMBERED

if TYPE_CHECKING:
    import duckdb

#: What counts for nothing may change in everything: no debt vanishes.
_NOTHING_YET = "('draft', 'pending')"
#: Without a time of its own a row is newer than all others of its file.
_OLDEST_FIRST = 'updated_at NULLS LAST, "row"'
_NEWEST_FIRST = 'updated_at DESC NULLS FIRST, "row" DESC'
#: What others may go with.
_LEADS = f"{HELD} WHERE state IN ('held', 'kept') AND table_name IN {tuple(NUMBERED)}"


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
    if table.name != "clients" and row_sql.has_any(connection, _LEADS):
        followers.judge(connection, table, many=load.many)
    found = connection.execute(
        "SELECT company_id, count(*) FILTER (NOT is_kept) FROM judged GROUP BY 1"
    ).fetchall()
    _settle(connection, table, counted=bool(found), many=load.many)
    if found:
        _hold(connection, table, load)
    if load.many and table.name in NUMBERED and row_sql.has_any(connection, _LEADS):
        followers.note_own(connection, table)
    connection.execute("DROP TABLE judged")
    return Counter({company: n for company, n in found if n})


def begin(connection: duckdb.DuckDBPyConnection, closed: Mapping[str, date]) -> None:
    """Before the first table: `closed` are the companies with closed books.

    Makes `screened`, rows of this file that wait or were kept out, with what they are decided by,
    and `own_rows`, those that came as usual though others wait.
    """
    closed_books.begin(connection, closed)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE screened "
        '(company_id VARCHAR, "row" BIGINT, entry_id VARCHAR, is_kept BOOLEAN); '
        "CREATE OR REPLACE TEMP TABLE own_rows "
        '(company_id VARCHAR, "row" BIGINT, table_name VARCHAR, record_key VARCHAR)'
    )


def _leave_out_what_was_kept_out(
    connection: duckdb.DuckDBPyConnection, table: Table, load: Load
) -> None:
    """The same row again, of which a person said that it does not come in.

    Not where another part of its row of the file waits: all of it is asked about again.
    """
    kept = f"{HELD} WHERE state = 'kept' AND table_name = '{table.name}'"
    if not row_sql.has_any(connection, kept):
        return
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE kept AS SELECT arrivals.rowid AS arrival, "
        f'arrivals.company_id, arrivals."row", held.entry_id FROM (FROM {kept}) AS held '
        "JOIN arrivals ON held.company_id = arrivals.company_id "
        f"AND held.record_key = {row_sql.record_key(table, 'arrivals')} "
        f"AND held.held_id = {row_sql.fingerprint(table, 'arrivals')} "
        'WHERE (arrivals.company_id, arrivals."row") NOT IN '
        '(SELECT (company_id, "row") FROM screened WHERE NOT is_kept)'
    )
    # Not what was kept out as another's, of a client who has the number in the books by now.
    leads = f"(SELECT * FROM {HELD} WHERE held_id IN (SELECT entry_id FROM kept))"
    connection.execute(
        f"DELETE FROM kept WHERE entry_id IN (SELECT lead.held_id FROM {leads} AS lead "
        f"JOIN ({followers.books_of(leads)}) AS books USING (company_id, table_name, record_key) "
        "WHERE lead.client_id = books.client_id AND contains(lead.reasons, 'key_reused') "
        "AND NOT contains(lead.reasons, 'closed_day'))"
    )
    if load.many:
        connection.execute(
            'INSERT INTO screened SELECT company_id, "row", entry_id, true FROM kept'
        )
    connection.execute("DELETE FROM arrivals WHERE rowid IN (SELECT arrival FROM kept)")
    connection.execute("DROP TABLE kept")


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
        f"CASE WHEN base.is_known OR {_is_reused(table)} THEN {row_sql.record(table, 'base')} END "
        "AS known "
        f"FROM arrivals {joined} "
        # An older version that comes late is history, and takes nobody's place.
        "WHERE coalesce(arrivals.updated_at >= base.version_at, true)) "
        "SELECT *, CAST(NULL AS VARCHAR) AS entry_id, false AS is_kept, false AS goes "
        "FROM compared "
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


def _settle(
    connection: duckdb.DuckDBPyConnection, table: Table, *, counted: bool, many: bool
) -> None:
    """Take what waits out of `arrivals`; what arrives as usual ends what waited before it.

    Another client's row of a number that was used twice says nothing about the one that waits, nor
    about what goes with it.
    """
    if counted:
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE held_arrivals AS "
            "SELECT arrivals.*, judged.is_reused, judged.closed_until, judged.known, "
            "judged.entry_id, judged.is_kept, judged.goes OR judged.entry_id IS NOT NULL AS goes "
            "FROM arrivals JOIN judged ON judged.arrival = arrivals.rowid"
        )
        connection.execute("DELETE FROM arrivals WHERE rowid IN (SELECT arrival FROM judged)")
    waiting = f"{HELD} WHERE state = 'held' AND table_name = '{table.name}'"
    if not row_sql.has_any(connection, waiting):
        return
    if table.name in NUMBERED:
        is_same = "contains(held.reasons, 'closed_day') AND NOT goes AND NOT is_reused"
        is_same = f"(held.client_id = arrivals.client_id OR {is_same})"
    else:
        same = row_sql.same((c.name for c in table.columns), "known", "arrivals")
        is_same = (
            f"(NOT goes OR held.held_id = {row_sql.fingerprint(table, 'arrivals')} "
            "OR held.entry_id = held.held_id AND NOT EXISTS (FROM known "
            f"WHERE known.company_id = arrivals.company_id AND known.is_current AND {same}))"
        )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE ended AS SELECT DISTINCT held_id, NULL::VARCHAR AS heir FROM "
        "(SELECT *, contains(reasons, 'goes_with_held') AS goes, "
        f"contains(reasons, 'key_reused') AS is_reused FROM {waiting}) AS held "
        "JOIN arrivals ON held.company_id = arrivals.company_id "
        f"AND held.record_key = {row_sql.record_key(table, 'arrivals')} AND {is_same}"
    )
    if many:
        # Other parts of the same row of a file: the newer row brings its own.
        connection.execute(
            f"INSERT INTO ended SELECT parts.held_id, NULL FROM {HELD} AS parts "
            f"JOIN {HELD} AS lead ON lead.company_id = parts.company_id "
            "AND lead.held_id = parts.entry_id AND lead.batch_id = parts.batch_id "
            'AND lead."row" = parts."row" AND lead.table_name <> parts.table_name '
            "WHERE parts.state = 'held' AND lead.held_id IN (SELECT held_id FROM ended)"
        )
    _end(connection)


def _end(connection: duckdb.DuckDBPyConnection) -> None:
    """Remove rows of `ended`; what went with them goes with the heir, or is decided by itself."""
    connection.execute(
        f"UPDATE {HELD} SET entry_id = coalesce((SELECT any_value(heir) FROM ended "
        "WHERE ended.held_id = held.entry_id), held.held_id) "
        "WHERE state = 'held' AND entry_id <> held_id "
        "AND entry_id IN (SELECT held_id FROM ended)"
    )
    connection.execute(
        f"DELETE FROM {HELD} WHERE state = 'held' AND held_id IN (SELECT held_id FROM ended)"
    )
    connection.execute("DROP TABLE ended")


def _hold(connection: duckdb.DuckDBPyConnection, table: Table, load: Load) -> None:
    """Write what waits: of each key and client (or what it goes with) the newest row; one that
    waits already stays as it is.
    """
    keys = ", ".join(f'held_arrivals."{k}"' for k in row_sql.keys_of(table))
    client, apart = "NULL::VARCHAR", "coalesce(entry_id, '')"
    if table.name in NUMBERED:
        client = apart = "client_id"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE fresh AS SELECT * FROM ("
        f"SELECT company_id, {row_sql.fingerprint(table, 'held_arrivals')} AS held_id, "
        f"{row_sql.record_key(table, 'held_arrivals')} AS record_key, "
        f'{client} AS client_id, "row", {row_sql.record(table, "held_arrivals")} AS record, '
        "known, to_json(list_filter(["
        "CASE WHEN is_reused THEN {'code': 'key_reused', 'column': NULL::VARCHAR, "
        "'value': NULL::VARCHAR} END, "
        "CASE WHEN closed_until IS NOT NULL THEN {'code': 'closed_day', 'column': NULL::VARCHAR, "
        "'value': closed_until::VARCHAR} END, "
        "CASE WHEN goes THEN {'code': 'goes_with_held', "
        "'column': NULL::VARCHAR, 'value': NULL::VARCHAR} END"
        "], lambda reason: reason IS NOT NULL))::VARCHAR AS reasons, extra, entry_id, is_kept "
        f"FROM held_arrivals QUALIFY row_number() OVER (PARTITION BY {keys}, {apart} "
        f"ORDER BY {_NEWEST_FIRST}) = 1) "
        "QUALIFY row_number() OVER (PARTITION BY held_id ORDER BY entry_id NULLS LAST) = 1"
    )
    if load.many:
        connection.execute(
            'INSERT INTO screened SELECT fresh.company_id, held_arrivals."row", '
            "coalesce(fresh.entry_id, fresh.held_id), false FROM held_arrivals JOIN fresh "
            f"ON fresh.record_key = {row_sql.record_key(table, 'held_arrivals')} "
            "AND fresh.company_id = held_arrivals.company_id AND fresh.client_id "
            f"IS NOT DISTINCT FROM {client.replace('client_id', 'held_arrivals.client_id')}"
        )
    connection.execute("DROP TABLE held_arrivals")
    _replace_older(connection, table)
    # Of a row that was decided about before, the same decision is not carried out again.
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE decided AS SELECT held.held_id, max(held.decision) AS "
        "decision, bool_or(held.state = 'held') AS is_waiting "
        f"FROM {HELD} JOIN fresh USING (held_id) GROUP BY 1"
    )
    connection.execute(
        f"DELETE FROM {HELD} WHERE held_id IN (SELECT held_id FROM decided WHERE NOT is_waiting)"
    )
    connection.execute(
        f"INSERT INTO {HELD} BY NAME SELECT fresh.* EXCLUDE (is_kept) REPLACE "
        "(coalesce(fresh.entry_id, fresh.held_id) AS entry_id), "
        f"'{table.name}' AS table_name, ?::VARCHAR AS file, ?::BIGINT AS batch_id, "
        "?::TIMESTAMP AS held_at, CASE WHEN is_kept THEN 'kept' ELSE 'held' END AS state, "
        "coalesce(decision, 0) AS decision "
        "FROM fresh LEFT JOIN decided USING (held_id) WHERE NOT coalesce(is_waiting, false)",
        [load.file, load.batch_id, load.now],
    )
    # What was kept out with other values of one of its parts is asked about again, whole.
    connection.execute(
        f"UPDATE {HELD} SET state = 'held', held_at = ?::TIMESTAMP, batch_id = ?::BIGINT, "
        "file = ?::VARCHAR WHERE state = 'kept' "
        "AND entry_id IN (SELECT entry_id FROM fresh WHERE NOT is_kept)",
        [load.now, load.batch_id, load.file],
    )
    connection.execute("DROP TABLE fresh; DROP TABLE decided")


def _replace_older(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Earlier rows of the same key and client (or of what it goes with) give way to `fresh`."""
    older = (
        f"(FROM {HELD} WHERE table_name = '{table.name}') AS held "
        "JOIN fresh USING (company_id, record_key) WHERE held.held_id <> fresh.held_id"
    )
    heir = "coalesce(fresh.entry_id, fresh.held_id)"
    if table.name in NUMBERED:
        alike = "held.client_id = fresh.client_id"
        # What was kept out with an earlier version of it is asked about again, too.
        connection.execute(
            f"UPDATE {HELD} SET entry_id = before.heir, state = 'held' FROM ("
            f"SELECT held.entry_id, min({heir}) AS heir FROM {older} AND {alike} "
            "AND held.state = 'kept' AND held.entry_id = held.held_id GROUP BY 1) AS before "
            "WHERE held.entry_id = before.entry_id AND held.held_id <> before.entry_id "
            "AND held.state = 'kept'"
        )
    else:
        alike = "nullif(held.entry_id, held.held_id) IS NOT DISTINCT FROM fresh.entry_id"
    connection.execute(
        f"DELETE FROM {HELD} WHERE state = 'kept' AND held_id IN "
        f"(SELECT held.held_id FROM {older} AND held.entry_id = fresh.entry_id)"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE ended AS SELECT held.held_id, min({heir}) AS heir "
        f"FROM {older} AND {alike} AND held.state = 'held' AND NOT fresh.is_kept GROUP BY 1"
    )
    # The same row may have waited by itself until now, and others with it.
    connection.execute(
        f"UPDATE {HELD} SET entry_id = fresh.entry_id FROM fresh "
        "WHERE (fresh.held_id = held.held_id OR fresh.held_id = held.entry_id) "
        "AND held.state = 'held' AND fresh.entry_id IS NOT NULL AND NOT fresh.is_kept"
    )
    _end(connection)
