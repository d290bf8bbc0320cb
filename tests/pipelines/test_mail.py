"""Sending as Dagster runs it: what is due starts a run, results by client are in its history."""

from __future__ import annotations

from datetime import timedelta

import dagster as dg
import pytest
from dagster import DagsterRunStatus
from dagster._core.utils import make_new_run_id

from cartera import clock
from cartera.mail.outgoing import Draft
from cartera.mail.transports import folder
from cartera.people import operator
from cartera.store import companies, outbox
from cartera.store.db import open_store
from pipelines.lanes import HEAVY, LANE, MAIL
from pipelines.resources import Home
from tests.mail.dsn import report
from tests.store.mails import CONTENT, put

HERE = operator("main")


@pytest.fixture
def store(loaded, monkeypatch):
    """The store of an installation with a client C1, whose mail goes to a folder."""
    monkeypatch.setenv("CARTERA_MAIL", "folder")
    store = open_store(loaded)
    companies.save(store, "main", {"email": "cartera@empresa.co"}, by=HERE, now=clock.now())
    yield store
    store.close()


def queue(store, *clients: str, **changes) -> list[str]:
    drafts = [
        Draft(f"k{n}", "statement", client, f"c{n}@x.co", content=CONTENT)
        for n, client in enumerate(clients)
    ]
    return outbox.queue(store, "main", drafts, by=HERE, now=clock.now(), **changes)


@pytest.fixture
def tick(instance):
    from pipelines.defs.mail.sensors import mail_waiting

    def tick():
        with dg.build_sensor_context(instance, resources={"home": Home()}) as context:
            return mail_waiting(context)

    return tick


def a_run(instance, status):
    run = dg.DagsterRun("send_mail", make_new_run_id(), status=status, tags=MAIL)
    return instance.add_run(run)


def test_what_is_due_is_sent_and_each_clients_result_is_in_the_history(
    definitions, instance, store, loaded
):
    sent, unknown_client = queue(store, "C-1", "nobody")
    result = definitions.resolve_job_def("send_mail").execute_in_process(instance=instance)
    assert result.success
    metadata = [
        event.step_output_data.metadata
        for event in result.all_node_events
        if event.is_successful_output
    ]
    (said,) = metadata
    assert said["sent"].value == said["skipped"].value == 1
    assert said["by_client"].value == {
        "main/C-1": {"sent": 1}, "main/nobody": {"skipped: no_such_client": 1},
    }  # fmt: skip
    assert outbox.get(store, "main", sent).state == "sent"
    assert outbox.get(store, "main", unknown_client).state == "skipped"
    (mail,) = folder.messages(folder.box(loaded, "main"))
    assert mail.to == "c0@x.co"


