"""Hashes of the lake's files as they were written: what `cartera check --deep` compares."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import sqlalchemy as sa

from cartera import clock
from cartera.store.lake_schema import lake_files

if TYPE_CHECKING:
    from cartera.store.db import Store

#: Databases take so many parameters at once.
_AT_ONCE = 500


def known(store: Store) -> dict[str, str]:
    """SHA-256 of each file by its path in the lake."""
    with store.read() as connection:
        rows = connection.execute(sa.select(lake_files.c.path, lake_files.c.sha256))
        return {row.path: row.sha256 for row in rows}


def change(store: Store, *, add: Mapping[str, str], forget: Collection[str]) -> None:
    """Note files that came, and forget those that are gone, at once."""
    if not (add or forget):
        return
    now = clock.now()
    rows = [{"path": path, "sha256": sha256, "noted_at": now} for path, sha256 in add.items()]
    with store.write() as connection:
        if rows:
            connection.execute(store.insert_missing(lake_files, "path"), rows)
        gone = sorted(forget)
        for start in range(0, len(gone), _AT_ONCE):
            here = lake_files.c.path.in_(gone[start : start + _AT_ONCE])
            connection.execute(sa.delete(lake_files).where(here))
