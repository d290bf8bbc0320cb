"""Contacts: what files say, what people changed of it, and that a change outlives every load."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cartera.errors import Forbidden, NotFound, UsageError
from cartera.store import audit, contacts
from cartera.store.contacts import ALL_KINDS
from tests.people import ANA, EVE, READER

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
C1 = ("main", "C1")


def of(store, given="ana@x.co;luis@x.co", language="es", client="C1", company="main"):
    return contacts.contacts_of(store, company, {client: (given, language)})[client]


def shown(store, given="ana@x.co;luis@x.co"):
    return [(each.address, each.origin) for each in of(store, given)]


def test_addresses_of_files_get_every_kind(store):
    ana, luis = of(store, " Ana@X.co ; luis@x.co;ANA@x.co;")
    assert (ana.address, ana.origin, ana.kinds, ana.language) == (
        "ana@x.co",
        "file",
        ALL_KINDS,
        "es",
    )
    assert luis.address == "luis@x.co"


def test_what_is_no_address_is_left_out_and_named(store):
    given = ["ana@x.co", "pedro", "x@", "eva@x.co\r\nBcc: todos@x.co"]
    assert [each.address for each in of(store, given)] == ["ana@x.co"]
    assert contacts.wrong_addresses(given) == given[1:]


def test_a_contact_by_hand_stands_beside_the_file(store):
    kept = contacts.save(
        store, *C1, " Eva <EVA@x.co>", name="Eva\u202e Díaz", language="en", kinds=["invoice"],
        by=ANA, now=NOW,
    )  # fmt: skip
    assert kept == "eva@x.co"
    eva = of(store)[2]
    assert (eva.name, eva.language, eva.kinds, eva.origin) == (
        "Eva Díaz",
        "en",
        {"invoice"},
        "hand",
    )
    assert not eva.wants("statement")
    assert of(store, client="C2") == of(store, client="C2", company="other")
    # The file brings her too: what was said by hand holds, also once the file forgets her.
    assert shown(store, "eva@x.co") == [("eva@x.co", "hand")]
    assert shown(store, "") == [("eva@x.co", "hand")]


def test_an_edit_outlives_a_load_and_can_be_undone(store):
    contacts.save(store, *C1, "ana@x.co", was="ana@x.co", name="Ana", kinds=[], by=ANA, now=NOW)
    assert shown(store) == [("ana@x.co", "edited"), ("luis@x.co", "file")]
    assert of(store)[0].kinds == frozenset()
    # The file forgets the address, and nobody wrote another one: it is gone, and comes back edited.
    assert shown(store, "luis@x.co") == [("luis@x.co", "file")]
    assert shown(store)[0] == ("ana@x.co", "edited")
    contacts.undo(store, *C1, "ana@x.co", by=ANA, now=NOW)
    assert shown(store)[0] == ("ana@x.co", "file")
    with pytest.raises(NotFound):
        contacts.undo(store, *C1, "ana@x.co", by=ANA, now=NOW)


def test_another_address_stands_in_for_the_files(store):
    contacts.save(store, *C1, "ana@nueva.co", was="ANA@x.co", by=ANA, now=NOW)
    assert shown(store) == [("ana@nueva.co", "edited"), ("luis@x.co", "file")]
    assert of(store)[0].replaces == "ana@x.co"
    assert shown(store, "luis@x.co") == [("luis@x.co", "file"), ("ana@nueva.co", "edited")]
    assert shown(store, "ana@nueva.co;ana@x.co") == [("ana@nueva.co", "edited")]
    contacts.save(store, *C1, "ana@otra.co", was="ana@nueva.co", by=ANA, now=NOW)
    assert shown(store) == [("ana@otra.co", "edited"), ("luis@x.co", "file")]
    contacts.undo(store, *C1, "ana@otra.co", by=ANA, now=NOW)
    assert shown(store) == [("ana@x.co", "file"), ("luis@x.co", "file")]


def test_a_removal_outlives_a_load_and_can_be_taken_back(store):
    contacts.save(store, *C1, "eva@x.co", name="Eva", by=ANA, now=NOW)
    for address in ("ana@x.co", "eva@x.co", "eva@x.co"):
        contacts.remove(store, *C1, address, by=ANA, now=NOW)
    assert shown(store) == [("luis@x.co", "file")]
    assert shown(store, "ana@x.co;eva@x.co") == []
    assert {each.address for each in contacts.removed(store, *C1)} == {"ana@x.co", "eva@x.co"}
    for address in ("ana@x.co", "eva@x.co"):
        contacts.restore(store, *C1, address, by=ANA, now=NOW)
    assert shown(store) == [("ana@x.co", "file"), ("luis@x.co", "file"), ("eva@x.co", "hand")]
    assert of(store)[2].name == "Eva"
    with pytest.raises(NotFound):
        contacts.restore(store, *C1, "ana@x.co", by=ANA, now=NOW)


def test_removing_what_stands_in_removes_the_files_address_too(store):
    contacts.save(store, *C1, "ana@nueva.co", was="ana@x.co", by=ANA, now=NOW)
    contacts.remove(store, *C1, "ana@nueva.co", by=ANA, now=NOW)
    assert shown(store) == [("luis@x.co", "file")]
    contacts.restore(store, *C1, "ana@nueva.co", by=ANA, now=NOW)
    assert shown(store)[0] == ("ana@nueva.co", "edited")


@pytest.mark.parametrize(
    ("address", "more", "said"),
    [
        ("pedro", {}, "pedro is not an address"),
        ("eva@x.co\r\nBcc: a@x.co", {}, "not an address"),
        ("a@x.co, b@x.co", {}, "not an address"),
        ("eva@x.co", {"name": "E" * 200}, "too long"),
        ("eva@x.co", {"language": "fr"}, "no such language"),
        ("eva@x.co", {"kinds": ["spam"]}, "no such kind of mail: spam"),
    ],
)
def test_what_makes_no_sense_is_refused(store, address, more, said):
    with pytest.raises(UsageError, match=said):
        contacts.save(store, *C1, address, **more, by=ANA, now=NOW)
    assert len(of(store)) == 2


def test_an_address_is_one_contact(store):
    contacts.save(store, *C1, "eva@x.co", by=ANA, now=NOW)
    with pytest.raises(UsageError, match="already one of the contacts"):
        contacts.save(store, *C1, "EVA@x.co", by=ANA, now=NOW)
    with pytest.raises(UsageError, match="already one of the contacts"):
        contacts.save(store, *C1, "eva@x.co", was="luis@x.co", by=ANA, now=NOW)


def test_a_client_has_a_bounded_number(store):
    for number in range(contacts.MOST):
        contacts.save(store, *C1, f"a{number}@x.co", by=ANA, now=NOW)
    with pytest.raises(UsageError, match="at most 50"):
        contacts.save(store, *C1, "one@more.co", by=ANA, now=NOW)


@pytest.mark.parametrize("who", [READER, EVE])
def test_only_who_may_change_clients_changes_contacts(store, who):
    with pytest.raises(Forbidden):
        contacts.save(store, *C1, "eva@x.co", by=who, now=NOW)
    for act in (contacts.remove, contacts.restore, contacts.undo):
        with pytest.raises(Forbidden):
            act(store, *C1, "ana@x.co", by=who, now=NOW)


def test_every_change_is_in_the_trail(store):
    contacts.save(store, *C1, "ana@x.co", was="ana@x.co", name="Ana", by=ANA, now=NOW)
    contacts.save(store, *C1, "ana@y.co", was="ana@x.co", name="Ana", by=ANA, now=NOW)
    contacts.remove(store, *C1, "ana@y.co", by=ANA, now=NOW)
    contacts.restore(store, *C1, "ana@y.co", by=ANA, now=NOW)
    contacts.undo(store, *C1, "ana@y.co", by=ANA, now=NOW)
    acts = audit.entries(store, "main", subject="C1")
    assert [act.action.partition(".")[2] for act in reversed(acts)] == [
        "saved", "saved", "removed", "restored", "undone",
    ]  # fmt: skip
    assert acts[3].details["old"]["address"] == "ana@x.co"
    assert acts[3].details["new"]["address"] == "ana@y.co"


def test_many_clients_are_read_together(store):
    contacts.save(store, "main", "C900", "eva@x.co", by=ANA, now=NOW)
    asked = {f"C{n}": (f"c{n}@x.co", "") for n in range(1000)}
    found = contacts.contacts_of(store, "main", asked)
    assert [each.address for each in found["C900"]] == ["c900@x.co", "eva@x.co"]
    assert [each.address for each in found["C1"]] == ["c1@x.co"]
    assert len(found) == 1000
