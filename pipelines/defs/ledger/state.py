"""How fresh the published figures are and what waits; shown on every model that was built."""

from __future__ import annotations

from cartera.config import Settings
from cartera.store.publications import Publication
from cartera.warehouse.lake import connect

QUERY = """
    select
        (select coalesce(max(loaded_at)::text, '') from lake.raw.batches),
        (select coalesce(sum(row_count), 0) from lake.raw.batches),
        (select count(*) from lake.raw.rejects),
        (select count(*) from lake.marts.waiting)
"""


def state(settings: Settings, publication: Publication | None) -> dict[str, str | int | float]:
    """Metadata of a publication; empty before the first."""
    if publication is None:
        return {}
    connection = connect(settings, read_only=True, snapshot=publication.snapshot_id)
    try:
        row = connection.execute(QUERY).fetchone() or ("", 0, 0, 0)
    finally:
        connection.close()
    loaded_at, rows, rejected, waiting = row
    return {
        "publication": publication.id,
        "snapshot": publication.snapshot_id,
        "newest_load": str(loaded_at),
        "rows_ever_loaded": int(rows),
        "rejected": int(rejected),
        "waiting": int(waiting),
    }
