"""The files of the lake: whether each is there and as it was written.

DuckLake's catalog says which file belongs to which table, its size and its rows. Parquet as DuckDB
writes it has no checksums, and many a changed byte goes unnoticed: so the SHA-256 of each file is
noted in the store when it was written (`note`), for a lake in a folder. An object store keeps
checksums of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from cartera.store import lake_files as noted
from cartera.warehouse import objects
from cartera.warehouse.lake_schema import ALIAS

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

    from cartera.config import Settings
    from cartera.store.db import Store

_CATALOG = f"__ducklake_metadata_{ALIAS}"
#: Schemas that are computed from `raw`; what is lost of them is made anew.
COMPUTED = ("staging", "ledger", "marts")


@dataclass(frozen=True, slots=True)
class LakeFile:
    """A file as the catalog has it; `path` is relative to the lake's folder, mostly."""

    table: str
    path: str
    size: int
    #: rows that it holds, or, of a file of deletions, deletes
    rows: int
    is_parquet: bool


@dataclass(frozen=True, slots=True)
class Damage:
    """One file that is not as it was written, or rows in the catalog that cannot be read."""

    table: str
    file: str
    expected: str
    found: str

    @property
    def is_computed(self) -> bool:
        """Whether a rebuild makes it anew from the rows as they were loaded."""
        return self.table.partition(".")[0] in COMPUTED


def damages(
    settings: Settings,
    store: Store,
    connection: duckdb.DuckDBPyConnection,
    snapshots: Collection[int],
    *,
    deep: bool = False,
) -> tuple[int, list[Damage]]:
    """How many files these snapshots have, and what is wrong with them.

    Each must be there in its size; `deep` reads all of every file, compares it with what was noted
    when it was written, and reads the rows that the catalog itself holds.
    """
    files = listed(connection, snapshots)
    system, root = objects.opened(settings.lake_path)
    hashes = noted.known(store) if deep else {}
    found = [] if not deep else list(_catalog_damages(settings, connection))
    for file, damage in _looked_at(system, root, files):
        if damage is not None:
            found.append(damage)
        elif deep:
            path = _full(root, file.path)
            found += _read_whole(system, path, file, hashes.get(file.path))
    return len(files), found


def note(settings: Settings, store: Store, connection: duckdb.DuckDBPyConnection) -> int:
    """Note the hashes of files that the catalog gained, forget those that it lost; how many new.

    What a refresh that was killed wrote is noted by the next one.
    """
    if objects.is_remote(settings.lake_path):
        return 0
    system, root = objects.opened(settings.lake_path)
    here = {file.path for file in listed(connection)}
    known = noted.known(store)
    fresh = {}
    for path in sorted(here - known.keys()):
        try:
            fresh[path] = objects.sha256_of(system, _full(root, path))
        except OSError:  # `check` says so; it is no reason not to publish
            continue
    noted.change(store, add=fresh, forget=known.keys() - here)
    return len(fresh)


def listed(
    connection: duckdb.DuckDBPyConnection, snapshots: Collection[int] | None = None
) -> list[LakeFile]:
    """Files of these snapshots, or all that the catalog still names; by table and path."""
    lives = "true"
    if snapshots is not None:
        lives = "false" + "".join(
            f" OR (begin_snapshot <= {int(one)} AND (end_snapshot IS NULL OR "
            f"end_snapshot > {int(one)}))"
            for one in snapshots
        )
    rows = connection.execute(f"""
        WITH files AS (
            SELECT table_id, path, path_is_relative, file_size_bytes AS size,
                record_count AS row_count, file_format AS form
            FROM {_CATALOG}.ducklake_data_file WHERE {lives}
            UNION ALL
            SELECT table_id, path, path_is_relative, file_size_bytes, delete_count, format
            FROM {_CATALOG}.ducklake_delete_file WHERE {lives}
        ),
        tables AS (
            SELECT * FROM {_CATALOG}.ducklake_table
            QUALIFY row_number() OVER (PARTITION BY table_id ORDER BY begin_snapshot DESC) = 1
        ),
        schemas AS (
            SELECT * FROM {_CATALOG}.ducklake_schema
            QUALIFY row_number() OVER (PARTITION BY schema_id ORDER BY begin_snapshot DESC) = 1
        )
        SELECT concat(schemas.schema_name, '.', tables.table_name) AS name,
            CASE WHEN NOT files.path_is_relative THEN files.path
                WHEN NOT tables.path_is_relative THEN concat(tables.path, files.path)
                ELSE concat(schemas.path, tables.path, files.path) END AS whole,
            files.size, files.row_count, lower(files.form) = 'parquet'
        FROM files JOIN tables USING (table_id) JOIN schemas USING (schema_id)
        ORDER BY name, whole
    """).fetchall()
    return [LakeFile(*row) for row in rows]


