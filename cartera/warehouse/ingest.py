"""Loading: a file's rows become versions in `raw`, whole or not at all.

Each file is one DuckLake transaction: its new versions, its rejects, its rows that wait for a
person's yes and its line in `raw.batches` appear together or not at all. Rows that are already
there change nothing, so a load that was cut off is simply run again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cartera import clock
from cartera.config import Company, Settings
from cartera.contract import TABLES, Note, Reject, Table
from cartera.errors import CarteraError, FileRefused
from cartera.i18n import Translator
from cartera.store import companies, loaded_files
from cartera.store.db import open_store
from cartera.warehouse import held_rows, key_twins, screening
from cartera.warehouse.batches import companies_of, next_batch, record
from cartera.warehouse.kept_files import FileChanged
from cartera.warehouse.lake import ALIAS, connect
from cartera.warehouse.loads import FileLoad, settle
from cartera.warehouse.row_sql import is_newest, keys_of, same
from cartera.warehouse.screening import Load, screen

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from cartera.sources.files import FileContents
    from cartera.sources.mapping import Mapping
    from cartera.store.db import Store
    from cartera.store.loaded_files import Way


@dataclass(frozen=True, slots=True)
class TableCount:
    """What happened to one table's rows of one file."""

    table: str
    loaded: int
    unchanged: int
    held: int = 0


@dataclass(frozen=True, slots=True)
class FileResult:
    """What happened to one file. `error` is set, and nothing else, when it was refused whole: why,
    in the company's language.
    """

    file: str
    batch_id: int | None = None
    rows: int = 0
    tables: tuple[TableCount, ...] = ()
    rejects: tuple[Reject, ...] = ()
    unknown_columns: dict[str, list[str]] = field(default_factory=dict)
    companies: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    error: str | None = None

    @property
    def loaded(self) -> int:
        """Rows that brought a new version, over all tables."""
        return sum(t.loaded for t in self.tables)

    @property
    def unchanged(self) -> int:
        """Rows that were already there, over all tables."""
        return sum(t.unchanged for t in self.tables)

    @property
    def held(self) -> int:
        """Rows that wait for a person's yes, over all tables."""
        return sum(t.held for t in self.tables)

    @property
    def rejected(self) -> int:
        """Refused rows."""
        return len({(r.row, r.file) for r in self.rejects})


Progress = Callable[[str, int, int], None]


def files_in(paths: Iterable[Path], *, any_name: bool = False) -> list[Path]:
    """The files that a load of `paths` means, folders looked through one level, in a fixed order.

    Clients and documents come before what refers to them, only so that fewer rows wait. With a
    mapping (`any_name`) a file's own name does not matter.
    """
    from cartera.sources.files import is_supported, table_of

    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += [
                p
                for p in sorted(path.iterdir())
                if p.is_file() and is_supported(p) and (any_name or table_of(p))
            ]
        elif path.exists():
            found.append(path)
        else:
            raise FileRefused(str(path), "there is no such file or folder")
    order = {name: position for position, name in enumerate(TABLES)}
    return sorted(found, key=lambda p: order.get(table_of(p) or "", len(order)))


def left_out(paths: Iterable[Path]) -> list[FileRefused]:
    """Files of these folders that a load passes over for their name, though it seems to mean a
    table (`clientes.csv`).
    """
    from cartera.sources import lacking
    from cartera.sources.files import is_supported, table_of

    return [
        FileRefused(path.name, [lacking.unknown_table(path.stem)])
        for folder in paths
        if folder.is_dir()
        for path in sorted(folder.iterdir())
        if path.is_file() and is_supported(path) and not table_of(path)
        if lacking.likely_table(path.stem)
    ]


def load_file(
    settings: Settings,
    path: Path,
    *,
    company: Company,
    mapping: Mapping | None = None,
    any_company: bool = False,
    way: Way = "command",
    store: Store | None = None,
    progress: Progress | None = None,
) -> FileResult:
    """Load one file. The caller holds the writer's lock and has initialised the lake.

    It may hold rows of `company` alone; of any company only where the operator says so
    (`any_company`). The file is kept, and its load written down in the store, before the lake has
    its rows. A file that cannot be read at all comes back with `error`; it is not raised, so that
    the other files of the same load go on. What people decided meanwhile about rows that wait comes
    first.
    """
    with nullcontext(store) if store else closing(open_store(settings)) as here:
        load = FileLoad(settings, here, path, company, mapping, any_company, way)
        return _load(load, progress)


