"""A home whose keys an older program held apart, though people see one."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path

import polars as pl
import pytest

from cartera import keys
from cartera.config import Settings
from cartera.sources import checks
from cartera.store import client_edits
from cartera.store.db import Store, open_store
from cartera.warehouse import client_edits as carried
from cartera.warehouse import lake, migrations
from cartera.warehouse.ingest import load_files
from tests.ledger.lakes import built
from tests.people import ANA
from tests.sources.test_keys import SEEN
from tests.stores import new_store
from tests.warehouse.small import fill, write_tables

#: Whatever its number.
NAME = next(n for n in migrations.modules().values() if n.endswith("_keys_as_people_see_them"))
migration = import_module(f"{migrations.__name__}.{NAME}")
OLD, NEW = "PEN\u0303A\u200b", "PEÑA"
DOCUMENT = "FE\u20111", "FE-1"


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home)


@pytest.fixture
def store(settings: Settings) -> Store:
    return new_store(settings)


def as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys as they were read: only the spaces around them did not count."""
    monkeypatch.setattr(checks, "as_people_see_it", lambda key: key.str.strip_chars())


def upgrade(settings: Settings) -> None:
    """What the writer does first with a lake that an older program made."""
    with closing(lake.connect(settings)) as connection:
        connection.execute("BEGIN")
        migration.apply(connection)
        connection.execute("COMMIT")


def ask(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with closing(lake.connect(settings, read_only=True)) as connection:
        return connection.execute(query).fetchall()


def old_tables(folder: Path) -> Path:
    """Two clients and two documents that are one of each, and what refers to either."""
    return write_tables(
        folder,
        clients=f"""
            client_id, name, phone
            {NEW}, Peña antes, 1
            {OLD}, Peña después, 2""",
        documents=f"""
            document_id, client_id, type, number, issue_date, total
            {DOCUMENT[0]}, {OLD}, invoice, FE-1, 2026-01-10, 100
            {DOCUMENT[1]}, {NEW}, invoice, FE-1, 2026-01-10, 120
            FE-2, {OLD}, invoice, FE-2, 2026-01-10, 30""",
        instalments=f"""
            document_id, instalment, due_date, amount
            {DOCUMENT[0]}, 1, 2026-02-10, 60
            {DOCUMENT[1]}, 1, 2026-02-10, 50
            {DOCUMENT[1]}, 2, 2026-03-10, 70""",
        payments=f"""
            payment_id, client_id, date, amount
            RC\u00a01, {OLD}, 2026-01-20, 40""",
        allocations=f"""
            allocation_id, kind, amount, source_id, document_id
            A\u20131, payment, 40, RC\u00a01, {DOCUMENT[0]}""",
    )


def load(settings: Settings, folder: Path) -> None:
    """Into the lake alone: no figures."""
    lake.initialise(settings)
    results = load_files(settings, [folder], company=settings.company_profile())
    assert not [r for r in results if r.error or r.rejects]


def test_a_home_of_before_has_the_figures_of_one_client(home, tmp_path, monkeypatch):
    settings = Settings(home=built(home))
    store = open_store(settings)
    with monkeypatch.context() as patch:
        as_before(patch)
        load(settings, old_tables(tmp_path / "old"))
    assert ask(settings, "SELECT count(DISTINCT client_id) FROM lake.raw.clients") == [(2,)]
    upgrade(settings)
    fill(settings, store, write_tables(tmp_path / "none", clients="client_id, name\nX, Otro"))
    assert ask(
        settings, "SELECT client_id, name, phone FROM lake.staging.stg_clients WHERE name <> 'Otro'"
    ) == [(NEW, "Peña después", "2")]
    documents = "SELECT document_id, client_id, total, balance, status FROM lake.marts.documents"
    assert ask(settings, f"{documents} ORDER BY 1") == [
        ("FE-1", NEW, Decimal(120), Decimal(80), "partial"),
        ("FE-2", NEW, Decimal(30), Decimal(30), "open"),
    ]
    assert ask(settings, "SELECT count(*) FROM lake.marts.waiting") == [(0,)]
    assert ask(settings, "SELECT count(*) FROM lake.marts.integrity") == [(0,)]
    # Nothing is thrown away: an earlier version stays readable.
    assert ask(settings, "SELECT count(*) FROM lake.raw.documents") == [(3,)]


def test_the_same_rows_loaded_again_change_nothing(settings, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        as_before(patch)
        load(settings, old_tables(tmp_path / "old"))
    upgrade(settings)
    folder = old_tables(tmp_path / "again")
    for name in ("clients", "documents", "instalments"):  # each has two versions of one key
        (folder / f"{name}.csv").unlink()
    load(settings, folder)
    for table in ("payments", "allocations"):
        assert ask(settings, f"SELECT count(*) FROM lake.raw.{table}") == [(1,)]


@pytest.mark.parametrize("turned", [False, True])
def test_the_newest_version_wins_whichever_key_it_had(settings, tmp_path, monkeypatch, turned):
    """Also where the version that came first has the newer time of its own."""
    old, new = (NEW, OLD) if turned else (OLD, NEW)
    with monkeypatch.context() as patch:
        as_before(patch)
        head = "client_id, name, updated_at"
        for number, row in enumerate((f"{old}, A, 2026-05-02", f"{new}, B, 2026-05-01")):
            load(settings, write_tables(tmp_path / str(number), clients=f"{head}\n{row}"))
    upgrade(settings)
    # As `current_version` of the models has it.
    assert ask(
        settings,
        "SELECT client_id, name FROM lake.raw.clients QUALIFY row_number() OVER (PARTITION BY "
        'company_id, client_id ORDER BY version_at DESC, batch_id DESC, "row" DESC) = 1',
    ) == [(NEW, "A")]


def test_edits_by_hand_that_came_at_once_are_one(settings, store):
    lake.initialise(settings)
    for hour, client, fields in ((9, OLD, {"phone": "9"}), (10, NEW, {"notes": "diez"})):
        now = datetime(2026, 11, 24, hour, tzinfo=UTC)
        client_edits.save(store, "main", client, fields, shown={}, by=ANA, now=now)
    assert carried.carry(settings, store) == 2
    upgrade(settings)
    edits = "SELECT client_id, notes, phone FROM lake.raw.client_edits"
    assert ask(settings, edits) == [(NEW, "diez", None)]


def test_the_lake_s_definition_is_that_of_the_files(settings, monkeypatch):
    lake.initialise(settings)
    every = [f"x{chr(c)}y" for c in range(1, 0x30000) if not 0xD800 <= c < 0xE000]
    written = [*every, *(text for text, _ in SEEN)]
    with closing(lake.connect(settings)) as connection:
        connection.register("written", pl.DataFrame({"key": written}).to_arrow())
        found = connection.execute(f"SELECT {migration._normal('key')} FROM written").fetchall()
    assert [key for (key,) in found] == [keys.normal(key) for key in written]
