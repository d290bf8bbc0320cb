"""`cartera user`: accounts made, listed, changed and shut from the terminal."""

from __future__ import annotations

import csv
import os
import pty
import sys
import time
from io import StringIO
from pathlib import Path

import pytest

from cartera import clock
from cartera.config import Settings
from cartera.store import sessions, users
from cartera.store.db import Store, open_store

ROOT = Path(__file__).parents[2]
PASSWORD = "una clave que nadie adivina"


@pytest.fixture
def typed(monkeypatch):
    """Say what standard input holds."""
    return lambda text: monkeypatch.setattr(sys, "stdin", StringIO(text))


@pytest.fixture
def ana(cartera, typed):
    """An installation with one administrator."""
    typed(f"{PASSWORD}\n")
    done = cartera(
        "user", "add", "ana", "--name", "Ana Ruiz", "--role", "administrator",
        "--email", "Ana@Andina.co", "--password-stdin",
    )  # fmt: skip
    assert (done.code, done.out, done.err) == (0, "ana: administrator of main\n", "")
    return cartera


def store_of(command) -> Store:
    return open_store(Settings(home=command.home))


def test_the_first_administrator_can_sign_in(ana):
    user = users.by_password(store_of(ana), "ana", PASSWORD)
    assert user is not None
    assert (user.person.may("users"), user.email) == (True, "ana@andina.co")


def test_list_in_every_form(ana):
    (row,) = ana.json("user", "list")
    assert row == {
        "login": "ana", "name": "Ana Ruiz", "role": "administrator", "email": "ana@andina.co",
        "state": "active", "password": "yes", "last_sign_in_at": None,
    }  # fmt: skip
    (same,) = csv.DictReader(StringIO(ana("user", "list", "--format", "csv").out))
    assert same["login"] == "ana"
    assert "Ana Ruiz" in ana("user", "list").out
    assert ana("user", "list", "--company", "other").out == "No users.\n"
    assert "argon2" not in ana("user", "list").out


def test_an_account_for_the_companys_sign_in_needs_no_password(ana):
    command = ["user", "add", "rosa", "--name", "Rosa", "--role", "reader", "--no-password"]
    assert ana(*command).code == 2
    assert ana(*command, "--email", "rosa@andina.co").code == 0
    assert {row["login"]: row["password"] for row in ana.json("user", "list")} == {
        "ana": "yes",
        "rosa": "no",
    }


def test_role_disable_enable(ana, typed):
    typed(f"{PASSWORD}\n")
    ana("user", "add", "luis", "--name", "Luis", "--role", "reader", "--password-stdin")
    assert ana("user", "role", "luis", "administrator").out == "luis: administrator\n"
    assert ana("user", "disable", "ana").out == "ana: disabled\n"
    assert users.by_password(store_of(ana), "ana", PASSWORD) is None
    assert ana("user", "enable", "ana").out == "ana: active\n"
    assert users.by_password(store_of(ana), "ana", PASSWORD) is not None


def test_the_last_administrator_stays(ana):
    for command in (["role", "ana", "reader"], ["disable", "ana"]):
        done = ana("user", *command)
        assert (done.code, done.err) == (
            2,
            "cartera: 'ana' is the last active administrator of 'main'\n",
        )
    (row,) = ana.json("user", "list")
    assert (row["role"], row["state"]) == ("administrator", "active")


def test_sessions_are_listed_and_ended(ana, typed):
    store = store_of(ana)
    user = users.get(store, "main", "ana")
    token = sessions.start(store, user, clock.now(), address="198.51.100.7", agent="Firefox")
    (row,) = ana.json("user", "sessions")
    assert (row["login"], row["address"], row["browser"]) == ("ana", "198.51.100.7", "Firefox")
    assert token not in ana("user", "sessions").out
    assert ana("user", "sessions", "luis").out == "Nobody is signed in.\n"
    assert ana("user", "sign-out", "ana").out == "ana: 1 sessions ended\n"
    assert sessions.person_of(store, token, clock.now()) is None

    token = sessions.start(store, user, clock.now())
    typed("otra clave que nadie adivina\n")
    assert ana("user", "password", "ana", "--password-stdin").code == 0
    assert sessions.person_of(store, token, clock.now()) is None
    assert users.by_password(store, "ana", "otra clave que nadie adivina") is not None


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "luis", "--name", "Luis", "--role", "boss", "--password-stdin"],
        ["add", "ana", "--name", "Ana", "--role", "reader", "--password-stdin"],
        ["add", "l!", "--name", "Luis", "--role", "reader", "--password-stdin"],
        ["add", "luis", "--name", "Luis", "--role", "reader"],
        ["add", "luis", "--role", "reader", "--password-stdin"],
        ["add", "l2", "--name", "L", "--role", "reader", "--password-stdin", "--no-password"],
        ["role", "ana", "boss"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_2_and_changes_nothing(ana, typed, arguments):
    typed(f"{PASSWORD}\n")
    done = ana("user", *arguments)
    assert (done.code, done.out) == (2, "")
    assert PASSWORD not in done.err
    assert [row["login"] for row in ana.json("user", "list")] == ["ana"]


def test_a_weak_password_is_refused_and_not_repeated(ana, typed):
    typed("corta\n")
    done = ana("user", "add", "luis", "--name", "Luis", "--role", "reader", "--password-stdin")
    assert (done.code, done.err) == (2, "cartera: a password needs at least 12 characters\n")


@pytest.mark.parametrize("command", ["disable", "enable", "password", "sign-out"])
def test_nobody_and_another_companys_are_1(ana, command):
    for where in (["luis"], ["ana", "--company", "other"]):
        done = ana("user", command, *where)
        assert (done.code, done.out) == (1, "")
        assert f"no user {where[0]!r} in company" in done.err


def test_a_person_types_the_password_twice_unseen(home):
    def run(*lines: str) -> tuple[int, str]:
        child, terminal = pty.fork()
        if child == 0:
            code = (
                "import sys; sys.argv = ['cartera', 'user', 'add', 'ana', '--name', 'Ana',"
                " '--role', 'administrator']; from cartera.cli import main; main()"
            )
            os.chdir(ROOT)
            os.execv(sys.executable, [sys.executable, "-c", code])
        seen = b""
        deadline = time.monotonic() + 60
        asked = iter(zip((b"Password: ", b"Once more: "), lines, strict=True))
        prompt, line = next(asked)
        while time.monotonic() < deadline:
            try:
                piece = os.read(terminal, 1024)
            except OSError:  # the child closed its side
                break
            seen += piece
            if prompt and seen.endswith(prompt):
                os.write(terminal, f"{line}\n".encode())
                prompt, line = next(asked, (b"", ""))
        _, status = os.waitpid(child, 0)
        os.close(terminal)
        return os.waitstatus_to_exitcode(status), seen.decode()

    code, seen = run(PASSWORD, "otra clave distinta")
    assert (code, "not the same" in seen) == (2, True)
    code, seen = run(PASSWORD, PASSWORD)
    assert code == 0, seen
    assert PASSWORD not in seen
    assert users.by_password(open_store(Settings(home=home)), "ana", PASSWORD) is not None