def test_a_server_that_does_not_answer_fails_the_run_and_the_messages_wait(
    definitions, instance, store, monkeypatch, tick
):
    monkeypatch.setenv("CARTERA_MAIL", "smtp")
    monkeypatch.setenv("CARTERA_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("CARTERA_SMTP_PORT", "1")
    (public_id,) = queue(store, "C-1")
    job = definitions.resolve_job_def("send_mail")
    result = job.execute_in_process(instance=instance, raise_on_error=False)
    message = outbox.get(store, "main", public_id)
    assert (message.state, message.reason) == ("waiting", "unreachable")
    assert not result.success
    put(store, public_id, not_before=clock.now())
    assert "last run failed" in tick().skip_message


def test_due_messages_start_one_run(tick, store, instance):
    assert tick().skip_message == "nothing is due"
    queue(store, "C-1")
    request = tick()
    assert isinstance(request, dg.RunRequest)
    assert request.tags[LANE] == MAIL[LANE]
    a_run(instance, DagsterRunStatus.STARTED)
    assert tick().skip_message == "a run is sending"


def test_many_messages_get_a_process_of_their_own(tick, store):
    queue(store, *(f"C{n}" for n in range(41)))
    assert tick().tags[LANE] == HEAVY[LANE]


def test_a_run_that_died_with_its_process_holds_nothing_up(tick, store, instance, monkeypatch):
    from pipelines.defs.mail import sensors

    queue(store, "C-1")
    a_run(instance, DagsterRunStatus.STARTED)
    monkeypatch.setattr(sensors, "SILENCE", timedelta(0))
    assert isinstance(tick(), dg.RunRequest)


@pytest.mark.parametrize("off", ["installation", "company", "later"])
def test_what_may_not_leave_yet_starts_nothing(tick, store, monkeypatch, off):
    later = clock.now() + timedelta(hours=1) if off == "later" else None
    queue(store, "C-1", not_before=later)
    if off == "installation":
        monkeypatch.setenv("CARTERA_MAIL", "off")
    if off == "company":
        companies.save(store, "main", {"is_on": False}, by=HERE, now=clock.now())
    assert isinstance(tick(), dg.SkipReason)


def test_reports_are_read_where_there_is_a_mailbox(
    definitions, instance, store, monkeypatch, tmp_path
):
    job = definitions.resolve_job_def("mail_reports")
    assert job.execute_in_process(instance=instance).success
    (tmp_path / "mail" / "new").mkdir(parents=True)
    monkeypatch.setenv("CARTERA_BOUNCE_MAILDIR", str(tmp_path / "mail"))
    (public_id,) = queue(store, "C-1")
    put(store, public_id, state="sent")
    raw = report(to=f"rebotes+{public_id}@empresa.co", recipient="c0@x.co")
    (tmp_path / "mail" / "new" / "1").write_bytes(raw)
    assert job.execute_in_process(instance=instance).success
    assert outbox.get(store, "main", public_id).state == "bounced"


def test_old_messages_are_forgotten_and_that_they_were_sent_is_not(definitions, instance, store):
    companies.save(store, "main", {"keep_days": 1}, by=HERE, now=clock.now())
    (public_id,) = queue(store, "C-1")
    definitions.resolve_job_def("send_mail").execute_in_process(instance=instance)
    assert outbox.kept(store, "main", public_id) is not None
    job = definitions.resolve_job_def("mail_upkeep")
    job.execute_in_process(instance=instance)
    assert outbox.kept(store, "main", public_id) is not None
    from cartera.store.mail_upkeep import forget

    assert forget(store, clock.now() + timedelta(days=2)) == {
        "contents": 1, "domains": 1, "opens": 0,
    }  # fmt: skip
    assert outbox.kept(store, "main", public_id) is None
    assert outbox.get(store, "main", public_id).state == "sent"


@pytest.fixture
def look(instance):
    from pipelines.defs.mail.invoices import invoices_arrived

    def look(cursor=None):
        with dg.build_sensor_context(
            instance, cursor=cursor, resources={"home": Home()}
        ) as context:
            return invoices_arrived(context)

    return look


def test_each_publication_is_looked_at_once_for_new_invoices(look, store, instance):
    assert "no company" in look().skip_message
    companies.save(store, "main", {"mails_new_invoices": True}, by=HERE, now=clock.now())
    first = look()
    assert len(first.run_requests) == 1
    assert look(first.cursor).skip_message == "nothing new is published"
    failed = dg.DagsterRun(
        "new_invoices", make_new_run_id(), status=DagsterRunStatus.FAILURE, tags=MAIL
    )
    instance.add_run(failed)
    assert "last run failed" in look(first.cursor).skip_message


def test_the_job_says_what_it_queued(definitions, instance, store):
    companies.save(store, "main", {"mails_new_invoices": True}, by=HERE, now=clock.now())
    result = definitions.resolve_job_def("new_invoices").execute_in_process(instance=instance)
    (said,) = [
        event.step_output_data.metadata
        for event in result.all_node_events
        if event.is_successful_output
    ]
    assert result.success
    assert (said["messages"].value, said["companies"].value) == (0, ["main"])
    assert outbox.count_messages(store, "main") == 0
