"""The dbt project as it is built: unit tests, documentation, and what a refresh proves."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cartera.errors import RefreshFailed
from cartera.store.publications import current
from cartera.warehouse import lake as lakes
from cartera.warehouse import refresh as refreshing
from tests.bounds import EVERY_MOMENT
from tests.ledger.histories import Arrival
from tests.ledger.lakes import Lake

ROWS: list[Arrival] = [
    ("clients", {"client_id": "C", "name": "Ana"}),
    (
        "documents",
        {
            "document_id": "D", "client_id": "C", "type": "invoice", "number": "F-1",
            "issue_date": "2026-01-01", "total": "100",
        },
    ),
    ("payments", {"payment_id": "P", "client_id": "C", "date": "2026-01-05", "amount": "60"}),
]  # fmt: skip
#: Arguments of each table function, only for their types.
ARGUMENTS = {
    "activity": "NULL::VARCHAR, NULL::VARCHAR, NULL::DATE, NULL::DATE",
    "aging": "NULL::DATE, NULL::VARCHAR, NULL::INTEGER[]",
    "aging_items": "NULL::DATE, NULL::VARCHAR, NULL::INTEGER[]",
    "open_on_days": "NULL::DATE[], NULL::VARCHAR, NULL::INTEGER[]",
}
CATALOG = "__ducklake_metadata_lake"
OPEN_ITEMS = "models/marts/open_items.sql"
#: What a slip in the SQL of open items could be: a wrong amount, and periods without an end.
WRONG_AMOUNT = ("sum(amount) over item_days", "sum(1) over item_days")
UNTIL = "lead(movement_date) over item_days"
OVERLAP = (f"{UNTIL} as open_until", f"if({UNTIL} is null, null, date '2100-01-01') as open_until")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("dbt"))
    lake.load(ROWS)
    lake.refresh()
    return lake


@pytest.fixture
def manifest(built: Lake) -> dict[str, Any]:
    """The parsed project, as dbt would write it."""
    return dict(refreshing.parse(built.settings).writable_manifest().to_dict())


@pytest.fixture
def waiting(built: Lake) -> Lake:
    """The lake with an allocation that came after the publication, of another amount each time."""
    values: dict[str, str | None] = {
        "allocation_id": "A", "kind": "payment", "source_id": "P", "document_id": "D",
        "amount": str(built.batches + 1),
    }  # fmt: skip
    (result,) = built.load([("allocations", values)])
    assert result.loaded == 1
    return built


def test_unit_tests_pass(built: Lake) -> None:
    nodes = refreshing.unit_tests(built.settings)
    assert {n.status for n in nodes} == {"pass"}, [n for n in nodes if n.status != "pass"]
    tested = {n.unique_id.split(".")[2] for n in nodes}
    assert tested == {"allocation_ends", "movements", "open_items"}


def test_every_model_and_column_is_described(built: Lake, manifest: dict[str, Any]) -> None:
    models = {n["name"]: n for n in manifest["nodes"].values() if n["resource_type"] == "model"}
    connection = built.open()
    for name, model in models.items():
        assert "One row per" in model["description"], name
        assert all(c["description"] for c in model["columns"].values()), name
        is_function = model["config"]["materialized"] == "table_function"
        called = f"{name}({ARGUMENTS[name]})" if is_function else name
        found = connection.execute(f"DESCRIBE FROM lake.{model['schema']}.{called}").fetchall()
        assert {c[0] for c in found} == set(model["columns"]), name
    sources = {s["name"]: s for s in manifest["sources"].values()}
    for name, source in sources.items():
        assert "One row per" in source["description"], name
        assert all(c["description"] for c in source["columns"].values()), name
        found = connection.execute(f"DESCRIBE FROM lake.raw.{name}").fetchall()
        # In any order: a column that the contract gained stands last in every lake.
        assert sorted(c[0] for c in found) == sorted(source["columns"]), name
    built_here = connection.execute(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = "
        "'lake' AND table_schema IN ('raw', 'staging', 'ledger', 'marts')"
    ).fetchall()
    connection.close()
    assert set(built_here) == {("raw", name) for name in sources} | {
        (m["schema"], name) for name, m in models.items() if name not in ARGUMENTS
    }


def test_only_the_touched_test_runs_after_each_load(manifest: dict[str, Any]) -> None:
    tests = [n for n in manifest["nodes"].values() if n["resource_type"] == "test"]
    quick = {n["name"] for n in tests if "full" not in n["tags"]}
    assert quick == {"assert_touched_items_tie"}


def test_a_changed_run_proves_what_it_touched(waiting: Lake) -> None:
    outcome = refreshing.refresh(waiting.settings, waiting.store)
    assert not outcome.full
    assert "assert_touched_items_tie" in {n.name for n in outcome.nodes}
    assert_ties(waiting)


def test_a_changed_run_leaves_what_reads_only_tables_that_brought_nothing(waiting: Lake) -> None:
    outcome = refreshing.refresh(waiting.settings, waiting.store)
    staged = {n.name for n in outcome.nodes if n.name.startswith("stg_")}
    assert staged == {"stg_allocations"}


def test_a_changed_run_changes_no_tables_definition(waiting: Lake) -> None:
    before = schema_version(waiting)
    waiting.refresh()
    assert schema_version(waiting) == before


def test_the_catalog_knows_of_every_table_that_it_is_empty(tmp_path: Path) -> None:
    with closing(Lake(tmp_path / "home").open()) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.tables "
            "WHERE table_catalog = 'lake' AND table_type = 'BASE TABLE'"
        ).fetchall()
        known = connection.execute(
            f"SELECT table_name FROM {CATALOG}.ducklake_table_stats "
            f"JOIN {CATALOG}.ducklake_table USING (table_id) WHERE end_snapshot IS NULL"
        ).fetchall()
    assert len(tables) > 15
    assert set(tables) == set(known)


def schema_version(waiting: Lake) -> int:
    """DuckLake's number of the definitions of all tables, as they stand now."""
    with closing(waiting.open()) as connection:
        query = "SELECT max(schema_version) FROM lake.snapshots()"
        (version,) = connection.execute(query).fetchone() or ()
    return int(version)


