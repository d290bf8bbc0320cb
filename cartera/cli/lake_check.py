"""What `cartera check` says of the lake's files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cartera.errors import LakeUnreachable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cartera.config import Settings
    from cartera.warehouse.lake_files import Damage
    from cartera.warehouse.reader import Reader

#: So many are named in the sentence; all of them are in the table.
NAMED = 3


def damages(settings: Settings, reader: Reader, *, deep: bool) -> tuple[int, list[Damage]]:
    """Files of the newest and of the published snapshot: how many, and what is wrong with them."""
    from contextlib import closing

    import duckdb

    from cartera.warehouse import lake, lake_files
    from cartera.warehouse.reader import NothingPublished

    publication = reader.publication()
    if publication is None:
        raise NothingPublished
    try:
        with closing(lake.connect(settings, read_only=True)) as connection:
            snapshots = {publication.snapshot_id, lake_files.newest_snapshot(connection)}
            return lake_files.damages(settings, reader.store, connection, snapshots, deep=deep)
    except duckdb.Error as error:
        raise LakeUnreachable(
            f"the lake's catalog is damaged: {_first_line(error)} (bring it back from a backup)"
        ) from error


def broken_figures(
    reader: Reader, company_id: str, *, damaged: bool
) -> list[dict[str, Any]] | None:
    """Figures that do not tie; None where they cannot be read, for a file that is damaged."""
    import duckdb

    from cartera.warehouse.health import integrity

    try:
        with reader.cursor() as cursor:
            return integrity(cursor, company_id)
    except duckdb.Error as error:
        if not damaged:
            raise LakeUnreachable(f"the lake cannot be read: {_first_line(error)}") from error
        return None


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def rows(damaged: Sequence[Damage]) -> list[dict[str, Any]]:
    """One row each, in the columns of the check."""
    return [
        {
            "rule": "every file of the lake is as it was written",
            "item_id": f"{one.table}: {one.file}",
            "expected": one.expected,
            "found": one.found,
        }
        for one in damaged
    ]


def sentence(settings: Settings, damaged: Sequence[Damage]) -> str:
    """What is damaged, and what to do."""
    named = [f"{one.table}: {one.file}: {one.found}" for one in damaged[:NAMED]]
    more = [f"and {len(damaged) - NAMED} more"] if len(damaged) > NAMED else []
    lost = [one for one in damaged if not one.is_computed]
    if lost:
        advice = (
            f"bring the lake ({settings.lake_path}) and its catalog back from a backup, or load "
            "the files anew into an empty home"
        )
    else:
        advice = "what is computed is made anew by: cartera refresh --full"
    return f"the lake is damaged: {'; '.join([*named, *more])} ({advice})"
