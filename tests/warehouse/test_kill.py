"""kill -9 of the writer, at any moment: nothing is half, nothing is doubled, all figures tie.

Each case is one lake whose writer is killed several times, checked after each kill, and then left
alone once. What comes out must equal a lake that was never disturbed.
"""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from cartera.config import Settings
from cartera.contract import TABLES
from cartera.store.db import open_store
from cartera.store.publications import current
from cartera.warehouse import lake, lake_schema
from tests.bounds import EVERY_MOMENT, KILLED_LAKES
from tests.ledger.histories import Arrival, history
from tests.ledger.lakes import BUILT, dump
from tests.shared import plain_environment

ROOT = Path(__file__).parents[2]
COMPANIES = 15
#: When something came differs between two lakes; what came does not.
NOT_COMPARED = {"batch_id", "version_at", "updated_at", "changed_at"}
BAD_ROW: Arrival = (
    "documents",
    {
        "company_id": "co0", "document_id": "BAD", "client_id": "C0", "type": "invoice",
        "number": "1", "issue_date": "2026-01-01", "total": "-1", "updated_at": None,
    },
)  # fmt: skip
#: Where the writer kills itself: before the Nth statement of loading or of dbt, or the Nth
#: publication. A load begins a transaction, writes, and commits within about ten statements.
EXACT = (
    (
        ("load:1", "load:2", "load:6", "load:10", "load:11", "load:20", "load:29", "load:47"),
        ("dbt:3", "dbt:25", "publish:1", "dbt:60", "publish:2", "dbt:20", "publish:1"),
    )
    if EVERY_MOMENT
    else (("load:10", "load:29", "dbt:25", "publish:1"),)
)
#: Stages within which the writer is killed after a random part of the stage's own time.
STAGES = ("start 0", "load 1", "dbt 1", "load 2", "dbt 2")[0 if EVERY_MOMENT else 2 :]


@dataclass
class Run:
    """One run of the writer: its stages with their times, and how it ended."""

    stages: dict[str, float] = field(default_factory=dict)
    code: int = 0
    errors: str = ""


@dataclass
class Reference:
    """The lake that was never disturbed."""

    writers: Writers
    folders: list[Path]
    run: Run
    figures: dict[str, list[Any]]

    def length(self, stage: str) -> float:
        """Seconds from this stage to the next."""
        times = list(self.run.stages.values())
        at = list(self.run.stages).index(stage)
        return times[at + 1] - times[at]


class Writers:
    """The process that forks writers, one at a time."""

    def __init__(self, scratch: Path) -> None:
        self.errors = scratch / "errors.txt"  # a pipe that nobody reads would fill up
        with self.errors.open("w") as handle:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.warehouse.killed", str(scratch / "home")],
                cwd=ROOT, env=plain_environment(), text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=handle,
            )  # fmt: skip
        assert self._line() == "ready", self.errors.read_text()

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def run(
        self, home: Path, folders: list[Path], *, stage: str = "", delay: float = 0.0, at: str = ""
    ) -> Run:
        """Run a writer to its end; kill it `delay` seconds after `stage`, or at a step."""
        assert self.process.stdin is not None
        order = {"home": str(home), "folders": [str(folder) for folder in folders], "at": at}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        run = Run()
        pid = int(self._line().removeprefix("pid "))
        while not (line := self._line()).startswith("exit"):
            assert line, self.errors.read_text()
            run.stages[line] = time.monotonic()
            if line == stage:
                time.sleep(delay)
                with suppress(ProcessLookupError):  # it was quicker this time
                    os.kill(pid, signal.SIGKILL)
        run.code = int(line.removeprefix("exit "))
        run.errors = self.errors.read_text()
        return run

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


def write_batches(folder: Path) -> list[Path]:
    """Some hundred rows in two folders, one file a table; one row is refused."""
    random = Random(7)
    rows = [row for n in range(COMPANIES) for row in history(random, f"co{n}")]
    random.shuffle(rows)
    half = len(rows) // 2
    parts = [rows[:half], [*rows[half:], BAD_ROW]]
    folders = []
    for number, part in enumerate(parts, 1):
        target = folder / str(number)
        target.mkdir()
        tables: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for table, row in part:
            tables[table].append(dict(row))
        for table, found in tables.items():
            names = sorted({name for row in found for name in row})
            with (target / f"{table}_{number}.csv").open("w", newline="") as handle:
                writer = csv.DictWriter(handle, names)
                writer.writeheader()
                writer.writerows(found)
        folders.append(target)
    return folders


def figures(settings: Settings) -> dict[str, list[Any]]:
    """Every row of raw, staging, ledger and marts, without when and how it came."""
    with closing(lake.connect(settings, read_only=True)) as connection:
        return dump(connection, schemas=("raw", *BUILT), without=NOT_COMPARED)


