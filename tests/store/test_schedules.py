"""Schedules in the store: who may change them, what counts from when, each day once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cartera.errors import Forbidden, NotFound, UsageError
from cartera.mail.plan import Choice
from cartera.mail.refusal import Refusal
from cartera.schedules.timing import Occurrence, Timing
from cartera.store import audit, mailings, outbox, schedule_runs, schedules
from cartera.store.db import Store
from cartera.store.schedules import Schedule, Setup
from tests.people import ANA, EVE, READER
from tests.store.mails import CONTENT, a_draft

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
DAY = date(2026, 11, 30)
TIMING = Timing(every="month", days=(15, 31))
SETUP = Setup("Fin de mes", TIMING, Choice("overdue", groups=("Norte", "Sur"), minimum=Decimal(5)))


def made(store: Store, setup: Setup = SETUP, **changes: Any) -> Schedule:
    return schedules.create(store, "main", setup, **{"by": ANA, "now": NOW, **changes})


def occurrence(planned: date = DAY) -> Occurrence:
    return Occurrence(planned, planned, datetime.combine(planned, time(13), UTC))


def write(store: Store, schedule: Schedule, clients: int = 3) -> schedule_runs.Run | None:
    drafts = [replace(a_draft(n), content=None) for n in range(1, clients + 1)]
    return schedule_runs.write(
        store, schedule, occurrence(), content=CONTENT, drafts=drafts,
        problems={"C9": "no_contact"}, by=ANA, now=LATER,
    )  # fmt: skip


def test_a_schedule_is_kept_as_it_was_made(store: Store) -> None:
    setup = replace(SETUP, name="  Fin \n de mes ", texts={"es": ("Hola {cliente}", "<p>Aquí</p>")})
    schedule = made(store, setup)
    kept = schedules.get(store, "main", schedule.public_id)
    assert kept == schedule
    assert kept.setup == replace(setup, name="Fin de mes")
    assert (kept.is_on, kept.since, kept.created_by) == (True, NOW, "ana")
    assert schedules.list_schedules(store, "main") == [kept]
    assert schedules.list_schedules(store, "other") == []
    (entry,) = audit.entries(store, "main", subject=schedule.public_id)
    assert (entry.who, entry.action) == ("ana", "schedule.created")
    assert entry.details["new"]["choice"]["groups"] == ["Norte", "Sur"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 81},
        {"choice": Choice("all")},
        {"choice": Choice("balance", text="sol")},
        {"enclosures": ("exe",)},
        {"texts": {"es": ("", "<p>Sin asunto</p>")}},
        {"texts": {"es": ("Asunto", "<script>x</script>")}},
    ],
)
def test_what_makes_no_schedule_is_refused(store: Store, wrong: dict[str, Any]) -> None:
    with pytest.raises((UsageError, Refusal)):
        made(store, replace(SETUP, **wrong))
    assert schedules.list_schedules(store, "main") == []


def test_its_days_count_anew_only_where_its_timing_changes(store: Store) -> None:
    schedule = made(store)
    other = replace(SETUP, name="Otra", choice=Choice("balance"))
    renamed = schedules.change(store, "main", schedule.public_id, other, by=ANA, now=LATER)
    assert (renamed.setup, renamed.since) == (other, NOW)
    moved = replace(other, timing=Timing(every="week", weekdays=(4,)))
    changed = schedules.change(store, "main", schedule.public_id, moved, by=ANA, now=LATER)
    assert (changed.timing, changed.since) == (moved.timing, LATER)
    again = schedules.change(store, "main", schedule.public_id, moved, by=ANA, now=NOW)
    assert again == changed
    entries = audit.entries(store, "main", subject=schedule.public_id)
    assert [entry.action for entry in entries] == ["schedule.changed"] * 2 + ["schedule.created"]
    assert set(entries[0].details["new"]) == {"timing"}


def test_switched_on_again_its_days_count_from_there(store: Store) -> None:
    schedule = made(store)
    off = schedules.switch(store, "main", schedule.public_id, False, by=ANA, now=LATER)
    assert (off.is_on, off.since) == (False, NOW)
    assert schedules.list_schedules(store) == []
    on = schedules.switch(store, "main", schedule.public_id, True, by=ANA, now=LATER)
    assert (on.is_on, on.since) == (True, LATER)
    assert schedules.list_schedules(store) == [on]
    assert schedules.switch(store, "main", schedule.public_id, True, by=ANA, now=NOW) == on


def test_a_deleted_one_is_gone_and_what_it_sent_stays(store: Store) -> None:
    schedule = made(store)
    run = write(store, schedule)
    assert run is not None
    schedules.delete(store, "main", schedule.public_id, by=ANA, now=LATER)
    assert schedules.list_schedules(store, "main") == []
    with pytest.raises(NotFound):
        schedules.delete(store, "main", schedule.public_id, by=ANA, now=LATER)
    assert mailings.get(store, "main", run.mailing).state == "queued"


def test_a_day_is_one_mailing_on_its_way(store: Store) -> None:
    schedule = made(store)
    run = write(store, schedule)
    assert run is not None
    mailing = mailings.get(store, "main", run.mailing)
    assert (mailing.state, mailing.content, mailing.choice) == (
        "queued", CONTENT, SETUP.choice.to_json(),
    )  # fmt: skip
    assert outbox.counts(store, "main", mailing=run.mailing)["waiting"] == 3
    assert schedule_runs.of(store, schedule) == [run]
    assert (run.planned, run.state, run.problems) == (DAY, "queued", {"C9": "no_contact"})
    assert schedule_runs.days(store, [schedule.id]) == {schedule.id: {DAY: occurrence().moment}}
    assert write(store, schedule) is None
    assert outbox.count_messages(store, "main") == 3


def test_those_who_run_a_day_at_once_send_it_once(store: Store) -> None:
    schedule = made(store)
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: write(store, schedule, 60), range(8)))
    assert sum(run is not None for run in runs) == 1
    assert outbox.count_messages(store, "main") == 60
    assert len(mailings.list_mailings(store, "main")) == 1


def test_whoever_is_held_stands_in_the_mailing_and_does_not_go(store: Store) -> None:
    schedule = made(store)
    public_id = schedule.public_id
    for client, day in (("C1", DAY), ("C2", None), ("C3", DAY + timedelta(days=1))):
        schedules.hold(store, "main", public_id, client, planned=day, by=ANA, now=NOW)
        schedules.hold(store, "main", public_id, client, planned=day, by=ANA, now=NOW)
    assert schedules.held(store, schedule, DAY) == {"C1": False, "C2": True}
    run = write(store, schedule)
    assert run is not None
    found = outbox.list_messages(store, "main", mailing=run.mailing)
    assert {m.client_id: m.state for m in found} == {"C1": "held", "C2": "held", "C3": "waiting"}
    (held,) = [m.public_id for m in found if m.client_id == "C1"]
    outbox.release(store, "main", [held], by=ANA, now=LATER)
    assert outbox.get(store, "main", held).state == "waiting"  # its mailing is sent: it goes now


def test_a_client_that_is_released_gets_it_again(store: Store) -> None:
    schedule = made(store)
    for day in (DAY, None):
        schedules.hold(store, "main", schedule.public_id, "C1", planned=day, by=ANA, now=NOW)
    assert schedules.held(store, schedule, DAY) == {"C1": True}
    schedules.release(store, "main", schedule.public_id, "C1", by=ANA, now=NOW)
    assert schedules.held(store, schedule, DAY) == {"C1": False}
    schedules.release(store, "main", schedule.public_id, "C1", planned=DAY, by=ANA, now=NOW)
    assert schedules.held(store, schedule, DAY) == {}
    actions = [e.action for e in audit.entries(store, "main", subject=schedule.public_id)]
    assert actions == ["schedule.released"] * 2 + ["schedule.held"] * 2 + ["schedule.created"]


def test_nothing_goes_by_a_schedule_that_changed_meanwhile(store: Store) -> None:
    schedule = made(store)
    setup = replace(SETUP, choice=Choice("balance"))
    changed = schedules.change(store, "main", schedule.public_id, setup, by=ANA, now=LATER)
    assert write(store, schedule) is None
    schedules.switch(store, "main", schedule.public_id, False, by=ANA, now=LATER)
    assert write(store, changed) is None
    assert schedule_runs.miss(store, changed, [occurrence()], by=ANA, now=LATER) == ()
    assert outbox.count_messages(store, "main") == 0
    assert schedule_runs.of(store, changed) == []


def test_a_day_with_nobody_to_write_to_is_seen_to(store: Store) -> None:
    schedule = made(store)
    run = write(store, schedule, clients=0)
    assert run is not None
    assert (run.state, run.mailing) == ("nobody", "")
    assert write(store, schedule) is None


def test_missed_days_are_noted_once(store: Store) -> None:
    schedule = made(store)
    days = [DAY, DAY + timedelta(days=15)]
    missed = [occurrence(day) for day in days]
    assert schedule_runs.miss(store, schedule, missed[:1], by=ANA, now=LATER) == (DAY,)
    assert schedule_runs.miss(store, schedule, missed, by=ANA, now=LATER) == (days[1],)
    assert [run.state for run in schedule_runs.of(store, schedule)] == ["missed", "missed"]
    assert write(store, schedule) is None
    assert schedule_runs.count(store, schedule) == 2
    assert [run.planned for run in schedule_runs.of(store, schedule, limit=1)] == days[1:]


@pytest.mark.parametrize("who", [READER, EVE])
def test_only_who_may_mail_changes_a_schedule(store: Store, who: Any) -> None:
    schedule = made(store)
    public_id = schedule.public_id
    for act in (
        lambda: made(store, by=who),
        lambda: schedules.change(store, "main", public_id, SETUP, by=who, now=NOW),
        lambda: schedules.switch(store, "main", public_id, False, by=who, now=NOW),
        lambda: schedules.delete(store, "main", public_id, by=who, now=NOW),
        lambda: schedules.hold(store, "main", public_id, "C1", by=who, now=NOW),
        lambda: schedules.release(store, "main", public_id, "C1", by=who, now=NOW),
        lambda: schedule_runs.miss(store, schedule, [occurrence()], by=who, now=NOW),
        lambda: schedule_runs.write(
            store, schedule, occurrence(), content=CONTENT, drafts=[], problems={}, by=who, now=NOW
        ),
    ):
        with pytest.raises(Forbidden):
            act()
    assert schedules.list_schedules(store, "main") == [schedule]
    with pytest.raises(NotFound):
        schedules.get(store, "other", public_id)


def test_made_up_is_on_another_day_also_where_that_day_is_shorter() -> None:
    """Madrid, the night of 28 March 2027 has one hour less."""

    def ran(planned: datetime, at: datetime) -> schedule_runs.Run:
        return schedule_runs.Run(planned.date(), planned, at, "queued", "", {})

    saturday = datetime(2027, 3, 27, 7, tzinfo=UTC)  # 08:00 there
    assert ran(saturday, datetime(2027, 3, 28, 6, 0, 30, tzinfo=UTC)).is_made_up("Europe/Madrid")
    assert not ran(saturday, datetime(2027, 3, 27, 22, tzinfo=UTC)).is_made_up("Europe/Madrid")
