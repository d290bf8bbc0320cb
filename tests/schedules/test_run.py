"""What is due goes out, on the sample company's real figures: once, whatever is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cartera import clock
from cartera.config import Settings
from cartera.mail.plan import Choice
from cartera.people import operator
from cartera.sample import COMPANY_ID
from cartera.schedules.coming import coming
from cartera.schedules.run import Result, due, run_due
from cartera.schedules.timing import Timing
from cartera.store import (
    companies,
    figure_changes,
    mailings,
    outbox,
    schedule_runs,
    schedules,
    schema,
)
from cartera.store.db import Store
from cartera.store.schedules import Schedule, Setup
from cartera.warehouse.mail_clients import MailClientsAsked
from cartera.warehouse.reader import Reader
from tests.python_path import ROOT
from tests.sample_home import build, on_postgres
from tests.store import changed
from tests.store.conftest import cluster, postgres_url  # noqa: F401  # fixtures

BY = operator(COMPANY_ID)
ZONE = ZoneInfo("America/Bogota")
DAY = timedelta(days=1)


@dataclass
class Office:
    settings: Settings
    store: Store
    now: datetime

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.settings, self.store)

    def run(self, now: datetime | None = None) -> tuple[Result, ...]:
        return run_due(self.settings, self.store, self.reader, now=now or self.now)

    def start(self, point: str = "") -> subprocess.Popen[bytes]:
        arguments = [str(self.settings.home), self.settings.store or "", self.now.isoformat()]
        command = [sys.executable, "-m", "tests.schedules.killed", *arguments, point]
        return subprocess.Popen(command, cwd=ROOT)

    def schedule(self, **changes: Any) -> Schedule:
        """Every day at midnight, made three days ago: two days missed, and today's is due."""
        timing = Timing(every="week", weekdays=range(7), hour=time(0), holidays="same")  # type: ignore[arg-type]
        setup = replace(Setup("Diario", timing), **changes)
        return schedules.create(self.store, COMPANY_ID, setup, by=BY, now=self.now - 3 * DAY)

    @property
    def today(self) -> date:
        return self.now.astimezone(ZONE).date()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def office(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    home = build(tmp_path_factory.mktemp("schedules") / "home")
    if request.param == "postgres":
        home = on_postgres(home, request.getfixturevalue("postgres_url"))
    settings, store = home.settings.model_copy(update={"mail": "folder"}), home.store
    yield Office(settings, store, clock.now())
    store.close()


@pytest.mark.full
def test_killed_at_any_line_each_day_goes_once_and_whole(office: Office) -> None:
    schedule = office.schedule()
    for point in ("missed", "half", "audited"):
        assert office.start(point).wait(60) == -signal.SIGKILL
        assert outbox.count_messages(office.store, COMPANY_ID) == 0
        assert mailings.list_mailings(office.store, COMPANY_ID) == []
        states = [run.state for run in schedule_runs.of(office.store, schedule)]
        assert states == ["missed", "missed"]
    processes = [office.start() for _ in range(2)]  # at once
    assert [process.wait(120) for process in processes] == [0, 0]
    last, *missed = schedule_runs.of(office.store, schedule)
    assert (last.planned, last.state) == (office.today, "queued")
    assert [run.planned for run in missed] == [office.today - DAY, office.today - 2 * DAY]
    (mailing,) = mailings.list_mailings(office.store, COMPANY_ID)
    assert mailing.public_id == last.mailing
    company = companies.profile(office.settings, office.store, COMPANY_ID)
    found = office.reader.mail_clients(company, MailClientsAsked(office.today, "balance"))
    sent = outbox.list_messages(office.store, COMPANY_ID, mailing=last.mailing)
    assert {m.client_id for m in sent} | set(last.problems) == {c.client_id for c in found}
    assert not {m.client_id for m in sent} & set(last.problems)
    assert set(Counter((m.client_id, m.address) for m in sent).values()) == {1}
    assert office.run() == ()


def test_what_comes_next_is_late_only_on_a_day_after_its_own(office: Office) -> None:
    schedule = office.schedule()
    company = companies.profile(office.settings, office.store, COMPANY_ID)
    first, second = coming(office.store, schedule, company, now=office.now, count=2)
    assert (first.occurrence.planned, first.is_late) == (office.today, False)
    assert second.occurrence.planned == office.today + DAY
    office.run()
    (after,) = coming(office.store, schedule, company, now=office.now)
    assert (after.occurrence.planned, after.is_late) == (office.today + DAY, False)
    # Only the day before yesterday, which nobody has seen to.
    weekday = (office.today - 2 * DAY).weekday()
    timing = Timing(every="week", weekdays=(weekday,), hour=time(0), holidays="same")
    (late,) = coming(office.store, office.schedule(timing=timing), company, now=office.now)
    assert (late.occurrence.planned, late.is_late) == (office.today - 2 * DAY, True)


def test_a_schedule_says_its_own_words_to_those_whom_it_is_for(office: Office) -> None:
    groups = office.reader.groups(COMPANY_ID)
    assert len(groups) > 2
    schedule = office.schedule(
        choice=Choice("overdue", groups=tuple(groups[:2]), minimum=Decimal(1)),
        enclosures=("xlsx",), texts={"es": ("Cierre de mes", "<p>Buen día, {cliente}</p>")},
    )  # fmt: skip
    everybody = office.run()[0]
    assert everybody.run is not None
    sent = outbox.list_messages(office.store, COMPANY_ID, mailing=everybody.run.mailing)
    mailing = mailings.get(office.store, COMPANY_ID, everybody.run.mailing)
    assert (mailing.content.subject, mailing.content.enclosures, mailing.content.only) == (
        "Cierre de mes", ("xlsx",), "overdue",
    )  # fmt: skip
    of_group = {
        client_id: office.reader.client(COMPANY_ID, client_id).group
        for client_id in {m.client_id for m in sent}
    }
    assert set(of_group.values()) <= set(groups[:2])
    assert of_group
    key = f"statement:schedule:{schedule.public_id}:{office.today}"
    assert all(m.is_periodic for m in sent)
    with office.store.read() as connection:
        rows = connection.execute(schema.messages.select()).mappings().all()
    assert {row["key"] for row in rows} == {f"{key}:{m.client_id}:{m.address}" for m in sent}


def test_where_mail_is_off_it_is_due_later_and_the_rest_was_missed(office: Office) -> None:
    schedule = office.schedule()
    companies.save(office.store, COMPANY_ID, {"is_on": False}, by=BY, now=office.now)
    assert office.run() == ()
    off = office.settings.model_copy(update={"mail": "off"})
    companies.save(office.store, COMPANY_ID, {"is_on": True}, by=BY, now=office.now)
    assert due(off, office.store, office.reader, now=office.now) == ()
    (done,) = office.run(office.now + 2 * DAY)
    assert (done.planned, len(done.missed), done.error) == (office.today + 2 * DAY, 4, "")
    assert done.messages == outbox.count_messages(office.store, COMPANY_ID) > 0
    assert schedule_runs.count(office.store, schedule) == 5


def test_while_changed_figures_are_unseen_nothing_is_due(office: Office) -> None:
    office.schedule()
    changed.published(office.store, changed.comparison(COMPANY_ID), now=office.now)
    assert office.run() == ()
    (one,) = figure_changes.unseen(office.store, COMPANY_ID)
    figure_changes.mark_seen(office.store, COMPANY_ID, [one.id], by=BY, now=office.now)
    (done,) = office.run()
    assert done.messages > 0


def test_held_clients_wait_for_a_person_and_a_failure_is_of_one_schedule(office: Office) -> None:
    schedule = office.schedule()
    other = office.schedule(name="Otra", choice=Choice("overdue"))
    (first,) = [r for r in office.run() if r.schedule == other.public_id]
    assert first.run is not None
    client = outbox.list_messages(office.store, COMPANY_ID, mailing=first.run.mailing)[0].client_id
    schedules.hold(office.store, COMPANY_ID, schedule.public_id, client, by=BY, now=office.now)
    tomorrow = office.now + DAY
    done = {result.schedule: result for result in office.run(tomorrow)}
    run = done[schedule.public_id].run
    assert run is not None
    sent = outbox.list_messages(office.store, COMPANY_ID, mailing=run.mailing)
    assert {m.client_id for m in sent if m.state == "held"} == {client}
    assert len({m.client_id for m in sent if m.state == "waiting"}) > 3


def test_a_simulated_summer_through_the_store(office: Office) -> None:
    """Bogotá, days 6 and last: long weekends, nine days off, edited between runs."""
    start = datetime(2027, 5, 25, 12, tzinfo=UTC)
    timing = Timing(every="month", days=(6, 31), hour=time(8))
    setup = Setup("Quincena", timing, Choice("balance"))
    schedule = schedules.create(office.store, COMPANY_ID, setup, by=BY, now=start)
    went: list[tuple[str, str]] = []
    missed: list[str] = []
    moment = start
    while moment < datetime(2027, 9, 1, 23, tzinfo=UTC):
        # Off from 30 July to 8 August: Saturday 31 July moves to the 2nd, Friday the 6th.
        if not datetime(2027, 7, 30, 0, tzinfo=UTC) <= moment < datetime(2027, 8, 8, tzinfo=UTC):
            for result in office.run(moment):
                assert not result.error
                missed += [day.isoformat() for day in result.missed]
                if result.planned:
                    local = f"{moment.astimezone(ZONE):%m-%d %H:%M}"
                    went.append((result.planned.isoformat(), local))
        if moment == datetime(2027, 8, 20, 12, tzinfo=UTC):
            weekly = replace(setup, timing=Timing(every="week", weekdays=(0,), hour=time(9)))
            schedules.change(
                office.store, COMPANY_ID, schedule.public_id, weekly, by=BY, now=moment
            )
        moment += timedelta(hours=1 if 12 <= moment.hour < 14 else 11)
    assert went == [
        ("2027-05-31", "06-01 08:00"),  # Corpus Christi
        ("2027-06-06", "06-08 08:00"),  # a Sunday, then Sacred Heart
        ("2027-06-30", "06-30 08:00"),
        ("2027-07-06", "07-06 08:00"),
        ("2027-08-06", "08-09 08:00"),  # made up, on a Monday
        ("2027-08-23", "08-23 09:00"),
        ("2027-08-30", "08-30 09:00"),
    ]
    assert missed == ["2027-07-31"]
    assert schedule_runs.count(office.store, schedule) == len(went) + len(missed)
