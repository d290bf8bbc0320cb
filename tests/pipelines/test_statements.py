"""Scheduled statements, driven by Dagster."""

from __future__ import annotations

from datetime import time, timedelta

import dagster as dg
import pytest

from cartera import clock
from cartera.people import operator
from cartera.schedules.timing import Timing
from cartera.store import companies, contacts, outbox, schedules
from cartera.store.db import open_store
from cartera.store.schedules import Setup
from pipelines.resources import Home

HERE = operator("main")
#: From the day's first minute on: what is made up waits for the hour.
DAILY = Timing(every="week", weekdays=tuple(range(7)), hour=time(0), holidays="same")


@pytest.fixture
def store(loaded, monkeypatch):
    """A company that writes, and a client with a contact who owes."""
    monkeypatch.setenv("CARTERA_MAIL", "folder")
    store = open_store(loaded)
    now = clock.now()
    companies.save(store, "main", {"email": "cartera@empresa.co"}, by=HERE, now=now)
    contacts.save(store, "main", "C-1", "ana@x.co", by=HERE, now=now)
    yield store
    store.close()


def test_a_day_that_is_due_is_queued_once(definitions, instance, store):
    from pipelines.defs.statements.sensors import statements_due

    def tick():
        with dg.build_sensor_context(instance, resources={"home": Home()}) as context:
            return statements_due(context)

    assert isinstance(tick(), dg.SkipReason)
    # Made three days ago: what went by since is made up once, the rest is noted as missed.
    ago = clock.now() - timedelta(days=3)
    schedules.create(store, "main", Setup("Cada día", DAILY), by=HERE, now=ago)
    assert isinstance(tick(), dg.RunRequest)
    job = definitions.resolve_job_def("scheduled_statements")
    assert job.execute_in_process(instance=instance).success
    (mail,) = outbox.list_messages(store, "main")
    assert (mail.kind, mail.address, mail.client_id) == ("statement", "ana@x.co", "C-1")
    assert isinstance(tick(), dg.SkipReason)
    assert job.execute_in_process(instance=instance).success
    assert outbox.count_messages(store, "main") == 1
