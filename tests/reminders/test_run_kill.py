"""kill -9 between deciding and queueing: no reminder twice, and none missing."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time

import pytest
import sqlalchemy as sa

from cartera import clock
from cartera.config import Settings
from cartera.people import operator
from cartera.reminders.rules import Policy
from cartera.reminders.run import Done, remind
from cartera.reminders.window import ContactWindow
from cartera.sample import COMPANY_ID
from cartera.store import companies, reminder_policy, schema
from cartera.store.db import Store
from cartera.warehouse.reader import Reader
from tests.bounds import EVERY_MOMENT
from tests.python_path import ROOT
from tests.reminders.killed import CHUNK
from tests.sample_home import build, on_postgres
from tests.store.conftest import cluster, postgres_url  # noqa: F401  # fixtures

#: The sample's days follow the wall's clock, so the window is always open here, in a
#: country that has no law about it.
ALWAYS = ContactWindow(hours=((time(0), time.max),) * 7, on_holidays=True)
POLICY = Policy(is_on=True, window=ALWAYS, hour=time(0), stale_days=0)


@dataclass
class Office:
    settings: Settings
    store: Store
    now: datetime

    def start(self, point: str = "") -> subprocess.Popen[bytes]:
        """Deciding in a process of its own, until `point`."""
        home, url = str(self.settings.home), self.settings.store or ""
        arguments = [home, url, self.now.isoformat(), point]
        return subprocess.Popen(
            [sys.executable, "-m", "tests.reminders.killed", *arguments], cwd=ROOT
        )

    def remind(self) -> Done:
        reader = Reader(self.settings, self.store)
        return remind(self.settings, self.store, reader, COMPANY_ID, now=self.now)

    def rows(self, table: sa.Table) -> list[sa.RowMapping]:
        with self.store.read() as connection:
            return list(connection.execute(sa.select(table)).mappings())

    def check(self, expected: set[str]) -> None:
        """Each client once, with items and as many messages as it has contacts, and no other."""
        reminders = self.rows(schema.reminders)
        assert Counter(row["client_id"] for row in reminders) == Counter(expected)
        ids = {row["id"] for row in reminders}
        assert {row["reminder_id"] for row in self.rows(schema.reminder_items)} == ids
        messages = self.rows(schema.messages)
        assert {row["reminder_id"] for row in messages} == ids
        keys = Counter((row["client_id"], row["address"]) for row in messages)
        assert set(keys.values()) <= {1}


#: Schedules are killed on both stores in every run (tests/schedules/test_run.py).
STORES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=STORES if EVERY_MOMENT else STORES[:1])
def office(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    home = build(tmp_path_factory.mktemp("killed") / "home")
    if request.param == "postgres":
        home = on_postgres(home, request.getfixturevalue("postgres_url"))
    settings, store = home.settings.model_copy(update={"mail": "folder"}), home.store
    by = operator(COMPANY_ID)
    companies.save(store, COMPANY_ID, {"country": "ES"}, by=by, now=clock.now())
    reminder_policy.save(store, COMPANY_ID, POLICY, by=by, now=clock.now())
    yield Office(settings, store, clock.now())
    store.close()


@pytest.mark.full
def test_killed_at_any_line_everybody_due_is_reminded_once(office: Office) -> None:
    kept: set[str] = set()
    for point in ("decided", "written", "audited", "later"):
        process = office.start(point)
        assert process.wait(60) == -signal.SIGKILL
        found = {row["client_id"] for row in office.rows(schema.reminders)}
        assert len(found) == (CHUNK if point == "later" else 0)  # a whole chunk, or nothing
        office.check(found)
        kept = found
    done = office.remind()
    assert len(done.clients) > 2 * CHUNK
    assert not kept & set(done.clients)
    office.check(kept | set(done.clients))
    again = office.remind()
    assert (again.clients, again.messages) == ((), 0)
    assert not [d for d in again.decisions if d.outcome == "send"]


@pytest.mark.full
def test_two_that_decide_at_once_remind_everybody_once(office: Office) -> None:
    processes = [office.start() for _ in range(2)]
    assert [process.wait(120) for process in processes] == [0, 0]
    reminded = {row["client_id"] for row in office.rows(schema.reminders)}
    assert len(reminded) > 2 * CHUNK
    office.check(reminded)
    assert office.remind().clients == ()
