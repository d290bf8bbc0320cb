"""The lake learns to change: versions, columns of the contract, what is never touched."""

from __future__ import annotations

import hashlib
import logging
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import duckdb
import pytest

from cartera import money
from cartera.config import Settings
from cartera.contract import TABLES, Column
from cartera.errors import LakeNewerThanProgram
from cartera.warehouse import lake, lake_schema, lake_versions, migrations
from cartera.warehouse import refresh as refreshing
from cartera.warehouse.ingest import load_files
from tests.bounds import EVERY_MOMENT
from tests.warehouse.small import write_tables

#: SHA-256 of every migration that has landed.
LANDED = {
    "m0001_first_release": "8b1f5b995f94e43c5cf5e1414d8e59be4a7d31c263d10e83fe10b231cad98504",
    "m0002_client_edits": "717cf5dfcac21aeb2c1209087da40a4fd0dca1d4eaaf1403daae705634212319",
    "m0003_tables_of_a_batch": "c048419c4098b279e816ad757f9e827057d6b1a03ac7a1ef02a32541a06c09eb",
    "m0004_statistics_of_empty_tables": (
        "deeb2679e85574bfcf02ee77ee53c46d01b50a2ceabc33ed2413baa2556a7450"
    ),
    "m0005_held_rows": "747c100ec5819630fc45fbc25170bdaa0b57f03c71655a7a43120bb579776032",
    "m0006_what_was_loaded": "4482158e8c4ea29cd8b85e60c142e6ff8994b365b3b14e6732bf5730a62c6c77",
    "m0007_keys_as_people_see_them": (
        "7574d5e96bf0b3b61f8e94b0072cf3c8a3ed82defad6e0d50b1e3db6abe74320"
    ),
    "m0008_notes_of_a_file": "84574c738b8c1bce22a3a2d307d17d8f732dd377bcf5670208772f79d33c2d35",
}
DOCUMENT = "document_id,client_id,type,number,issue_date,total"
#: Enough that DuckLake writes a file: fewer than ten rows it keeps in the catalog.
MANY = "\n".join([DOCUMENT, *(f"D{n},C1,invoice,FV-{n},2026-01-10,1{n}" for n in range(30))])
FEW = f"{DOCUMENT}\nE1,C1,invoice,FV-E1,2026-01-10,100\n"


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home)


