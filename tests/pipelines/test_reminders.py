"""Reminders and the daily mail as Dagster drives them: what is due starts one run, not a storm."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster import DagsterRunStatus
from dagster._core.utils import make_new_run_id

from cartera import clock
from cartera.people import operator
from cartera.reminders.rules import Policy
from cartera.reminders.window import ContactWindow
from cartera.store import companies, contacts, outbox, pauses, publications, reminder_policy, users
from cartera.store.db import open_store
from pipelines.lanes import MAIL
from pipelines.resources import Home
from tests.mail.test_daily import TUESDAY
from tests.store import changed

HERE = operator("main")
ALWAYS = ContactWindow(hours=((time(0), time.max),) * 7, on_holidays=True)
POLICY = Policy(is_on=True, window=ALWAYS, hour=time(0), stale_days=0)


@pytest.fixture
def store(loaded, monkeypatch):
    """C-1 is late and has a contact, C-2 nobody. No law of theirs names hours: tests run at any."""
    monkeypatch.setenv("CARTERA_MAIL", "folder")
    store = open_store(loaded)
    now = clock.now()
    companies.save(
        store, "main", {"email": "cartera@empresa.co", "country": "ES"}, by=HERE, now=now
    )
    contacts.save(store, "main", "C-1", "ana@x.co", by=HERE, now=now)
    yield store
    store.close()


def save(store, policy=POLICY):
    reminder_policy.save(store, "main", policy, by=HERE, now=clock.now())


@pytest.fixture
def tick(instance):
    from pipelines.defs.reminders.sensors import reminders_due

    def tick(cursor=None):
        with dg.build_sensor_context(
            instance, cursor=cursor, resources={"home": Home()}
        ) as context:
            return reminders_due(context)

    return tick


def ran(instance, job, status):
    instance.add_run(dg.DagsterRun(job, make_new_run_id(), status=status, tags=MAIL))


def said(result):
    (metadata,) = [
        event.step_output_data.metadata
        for event in result.all_node_events
        if event.is_successful_output
    ]
    return metadata


def test_who_is_late_is_reminded_once_and_the_history_says_why(definitions, instance, store):
    save(store)
    job = definitions.resolve_job_def("remind")
    metadata = said(job.execute_in_process(instance=instance))
    assert (metadata["clients"].value, metadata["messages"].value) == (1, 1)
    client = metadata["by_client"].value["main/C-1"]
    assert (client["outcome"], client["documents"]) == ("send", ["FV-1"])
    assert metadata["reasons"].value["main"]["due"] == 1
    (mail,) = outbox.list_messages(store, "main")
    assert (mail.kind, mail.address, mail.is_periodic) == ("reminder", "ana@x.co", True)
    again = said(job.execute_in_process(instance=instance))
    assert again["messages"].value == 0
    assert outbox.count_messages(store, "main") == 1
    sent = definitions.resolve_job_def("send_mail").execute_in_process(instance=instance)
    assert said(sent)["by_client"].value == {"main/C-1": {"sent": 1}}


def test_decided_once_until_something_changes(tick, store):
    assert "no company reminds" in tick().skip_message
    save(store)
    first = tick()
    assert len(first.run_requests) == 1
    assert "nothing changed" in tick(first.cursor).skip_message
    save(store, POLICY.model_copy(update={"gap_days": 5}))
    second = tick(first.cursor)
    assert len(second.run_requests) == 1
    paused = pauses.pause(store, "main", "C-1", by=HERE, now=clock.now())
    third = tick(second.cursor)
    assert len(third.run_requests) == 1
    pauses.resume(store, "main", paused.public_id, by=HERE, now=clock.now())
    fourth = tick(third.cursor)
    assert len(fourth.run_requests) == 1
    shown = publications.current(store)
    publications.publish(store, snapshot_id=shown.snapshot_id, batch_seq=shown.batch_seq)
    assert len(tick(fourth.cursor).run_requests) == 1


@pytest.mark.parametrize("off", ["installation", "company", "hours", "hour", "unseen figures"])
def test_nothing_is_decided_where_nothing_may_leave(tick, store, monkeypatch, off):
    local = datetime.now(ZoneInfo("America/Bogota"))
    other = (local + timedelta(days=2)).weekday()
    only = tuple((time(0), time.max) if day == other else None for day in range(7))
    save(store, {
        "hours": POLICY.model_copy(update={"window": ContactWindow(hours=only)}),
        "hour": POLICY.model_copy(update={"hour": time.max}),
    }.get(off, POLICY))  # fmt: skip
    if off == "installation":
        monkeypatch.setenv("CARTERA_MAIL", "off")
    if off == "company":
        companies.save(store, "main", {"is_on": False}, by=HERE, now=clock.now())
    if off == "unseen figures":
        assert isinstance(tick(), dg.SensorResult)
        changed.published(store, now=clock.now())
    assert isinstance(tick(), dg.SkipReason)


def test_a_failed_run_is_tried_again_later_and_one_under_way_is_enough(tick, store, instance):
    save(store)
    first = tick()
    ran(instance, "remind", DagsterRunStatus.FAILURE)
    assert "last run failed" in tick(first.cursor).skip_message
    ran(instance, "remind", DagsterRunStatus.STARTED)
    assert "under way" in tick(first.cursor).skip_message


def test_the_daily_mail_is_written_once_on_a_working_day(definitions, instance, store, monkeypatch):
    from pipelines.defs.reminders import jobs, sensors

    class Clock:
        """A Tuesday that is worked, after the hour."""

        @staticmethod
        def now():
            return TUESDAY

    monkeypatch.setattr(sensors, "clock", Clock)
    monkeypatch.setattr(jobs, "clock", Clock)

    def tick():
        with dg.build_sensor_context(instance, resources={"home": Home()}) as context:
            return sensors.daily_mail_due(context)

    assert "nobody's" in tick().skip_message
    users.create(
        store, login="ana", name="Ana", role="reader", company_id="main", password=None,
        email="ana@empresa.co", by=HERE, now=TUESDAY,
    )  # fmt: skip
    users.set_daily_mail(store, "main", "ana", True, HERE, TUESDAY)
    save(store)  # C-1 is due, and its data is fresh enough for this company
    contacts.remove(store, "main", "C-1", "ana@x.co", by=HERE, now=TUESDAY)
    assert isinstance(tick(), dg.RunRequest)
    job = definitions.resolve_job_def("daily_mail")
    assert said(job.execute_in_process(instance=instance))["messages"].value == 1
    (mail,) = outbox.list_messages(store, "main", kind="notice")
    assert "Clientes por recordar sin un contacto" in mail.content.body
    assert "nobody's" in tick().skip_message