def check(settings: Settings, folders: list[Path]) -> None:
    """The lake opens; each file is whole or absent; what is published ties."""
    if not lake.exists(settings):
        return
    connection = lake.connect(settings, read_only=True)
    tables = {
        r[0]
        for r in connection.execute(
            "SELECT table_name FROM information_schema.tables "
            "WHERE table_catalog = 'lake' AND table_schema = 'raw'"
        ).fetchall()
    }
    assert tables in (set(), {*TABLES, *lake_schema.OWN_TABLES})
    if tables:
        check_files(connection, folders)
    connection.close()

    store = open_store(settings)
    publication = current(store)
    store.close()
    if publication is not None:
        published = lake.connect(settings, read_only=True, snapshot=publication.snapshot_id)
        assert published.execute("FROM lake.marts.integrity").fetchall() == []
        row = published.execute("SELECT max(batch_id) FROM lake.raw.batches").fetchone()
        assert row == (publication.batch_seq,)
        published.close()


def check_files(connection: Any, folders: list[Path]) -> None:
    rows = " UNION ALL ".join(f"SELECT batch_id, file FROM lake.raw.{name}" for name in TABLES)
    held = dict(
        connection.execute(f"SELECT batch_id, count(*) FROM ({rows}) GROUP BY ALL").fetchall()
    )
    batches = connection.execute(
        "SELECT batch_id, file, sum(row_count), sum(loaded), sum(unchanged), sum(rejected) "
        "FROM lake.raw.batches GROUP BY ALL"
    ).fetchall()
    # Rows without a line in batches would be half a file; a line without its rows as well.
    assert held == {batch: loaded for batch, _, _, loaded, _, _ in batches if loaded}
    assert len({batch for batch, *_ in batches}) == len(batches)
    in_file = {
        path.name: len(path.read_text().splitlines()) - 1
        for folder in folders
        for path in folder.iterdir()
    }
    loaded_of: dict[str, int] = defaultdict(int)
    rejected_of: dict[str, int] = {}
    for _, name, row_count, loaded, unchanged, rejected in batches:
        assert row_count == in_file[name] == loaded + unchanged + rejected
        loaded_of[name] += loaded
        rejected_of[name] = rejected
    for name, loaded in loaded_of.items():
        assert loaded == in_file[name] - rejected_of[name], f"{name} came twice or in part"
    refused = connection.execute(
        "SELECT file, count(*) FROM lake.raw.rejects GROUP BY ALL"
    ).fetchall()
    assert dict(refused) == {name: n for name, n in rejected_of.items() if n}


def check_end(home: Path, reference: Reference) -> None:
    """One run that nobody disturbs brings the lake to where it would have been."""
    settings = Settings(home=home)
    last = reference.writers.run(home, reference.folders)
    assert last.code == 0, last.errors
    check(settings, reference.folders)
    assert figures(settings) == reference.figures

    connection = lake.connect(settings, read_only=True)
    for table in TABLES.values():
        keys = ", ".join(f'"{k}"' for k in ("company_id", *table.key))
        difference = connection.execute(
            f"(SELECT DISTINCT {keys} FROM lake.raw.{table.name} EXCEPT ALL "
            f"SELECT {keys} FROM lake.staging.stg_{table.name}) UNION ALL "
            f"(SELECT {keys} FROM lake.staging.stg_{table.name} EXCEPT ALL "
            f"SELECT DISTINCT {keys} FROM lake.raw.{table.name})"
        ).fetchall()
        assert difference == []
    connection.close()


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reference]:
    folders = write_batches(tmp_path_factory.mktemp("files"))
    home = tmp_path_factory.mktemp("undisturbed")
    writers = Writers(tmp_path_factory.mktemp("writers"))
    run = writers.run(home, folders)
    assert run.code == 0, run.errors
    check(Settings(home=home), folders)
    found = figures(Settings(home=home))
    assert len(found["raw.documents"]) > 30 and len(found["marts.open_items"]) > 20
    yield Reference(writers, folders, run, found)
    writers.close()


@pytest.mark.full
@pytest.mark.parametrize("seed", range(KILLED_LAKES))
def test_killed_at_random_moments(seed: int, home: Path, reference: Reference) -> None:
    random = Random(seed)
    codes = []
    for stage in STAGES:
        delay = random.random() * reference.length(stage)
        run = reference.writers.run(home, reference.folders, stage=stage, delay=delay)
        codes.append(run.code)
        assert run.code in (0, -signal.SIGKILL), run.errors
        check(Settings(home=home), reference.folders)
    # A writer that was quicker than the undisturbed one is done before its kill comes.
    assert codes.count(-signal.SIGKILL) > len(STAGES) // 2
    check_end(home, reference)


@pytest.mark.full
@pytest.mark.parametrize("moments", EXACT)
def test_killed_at_exact_moments(
    moments: tuple[str, ...], home: Path, reference: Reference
) -> None:
    for at in moments:
        run = reference.writers.run(home, reference.folders, at=at)
        assert run.code == -signal.SIGKILL, f"{at} was never reached: {run.errors}"
        check(Settings(home=home), reference.folders)
    check_end(home, reference)