def _load(load: FileLoad, progress: Progress | None) -> FileResult:
    from cartera.sources.files import read

    path = load.path

    def step(done: int, of: int) -> None:
        if progress:
            progress(path.name, done, of)

    try:
        contents = read(
            path,
            company=load.company,
            mapping=load.mapping,
            any_company=load.any_company,
            currencies=_currencies(load) if load.any_company else None,
            progress=step,
        )
    except FileRefused as error:
        said = error.said(Translator(load.company.language, load.company.country))
        load.refuse(said)
        return FileResult(file=path.name, error=said)
    except CarteraError as error:
        load.refuse(str(error))
        return FileResult(file=path.name, error=str(error))
    held_rows.carry(load.settings, load.store)
    closed = companies.closed_books(load.settings, load.store)
    # A connection for each file: what breaks it breaks no other file.
    with closing(connect(load.settings)) as connection:
        settle(load.store, connection)
        try:
            return _write(connection, contents, load, closed)
        except FileChanged as error:
            return FileResult(file=path.name, error=str(error))


def _currencies(load: FileLoad) -> dict[str, str]:
    """Each company's own currency, for rows that name none."""
    return {
        company: companies.profile(load.settings, load.store, company).currency
        for company in load.settings.companies
    }


def _write(
    connection: duckdb.DuckDBPyConnection,
    contents: FileContents,
    load: FileLoad,
    closed: dict[str, date],
) -> FileResult:
    """All of a file in one transaction."""
    connection.execute("BEGIN")
    moment = clock.now()
    now = moment.replace(tzinfo=None)
    batch_id = next_batch(connection)
    concerned = companies_of(contents, load.company.id)
    filled = {name: frame for name, frame in contents.tables.items() if len(frame)}
    batch = Load(contents.file, batch_id, now, many=len(filled) > 1)
    _forget(connection, "repeated_keys", contents.file, concerned)
    screening.begin(connection, closed)
    held: Counter[str] = Counter()
    counts = {}
    for name in sorted(filled, key=list(TABLES).index):  # what others go with comes first
        counts[name], waiting = _write_table(connection, TABLES[name], filled[name], batch)
        held.update(waiting)
    _write_rejects(connection, contents, concerned, batch_id, now)
    notes = (*contents.notes, *key_twins.notes(connection, contents))
    record(
        connection,
        contents,
        batch_id=batch_id,
        companies=concerned,
        mapping_sha256=load.mapping_sha256,
        notes=notes,
        now=now,
        held=held,
    )
    connection.execute(f"CALL {ALIAS}.set_commit_message('cartera load', ?)", [f"batch {batch_id}"])
    number = load.begin(contents.file, contents.sha256, batch_id, moment)
    connection.execute("COMMIT")
    loaded_files.close(load.store, {number: "loaded"})
    return FileResult(
        file=contents.file,
        batch_id=batch_id,
        rows=contents.rows,
        tables=tuple(counts[name] for name in filled),
        rejects=tuple(contents.rejects),
        unknown_columns=contents.unknown_columns,
        companies=concerned,
        notes=notes,
    )


def _write_table(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    frame: pl.DataFrame,
    load: Load,
) -> tuple[TableCount, Counter[str]]:
    """The rows that came as new versions; beside them those that wait, by company."""
    keys = keys_of(table)
    values = [c.name for c in table.all_columns if c.name not in keys]
    on_key = " AND ".join(f'known."{k}" = incoming."{k}"' for k in keys)
    same_values = same((v for v in [*values, "extra"] if v != "updated_at"), "known", "incoming")
    key_list = ", ".join(f'"{k}"' for k in keys)
    columns = ", ".join(f'"{c}"' for c in [*(c.name for c in table.all_columns), "extra"])

    connection.register("incoming_rows", frame.to_arrow())
    connection.execute("CREATE OR REPLACE TEMP TABLE arrivals AS FROM incoming_rows")
    connection.unregister("incoming_rows")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE known AS SELECT *, {is_newest(keys)} AS is_current "
        f"FROM {ALIAS}.raw.{table.name} SEMI JOIN arrivals USING ({key_list})"
    )
    has_twins = frame.select(keys).n_unique() < len(frame)
    waiting = screen(connection, table, load, has_twins=has_twins)
    # Twice the same key and time in one file: the later row is the one that was meant.
    newest = f"max(updated_at) OVER (PARTITION BY {key_list})"
    if frame["updated_at"].null_count() in (0, len(frame)):
        newest = "NULL::TIMESTAMP"  # no row without a time stands beside one with it
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE incoming AS SELECT *, {newest} AS newest_beside "
        f"FROM arrivals QUALIFY "
        f'row_number() OVER (PARTITION BY {key_list}, updated_at ORDER BY "row" DESC) = 1'
    )
    if has_twins:
        _note_repeated(connection, table, load)
    inserted = connection.execute(
        # By name: columns that the contract gained stand last in an older lake.
        f'INSERT INTO {ALIAS}.raw.{table.name} ({columns}, version_at, batch_id, file, "row") '
        f"SELECT {columns}, "
        # Without a time of its own a row is newer than whatever was known when it came, and
        # than the same key with a time in the same file, even one in the future.
        f"coalesce(updated_at, greatest(?::TIMESTAMP, newest_beside + INTERVAL 1 microsecond, "
        f"(SELECT max(version_at) FROM known "
        f'WHERE {on_key}))) AS version_at, ?::BIGINT, ?::VARCHAR, "row" FROM incoming '
        f"WHERE NOT EXISTS (SELECT 1 FROM known WHERE {on_key} AND {same_values} AND "
        f"CASE WHEN incoming.updated_at IS NULL THEN known.is_current "
        f"ELSE known.updated_at = incoming.updated_at END)",
        [load.now, load.batch_id, load.file],
    ).fetchone()
    loaded = int(inserted[0]) if inserted else 0
    connection.execute("DROP TABLE incoming; DROP TABLE arrivals; DROP TABLE known")
    held = waiting.total()
    return TableCount(table.name, loaded, len(frame) - loaded - held, held), waiting


