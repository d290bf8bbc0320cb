"""A small lake in a folder, loaded with rows given as text."""

from __future__ import annotations

import csv
import shutil
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from cartera.config import Settings
from cartera.store.db import Store, open_store
from cartera.warehouse import lake
from cartera.warehouse.ingest import FileResult, load_files
from cartera.warehouse.refresh import refresh
from tests.ledger.histories import Arrival
from tests.shared import made_once

#: Differ by design: what the last refresh touched, and one line for each load.
NOT_COMPARED = {"ledger.touched_items", "raw.batches", "raw.rejects", "raw.repeated_keys"}
#: ... and what is said of a file, not of its rows: all rows in one file have a key more than once.
COMPARED_ROWS = {"marts.warnings": "warning <> 'twice_in_one_file'"}
BUILT = ("staging", "ledger", "marts")


def built(home: Path, model: Path | None = None) -> Path:
    """That home, with the models built over no rows: the first load into it takes a second, where
    building them takes seven.
    """
    shutil.copytree(model or made_once("built", _build), home, dirs_exist_ok=True, symlinks=True)
    return home


class Lake:
    """Settings, store and a counter of batches; the models are built, over no rows."""

    def __init__(self, home: Path, model: Path | None = None) -> None:
        self.settings = Settings(home=built(home, model))
        self.store: Store = open_store(self.settings)
        self.batches = len(list(home.glob("given/*")))

    def load(self, arrivals: Iterable[Arrival]) -> list[FileResult]:
        """Write the rows as CSV files, one a table, and load them."""
        self.batches += 1
        folder = self.settings.root / "given" / str(self.batches)
        folder.mkdir(parents=True)
        tables: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for table, row in arrivals:
            tables[table].append(row)
        for table, rows in tables.items():
            with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as handle:
                writer = csv.DictWriter(handle, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
        company = self.settings.company_profile()
        results = load_files(self.settings, [folder], company=company, any_company=True)
        assert not [r.error for r in results if r.error]
        return results

    def load_file(self, path: Path) -> FileResult:
        """Load a file as it is."""
        company = self.settings.company_profile()
        (result,) = load_files(self.settings, [path], company=company)
        assert result.error is None
        return result

    def refresh(self, *, full: bool = False) -> None:
        """Bring the marts up to date and publish."""
        refresh(self.settings, self.store, full=full)

    def open(self) -> duckdb.DuckDBPyConnection:
        """A connection that reads the newest state."""
        return lake.connect(self.settings, read_only=True)


def _build(folder: Path) -> None:
    """A home whose models are built: the first refresh makes every table, which takes longer than
    several later ones together.
    """
    settings = Settings(home=folder)
    store = open_store(settings)
    lake.initialise(settings)
    refresh(settings, store)
    store.close()


def dump(
    connection: duckdb.DuckDBPyConnection,
    *,
    schemas: Iterable[str] = BUILT,
    # Which load brought a row differs where the batches were cut otherwise.
    without: Iterable[str] = ("batch_id",),
) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of each table and view of these schemas, sorted: what two lakes differ in."""
    found = {}
    names = connection.execute(
        "SELECT table_schema, table_name FROM information_schema.tables "
        "WHERE table_catalog = 'lake' AND list_contains(?, table_schema)",
        [list(schemas)],
    ).fetchall()
    for schema, name in names:
        if f"{schema}.{name}" not in NOT_COMPARED:
            columns = connection.execute(f"DESCRIBE lake.{schema}.{name}").fetchall()
            shown = ", ".join(f'"{c[0]}"' for c in columns if c[0] not in without)
            which = COMPARED_ROWS.get(f"{schema}.{name}", "true")
            found[f"{schema}.{name}"] = sorted(
                connection.execute(
                    f"SELECT {shown} FROM lake.{schema}.{name} WHERE {which}"
                ).fetchall(),
                key=repr,
            )
    return found
