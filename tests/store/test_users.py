from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from cartera import passwords
from cartera.errors import Forbidden, NotFound, UsageError
from cartera.people import operator
from cartera.store import audit, schema, sessions, users
from cartera.store.db import Store
from cartera.store.users import User
from tests.people import ANA, EVE, READER

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PASSWORD = "una clave que nadie adivina"
OTHER = "otra clave que nadie adivina"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many accounts are made here: argon2id all the same, with little memory."""
    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", hasher)
    passwords._nobodys.cache_clear()


def make(store: Store, login: str = "ana", **changes: Any) -> User:
    values = {
        "name": f"{login} apellido",
        "role": "administrator",
        "company_id": "main",
        "password": PASSWORD,
        "email": f"{login}@andina.co",
        "by": operator(changes.get("company_id", "main")),
        "now": NOW,
    } | changes
    return users.create(store, login=login, **values)


def everything(store: Store) -> list[Any]:
    with store.read() as connection:
        return [
            connection.execute(sa.select(table).order_by(table.c.id)).all()
            for table in (schema.users, schema.sessions, schema.links, schema.audit)
        ]


def test_a_password_opens_its_own_account_only(store: Store) -> None:
    mine = make(store, "ana")
    make(store, "luis", password=OTHER)
    assert users.by_password(store, " Ana ", PASSWORD) == mine
    assert users.by_password(store, "ana", OTHER) is None
    assert users.by_password(store, "nobody", PASSWORD) is None
    assert users.by_password(store, "no login at all\0", PASSWORD) is None
    assert users.by_password(store, "ana", PASSWORD * 20) is None


def test_no_password_is_kept_or_shown(store: Store) -> None:
    user = make(store)
    assert PASSWORD not in repr(everything(store))
    assert PASSWORD not in repr(user)
    assert str(user.password_hash) not in repr(user)
    assert str(user.password_hash).startswith("$argon2id$")


def test_an_account_without_password_opens_with_none(store: Store) -> None:
    user = make(store, password=None)
    assert not user.has_password
    assert users.by_password(store, "ana", "") is None
    assert users.by_password(store, "ana", "nobody's password") is None
    assert users.by_email(store, "ANA@andina.co") == user
    make(store, "bea", email=None)
    for nobody in ("", "  ", "luis@andina.co", "ana@andina.co\0", "%"):
        assert users.by_email(store, nobody) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"login": "x"},
        {"login": "a b"},
        {"login": "ñandú"},
        {"login": "-ana"},
        {"login": "a" * 65},
        {"name": "  "},
        {"name": "a\nb\x00"},
        {"name": "n" * 121},
        {"email": "nobody"},
        {"email": "a@b"},
        {"email": "a b@c.co"},
        {"role": "owner"},
        {"password": "short"},
        {"password": "aaaaaaaaaaaaaaaa"},
        {"password": "p" * 100 + "abcdef" * 40},
        {"login": "long.login.of.ana", "password": "Long.Login.Of.Ana"},
        {"name": "Ana María Ruiz", "password": "anamaríaruiz"},
        {"email": "ana.ruiz@andina.co", "password": "ana.ruiz@andina.co"},
        {"password": None, "email": None},
    ],
    ids=lambda changes: " ".join(f"{k}={str(v)[:20]!r}" for k, v in changes.items()),
)
def test_what_makes_no_account_is_refused(store: Store, changes: dict[str, Any]) -> None:
    before = everything(store)
    with pytest.raises(UsageError):
        make(store, **changes)
    assert everything(store) == before


def test_login_and_mail_address_are_taken_once_over_all_companies(store: Store) -> None:
    make(store, "ana")
    for login, email in (("ANA", "bea@andina.co"), ("bea", "ANA@andina.co")):
        with pytest.raises(UsageError, match="taken"):
            make(store, login, email=email, company_id="other")
    assert users.list_users(store, "other") == []


def test_each_company_lists_its_own(store: Store) -> None:
    make(store, "luis"), make(store, "ana"), make(store, "eve", company_id="other")
    users.disable(store, "main", "ana", operator("main"), NOW)
    assert [user.login for user in users.list_users(store, "main")] == ["luis", "ana"]
    assert [user.login for user in users.list_users(store, "other")] == ["eve"]
    with pytest.raises(NotFound):
        users.get(store, "main", "eve")


def test_the_last_active_administrator_stays(store: Store) -> None:
    make(store, "ana"), make(store, "rosa", role="reader"), make(store, "eve", company_id="other")
    for last in (
        lambda: users.set_role(store, "main", "ana", "reader", ANA, NOW),
        lambda: users.disable(store, "main", "ana", ANA, NOW),
    ):
        with pytest.raises(UsageError, match="last active administrator"):
            last()
    make(store, "luis")
    assert users.set_role(store, "main", "ana", "reader", ANA, NOW).role == "reader"
    with pytest.raises(UsageError, match="last active administrator"):
        users.disable(store, "main", "luis", ANA, NOW)


def test_two_administrators_who_demote_each_other_do_not_both_succeed(store: Store) -> None:
    for number in range(6):
        company = f"c{number}"
        make(store, f"a{number}", company_id=company), make(store, f"b{number}", company_id=company)
        both = threading.Barrier(2)
        refused: list[str] = []

        def demote(login: str, company: str, both: Any, refused: list[str]) -> None:
            both.wait()
            try:
                users.set_role(store, company, login, "reader", operator(company), NOW)
            except UsageError:
                refused.append(login)

        threads = [
            threading.Thread(target=demote, args=(f"{x}{number}", company, both, refused))
            for x in "ab"
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(refused) == 1
        roles = sorted(user.role for user in users.list_users(store, company))
        assert roles == ["administrator", "reader"]


def test_a_disabled_account_opens_with_nothing_until_enabled(store: Store) -> None:
    make(store, "ana"), make(store, "luis")
    first = users.disable(store, "main", "luis", ANA, NOW)
    again = users.disable(store, "main", "luis", ANA, NOW + timedelta(hours=1))
    assert first.disabled_at == again.disabled_at == NOW
    assert users.by_password(store, "luis", PASSWORD) is None
    assert users.by_email(store, "luis@andina.co") is None
    users.enable(store, "main", "luis", ANA, NOW)
    assert users.by_password(store, "luis", PASSWORD) is not None


def test_a_new_password_replaces_the_old_one(store: Store) -> None:
    make(store)
    users.set_password(store, "main", "ana", OTHER, operator("main"), NOW)
    assert users.by_password(store, "ana", PASSWORD) is None
    assert users.by_password(store, "ana", OTHER) is not None
    with pytest.raises(UsageError):
        users.set_password(store, "main", "ana", "short", operator("main"), NOW)


def test_a_password_that_changed_meanwhile_is_not_changed_again(store: Store) -> None:
    proved = make(store)
    users.change_password(store, proved, OTHER, NOW)
    with pytest.raises(Forbidden):
        users.change_password(store, proved, PASSWORD, NOW)
    assert users.by_password(store, "ana", OTHER) is not None


def test_a_hash_of_old_parameters_is_renewed_at_the_next_sign_in(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = make(store)
    today = PasswordHasher(time_cost=2, memory_cost=128, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", today)
    signed = users.by_password(store, "ana", PASSWORD)
    assert signed is not None
    assert signed.password_hash != user.password_hash
    assert "m=128,t=2" in str(users.get(store, "main", "ana").password_hash)
    assert users.by_password(store, "ana", PASSWORD) == signed
    # a session may still be started with it: it is the same password
    assert sessions.start(store, signed, NOW)


def test_the_same_work_for_every_answer(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    make(store, "ana"), make(store, "luis", password=None), make(store, "out")
    users.disable(store, "main", "out", ANA, NOW)
    done: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, *arguments: Any) -> Any:
            done.append(str(arguments[0])[:10])
            return super().verify(*arguments)

    monkeypatch.setattr(passwords, "HASHER", Counting(time_cost=1, memory_cost=64, parallelism=1))
    passwords._nobodys()
    for login in ("ana", "luis", "out", "nobody", "", "no login\0"):
        for password in ("wrong", "", "x" * 5000):
            assert users.by_password(store, login, password) is None
    assert done == ["$argon2id$"] * 18


ACTS = {
    "create": lambda store, by: make(store, "new", by=by),
    "set_role": lambda store, by: users.set_role(store, "main", "luis", "reader", by, NOW),
    "set_email": lambda store, by: users.set_email(store, "main", "luis", "x@x.co", by, NOW),
    "set_password": lambda store, by: users.set_password(store, "main", "luis", OTHER, by, NOW),
    "disable": lambda store, by: users.disable(store, "main", "luis", by, NOW),
    "enable": lambda store, by: users.enable(store, "main", "out", by, NOW),
    "end_all": lambda store, by: sessions.end_all(store, "main", "luis", by, NOW),
    "revoke": lambda store, by: sessions.revoke(
        store, "main", sessions.list_sessions(store, "main", "luis", now=NOW)[0].public_id, by, NOW
    ),
}


@pytest.mark.parametrize("by", [READER, EVE], ids=["reader", "another company's administrator"])
@pytest.mark.parametrize("act", ACTS)
def test_who_may_not_changes_nothing(store: Store, act: str, by: Any) -> None:
    make(store, "ana"), make(store, "out"), make(store, "rosa", role="reader")
    luis = make(store, "luis")
    users.disable(store, "main", "out", ANA, NOW)
    token = sessions.start(store, luis, NOW)
    before = everything(store)
    with pytest.raises(Forbidden):
        ACTS[act](store, by)
    assert everything(store) == before
    assert sessions.person_of(store, token, NOW) is not None


def test_every_change_leaves_a_trail(store: Store) -> None:
    make(store, "ana"), make(store, "luis")
    users.set_role(store, "main", "luis", "reader", ANA, NOW)
    users.set_password(store, "main", "luis", OTHER, ANA, NOW)
    users.disable(store, "main", "luis", ANA, NOW)
    users.enable(store, "main", "luis", ANA, NOW)
    for login in ("luis", "nobody", "no login\0"):
        users.note_refusal(store, login, NOW)
    trail = audit.entries(store, "main", subject="luis")
    assert [(entry.who, entry.action) for entry in reversed(trail)] == [
        ("command line", "user.created"),
        ("ana", "user.role"),
        ("ana", "user.password"),
        ("ana", "user.disabled"),
        ("ana", "user.enabled"),
        ("luis", "session.refused"),
    ]
    assert OTHER not in repr(trail)


def test_a_mail_address_is_changed_checked_and_taken_once(store: Store) -> None:
    make(store, "ana"), make(store, "luis")
    users.set_email(store, "main", "luis", " Luis@Empresa.co ", ANA, NOW)
    assert users.by_email(store, "luis@empresa.co") is not None
    for address, words in (("nobody", "not a mail address"), ("luis@empresa.co", "already taken")):
        with pytest.raises(UsageError, match=words):
            users.set_email(store, "main", "ana", address, ANA, NOW)
    assert users.set_email(store, "main", "luis", "", ANA, NOW).email is None
    make(store, "sso", password=None, email="sso@empresa.co")
    with pytest.raises(UsageError, match="nobody could enter"):
        users.set_email(store, "main", "sso", "", ANA, NOW)


def test_whether_anybody_has_an_account(store: Store) -> None:
    assert not users.exist(store)
    make(store)
    assert users.exist(store)
