"""The demo's administrator: a random password, new at each start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cartera import clock
from cartera.cli.demo import ADMINISTRATOR, _administrators_password
from cartera.config import Settings
from cartera.people import operator
from cartera.sample import COMPANY_ID
from cartera.store import sessions, users
from cartera.store.db import Store, open_store


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    opened = open_store(Settings(home=home))
    yield opened
    opened.close()


def test_each_start_has_a_password_of_its_own(store: Store) -> None:
    first = _administrators_password(store)
    user = users.by_password(store, ADMINISTRATOR, first)
    assert user is not None
    assert user.person.may("users", COMPANY_ID)
    token = sessions.start(store, user, clock.now())

    second = _administrators_password(store)
    assert second != first
    assert users.by_password(store, ADMINISTRATOR, first) is None
    assert users.by_password(store, ADMINISTRATOR, second) is not None
    assert sessions.person_of(store, token, clock.now()) is None


def test_a_start_opens_the_demo_again_whatever_was_tried_in_it(store: Store) -> None:
    _administrators_password(store)
    by = operator(COMPANY_ID)
    users.create(
        store, login="other", name="Other", role="administrator", company_id=COMPANY_ID,
        password="una clave que nadie adivina", by=by, now=clock.now(),
    )  # fmt: skip
    users.set_role(store, COMPANY_ID, ADMINISTRATOR, "reader", by, clock.now())
    users.disable(store, COMPANY_ID, ADMINISTRATOR, by, clock.now())
    user = users.by_password(store, ADMINISTRATOR, _administrators_password(store))
    assert user is not None
    assert user.role == "administrator"
