"""The program after an upgrade: a lake that lacks a column, figures of another version, a lake that
is newer than the program.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cartera.config import Settings
from cartera.contract import TABLES, Column
from cartera.errors import FiguresOutdated
from cartera.store.db import Store, open_store
from cartera.store.locks import writer_lock
from cartera.store.publications import current, publish
from cartera.warehouse import lake
from cartera.warehouse.reader import Reader
from tests.cli.conftest import TWO_COMPANIES, Cartera
from tests.ledger.lakes import built

BRINGING = (
    "cartera: the figures were made by another version of Cartera: bringing them up to this one\n"
)
DAY = ("--as-of", "2026-06-30")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, text in TWO_COMPANIES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def home(home: Path) -> Path:
    """One whose models are built."""
    return built(home)


@pytest.fixture
def store(home: Path) -> Store:
    return open_store(Settings(home=home))


def change(home: Path, *statements: str) -> int:
    """What somebody, or another version, did to the lake; the snapshot it led to."""
    connection = lake.connect(Settings(home=home))
    for statement in statements:
        connection.execute(statement)
    snapshot = lake.last_snapshot(connection)
    connection.close()
    return snapshot


def of_another_version(store: Store, snapshot: int) -> None:
    """Publish a snapshot as a program with other models would have."""
    publish(store, snapshot_id=snapshot, batch_seq=current(store).batch_seq, definitions="other")


def figures(cartera: Cartera) -> list[object]:
    return [
        cartera.json("aging", *DAY),
        *(cartera.json("statement", client, *DAY, "--paid") for client in ("C1", "C2")),
    ]


def test_a_column_that_the_contract_gained_reaches_a_lake_with_data(
    cartera, files, home, monkeypatch
):
    # It was: Binder Error: Referenced table "known" not found!
    first = cartera.json("load", files)
    before = figures(cartera)
    documents = TABLES["documents"]
    gained = (Column("order_number"), Column("channel", default="direct"))
    monkeypatch.setitem(
        TABLES, "documents", replace(documents, columns=(*documents.columns, *gained))
    )
    lake._complete.clear()  # as in a process that starts

    again = cartera.json("load", files)
    assert (again["loaded"], again["unchanged"]) == (0, first["loaded"])
    assert figures(cartera) == before
    with (files / "documents.csv").open() as file:
        head, one, *_ = file.read().splitlines()
    (files / "documents.csv").write_text(
        f"{head},order_number\n{one.replace('1000', '900')},OC-7\n", encoding="utf-8"
    )
    more = cartera.json("load", files / "documents.csv")
    assert (more["loaded"], more["unchanged"], more["files"][0]["unknown_columns"]) == (1, 0, [])
    changed = figures(cartera)
    assert changed != before
    assert cartera("refresh", "--full").code == 0
    assert figures(cartera) == changed
    assert cartera("check").code == 0
    connection = lake.connect(Settings(home=home), read_only=True)
    rows = connection.execute(
        "SELECT order_number, channel FROM lake.raw.documents "
        "WHERE company_id = 'main' AND document_id = 'D1' ORDER BY batch_id"
    ).fetchall()
    connection.close()
    assert rows == [(None, "direct"), ("OC-7", "direct")]


@pytest.mark.full
def test_commands_bring_figures_of_another_version_up_to_theirs(cartera, files, home, store):
    assert cartera("load", files).code == 0
    expected = cartera("client", "show", "C2", "--format", "json")
    # As an older version's models left it: without a column that is read today.
    older = "SELECT * EXCLUDE (edited_fields) FROM lake.staging.stg_clients"
    of_another_version(store, change(home, f"CREATE OR REPLACE VIEW lake.marts.clients AS {older}"))
    settings = Settings(home=home)

    with pytest.raises(FiguresOutdated):  # a page: it cannot compute, and says so in words
        Reader(settings, store).client("main", "C2")
    with writer_lock(settings, store, who="the pipeline"):
        refused = cartera("client", "show", "C2")
        assert (refused.code, refused.out) == (1, "")
        why, failed = refused.err.splitlines()
        assert "cannot be brought up to this one now: the warehouse is being written by the" in why
        assert failed.endswith("try again in a moment, or run: cartera refresh")
        # What is there under both versions is read all the same.
        shown = cartera("aging", *DAY)
        assert (shown.code, shown.err.count("\n")) == (0, 1)

    done = cartera("client", "show", "C2", "--format", "json")
    assert (done.code, done.out, done.err) == (0, expected.out, BRINGING)
    assert current(store).full
    done = cartera("client", "show", "C2", "--format", "json")
    assert (done.code, done.out, done.err) == (0, expected.out, "")
    assert Reader(settings, store).client("main", "C2").client_id == "C2"


@pytest.mark.full
def test_what_differs_is_said(cartera, files, home):
    assert cartera("load", files).code == 0
    assert cartera.json("status")["schema_differences"] == []
    change(home, "ALTER TABLE lake.raw.documents ADD COLUMN colour VARCHAR")
    assert cartera.json("status")["schema_differences"] == [
        {"where": "lake", "what": "raw.documents.colour", "declared": None, "found": "VARCHAR"}
    ]
    said = "lake: raw.documents.colour: declared nothing, found VARCHAR"
    assert f"Not as this version declares it: {said}\n" in cartera("status").out
    done = cartera("check", "--format", "csv")
    assert done.code == 1
    assert done.err.startswith(f"cartera: not as declared: {said} (")
    assert done.out.splitlines()[1:] == [
        "the lake's tables are as declared,,,raw.documents.colour,,,VARCHAR"
    ]


def test_a_lake_of_a_newer_program_is_refused_in_words(cartera, files, home):
    assert cartera("load", files).code == 0
    change(home, "COMMENT ON TABLE lake.raw.schema_changes IS '99'")
    for command in ("load", files), ("refresh",), ("aging",), ("status",), ("check",):
        done = cartera(*command)
        assert (done.code, done.out) == (1, ""), command
        assert done.err.startswith(
            "cartera: the lake was made by a newer Cartera: it has version 99, "
        ), command
        assert done.err.count("\n") == 1, command
