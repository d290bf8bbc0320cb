"""`cartera client` and `cartera contact`: made, edited and shown from the terminal."""

from __future__ import annotations

import pytest

from cartera.config import Settings
from cartera.store import contacts
from cartera.store.db import open_store
from tests.cli.conftest import Cartera
from tests.ledger.lakes import built

CLIENTS = "client_id,name,phone,emails\nC1,Ana,1,ana@x.co\nC2,Luis,1,luis@x.co\n"


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    """One installation for all of these: each looks at clients of its own."""
    folder = tmp_path_factory.mktemp("clients")
    (folder / "clients.csv").write_text(CLIENTS, encoding="utf-8")
    command = Cartera(built(folder / "home"))
    assert command("load", folder / "clients.csv").code == 0
    return command


@pytest.mark.full
def test_a_client_by_hand_and_an_edit_are_in_the_figures_at_once(books, tmp_path):
    done = books("client", "add", "N1", "--name", "Nueva", "--credit-limit", "1.500.000")
    assert (done.code, done.out) == (0, "N1: made\n")
    shown = books.json("client", "show", "N1")
    assert (shown["name"], shown["credit_limit"], shown["is_by_hand"]) == ("Nueva", "1500000", True)
    assert books("client", "edit", "C1", "--phone", "2", "--group", "Norte").code == 0
    (tmp_path / "clients.csv").write_text(CLIENTS.replace("Ana,1", "Ana SAS,3"), encoding="utf-8")
    assert books("load", tmp_path / "clients.csv").code == 0
    shown = books.json("client", "show", "C1")
    assert (shown["name"], shown["phone"], shown["group"]) == ("Ana SAS", "2", "Norte")
    assert shown["edited_fields"] == ["group", "phone"]
    assert books("client", "edit", "C1", "--undo", "phone").code == 0
    assert books.json("client", "show", "C1")["phone"] == "3"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("client", "add", "C1", "--name", "Otra"), 2, "already a client C1"),
        (("client", "add", "a b", "--name", "Otra"), 2, "up to 64 letters"),
        (("client", "edit", "C1"), 2, "say what to change"),
        (("client", "edit", "C1", "--credit-limit", "x"), 2, "is not an amount"),
        (("client", "edit", "C9", "--phone", "1"), 1, "no client"),
        (("client", "show", "C9"), 1, "no client"),
        (("contact", "save", "C9", "a@x.co"), 1, "no client"),
        (("contact", "save", "C1", "pedro"), 2, "is not an address"),
        (("contact", "save", "C1", "a@x.co", "--kinds", "spam"), 2, "no such kind"),
        (("contact", "remove", "C1", "b@x.co"), 1, "no contact"),
    ],
)
def test_wrong_use_is_one_clear_line(books, arguments, code, said):
    done = books(*arguments)
    assert done.code == code
    assert said in done.err
    assert done.err.count("\n") == 1


def test_contacts_are_listed_changed_removed_and_brought_back(books):
    store = open_store(Settings(home=books.home))
    assert (
        books("contact", "save", "C2", "eva@x.co", "--name", "Eva", "--kinds", "invoice").code == 0
    )
    assert books("contact", "save", "C2", "luis@x.co", "--name", "Luis").code == 0
    assert books("contact", "save", "C2", "eva@y.co", "--was", "eva@x.co").code == 0
    listed = books.json("contact", "list", "C2")
    assert [(row["address"], row["name"], row["origin"]) for row in listed] == [
        ("luis@x.co", "Luis", "edited"),
        ("eva@y.co", "Eva", "hand"),
    ]
    assert listed[1]["kinds"] == "invoice"
    assert books("contact", "remove", "C2", "Luis@x.co").code == 0
    rows = books.json("contact", "list", "C2")
    assert [row["origin"] for row in rows] == ["hand", "removed"]
    assert books("contact", "restore", "C2", "luis@x.co").code == 0
    found = contacts.contacts_of(store, "main", {"C2": ("luis@x.co", "")})["C2"]
    assert {each.address for each in found} == {"luis@x.co", "eva@y.co"}
    store.close()
