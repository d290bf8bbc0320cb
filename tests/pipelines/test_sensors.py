"""The inbox's sensor: one run for what is complete, none for what is not, none too soon."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from dagster import DagsterRunStatus
from dagster._core.utils import make_new_run_id

from cartera import inbox
from cartera.store import client_edits, own_payments
from cartera.store.db import open_store
from cartera.store.publications import current, publish
from pipelines.lanes import FAST
from pipelines.resources import Home
from tests.people import ANA
from tests.pipelines.drops import drop, drop_complete
from tests.reported import accept, report

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def sensors(definitions, monkeypatch):
    from pipelines.defs.inbox import sensors

    monkeypatch.setattr(sensors, "WAIT_SECONDS", 0.2)
    monkeypatch.setattr(sensors, "POLL_SECONDS", 0.05)
    return sensors


@pytest.fixture
def tick(sensors, instance, home):
    def tick(cursor: str | None = None) -> dg.SensorResult | dg.SkipReason:
        given = {"home": Home()}
        with dg.build_sensor_context(instance, cursor, resources=given) as context:
            return sensors.inbox_files(context)

    return tick


def a_run(instance: dg.DagsterInstance, status: DagsterRunStatus) -> dg.DagsterRun:
    run_id = make_new_run_id()
    return instance.add_run(dg.DagsterRun("fast_lane", run_id, status=status, tags=FAST))


def test_one_run_for_all_complete_files(tick, here):
    drop_complete(here, {"clients.csv": "a", "documents.csv": "b"})
    result = tick()
    assert isinstance(result, dg.SensorResult)
    assert len(result.run_requests) == 1


def test_nothing_for_a_file_that_is_being_written(tick, here, monkeypatch):
    # Files have the true time, also where the tests run on another day.
    monkeypatch.setitem(inbox.ready.__kwdefaults__, "quiet_seconds", 10 * 365 * 86_400)
    drop(here, "clients.csv")
    drop(here, "documents.csv.part")
    assert tick().skip_message == "no complete file in the inbox"


def test_a_client_changed_by_hand_starts_a_run(tick, here, instance):
    store = open_store(here)
    client_edits.save(store, "main", "C1", {"phone": "2"}, shown={}, by=ANA, now=NOW)
    assert isinstance(tick(), dg.SensorResult)
    # It failed: tried again, but not at once.
    a_run(instance, DagsterRunStatus.FAILURE)
    assert isinstance(tick(), dg.SkipReason)
    client_edits.mark_carried(store, client_edits.every(store))
    store.close()
    assert isinstance(tick(), dg.SkipReason)


def test_an_accepted_payment_starts_a_run(tick, here):
    store = open_store(here)
    notice = report(store)
    assert isinstance(tick(), dg.SkipReason)
    made = accept(store, notice)
    assert isinstance(tick(), dg.SensorResult)
    own_payments.mark_carried(store, [made])
    assert isinstance(tick(), dg.SkipReason)
    own_payments.void(store, "main", made.public_id, by=ANA, now=NOW)
    assert isinstance(tick(), dg.SensorResult)
    store.close()


def test_it_waits_inside_the_tick(tick, here, sensors, monkeypatch):
    monkeypatch.setattr(sensors, "WAIT_SECONDS", 10)
    drop(here, "clients.csv")
    assert isinstance(tick(), dg.SensorResult)


def test_no_second_run_while_one_is_under_way(tick, here, instance):
    drop_complete(here, {"clients.csv": "a"})
    a_run(instance, DagsterRunStatus.STARTED)
    assert isinstance(tick(), dg.SkipReason)


def test_the_same_files_after_a_failure_wait_but_others_do_not(tick, here, instance):
    drop_complete(here, {"clients.csv": "a"})
    cursor = tick().cursor
    a_run(instance, DagsterRunStatus.FAILURE)
    assert isinstance(tick(cursor), dg.SkipReason)
    drop_complete(here, {"documents.csv": "b"})
    assert isinstance(tick(cursor), dg.SensorResult)


def test_a_link_is_named_as_the_reason(tick, here, tmp_path):
    here.inbox.mkdir(parents=True)
    (here.inbox / "clients.csv").symlink_to(tmp_path)
    assert tick().skip_message == "links are not followed: clients.csv"


@pytest.mark.parametrize(
    ("failures", "seconds", "over"),
    [(0, 0, True), (1, 29, False), (1, 30, True), (2, 59, False), (2, 60, True), (8, 3600, True)],
)
def test_pauses_after_failures_grow(sensors, failures, seconds, over):
    ended = NOW - timedelta(seconds=seconds)
    runs = [(False, ended)] * failures + [(True, ended)]
    assert sensors.pause_is_over(runs, NOW) is over


def test_figures_of_another_version_start_a_run(tick, here, loaded):
    """No file has to come: after an upgrade the pipeline makes them anew by itself."""
    assert isinstance(tick(), dg.SkipReason)
    store = open_store(here)
    known = current(store)
    publish(store, snapshot_id=known.snapshot_id, batch_seq=known.batch_seq, definitions="other")
    store.close()
    assert isinstance(tick(), dg.SensorResult)