SLIPS = [
    pytest.param(WRONG_AMOUNT, False, "assert_touched_items_tie", id="changed_amount"),
    pytest.param(WRONG_AMOUNT, True, "assert_every_number_ties", id="rebuilt_amount"),
    pytest.param(OVERLAP, False, "assert_touched_items_tie", id="changed_overlap"),
]


@pytest.mark.parametrize(("slip", "is_rebuild", "caught_by"), SLIPS if EVERY_MOMENT else SLIPS[:2])
@pytest.mark.full
def test_figures_that_do_not_tie_are_never_published(
    slip: tuple[str, str],
    is_rebuild: bool,
    caught_by: str,
    waiting: Lake,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = current(waiting.store)
    assert before is not None
    with monkeypatch.context() as broken:
        broken.setattr(refreshing, "PROJECT", project_with(tmp_path / "broken", *slip))
        broken.setattr(refreshing, "_manifests", {})
        if not is_rebuild:  # other definitions would be one
            broken.setattr(refreshing, "definitions", lambda: before.definitions)
        with pytest.raises(RefreshFailed, match=caught_by):
            waiting.refresh()
    assert current(waiting.store) == before
    waiting.refresh()
    assert current(waiting.store) != before
    assert_ties(waiting)


def project_with(target: Path, old: str, new: str) -> Path:
    """A copy of the dbt project with a slip in open items."""
    shutil.copytree(refreshing.PROJECT, target, ignore=shutil.ignore_patterns("target", "logs"))
    path = target / OPEN_ITEMS
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return target


def assert_ties(lake: Lake) -> None:
    """What is published is whole: the invoice before and after the allocation."""
    published = current(lake.store)
    assert published is not None
    connection = lakes.connect(lake.settings, read_only=True, snapshot=published.snapshot_id)
    assert connection.execute("FROM lake.marts.integrity").fetchall() == []
    periods = connection.execute(
        "SELECT open_amount, open_until IS NULL FROM lake.marts.open_items "
        "WHERE item_id = 'D' ORDER BY open_from"
    ).fetchall()
    connection.close()
    assert periods == [(100, False), (100 - lake.batches, True)]
