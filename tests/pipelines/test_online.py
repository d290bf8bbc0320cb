"""Payments as Dagster sees to them: what waits starts a run, one that fails holds nobody back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterRunStatus
from dagster._core.utils import make_new_run_id

from cartera.online import round as rounds
from cartera.store import own_payments
from pipelines.lanes import PAY
from pipelines.resources import Home
from tests.online.tills import COMPANY, Till, till


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    with till(tmp_path) as made:
        monkeypatch.setenv("CARTERA_HOME", str(made.lake.settings.home))
        monkeypatch.setattr("cartera.clock.now", lambda: made.now)
        yield made


@pytest.fixture
def tick(instance: dg.DagsterInstance, shop: Till):
    from pipelines.defs.online.sensors import clients_paid

    def tick(cursor: str | None = None) -> dg.SensorResult | dg.SkipReason:
        with dg.build_sensor_context(instance, cursor, resources={"home": Home()}) as context:
            return clients_paid(context)

    return tick


def a_run(instance: dg.DagsterInstance, status: DagsterRunStatus) -> None:
    run = dg.DagsterRun("see_to_payments", make_new_run_id(), status=status, tags=PAY)
    instance.add_run(run)


def counts(result: dg.ExecuteInProcessResult) -> dict[str, object]:
    (said,) = [
        event.step_output_data.metadata
        for event in result.all_node_events
        if event.is_successful_output
    ]
    return {name: value.value for name, value in said.items()}


def test_a_payment_whose_event_never_comes_is_asked_for(shop, definitions, instance, tick):
    payment = shop.begin(shop.link(), "C1F1")
    assert isinstance(tick(), dg.SkipReason)
    shop.gateway.say(payment.reference, "approved", payment.amount)
    assert payment.ask_at is not None
    shop.now = payment.ask_at
    assert isinstance(tick(), dg.SensorResult)
    job = definitions.resolve_job_def("see_to_payments")
    result = job.execute_in_process(instance=instance)
    assert result.success
    assert counts(result) == {"asked": 1, "approved": 1}
    (own,) = own_payments.listed(shop.store, COMPANY)
    assert own.allocations[0].document_id == "C1F1"
    assert own_payments.are_waiting(shop.store)  # which the ledger's own sensor sees
    assert isinstance(tick(), dg.SkipReason)


def test_what_cannot_be_settled_is_said_and_holds_nobody_back(
    shop, definitions, instance, tick, monkeypatch
):
    shop.now = datetime.now(UTC)  # Dagster has a clock of its own
    broken, fine = (shop.begin(shop.link(), f"C1F{n}") for n in (1, 2))
    for payment in (broken, fine):
        shop.gateway.say(payment.reference, "approved", payment.amount)
    assert broken.ask_at is not None
    shop.now = broken.ask_at
    settle = rounds.settle

    def refuses(store, reader, company, payment, **more):
        if payment.public_id == broken.public_id:
            raise RuntimeError("no")
        return settle(store, reader, company, payment, **more)

    monkeypatch.setattr(rounds, "settle", refuses)
    cursor = tick().cursor
    job = definitions.resolve_job_def("see_to_payments")
    result = job.execute_in_process(instance=instance, raise_on_error=False)
    assert not result.success
    assert [shop.of(payment).state for payment in (broken, fine)] == ["pending", "approved"]
    again = tick(cursor)  # what waits is less than it was: at once
    assert isinstance(again, dg.SensorResult)
    for _ in range(4):
        a_run(instance, DagsterRunStatus.FAILURE)
    assert isinstance(tick(again.cursor), dg.SkipReason)
    third = shop.begin(shop.link(), "C1F3")
    assert third.ask_at is not None
    shop.now = third.ask_at
    assert isinstance(tick(again.cursor), dg.SensorResult)


def test_no_second_run_while_one_is_under_way(shop, instance, tick):
    payment = shop.begin(shop.link(), "C1F1")
    assert payment.ask_at is not None
    shop.now = payment.ask_at
    a_run(instance, DagsterRunStatus.STARTED)
    assert isinstance(tick(), dg.SkipReason)