def newest_snapshot(connection: duckdb.DuckDBPyConnection) -> int:
    """The snapshot that the lake stands at now, whichever this connection is attached at."""
    row = connection.execute(
        f"SELECT max(snapshot_id) FROM {_CATALOG}.ducklake_snapshot"
    ).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def _full(root: str, path: str) -> str:
    """A file's path in its file system; the catalog has some absolute."""
    if path.startswith(objects.S3):
        return path.removeprefix(objects.S3)
    return path if path.startswith("/") else f"{root}/{path}"


def _looked_at(
    system: FileSystem, root: str, files: list[LakeFile]
) -> Iterator[tuple[LakeFile, Damage | None]]:
    """Each file, and what is wrong with it without its being read."""
    from pyarrow.fs import FileType

    for file, info in zip(
        files, system.get_file_info([_full(root, file.path) for file in files]), strict=True
    ):
        damage = None
        if info.type != FileType.File:
            damage = Damage(file.table, file.path, f"{file.size:,} bytes", "no such file")
        elif info.size != file.size:
            found = f"{info.size:,} bytes"
            damage = Damage(file.table, file.path, f"{file.size:,} bytes", found)
        yield file, damage


def _read_whole(
    system: FileSystem, path: str, file: LakeFile, sha256: str | None
) -> Iterator[Damage]:
    """What is wrong with a file once all of it was read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        if sha256 is not None and objects.sha256_of(system, path) != sha256:
            yield Damage(file.table, file.path, "the bytes that were written", "other bytes")
            return
        if not file.is_parquet:
            objects.sha256_of(system, path)
            return
        with pq.ParquetFile(
            system.open_input_file(path), page_checksum_verification=True
        ) as parquet:
            rows = sum(
                parquet.read_row_group(number, use_threads=True).num_rows
                for number in range(parquet.num_row_groups)
            )
    except (pa.ArrowException, OSError, ValueError) as error:
        found = f"cannot be read: {' '.join(str(error).split())[:200]}"
        yield Damage(file.table, file.path, f"{file.rows:,} rows", found)
        return
    if rows != file.rows:
        yield Damage(file.table, file.path, f"{file.rows:,} rows", f"{rows:,} rows")


def _catalog_damages(settings: Settings, connection: duckdb.DuckDBPyConnection) -> Iterator[Damage]:
    """What of the catalog cannot be read: the rows of small loads lie in it, too."""
    kind, _, path = settings.catalog_uri.partition(":")
    if kind == "sqlite":
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as catalog:
            try:
                said = [row[0] for row in catalog.execute("PRAGMA integrity_check(5)")]
            except sqlite3.DatabaseError as error:
                said = [str(error)]
        if said != ["ok"]:
            yield Damage("catalog", path, "a sound database", "; ".join(said)[:200])
    tables = connection.execute(
        f"SELECT table_name FROM {_CATALOG}.ducklake_inlined_data_tables"
    ).fetchall()
    for (name,) in tables:
        try:
            connection.execute(
                f'SELECT bit_xor(hash(kept)) FROM {_CATALOG}."{name}" AS kept'
            ).fetchall()
        except duckdb.Error as error:
            found = f"cannot be read: {' '.join(str(error).split())[:200]}"
            yield Damage("catalog", name, "rows kept in the catalog", found)
