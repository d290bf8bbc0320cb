"""Everything loads, and the lineage goes from files to marts."""

from __future__ import annotations

import subprocess
import sys

import dagster as dg
import pytest

from cartera.contract import TABLES
from cartera.warehouse.refresh import PROJECT
from pipelines.defs.ledger.manifest import manifest
from pipelines.defs.ledger.translator import last_model


def key(name: str) -> dg.AssetKey:
    return dg.AssetKey(name.split("/"))


@pytest.fixture(scope="module")
def graph(definitions):
    return definitions.resolve_asset_graph()


def above(graph, name: str) -> set[str]:
    """Everything that an asset is made from, however far up."""
    found: set[str] = set()
    todo = [key(name)]
    while todo:
        for parent in graph.get(todo.pop()).parent_keys:
            if parent.to_user_string() not in found:
                found.add(parent.to_user_string())
                todo.append(parent)
    return found


def test_everything_loads(definitions):
    dg.Definitions.validate_loadable(definitions)
    jobs = {job.name for job in definitions.resolve_all_job_defs()}
    assert {"fast_lane", "rebuild", "upkeep", "forget_history"} <= jobs
    assert {"send_mail", "mail_reports", "mail_upkeep", "remind", "daily_mail"} <= jobs
    assert {"scheduled_statements", "see_to_notices", "see_to_payments"} <= jobs
    repository = definitions.get_repository_def()
    assert {s.name for s in repository.sensor_defs} == {
        "inbox_files", "invoices_arrived", "mail_waiting", "reminders_due", "daily_mail_due",
        "statements_due", "clients_wrote", "clients_paid",
    }  # fmt: skip
    assert {s.name for s in repository.schedule_defs} == {
        "nightly_upkeep", "nightly_forgetting", "nightly_mail_upkeep", "reports_every_few_minutes",
    }  # fmt: skip


def test_every_input_table_comes_from_the_inbox(graph):
    for table in TABLES:
        assert graph.get(key(f"raw/{table}")).parent_keys == {key("inbox")}


@pytest.mark.parametrize("mart", ["marts/aging", "marts/open_items", "marts/documents"])
def test_lineage_goes_from_files_to_marts(graph, mart):
    assert {"inbox", "raw/documents", "staging/stg_documents", "ledger/movements"} <= above(
        graph, mart
    )


def test_every_model_is_an_asset_in_its_layer(graph):
    for path in (PROJECT / "models").glob("*/*.sql"):
        node = graph.get(key(f"{path.parent.name}/{path.stem}"))
        assert node.group_name == path.parent.name


def test_every_dbt_test_is_a_check(graph, definitions, here):
    tests = [n for n in manifest(here)["nodes"].values() if n["resource_type"] == "test"]
    assert tests
    checks = {check.name for check in graph.asset_check_keys}
    assert {test["name"] for test in tests} <= checks


def test_a_test_of_several_models_belongs_to_the_last_of_them():
    nodes = {
        f"model.cartera.{name}": {
            "unique_id": f"model.cartera.{name}",
            "name": name,
            "schema": "marts",
            "resource_type": "model",
            "depends_on": {"nodes": depends_on},
        }
        for name, depends_on in {"first": [], "second": ["model.cartera.first"]}.items()
    }
    both = ["model.cartera.first", "model.cartera.second"]
    test = {"unique_id": "test.cartera.t", "name": "t", "depends_on": {"nodes": both}}
    found = last_model({"nodes": nodes}, test)
    assert found == "model.cartera.second"


def test_the_manifest_is_parsed_again_only_when_the_models_changed(here, monkeypatch):
    from pipelines.defs.ledger import manifest as module

    assert module.manifest(here)["metadata"]["project_name"] == "cartera"
    real, parsed = module.parse, []
    monkeypatch.setattr(module, "parse", lambda home: parsed.append(home) or real(home))
    module.manifest(here)
    assert parsed == []
    monkeypatch.setattr(module, "definitions", lambda: "others")
    module.manifest(here)
    assert parsed == [here]
    (kept,) = (here.root / "dbt").glob("manifest-*")
    assert "others" in kept.name


@pytest.mark.full
def test_processes_that_start_at_once_find_a_whole_manifest(here):
    code = (
        "from cartera.config import settings; from pipelines.defs.ledger.manifest import manifest; "
        "print(len(manifest(settings())['nodes']))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0, 0]
    assert len(set(said)) == 1
    assert int(said[0]) > 30
