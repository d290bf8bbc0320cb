"""Publications: which warehouse snapshot readers show, one row each time the figures moved.

The writer publishes after the marts and their tests are good; readers follow the newest row, so
a half-built or failed refresh is never seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from cartera import clock
from cartera.store import figure_changes
from cartera.store.db import Store
from cartera.store.figure_changes import Comparison
from cartera.store.schema import publications


@dataclass(frozen=True, slots=True)
class Publication:
    """One published state of the warehouse; `full` after a rebuild of everything."""

    id: int
    snapshot_id: int
    batch_seq: int
    published_at: datetime
    full: bool
    definitions: str = ""


def publish(
    store: Store,
    *,
    snapshot_id: int,
    batch_seq: int,
    full: bool = False,
    definitions: str = "",
    changes: Sequence[Comparison] = (),
    now: datetime | None = None,
) -> Publication:
    """Make a snapshot the one that readers show. Call it while holding the writer's lock.

    `changes` is what another version makes of the figures: there with the publication, or neither.
    """
    at = now or clock.now()
    values = {
        "snapshot_id": snapshot_id,
        "batch_seq": batch_seq,
        "published_at": at,
        "full": full,
        "definitions": definitions,
    }
    with store.write() as connection:
        row = connection.execute(sa.insert(publications).values(values).returning(publications))
        made = Publication(**row.mappings().one())
        figure_changes.add(connection, made.id, changes, at)
    return made


def current(store: Store) -> Publication | None:
    """The newest publication; None before the first load. Cheap: one row by its key."""
    found = history(store, limit=1)
    return found[0] if found else None


def history(store: Store, limit: int = 20) -> list[Publication]:
    """The newest publications, newest first."""
    query = sa.select(publications).order_by(publications.c.id.desc()).limit(limit)
    with store.read() as connection:
        return [Publication(**row) for row in connection.execute(query).mappings()]
