"""The jobs, in this process, on a real small lake."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import dagster as dg

from cartera import clock, inbox
from cartera.errors import Busy, RefreshFailed
from cartera.people import operator
from cartera.store import companies
from cartera.store.locks import writer_lock
from cartera.store.publications import Publication, current, history
from cartera.warehouse import lake_files
from cartera.warehouse.lake import connect
from cartera.warehouse.refresh import Node
from pipelines import lanes
from pipelines.defs.inbox.sensors import is_behind
from pipelines.defs.ledger import assets as ledger_assets
from pipelines.defs.upkeep.maintenance import expirable, maintain
from pipelines.resources import Home
from tests.pipelines.drops import CLIENTS, DOCUMENTS, drop_complete

BOTH = {"clients.csv": CLIENTS, "documents.csv": DOCUMENTS}


def run(definitions, instance, job: str, **options):
    return definitions.resolve_job_def(job).execute_in_process(instance=instance, **options)


def materialised(result) -> dict[str, dg.AssetMaterialization]:
    return {
        event.asset_key.to_user_string(): event.materialization
        for event in result.get_asset_materialization_events()
    }


def checks(result) -> dict[str, bool]:
    return {
        f"{e.asset_key.to_user_string()}:{e.check_name}": e.passed
        for e in result.get_asset_check_evaluations()
    }


def open_total(here, store) -> str:
    connection = connect(here, read_only=True, snapshot=current(store).snapshot_id)
    try:
        return str(
            connection.execute("SELECT sum(open_amount) FROM lake.marts.open_items").fetchone()[0]
        )
    finally:
        connection.close()


def test_files_become_published_figures(definitions, instance, here, store):
    drop_complete(here, BOTH)
    result = run(definitions, instance, "fast_lane")
    assert result.success
    assert open_total(here, store) == "1690000.0000"
    made = materialised(result)
    assert {"inbox", "raw/documents", "staging/stg_documents", "ledger/movements"} <= set(made)
    assert made["inbox"].metadata["loaded"].value == 4
    assert made["raw/documents"].metadata["loaded"].value == 2
    about = made["ledger/movements"].metadata
    assert about["publication"].value == current(store).id
    assert about["snapshot"].value == current(store).snapshot_id
    assert about["waiting"].value == 0
    assert about["newest_load"].value
    assert all(checks(result).values())
    assert "marts/integrity:assert_every_number_ties" in checks(result)
    tags = instance.get_run_by_id(result.run_id).tags
    assert tags["cartera/publication"] == str(current(store).id)


def test_the_same_file_twice_changes_no_figure(definitions, instance, loaded, here, store):
    drop_complete(here, BOTH)
    result = run(definitions, instance, "fast_lane")
    assert result.success
    assert materialised(result)["inbox"].metadata["unchanged"].value == 4
    assert materialised(result)["inbox"].metadata["loaded"].value == 0
    assert open_total(here, store) == "1690000.0000"


def test_nothing_to_do_publishes_nothing(definitions, instance, loaded, here, store):
    before = current(store)
    result = run(definitions, instance, "fast_lane")
    assert result.success
    assert current(store) == before
    assert not [name for name in materialised(result) if name.startswith("marts/")]


def test_loaded_but_unpublished_is_worth_a_run_unless_somebody_writes(loaded, store):
    assert not is_behind(loaded, store)
    with store.write() as connection:
        connection.exec_driver_sql("delete from publications")
    assert is_behind(loaded, store)
    with writer_lock(loaded, store):
        assert not is_behind(loaded, store)


def test_a_bad_file_and_row_warn_but_do_not_fail(definitions, instance, loaded, here, store):
    drop_complete(
        here, {**BOTH, "nonsense.csv": "a,b\n1,2\n", "clients-2.csv": CLIENTS + ",Nadie\n"}
    )
    result = run(definitions, instance, "fast_lane")
    assert result.success
    found = checks(result)
    assert found["inbox:files_taken"] is False
    assert found["raw/clients:rows_taken"] is False
    assert found["raw/documents:rows_taken"] is True
    assert open_total(here, store) == "1690000.0000"


def test_a_failed_refresh_fails_the_run_and_shows_its_tests(
    definitions, instance, here, store, monkeypatch
):
    drop_complete(here, BOTH)

    def refresh(settings, store, *, full, on_node):
        test = "test.cartera.assert_every_number_ties"
        on_node(Node(test, "assert_every_number_ties", "test", "fail", 0.1, "Got 1 result"))
        raise RefreshFailed("assert_every_number_ties: Got 1 result")

    monkeypatch.setattr(ledger_assets, "refresh", refresh)
    result = run(definitions, instance, "fast_lane", raise_on_error=False)
    assert not result.success
    assert checks(result)["marts/integrity:assert_every_number_ties"] is False
    assert current(store) is None


def test_a_rebuild_builds_every_model(definitions, instance, loaded, here, store):
    result = run(definitions, instance, "rebuild")
    assert result.success
    assert {"marts/aging", "marts/documents"} <= set(materialised(result))
    assert current(store).full
    assert open_total(here, store) == "1690000.0000"


def test_a_selection_narrows_what_is_reported(instance, here):
    result = dg.materialize(
        [ledger_assets.refresh_marts],
        selection=["marts/aging"],
        resources={"home": Home()},
        instance=instance,
    )
    assert result.success
    assert set(materialised(result)) == {"marts/aging"}


def test_busy_is_tried_again(definitions, instance, loaded, here, store, monkeypatch):
    monkeypatch.setattr(lanes, "pause", lambda attempt: 0)
    real, calls = inbox.process, []

    def process(*arguments, **named):
        calls.append(1)
        if len(calls) < 3:
            raise Busy("somebody else writes")
        return real(*arguments, **named)

    monkeypatch.setattr(inbox, "process", process)
    drop_complete(here, BOTH)
    result = run(definitions, instance, "fast_lane")
    assert result.success
    assert len(calls) == 3
    assert open_total(here, store) == "1690000.0000"


def test_pauses_grow_and_stay_bounded():
    assert [lanes.pause(n) for n in (0, 1, 2, 10)] == [2, 4, 8, 120]


# Upkeep

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def publication(number: int, snapshot: int, days: int) -> Publication:
    return Publication(number, snapshot, 1, NOW - timedelta(days=days), full=False)


def test_what_was_published_outlives_what_was_not():
    known = [(n, NOW - timedelta(days=100 - n)) for n in range(100)]
    published = [publication(1, 5, 95), publication(2, 20, 80), publication(3, 60, 40)]
    gone = set(expirable(known, published, now=NOW))
    assert 5 in gone  # published, but 95 days ago
    assert {20, 60} & gone == set()
    assert 99 not in gone  # the newest
    assert 50 in gone


def test_the_publication_that_readers_show_is_never_let_go():
    known = [(n, NOW - timedelta(days=400 - n)) for n in range(3)]
    assert expirable(known, [publication(1, 1, 399)], now=NOW) == [0]


def test_upkeep_leaves_every_published_figure_readable(definitions, instance, loaded, here, store):
    drop_complete(here, {"documents.csv": DOCUMENTS.replace("500000", "600000")})
    run(definitions, instance, "fast_lane")
    assert run(definitions, instance, "upkeep").success
    done = maintain(here, store, now=clock.now() + timedelta(days=30))
    assert done["snapshots_expired"] > 0
    assert open_total(here, store) == "1790000.0000"
    with closing(connect(here, read_only=True)) as connection:
        everywhere = {current(store).snapshot_id, lake_files.newest_snapshot(connection)}
        count, damaged = lake_files.damages(here, store, connection, everywhere, deep=True)
        # Merged files are known by their hashes, too, and those that went are forgotten.
        noted = lake_files.noted.known(store)
        assert noted.keys() == {file.path for file in lake_files.listed(connection)}
    assert (damaged, count > 0) == ([], True)
    oldest = history(store)[-1]
    connection = connect(here, read_only=True, snapshot=oldest.snapshot_id)
    try:
        row = connection.execute("SELECT sum(open_amount) FROM lake.marts.open_items").fetchone()
    finally:
        connection.close()
    assert str(row[0]) == "1690000.0000"


def test_upkeep_removes_files_that_their_company_keeps_no_longer(
    definitions, instance, loaded, here, store, monkeypatch
):
    kept = list((here.root / "files").rglob("*.zst"))
    assert len(kept) == 2
    by, now = operator("main"), clock.now()
    companies.save(store, "main", {"keep_files_days": 1}, by=by, now=now)
    assert run(definitions, instance, "upkeep").success
    assert all(path.exists() for path in kept)
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=2))
    assert run(definitions, instance, "upkeep").success
    assert not any(path.exists() for path in kept)


def test_upkeep_of_an_empty_home_is_no_error(definitions, instance, here):
    assert run(definitions, instance, "upkeep").success
