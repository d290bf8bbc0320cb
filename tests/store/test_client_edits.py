"""Clients made and changed by hand: what is kept, what is refused, what waits to be carried."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from cartera.errors import Forbidden, NotFound, UsageError
from cartera.store import audit, client_edits
from tests.people import ANA, EVE, LUIS, READER

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
C1 = ("main", "C1")


def create(store, client_id="C1", known=(), by=ANA, **fields):
    given = {"name": "Ana"} | fields
    return client_edits.create(store, "main", client_id, given, known=known, by=by, now=NOW)


def save(store, shown=None, by=ANA, **fields):
    return client_edits.save(store, *C1, fields, shown=shown or {}, by=by, now=NOW)


def test_a_client_by_hand_waits_to_be_carried_over(store):
    assert client_edits.get(store, *C1) is None
    assert not client_edits.are_waiting(store)
    assert create(store, " C1 ", phone="  604\n555 ", notes="uno\ndos\u202e", tax_id="") == "C1"
    made = client_edits.get(store, *C1)
    assert made.is_new
    assert made.fields == {"name": "Ana", "phone": "604 555", "notes": "uno\ndos"}
    assert client_edits.are_waiting(store)


def test_only_fields_that_were_touched_are_kept(store):
    """The others go on coming from the files."""
    shown = {"name": "Ana", "phone": "1", "group": ""}
    form = {"name": "Ana", "phone": "", "group": "", "credit_limit": "$ 1.500.000"}
    assert save(store, shown, **form) == ("phone", "credit_limit")
    edit = client_edits.get(store, *C1)
    assert edit.fields == {"phone": "", "credit_limit": "1500000"}
    assert not edit.is_new
    assert save(store, {**shown, "phone": "", "credit_limit": "1500000"}, **form) == ()
    assert client_edits.get(store, *C1).revision == 1


def test_edits_add_up_and_are_undone_by_field(store):
    save(store, phone="1", name="Ana")
    save(store, phone="2")
    client_edits.undo(store, *C1, ["phone", "notes"], by=LUIS, now=NOW)
    edit = client_edits.get(store, *C1)
    assert (edit.fields, edit.changed_by, edit.revision) == ({"name": "Ana"}, "luis", 3)
    for names in (["phone"], []):
        with pytest.raises(NotFound):
            client_edits.undo(store, *C1, names, by=ANA, now=NOW)
    assert [e.action for e in audit.entries(store, "main", subject="C1")] == [
        "client.undone", "client.edited", "client.edited",
    ]  # fmt: skip


def test_what_changes_while_it_is_carried_over_goes_on_waiting(store):
    save(store, phone="1")
    carried = client_edits.every(store)
    save(store, phone="2")
    client_edits.mark_carried(store, carried)
    assert client_edits.are_waiting(store)
    client_edits.mark_carried(store, client_edits.every(store))
    assert not client_edits.are_waiting(store)
    assert client_edits.get(store, *C1).is_carried
    client_edits.undo(store, *C1, ["phone"], by=ANA, now=NOW)
    assert client_edits.are_waiting(store)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "\u200e \n"}, "needs a name"),
        ({"name": "x" * 201}, "at most 200"),
        ({"notes": "x" * 2001}, "at most 2000"),
        ({"language": "fr"}, "no such language"),
        ({"credit_limit": "mucho"}, "is not an amount"),
        ({"credit_limit": "-1"}, "is not an amount"),
        ({"credit_limit": "9" * 40}, "is not an amount"),
        ({"emails": "a@x.co"}, "no field emails"),
        ({"company_id": "other"}, "no field company_id"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_kept(store, fields, said):
    with pytest.raises(UsageError, match=said):
        create(store, **fields)
    with pytest.raises(UsageError, match=said):
        save(store, {"name": "Ana"}, phone="1", **fields)
    assert client_edits.every(store) == []


@pytest.mark.parametrize("client_id", ["", "../x", "a b", "x" * 65, "ñ1", "-x", "a\n"])
def test_a_code_is_plain(store, client_id):
    if client_id.strip() == "a":
        assert create(store, client_id) == "a"
        return
    with pytest.raises(UsageError, match="up to 64 letters"):
        create(store, client_id)


def test_no_client_is_made_twice(store):
    with pytest.raises(UsageError, match="already a client C1"):
        create(store, known={"C1"})
    create(store)
    with pytest.raises(UsageError, match="already a client C1"):
        create(store)


def test_a_client_by_hand_keeps_its_name(store):
    create(store, phone="1")
    with pytest.raises(UsageError, match="keeps its name"):
        client_edits.undo(store, *C1, ["name"], by=ANA, now=NOW)
    with pytest.raises(UsageError, match="needs a name"):
        save(store, {"name": "Ana"}, name="")


@pytest.mark.parametrize("who", [READER, EVE])
def test_only_who_may_change_clients_does(store, who):
    with pytest.raises(Forbidden):
        create(store, by=who)
    with pytest.raises(Forbidden):
        save(store, by=who, phone="1")
    with pytest.raises(Forbidden):
        client_edits.undo(store, *C1, ["phone"], by=who, now=NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1500000", "1500000"),
        ("1.500.000", "1500000"),
        ("1,500,000", "1500000"),
        ("1.500.000,50", "1500000.50"),
        ("1,500,000.50", "1500000.50"),
        ("1.500", "1500"),
        ("1500,5", "1500.5"),
        ("0,500", "0.500"),
        ("0", "0"),
        ("$ 12 ", "12"),
    ],
)
def test_amounts_as_people_type_them(text, expected):
    assert client_edits.amount(text) == Decimal(expected)


@pytest.mark.parametrize("text", ["", "x", "1e9", "--1", "1.2.3,4,5", "1,5,0.00001", "NaN", "١٢"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(UsageError, match="is not an amount"):
        client_edits.amount(text)