def _note_repeated(connection: duckdb.DuckDBPyConnection, table: Table, load: Load) -> None:
    """Keys that `arrivals` has twice with other values: the last row counts, and is odd."""
    on_key = " AND ".join(f'earlier."{k}" = incoming."{k}"' for k in ("company_id", *table.key))
    differs = " OR ".join(
        f'earlier."{c.name}" IS DISTINCT FROM incoming."{c.name}"'
        for c in table.columns
        if c.name not in table.key
    )
    part = 'incoming."instalment"' if "instalment" in table.key else "NULL::BIGINT"
    connection.execute(
        f"INSERT INTO {ALIAS}.raw.repeated_keys BY NAME "
        f"SELECT incoming.company_id, ?::VARCHAR AS table_name, "
        f'incoming."{table.key[0]}" AS record_id, {part} AS instalment, ?::VARCHAR AS file, '
        f'incoming."row", max(earlier."row") AS other_row, ?::BIGINT AS batch_id '
        f"FROM arrivals AS earlier JOIN incoming ON {on_key} "
        f"AND earlier.updated_at IS NOT DISTINCT FROM incoming.updated_at "
        f"WHERE {differs} GROUP BY ALL",
        [table.name, load.file, load.batch_id],
    )


def _forget(
    connection: duckdb.DuckDBPyConnection, table: str, file: str, companies: tuple[str, ...]
) -> None:
    """What an earlier load of a file of this name said of its rows."""
    connection.execute(
        f"DELETE FROM {ALIAS}.raw.{table} WHERE file = ? AND list_contains(?, company_id)",
        [file, list(companies)],
    )


def _write_rejects(
    connection: duckdb.DuckDBPyConnection,
    contents: FileContents,
    companies: tuple[str, ...],
    batch_id: int,
    now: datetime,
) -> None:
    """Keep the refused rows; a file that comes again (corrected, perhaps) replaces its old ones."""
    import pyarrow as pa

    _forget(connection, "rejects", contents.file, companies)
    if not contents.rejects:
        return
    rows = pa.Table.from_pylist(
        [
            {
                "company_id": r.company_id,
                "table_name": r.table,
                "file": r.file,
                "row": r.row,
                "record": json.dumps(r.record, ensure_ascii=False),
                "reasons": json.dumps(
                    [{"code": x.code, "column": x.column, "value": x.value} for x in r.reasons],
                    ensure_ascii=False,
                ),
            }
            for r in contents.rejects
        ]
    )
    connection.register("reject_rows", rows)
    connection.execute(
        f"INSERT INTO {ALIAS}.raw.rejects BY NAME SELECT *, ?::BIGINT AS batch_id, "
        "?::TIMESTAMP AS rejected_at FROM reject_rows",
        [batch_id, now],
    )
    connection.unregister("reject_rows")


def load_files(
    settings: Settings,
    paths: Iterable[Path],
    *,
    company: Company,
    mapping: Mapping | None = None,
    any_company: bool = False,
    progress: Progress | None = None,
) -> list[FileResult]:
    """Load files and folders one after the other; each is whole or not at all."""
    with closing(open_store(settings)) as store:
        return [
            load_file(
                settings,
                path,
                company=company,
                mapping=mapping,
                any_company=any_company,
                store=store,
                progress=progress,
            )
            for path in files_in(paths, any_name=mapping is not None)
        ]
