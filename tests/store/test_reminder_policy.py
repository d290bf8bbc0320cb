"""How a company reminds, kept and audited."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
import sqlalchemy as sa

from cartera.errors import Forbidden
from cartera.people import Person
from cartera.reminders.rules import Policy, Rule
from cartera.store import audit, reminder_policy, users
from cartera.store.db import Store
from cartera.store.schema import company_settings
from tests.people import ANA, READER

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
OURS = Policy(is_on=True, rules=(Rule(id="a", days=2, level="first"),), hour=time(8, 30))


def test_off_with_carteras_rules_until_somebody_saves(store: Store) -> None:
    assert reminder_policy.policy(store, "main") == Policy()
    assert reminder_policy.that_remind(store) == []
    assert reminder_policy.changed_at(store, "main") is None


def test_saved_as_it_was_given_and_said_in_the_trail(store: Store) -> None:
    assert reminder_policy.save(store, "main", OURS, by=ANA, now=NOW)
    assert not reminder_policy.save(store, "main", OURS, by=ANA, now=NOW)
    assert reminder_policy.policy(store, "main") == OURS
    assert reminder_policy.that_remind(store) == ["main"]
    assert reminder_policy.changed_at(store, "main") == NOW
    (entry,) = audit.entries(store, "main", action="reminders.changed")
    assert entry.details == {"old": Policy().to_json(), "new": OURS.to_json()}
    reminder_policy.save(store, "main", OURS.model_copy(update={"is_on": False}), by=ANA, now=NOW)
    assert reminder_policy.that_remind(store) == []


def test_rules_that_cannot_be_read_remind_nobody(store: Store) -> None:
    reminder_policy.save(store, "main", OURS, by=ANA, now=NOW)
    broken = {**OURS.to_json(), "hour": "noon"}
    with store.write() as connection:
        connection.execute(sa.update(company_settings).values(value=broken))
    assert reminder_policy.policy(store, "main") == Policy()


def test_readers_change_no_rules(store: Store) -> None:
    with pytest.raises(Forbidden):
        reminder_policy.save(store, "main", OURS, by=READER, now=NOW)


def test_the_daily_mail_is_everybodys_own_choice(store: Store) -> None:
    def make(login: str) -> Person:
        return users.create(
            store, login=login, name=login, role="reader", company_id="main", password=None,
            email=f"{login}@x.co", by=ANA, now=NOW,
        ).person  # fmt: skip

    luis, eva = make("luis"), make("eva")
    users.set_daily_mail(store, "main", "luis", True, luis, NOW)
    with pytest.raises(Forbidden):
        users.set_daily_mail(store, "main", "luis", False, eva, NOW)
    users.set_daily_mail(store, "main", "eva", True, ANA, NOW)
    assert [user.login for user in users.who_want_daily_mail(store)] == ["eva", "luis"]
    users.disable(store, "main", "eva", ANA, NOW)
    assert [user.login for user in users.who_want_daily_mail(store)] == ["luis"]
