"""`cartera notices`: what clients told the company, decided from a shell."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cartera import clock
from cartera.config import Settings
from cartera.notices.terms import Notice
from cartera.store.db import Store, open_store
from tests.cli.conftest import Cartera
from tests.reported import report

DOCUMENTS = {"D2": "250.50"}


@pytest.fixture(scope="module")
def desk(loaded: Cartera, tmp_path_factory: pytest.TempPathFactory) -> Cartera:
    """A copy: what is accepted changes figures."""
    home = tmp_path_factory.mktemp("notices") / "home"
    return Cartera(Path(shutil.copytree(loaded.home, home)))


@pytest.fixture
def store(desk: Cartera) -> Iterator[Store]:
    opened = open_store(Settings(home=desk.home))
    yield opened
    opened.close()


def reported(store: Store, amount: str = "250.50", **what: object) -> Notice:
    return report(
        store, amount, client_id="C2", documents=DOCUMENTS, day=date(2026, 4, 1),
        now=clock.now(), **what,  # type: ignore[arg-type]
    )  # fmt: skip


def row(desk: Cartera, notice: Notice, *options: str) -> dict[str, object] | None:
    found = [x for x in desk.json("notices", "list", *options) if x["notice"] == notice.public_id]
    return found[0] if found else None


def test_listed_while_open(desk: Cartera, store: Store) -> None:
    notice = reported(store, reference="TR-1")
    mine = row(desk, notice)
    assert mine is not None
    assert (mine["client_id"], mine["kind"], mine["state"]) == ("C2", "payment", "open")
    assert (mine["amount"], mine["currency"], mine["about"]) == ("250.50", "COP", "D2")
    assert row(desk, notice, "--kind", "payment", "--client", "C2") is not None
    assert row(desk, notice, "--kind", "comment") is None
    assert row(desk, notice, "--client", "C1") is None
    assert row(desk, notice, "--company", "other") is None
    done = desk("notices", "reject", notice.public_id, "--say", "No llegó")
    assert (done.code, done.out) == (0, f"{notice.public_id}: rejected\n")
    assert row(desk, notice) is None
    assert row(desk, notice, "--state", "rejected") is not None
    assert row(desk, notice, "--state", "all") is not None
    for wrong in (("--kind", "letter"), ("--state", "gone")):
        assert desk("notices", "list", *wrong).code == 2


def test_accepted_as_it_was_reported(desk: Cartera, store: Store) -> None:
    notice = reported(store)
    done = desk("notices", "accept", notice.public_id, "--say", "Gracias")
    assert done.code == 0, done.err
    shown = desk.json("notices", "show", notice.public_id)
    payment = shown["payment"]
    assert (payment["amount"], payment["day"]) == ("250.50", "2026-04-01")
    (part,) = payment["allocations"]
    assert (part["document_id"], float(part["amount"])) == ("D2", 250.5)
    assert done.out == f"{notice.public_id}: accepted, payment {payment['payment_id']}\n"
    assert (shown["state"], shown["decided_by"]) == ("accepted", "command line")
    assert [said["text"] for said in shown["answers"]] == ["Gracias"]
    assert payment["payment_id"] in desk("notices", "show", notice.public_id).out
    again = desk("notices", "accept", notice.public_id)
    assert (again.code, again.out) == (1, "")
    assert "accepted by command line" in again.err


def test_accepted_in_part_for_a_document_by_its_number(desk: Cartera, store: Store) -> None:
    notice = reported(store)
    taken = ("--amount", "100", "--day", "2026-04-02", "--to", "FV-2=60.25")
    assert desk("notices", "accept", notice.public_id, *taken).code == 0
    payment = desk.json("notices", "show", notice.public_id)["payment"]
    assert (payment["amount"], payment["day"]) == ("100", "2026-04-02")
    assert payment["allocations"] == [{"document_id": "D2", "amount": "60.25"}]


def test_accepted_as_money_in_favour(desk: Cartera, store: Store) -> None:
    notice = reported(store)
    assert desk("notices", "accept", notice.public_id, "--to", "nothing").code == 0
    assert desk.json("notices", "show", notice.public_id)["payment"]["allocations"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        ("--amount", "many"),
        ("--amount", "0"),
        ("--amount", "1.001"),
        ("--day", "yesterday"),
        ("--to", "FV-2"),
        ("--to", "FV-2=much"),
        ("--to", "FV-2=251"),
        ("--to", "FV-1=1"),  # another client's
        ("--to", "FV-2=1", "--to", "D2=1"),
    ],
)
def test_what_cannot_be_is_refused(desk: Cartera, store: Store, wrong: tuple[str, ...]) -> None:
    notice = reported(store)
    done = desk("notices", "accept", notice.public_id, *wrong)
    assert (done.code, done.out) == (2, "")
    assert desk.json("notices", "show", notice.public_id)["state"] == "open"


def test_answered(desk: Cartera, store: Store) -> None:
    notice = reported(store)
    assert desk("notices", "answer", notice.public_id, "¿De qué banco?").code == 0
    shown = desk.json("notices", "show", notice.public_id)
    assert (shown["state"], shown["answers"][0]["text"]) == ("open", "¿De qué banco?")
    assert desk("notices", "answer", notice.public_id, " ").code == 2


def test_another_company_finds_nothing(desk: Cartera, store: Store) -> None:
    notice = reported(store)
    for command in (("show",), ("accept",), ("reject", "--say", "no"), ("answer", "hola")):
        name, *rest = command
        done = desk("notices", name, notice.public_id, *rest, "--company", "other")
        assert done.code == 1, command