@pytest.fixture
def upgrade(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Give the contract's documents more columns, as the next version of the program would."""

    def with_columns(*columns: Column) -> None:
        documents = TABLES["documents"]
        monkeypatch.setitem(
            TABLES, "documents", replace(documents, columns=(*documents.columns, *columns))
        )
        restart(settings)

    return with_columns


def restart(settings: Settings) -> None:
    """What a writer's new process does first."""
    lake._complete.clear()
    lake.initialise(settings)


def load(settings: Settings, folder: Path, **tables: str) -> tuple[int, int]:
    """Rows that were new, and rows that were known."""
    results = load_files(
        settings, [write_tables(folder, **tables)], company=settings.company_profile()
    )
    assert not [r for r in results if r.error or r.rejects]
    return sum(r.loaded for r in results), sum(r.unchanged for r in results)


def ask(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with closing(lake.connect(settings, read_only=True)) as connection:
        return connection.execute(query).fetchall()


def change(settings: Settings, *statements: str) -> None:
    """By hand, in one transaction; makes the lake's catalog where there is none."""
    settings.root.mkdir(parents=True, exist_ok=True)
    with closing(lake.connect(settings)) as connection:
        connection.execute("BEGIN")
        for statement in statements:
            connection.execute(statement)
        connection.execute("COMMIT")


def old_lake(settings: Settings, version: int) -> None:
    """A lake of before versions were recorded, with a document, as `version` left it."""
    settings.root.mkdir(parents=True, exist_ok=True)
    with closing(lake.connect(settings)) as connection:
        connection.execute("BEGIN")
        for number, name in migrations.modules().items():
            if number <= version:
                import_module(f"{migrations.__name__}.{name}").apply(connection)
        connection.execute("INSERT INTO lake.raw.currencies VALUES ('COP', 2)")
        connection.execute(
            "INSERT INTO lake.raw.documents (company_id, document_id, total, version_at, batch_id) "
            "VALUES ('main', 'D1', 10, '2026-01-01', 1)"
        )
        connection.execute(
            "INSERT INTO lake.raw.batches (batch_id, company_id, loaded) VALUES (1, 'main', 1)"
        )
        connection.execute("COMMIT")


def recorded(settings: Settings) -> list[tuple[object, ...]]:
    return ask(
        settings, "SELECT version, change, program FROM lake.raw.schema_changes ORDER BY ALL"
    )


def test_a_migration_that_has_landed_never_changes():
    for name, landed in LANDED.items():
        text = (migrations.FOLDER / f"{name}.py").read_bytes()
        assert hashlib.sha256(text).hexdigest() == landed, (
            f"{name} has landed: lakes were made by it as it was; add a new migration instead"
        )
    assert list(LANDED) == list(migrations.modules().values()), "record the new migration here"


def test_a_fresh_lake_is_what_the_code_declares(settings):
    lake.initialise(settings)
    assert lake.differences(settings) == []
    versions = [row for row in recorded(settings) if row[0] is not None]
    assert [row[:2] for row in versions] == list(migrations.modules().items())
    with closing(lake.connect(settings, read_only=True)) as connection:
        assert lake_versions.version_of(connection) == lake_versions.newest()
        here = lake_schema.found(connection)
    assert set(here) == set(lake_schema.declared())
    before = recorded(settings)
    restart(settings)
    assert recorded(settings) == before  # nothing to do, nothing written


@pytest.mark.parametrize("version", migrations.modules())
def test_a_lake_of_before_versions_is_recognised(settings, version):
    old_lake(settings, version)
    lake.initialise(settings)
    assert lake.differences(settings) == []
    assert {row[0] for row in recorded(settings)} >= set(migrations.modules())
    assert ask(settings, "SELECT document_id, total FROM lake.raw.documents") == [("D1", 10)]
    assert ask(settings, "SELECT batch_id, tables FROM lake.raw.batches") == [(1, None)]
    assert dict(ask(settings, "FROM lake.raw.currencies")) == money.currency_decimals()


@pytest.mark.parametrize("rows", [FEW, MANY], ids=["in the catalog", "in a file"])
def test_a_gained_column_changes_no_row_that_is_there(settings, tmp_path, upgrade, rows):
    lake.initialise(settings)
    before, _ = load(settings, tmp_path, documents=rows)
    upgrade(
        Column("channel", choices=("web", "direct"), default="direct"),
        Column("region"),
        Column("is_export", "bool", default="false"),
        Column("weight", "amount"),
    )
    assert lake.differences(settings) == []
    query = (
        "SELECT channel, region, is_export, weight, count(*) FROM lake.raw.documents GROUP BY ALL"
    )
    assert ask(settings, query) == [("direct", None, False, None, before)]
    assert load(settings, tmp_path, documents=rows) == (0, before)
    # A row that says something else is a new version; the rest stays.
    head, first, *others = rows.strip().splitlines()
    told = [f"{head},channel,region", f"{first},web,Norte", *(f"{line},," for line in others)]
    assert load(settings, tmp_path, documents="\n".join(told)) == (1, before - 1)
    assert load(settings, tmp_path, documents="\n".join(told)) == (0, before)
    assert ("documents.channel VARCHAR",) in ask(
        settings, "SELECT change FROM lake.raw.schema_changes WHERE version IS NULL"
    )


def test_what_was_an_unknown_column_moves_into_the_gained_one(settings, tmp_path, upgrade):
    lake.initialise(settings)
    lines = ["E1,C1,invoice,FV-1,2026-01-10,100,Norte", "E2,C1,invoice,FV-2,2026-01-10,1,"]
    rows = "\n".join([f"{DOCUMENT},region", *lines])
    assert load(settings, tmp_path, documents=rows) == (2, 0)
    upgrade(Column("region"))
    assert load(settings, tmp_path, documents=rows) == (1, 1)
    assert load(settings, tmp_path, documents=rows) == (0, 2)
    newest = (
        "SELECT document_id, region, extra FROM lake.raw.documents QUALIFY row_number() OVER "
        "(PARTITION BY document_id ORDER BY version_at DESC, batch_id DESC) = 1 ORDER BY 1"
    )
    assert ask(settings, newest) == [("E1", "Norte", None), ("E2", None, None)]


def test_a_newer_lake_is_refused(settings):
    lake.initialise(settings)
    with closing(lake.connect(settings, read_only=True)) as connection:
        snapshot = lake.last_snapshot(connection)
    change(settings, "COMMENT ON TABLE lake.raw.schema_changes IS '99'")
    known = lake_versions.newest()
    for options in ({}, {"read_only": True}, {"read_only": True, "snapshot": snapshot}):
        with pytest.raises(
            LakeNewerThanProgram, match=f"version 99, .* knows {known}; upgrade Cartera"
        ):
            lake.connect(settings, **options)


def test_a_lake_with_a_column_of_a_newer_contract_is_refused(settings, tmp_path):
    lake.initialise(settings)
    load(settings, tmp_path, documents=FEW)
    with pytest.MonkeyPatch.context() as patch:
        newer = replace(
            TABLES["documents"], columns=(*TABLES["documents"].columns, Column("region"))
        )
        patch.setitem(TABLES, "documents", newer)
        restart(settings)
    for options in ({}, {"read_only": True}):
        with pytest.raises(LakeNewerThanProgram, match=r"has the column documents\.region"):
            lake.connect(settings, **options)


def test_currencies_follow_their_table(settings, monkeypatch):
    lake.initialise(settings)
    definitions = refreshing.definitions()
    other = money.currency_decimals() | {"COP": 0, "XCA": 3}
    for module in (money, refreshing):
        monkeypatch.setattr(module, "currency_decimals", lambda: other)
    restart(settings)
    assert dict(ask(settings, "FROM lake.raw.currencies")) == other
    assert (None, "currencies") in [row[:2] for row in recorded(settings)]
    assert refreshing.definitions() != definitions  # so figures are made anew


def test_what_differs_is_said_and_never_changed(settings, caplog):
    lake.initialise(settings)
    change(
        settings,
        "ALTER TABLE lake.raw.documents ADD COLUMN colour VARCHAR",
        "ALTER TABLE lake.raw.batches DROP COLUMN sha256",
        "ALTER TABLE lake.raw.currencies ALTER decimals SET DATA TYPE BIGINT",
        "DROP TABLE lake.raw.client_edits",
        "CREATE TABLE lake.raw.somebodys_own (a INTEGER)",
    )
    with caplog.at_level(logging.WARNING):
        restart(settings)
    said = {
        "the table client_edits is not there",
        "batches.sha256 (VARCHAR) is not there",
        "currencies.decimals is BIGINT, declared INTEGER",
        "documents.colour (VARCHAR) is unknown to this version",
    }
    assert {one.sentence for one in lake.differences(settings)} == said
    assert {record.getMessage().partition(": ")[2] for record in caplog.records} == said


def test_an_upgrade_that_fails_leaves_the_lake_as_it_was(settings, monkeypatch):
    old_lake(settings, 1)
    monkeypatch.setattr(lake_versions, "_fill_currencies", lambda _connection: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        lake.initialise(settings)
    assert "client_edits" not in tables(settings)


def tables(settings: Settings) -> set[str]:
    with closing(lake.connect(settings, read_only=True)) as connection:
        return set(lake_schema.found(connection))


@pytest.mark.full
def test_killed_at_any_moment_it_is_the_old_lake_or_the_new(tmp_path):
    steps, commits = (range(1, 27, 5), (0, 3, 10, 30)) if EVERY_MOMENT else ((1, 11, 21), (0, 10))
    moments = [*map(str, steps), "99", *(f"commit:{n}" for n in commits)]
    homes = {moment: tmp_path / moment.replace(":", "-") for moment in moments}
    for home in homes.values():
        old_lake(Settings(home=home), 1)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.warehouse.killed_upgrade"),
            *(f"{home}={moment}" for moment, home in homes.items()),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    ends = dict(zip(moments, done.stdout.split(), strict=True))
    assert (ends["1"], ends["99"]) == ("-9", "0")  # the last was met by no statement
    for moment, home in homes.items():
        settings = Settings(home=home)
        is_new = "schema_changes" in tables(settings)
        assert is_new == ("client_edits" in tables(settings))
        if not moment.startswith("commit"):
            assert is_new == (ends[moment] == "0")
        restart(settings)  # it is simply done again
        assert lake.differences(settings) == []
        assert ask(settings, "SELECT document_id FROM lake.raw.documents") == [("D1",)]
        assert len(recorded(settings)) == len(set(recorded(settings)))


def test_a_reader_at_an_older_snapshot_reads_on(settings, tmp_path, upgrade):
    lake.initialise(settings)
    load(settings, tmp_path, documents=FEW)
    with closing(lake.connect(settings, read_only=True)) as connection:
        snapshot = lake.last_snapshot(connection)
    with closing(lake.connect(settings, read_only=True, snapshot=snapshot)) as reader:
        upgrade(Column("region"))
        assert reader.execute("SELECT document_id FROM lake.raw.documents").fetchall() == [("E1",)]
        with pytest.raises(duckdb.BinderException):
            reader.execute("SELECT region FROM lake.raw.documents")
