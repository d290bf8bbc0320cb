"""What is shown of a day to come is what happens on it; what is shown of one that is over, did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from cartera import clock
from cartera.config import Company, Settings
from cartera.errors import UsageError
from cartera.people import operator
from cartera.reminders.outlook import FARTHEST, Outlook, outlook
from cartera.reminders.rules import Policy
from cartera.reminders.run import remind
from cartera.sample import COMPANY_ID
from cartera.store import companies, pauses, reminder_policy, schema
from cartera.store.db import Store
from cartera.warehouse.reader import Reader
from tests.sample_home import build

BY = operator(COMPANY_ID)
DAY = timedelta(days=1)
POLICY = Policy(is_on=True, stale_days=0)
LENGTH = 10


@dataclass
class Office:
    settings: Settings
    store: Store
    reader: Reader
    company: Company

    def at(self, day: date, hour: int = 9) -> datetime:
        """The hour from which the company reminds."""
        return datetime.combine(day, time(hour), ZoneInfo(self.company.timezone))

    def look(self, now: datetime, on: date | None = None, **more) -> Outlook:
        return outlook(self.store, self.reader, self.company, on=on, now=now, **more)

    def remind(self, day: date) -> tuple[str, ...]:
        """Decide and queue; the sender then takes what was queued at once."""
        done = remind(self.settings, self.store, self.reader, COMPANY_ID, now=self.at(day))
        with self.store.write() as connection:
            connection.execute(sa.update(schema.messages).values(state="sent"))
        return done.clients


@pytest.fixture
def office(tmp_path) -> Iterator[Office]:
    home = build(tmp_path / "home")
    settings = home.settings.model_copy(update={"mail": "folder"})
    company = companies.profile(settings, home.store, COMPANY_ID)
    reminder_policy.save(home.store, COMPANY_ID, POLICY, by=BY, now=clock.now())
    yield Office(settings, home.store, Reader(settings, home.store), company)
    home.store.close()


def told(seen: Outlook) -> dict[str, tuple[object, ...]]:
    return {
        one.client_id: (one.outcome, one.reason, one.rule_id, one.until,
                        tuple(due.item.document_id for due in one.due))
        for one in seen.decisions
    }  # fmt: skip


def test_ten_days_go_as_they_were_foretold_and_are_remembered(office: Office) -> None:
    first = clock.today(office.company.timezone)
    days = [first + n * DAY for n in range(LENGTH)]
    # What dates of its own change meanwhile (a payment dated ahead) nobody can foretell.
    owed = [
        {(r.client_id, r.currency): r.total for r in office.reader.aging(COMPANY_ID, as_of=d).rows}
        for d in (days[0], days[-1])
    ]
    moved = {client for client, _ in dict(owed[0].items() ^ owed[1].items())}
    steady = {client for client, _ in owed[0]} - moved
    assert len(steady) > 30
    foretold = {day: told(office.look(office.at(first), day)) for day in days[1:]}
    reminded: set[str] = set()
    happened = {}
    for day in days:
        seen = told(office.look(office.at(day)))
        happened[day] = {client for client, what in seen.items() if what[0] == "send"}
        if day in foretold:
            assert {c: seen[c] for c in steady} == {c: foretold[day][c] for c in steady}, day
        sent = office.remind(day)
        assert set(sent) == happened[day]
        reminded |= set(sent)
    assert len(reminded) > 10
    # Afterwards a day that is over is decided as it was, whatever was sent on later ones.
    for day in days[:-1:5]:
        past = told(office.look(office.at(days[-1]), day))
        assert {c for c, what in past.items() if what[0] == "send"} == happened[day], day


def test_rules_and_pauses_that_are_not_saved_change_what_is_seen_and_nothing_else(office) -> None:
    today = clock.today(office.company.timezone)
    day = today + (7 - today.weekday()) * DAY  # a Monday, which may be a holiday
    now = office.at(day)
    before = told(office.look(now))
    late = [client for client, what in before.items() if what[4]]
    assert late
    off = told(office.look(now, policy=POLICY.model_copy(update={"is_on": False})))
    assert {what[:2] for what in off.values()} == {("nothing", "off")}
    gone = Policy(is_on=True, stale_days=0, rules=())
    assert not any(what[4] for what in told(office.look(now, policy=gone)).values())
    only = office.look(now, client_ids=late[:1])
    assert [one.client_id for one in only.decisions] == late[:1]
    assert told(office.look(now)) == before
    pauses.pause(office.store, COMPANY_ID, late[0], by=BY, now=now)
    after = told(office.look(now))
    assert after[late[0]][:2] == ("nothing", "paused")
    assert {c: what for c, what in after.items() if c != late[0]} == {
        c: what for c, what in before.items() if c != late[0]
    }


def test_nobody_looks_further_than_a_year(office: Office) -> None:
    now = clock.now()
    today = now.astimezone(ZoneInfo(office.company.timezone)).date()
    office.look(now, today + FARTHEST * DAY, client_ids=[])
    with pytest.raises(UsageError, match="can be looked at until"):
        office.look(now, today + (FARTHEST + 1) * DAY)
