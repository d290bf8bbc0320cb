from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from cartera import passwords
from cartera.config import Settings
from cartera.errors import Forbidden, NotFound
from cartera.people import Person, operator
from cartera.store import audit, schema, sessions, users
from cartera.store.db import Store, open_store
from cartera.store.users import User
from tests.people import ANA, EVE, LUIS, READER

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PASSWORD = "una clave que nadie adivina"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", hasher)


def make(store: Store, person: Person) -> User:
    return users.create(
        store,
        login=person.login,
        name=person.name,
        role=person.role,
        company_id=person.company_id,
        password=PASSWORD,
        by=operator(person.company_id),
        now=NOW,
    )


@pytest.fixture
def ana(store: Store) -> User:
    return make(store, ANA)


def test_a_token_proves_its_own_person_only(store: Store, ana: User) -> None:
    rosa = make(store, READER)
    first, second = sessions.start(store, ana, NOW), sessions.start(store, rosa, NOW)
    assert sessions.person_of(store, first, NOW) == ANA
    assert sessions.person_of(store, second, NOW) == READER
    found = sessions.find(store, first, NOW)
    assert found is not None
    for nothing in ("", "x", found.public_id, first[:-1], "ñ", "\0"):
        assert sessions.person_of(store, nothing, NOW) is None


def test_each_sign_in_has_a_token_of_its_own_and_none_is_kept(store: Store, ana: User) -> None:
    tokens = {sessions.start(store, ana, NOW, agent="Firefox\n") for _ in range(3)}
    assert len(tokens) == 3
    assert min(map(len, tokens)) >= 43
    with store.read() as connection:
        kept = repr(
            [connection.execute(sa.select(t)).all() for t in (schema.sessions, schema.audit)]
        )
    assert not [token for token in tokens if token in kept]


def test_ends_by_itself_after_its_life_however_much_it_is_used(store: Store, ana: User) -> None:
    token = sessions.start(store, ana, NOW, hours=2, idle_minutes=90)
    end = NOW + timedelta(hours=2)
    assert sessions.person_of(store, token, NOW + timedelta(hours=1)) == ANA
    assert sessions.person_of(store, token, end - timedelta(microseconds=1)) == ANA
    assert sessions.person_of(store, token, end) is None


def test_ends_by_itself_without_use(store: Store, ana: User) -> None:
    token = sessions.start(store, ana, NOW, hours=12, idle_minutes=30)
    almost = timedelta(minutes=30, microseconds=-1)
    assert sessions.person_of(store, token, NOW + almost) == ANA
    # that was use: it goes on from there
    assert sessions.person_of(store, token, NOW + almost + almost) == ANA
    assert sessions.person_of(store, token, NOW + 2 * almost + timedelta(minutes=30)) is None


def test_being_looked_at_is_no_use(store: Store, ana: User) -> None:
    token = sessions.start(store, ana, NOW, idle_minutes=30)
    found = sessions.find(store, token, NOW + timedelta(minutes=29), used=False)
    assert found is not None
    assert found.last_seen_at == NOW
    later = NOW + timedelta(minutes=30)
    assert sessions.live_ids(store, [found.public_id], later) == set()
    assert sessions.person_of(store, token, later) is None


def test_use_is_written_down_at_most_once_a_minute(store: Store, ana: User) -> None:
    token = sessions.start(store, ana, NOW)
    writes: list[str] = []
    sa.event.listen(
        store.engine,
        "before_cursor_execute",
        lambda _c, _cur, statement, *_: (
            writes.append(statement) if statement.lstrip().upper().startswith("UPDATE") else None
        ),
    )
    for seconds in (1, 30, 59, 60, 61, 100, 119, 120):
        assert sessions.person_of(store, token, NOW + timedelta(seconds=seconds)) == ANA
    assert len(writes) == 2


def test_survives_a_restart(settings: Settings, store: Store, ana: User) -> None:
    token = sessions.start(store, ana, NOW)
    store.close()
    again = open_store(settings)
    assert sessions.person_of(again, token, NOW) == ANA
    again.close()


def test_signing_out_ends_this_session_only(store: Store, ana: User) -> None:
    mine, other = sessions.start(store, ana, NOW), sessions.start(store, ana, NOW)
    assert sessions.end(store, mine, NOW)
    assert not sessions.end(store, mine, NOW)
    assert sessions.person_of(store, mine, NOW) is None
    assert sessions.person_of(store, other, NOW) == ANA


