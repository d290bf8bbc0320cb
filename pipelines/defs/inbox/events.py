"""What a load tells Dagster, made from the results of its files; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import dagster as dg

from cartera.contract import TABLES
from cartera.warehouse.ingest import FileResult
from pipelines.events import Event

INBOX = dg.AssetKey(["inbox"])
FILES_TAKEN = "files_taken"
ROWS_TAKEN = "rows_taken"
#: A folder of a thousand files must not make an event of megabytes.
MOST_LISTED = 50


def raw_key(table: str) -> dg.AssetKey:
    """The key under which dbt knows the table too (source `raw`)."""
    return dg.AssetKey(["raw", table])


def results_events(
    results: Sequence[FileResult],
) -> Iterator[Event]:
    """One materialisation for the inbox and for each raw table, and their checks.

    Also for a table that got nothing: it is up to date, and Dagster would skip all that follows
    from it.
    """
    refused = [r for r in results if r.error is not None]
    yield dg.MaterializeResult(INBOX, metadata=_inbox_metadata(results))
    yield dg.AssetCheckResult(
        passed=not refused,
        asset_key=INBOX,
        check_name=FILES_TAKEN,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"refused": [f"{r.error}" for r in refused[:MOST_LISTED]]},
    )
    for table in TABLES:
        rejects = [reject for r in results for reject in r.rejects if reject.table == table]
        yield dg.MaterializeResult(raw_key(table), metadata=_table_metadata(results, table))
        yield dg.AssetCheckResult(
            passed=not rejects,
            asset_key=raw_key(table),
            check_name=ROWS_TAKEN,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={
                "rejected": len(rejects),
                "rows": [
                    f"{r.file}, row {r.row}: {', '.join(reason.code for reason in r.reasons)}"
                    for r in rejects[:MOST_LISTED]
                ],
            },
        )


def _inbox_metadata(results: Sequence[FileResult]) -> dict[str, dg.MetadataValue | int | list[str]]:
    unknown = {r.file: r.unknown_columns for r in results if r.unknown_columns}
    return {
        "files": [r.file for r in results[:MOST_LISTED]],
        "file_count": len(results),
        "rows": sum(r.rows for r in results),
        "loaded": sum(r.loaded for r in results),
        "unchanged": sum(r.unchanged for r in results),
        "rejected": sum(r.rejected for r in results),
        "held": sum(r.held for r in results),
        "unknown_columns": dg.MetadataValue.json(dict(list(unknown.items())[:MOST_LISTED])),
    }


def _table_metadata(results: Sequence[FileResult], table: str) -> dict[str, int | list[str]]:
    counts = [count for r in results for count in r.tables if count.table == table]
    unknown = {name for r in results for name in r.unknown_columns.get(table, [])}
    return {
        "loaded": sum(count.loaded for count in counts),
        "unchanged": sum(count.unchanged for count in counts),
        "held": sum(count.held for count in counts),
        "unknown_columns": sorted(unknown),
    }
