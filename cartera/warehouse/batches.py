"""What each load of a file brought, company by company (`raw.batches`).

A file may carry many companies, and one company's people never see another's: each has a line of
its own, with its own counts. `tables` are those that the file is about, also where it has no row
of one: a file of payments without any says that nobody paid.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from cartera.contract import Note
from cartera.warehouse.lake import ALIAS

if TYPE_CHECKING:
    import duckdb

    from cartera.sources.files import FileContents


def next_batch(connection: duckdb.DuckDBPyConnection) -> int:
    """Number of the load that begins: one more than the last that was kept."""
    row = connection.execute(
        f"SELECT coalesce(max(batch_id), 0) + 1 FROM {ALIAS}.raw.batches"
    ).fetchone()
    return int(row[0]) if row else 1


def companies_of(contents: FileContents, default: str) -> tuple[str, ...]:
    """Companies that a file has rows of; whose load it was, where it has none."""
    found = {r.company_id for r in contents.rejects}
    for frame in contents.tables.values():
        found |= set(frame["company_id"].unique())
    return tuple(sorted(found or {default}))


def record(
    connection: duckdb.DuckDBPyConnection,
    contents: FileContents,
    *,
    batch_id: int,
    companies: tuple[str, ...],
    mapping_sha256: str = "",
    notes: Sequence[Note] = (),
    now: datetime,
    held: Mapping[str, int],
) -> None:
    """Write the lines of a load whose rows are already in this transaction; `held` by company."""
    rows = _rows(contents)
    rejected = Counter(company for company, _ in {(r.company_id, r.row) for r in contents.rejects})
    known = Counter[str]()
    loaded = Counter[str]()
    for name, frame in contents.tables.items():
        known.update(dict(frame["company_id"].value_counts().iter_rows()))
        loaded.update(_loaded(connection, name, batch_id))
    connection.executemany(
        f"INSERT INTO {ALIAS}.raw.batches (batch_id, company_id, file, sha256, loaded_at, "
        "row_count, loaded, unchanged, rejected, unknown_columns, tables, held, "
        "mapping_sha256, notes) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            [
                batch_id, company, contents.file, contents.sha256, now, rows[company],
                loaded[company], known[company] - loaded[company] - held.get(company, 0),
                rejected[company], json.dumps(contents.unknown_columns), ";".join(contents.tables),
                held.get(company, 0),
                mapping_sha256,
                _as_json(note for note in notes if note.company_id in (None, company)),
            ]
            for company in companies
        ],
    )  # fmt: skip


def record_acts(
    connection: duckdb.DuckDBPyConnection,
    counts: Mapping[str, int],
    *,
    batch_id: int,
    now: datetime,
) -> None:
    """Write the lines of what was carried over from the store: rows by company."""
    connection.executemany(
        f"INSERT INTO {ALIAS}.raw.batches (batch_id, company_id, file, sha256, loaded_at, "
        "row_count, loaded, unchanged, rejected, unknown_columns) "
        "VALUES (?, ?, '', '', ?, ?, ?, 0, 0, '{}')",
        [[batch_id, company, now, count, count] for company, count in sorted(counts.items())],
    )


def _as_json(notes: Iterable[Note]) -> str:
    """Notes as they are kept: the company's own line says whose they are."""
    fields = [asdict(note) for note in notes]
    return json.dumps(
        [{k: v for k, v in one.items() if v and k != "company_id"} for one in fields],
        ensure_ascii=False,
    )


def notes_from(text: str | None) -> tuple[Note, ...]:
    """What a line of `raw.batches` has to say; lines of older programs say nothing."""
    return tuple(Note(**one) for one in json.loads(text or "[]"))


def _rows(contents: FileContents) -> Counter[str]:
    """Rows of the file by company; one that feeds several tables is one."""
    import polars as pl

    numbers = [frame.select("company_id", "row") for frame in contents.tables.values()]
    refused = [(r.company_id, r.row) for r in contents.rejects]
    schema = {"company_id": pl.String, "row": pl.Int64}
    numbers.append(pl.DataFrame(refused, schema=schema, orient="row"))
    counted = pl.concat(numbers).unique().group_by("company_id").len()
    return Counter(dict(counted.iter_rows()))


def _loaded(connection: duckdb.DuckDBPyConnection, table: str, batch_id: int) -> dict[str, int]:
    """Rows of this load that brought a new version, by company."""
    return dict(
        connection.execute(
            f"SELECT company_id, count(*) FROM {ALIAS}.raw.{table} WHERE batch_id = ? "
            "GROUP BY company_id",
            [batch_id],
        ).fetchall()
    )
