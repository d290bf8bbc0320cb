"""What another version of the program makes of the figures: two snapshots compared, in SQL.

Each snapshot is asked by the definitions that it was made with (`marts.aging` as it stands in it),
so what is compared is what people were shown. As of today and of the last month's end, the two
days that messages speak of most; each costs an aggregate of both snapshots.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING

import duckdb

from cartera import __version__, clock
from cartera.aging import bucket_names
from cartera.errors import CarteraError
from cartera.store import companies
from cartera.store.figure_changes import AccountChange, Comparison, Figure
from cartera.warehouse.lake import connect
from cartera.warehouse.trend import month_ends

if TYPE_CHECKING:
    from cartera.config import Basis, Settings
    from cartera.store.db import Store
    from cartera.store.publications import Publication

#: How companies look at their figures: today, basis and limits. Most share one.
Look = tuple[date, "Basis", tuple[int, ...]]
#: Letters kept of why two snapshots could not be compared.
LONGEST_TROUBLE = 500

_AGING = """
    SELECT company_id, client_id, currency, bucket, open_amount, overdue_amount
    FROM lake.marts.aging(?::DATE, ?, ?::INTEGER[])
    WHERE list_contains(?::VARCHAR[], company_id)
"""
_COMPARED = f"""
    WITH now AS ({_AGING}),
    ranges AS (
        SELECT
            company_id, client_id, currency, bucket,
            coalesce(before.open_amount, 0) AS open_before,
            coalesce(now.open_amount, 0) AS open_after,
            coalesce(before.overdue_amount, 0) AS overdue_before,
            coalesce(now.overdue_amount, 0) AS overdue_after
        FROM before FULL JOIN now USING (company_id, client_id, currency, bucket)
    ),
    named AS (
        SELECT company_id, client_id, currency, -3 AS place, 'total' AS figure,
            open_before AS amount_before, open_after AS amount_after
        FROM ranges
        UNION ALL
        SELECT company_id, client_id, currency, -2, 'overdue', overdue_before, overdue_after
        FROM ranges
        UNION ALL
        SELECT company_id, client_id, currency, bucket,
            if(bucket = -1, 'unapplied', list_extract(?::VARCHAR[], bucket + 1)),
            open_before, open_after
        FROM ranges
    ),
    figures AS (
        SELECT company_id, client_id, currency, place, figure,
            sum(amount_before) AS amount_before, sum(amount_after) AS amount_after,
            sum(amount_after) - sum(amount_before) AS difference
        FROM named
        GROUP BY ALL
        HAVING sum(amount_before) <> 0 OR sum(amount_after) <> 0
    )
    SELECT company_id, client_id, currency,
        list((figure, amount_before, amount_after, difference) ORDER BY place)
    FROM figures
    GROUP BY company_id, client_id, currency
    HAVING bool_or(difference <> 0)
    ORDER BY company_id, max(abs(difference)) DESC, client_id, currency
"""


def compare(
    settings: Settings, store: Store, before: Publication, snapshot: int
) -> list[Comparison]:
    """Companies of which any figure differs between a publication and the snapshot to follow it.

    Where the earlier one cannot be read, every company is named with the trouble: nobody knows
    then what differs, and mail has to wait all the same.
    """
    with closing(connect(settings, read_only=True, snapshot=snapshot)) as after:
        looks = _looks(settings, store, after)
        try:
            with closing(connect(settings, read_only=True, snapshot=before.snapshot_id)) as earlier:
                found = _accounts(earlier, after, looks)
        except (duckdb.Error, CarteraError) as error:
            trouble = " ".join(str(error).split())[:LONGEST_TROUBLE]
            return [
                Comparison(company_id, before.id, __version__, _days(look), trouble=trouble)
                for look, members in looks.items()
                for company_id in members
            ]
        with_rows = _with_rows(after, before.batch_seq)
    return [
        Comparison(
            company_id, before.id, __version__, _days(look), tuple(found[company_id]),
            has_new_rows=company_id in with_rows,
        )
        for look, members in looks.items()
        for company_id in members
        if company_id in found
    ]  # fmt: skip


def _looks(
    settings: Settings, store: Store, connection: duckdb.DuckDBPyConnection
) -> dict[Look, list[str]]:
    """Companies with clients, by how they look at their figures."""
    looks: dict[Look, list[str]] = defaultdict(list)
    for (company_id,) in connection.execute(
        "SELECT DISTINCT company_id FROM lake.staging.stg_clients ORDER BY company_id"
    ).fetchall():
        company = companies.profile(settings, store, company_id)
        today = clock.today(company.timezone)
        looks[today, company.aging_basis, company.buckets].append(company_id)
    return looks


def _days(look: Look) -> tuple[date, ...]:
    """Today, and the last month's end."""
    return tuple(reversed(month_ends(look[0], 1)))


def _accounts(
    earlier: duckdb.DuckDBPyConnection,
    after: duckdb.DuckDBPyConnection,
    looks: dict[Look, list[str]],
) -> dict[str, list[AccountChange]]:
    """Accounts that differ, by company: each day's after the other."""
    found: dict[str, list[AccountChange]] = defaultdict(list)
    for look, members in looks.items():
        _, basis, limits = look
        names = bucket_names(basis, limits)
        for day in _days(look):
            asked = [day, basis, list(limits), members]
            # Two snapshots cannot live in one DuckDB: views name the lake by its alias.
            after.register("before", earlier.execute(_AGING, asked).to_arrow_table())
            rows = after.execute(_COMPARED, [*asked, names]).fetchall()
            after.unregister("before")
            for company_id, client_id, currency, figures in rows:
                change = AccountChange(day, client_id, currency, _figures(figures))
                found[company_id].append(change)
    return found


def _figures(rows: Sequence[tuple[str, object, object, object]]) -> dict[str, Figure]:
    return {name: Figure(*amounts) for name, *amounts in rows}  # type: ignore[arg-type]


def _with_rows(connection: duckdb.DuckDBPyConnection, batch: int) -> set[str]:
    """Companies of which rows came after a batch."""
    rows = connection.execute(
        "SELECT DISTINCT company_id FROM lake.raw.batches WHERE batch_id > ? AND loaded > 0",
        [batch],
    ).fetchall()
    return {company_id for (company_id,) in rows}