def test_a_change_of_the_account_ends_or_changes_its_sessions_at_once(
    store: Store, ana: User
) -> None:
    luis = make(store, LUIS)
    token = sessions.start(store, luis, NOW)
    users.set_role(store, "main", "luis", "reader", ANA, NOW)
    seen = sessions.person_of(store, token, NOW)
    assert seen is not None
    assert seen.role == "reader"
    users.set_password(store, "main", "luis", "otra clave distinta", ANA, NOW)
    assert sessions.person_of(store, token, NOW) is None

    token = sessions.start(store, users.get(store, "main", "luis"), NOW)
    users.disable(store, "main", "luis", ANA, NOW)
    assert sessions.person_of(store, token, NOW) is None
    users.enable(store, "main", "luis", ANA, NOW)
    assert sessions.person_of(store, token, NOW) is None


def test_an_account_that_changed_during_the_check_starts_no_session(
    store: Store, ana: User
) -> None:
    luis = make(store, LUIS)
    users.set_password(store, "main", "luis", "otra clave distinta", ANA, NOW)
    with pytest.raises(Forbidden):
        sessions.start(store, luis, NOW)
    users.disable(store, "main", "luis", ANA, NOW)
    with pytest.raises(Forbidden):
        sessions.start(store, luis, NOW, method="oidc")
    assert sessions.list_sessions(store, "main", "luis", now=NOW) == []


def test_an_administrator_ends_one_or_all_and_everybody_their_own(store: Store, ana: User) -> None:
    rosa = make(store, READER)
    first, second, third = (sessions.start(store, rosa, NOW) for _ in range(3))
    kept = sessions.start(store, ana, NOW)
    found = sessions.find(store, first, NOW)
    assert found is not None
    sessions.revoke(store, "main", found.public_id, ANA, NOW)
    assert sessions.person_of(store, first, NOW) is None
    with pytest.raises(NotFound):
        sessions.revoke(store, "main", found.public_id, ANA, NOW)

    own = sessions.find(store, second, NOW)
    assert own is not None
    sessions.revoke(store, "main", own.public_id, READER, NOW)
    assert sessions.person_of(store, second, NOW) is None
    assert sessions.end_all(store, "main", "rosa", READER, NOW) == 1
    assert sessions.person_of(store, third, NOW) is None
    assert sessions.end_all(store, "main", "rosa", ANA, NOW) == 0
    assert sessions.person_of(store, kept, NOW) == ANA


def test_another_company_sees_and_ends_nothing(store: Store, ana: User) -> None:
    make(store, EVE)
    token = sessions.start(store, ana, NOW)
    (mine,) = sessions.list_sessions(store, "main", now=NOW)
    assert sessions.list_sessions(store, "other", now=NOW) == []
    with pytest.raises(NotFound):
        sessions.revoke(store, "other", mine.public_id, EVE, NOW)
    with pytest.raises(NotFound):
        sessions.end_all(store, "other", "ana", EVE, NOW)
    assert sessions.person_of(store, token, NOW) == ANA


def test_lists_what_is_live_used_last_first(store: Store, ana: User) -> None:
    first = sessions.start(store, ana, NOW, address="198.51.100.7", agent="Firefox")
    sessions.start(store, ana, NOW + timedelta(minutes=1))
    ended = sessions.start(store, ana, NOW)
    sessions.end(store, ended, NOW)
    later = NOW + timedelta(minutes=5)
    sessions.person_of(store, first, later)
    listed = sessions.list_sessions(store, "main", "ana", now=later)
    assert [(s.address, s.last_seen_at) for s in listed] == [
        ("198.51.100.7", later),
        ("", NOW + timedelta(minutes=1)),
    ]
    assert sessions.live_ids(store, [s.public_id for s in listed] + ["x"], later) == {
        s.public_id for s in listed
    }
    assert sessions.live_ids(store, [], later) == set()


def test_an_address_is_known_for_a_while(store: Store, ana: User) -> None:
    sessions.start(store, ana, NOW, address="198.51.100.7")
    assert sessions.knows(store, "Ana", "198.51.100.7", NOW + timedelta(days=59))
    assert not sessions.knows(store, "ana", "198.51.100.7", NOW + timedelta(days=60))
    assert not sessions.knows(store, "ana", "198.51.100.8", NOW)
    for login in ("luis", "", "ana\0"):
        assert not sessions.knows(store, login, "198.51.100.7", NOW)


def test_sessions_long_over_leave_the_table(store: Store, ana: User) -> None:
    sessions.start(store, ana, NOW)
    sessions.start(store, ana, NOW + timedelta(days=200))
    with store.read() as connection:
        assert len(connection.execute(sa.select(schema.sessions)).all()) == 1


def test_signing_in_and_out_leaves_a_trail(store: Store, ana: User) -> None:
    token = sessions.start(store, ana, NOW, address="198.51.100.7")
    sessions.end(store, token, NOW)
    trail = audit.entries(store, "main")
    assert [(entry.who, entry.action) for entry in trail[:2]] == [
        ("ana", "session.ended"),
        ("ana", "session.started"),
    ]
    assert trail[1].details == {"method": "password", "address": "198.51.100.7"}
    assert users.get(store, "main", "ana").last_sign_in_at == NOW
