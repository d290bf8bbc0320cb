"""DuckLake's maintenance: fewer and larger files, and no snapshot that nobody needs.

A statement is shown as it was when it was mailed, so what was published stays readable for
`KEEP_PUBLISHED`. Everything here can be cut off and run again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import duckdb

from cartera.config import Settings
from cartera.store.db import Store
from cartera.store.publications import Publication, history
from cartera.warehouse import lake_files
from cartera.warehouse.lake import ALIAS, connect

#: Snapshots in between publications: readers that started on one are long done.
KEEP_UNPUBLISHED = timedelta(days=2)
KEEP_PUBLISHED = timedelta(days=90)
#: Files that no snapshot names any more wait this long: a reader may still have one open.
KEEP_FILES = timedelta(days=1)
#: Every publication of `KEEP_PUBLISHED`, at one every ten seconds.
PUBLICATIONS = 800_000


def maintain(settings: Settings, store: Store, *, now: datetime) -> dict[str, int]:
    """Flush, merge, expire, clean up; how much of each. The caller holds the writer's lock."""
    published = history(store, limit=PUBLICATIONS)
    connection = connect(settings)
    try:
        flushed = connection.execute(f"CALL ducklake_flush_inlined_data('{ALIAS}')").fetchall()
        merged = connection.execute(f"CALL ducklake_merge_adjacent_files('{ALIAS}')").fetchall()
        expired = expirable(snapshots(connection), published, now=now)
        if expired:
            connection.execute(
                f"CALL ducklake_expire_snapshots('{ALIAS}', versions => ?::UBIGINT[])", [expired]
            )
        removed = connection.execute(
            f"CALL ducklake_cleanup_old_files('{ALIAS}', older_than => ?::TIMESTAMPTZ)",
            [now - KEEP_FILES],
        ).fetchall()
        lake_files.note(settings, store, connection)
    finally:
        connection.close()
    return {
        "tables_flushed": len(flushed),
        "files_merged": len(merged),
        "snapshots_expired": len(expired),
        "files_removed": len(removed),
    }


def snapshots(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, datetime]]:
    """Every snapshot that can still be read, oldest first, with its time."""
    rows = connection.execute(
        "SELECT snapshot_id, epoch_us(snapshot_time) FROM ducklake_snapshots(?) ORDER BY 1", [ALIAS]
    ).fetchall()
    return [(int(id_), datetime.fromtimestamp(us / 1_000_000, UTC)) for id_, us in rows]


def expirable(
    known: Sequence[tuple[int, datetime]], published: Iterable[Publication], *, now: datetime
) -> list[int]:
    """Snapshots to let go. The newest of the lake and the one that readers show always stay."""
    newest_first = sorted(published, key=lambda p: p.id, reverse=True)
    kept = {p.snapshot_id for p in newest_first if now - p.published_at < KEEP_PUBLISHED}
    kept |= {p.snapshot_id for p in newest_first[:1]}
    kept |= {id_ for id_, _ in known[-1:]}
    return [id_ for id_, at in known if now - at >= KEEP_UNPUBLISHED and id_ not in kept]
