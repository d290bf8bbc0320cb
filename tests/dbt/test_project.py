"""The dbt project as it is built: unit tests, documentation, and what a refresh proves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cartera.errors import RefreshFailed
from cartera.store.publications import current
from cartera.warehouse import lake as lakes
from cartera.warehouse import refresh as refreshing
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
ALLOCATION: Arrival = (
    "allocations",
    {"allocation_id": "A", "kind": "payment", "amount": "60", "source_id": "P", "document_id": "D"},
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("dbt"))
    lake.load(ROWS)
    lake.refresh()
    return lake


def test_unit_tests_pass(built: Lake) -> None:
    nodes = refreshing.unit_tests(built.settings)
    assert {n.status for n in nodes} == {"pass"}, [n for n in nodes if n.status != "pass"]
    assert {"movements_cancel_for_the_client"} < {n.name for n in nodes}


def test_every_model_and_column_is_described(built: Lake) -> None:
    refreshing.parse(built.settings)
    path = built.settings.root / "dbt" / "target" / "manifest.json"
    nodes = json.loads(path.read_text(encoding="utf-8"))["nodes"].values()
    models = {n["name"]: n for n in nodes if n["resource_type"] == "model"}
    connection = built.open()
    for name, model in models.items():
        assert "One row per" in model["description"], name
        assert all(c["description"] for c in model["columns"].values()), name
        if model["config"]["materialized"] == "table_function":
            continue
        found = connection.execute(f"DESCRIBE lake.{model['schema']}.{name}").fetchall()
        assert {c[0] for c in found} == set(model["columns"]), name


def test_a_changed_run_proves_what_it_touched(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.load(ROWS)
    lake.refresh()
    lake.load([ALLOCATION])
    outcome = refreshing.refresh(lake.settings, lake.store)
    assert not outcome.full
    assert "assert_touched_items_tie" in {n.name for n in outcome.nodes}


def test_figures_that_do_not_tie_are_never_published(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.load(ROWS)
    lake.refresh()
    before = current(lake.store)
    # A model that forgets a movement, as a mistake in its SQL would.
    lake.load([ALLOCATION])
    broken = tmp_path / "broken"
    _copy_with(broken, "models/marts/open_items.sql", "sum(amount) over item_days", "sum(1)")
    original = refreshing.PROJECT
    refreshing.PROJECT = broken
    try:
        with pytest.raises(RefreshFailed):
            lake.refresh()
    finally:
        refreshing.PROJECT = original
    assert current(lake.store) == before
    lake.refresh()
    published = current(lake.store)
    assert published is not None
    connection = lakes.connect(lake.settings, read_only=True, snapshot=published.snapshot_id)
    assert connection.execute("FROM lake.marts.integrity").fetchall() == []


def _copy_with(target: Path, file: str, old: str, new: str) -> None:
    """The dbt project with one line changed."""
    import shutil

    shutil.copytree(refreshing.PROJECT, target, ignore=shutil.ignore_patterns("target", "logs"))
    path = target / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, f"{new} over item_days"), encoding="utf-8")
