"""What is odd but loaded: each case is a company of its own, and all are loaded together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from cartera.warehouse import health
from tests.ledger.books import allocation, client, document, part, payment, rows_of
from tests.ledger.histories import Arrival
from tests.ledger.lakes import Lake, dump

OLD, NEW = {"updated_at": "2026-01-01T00:00:00"}, {"updated_at": "2026-02-01T00:00:00"}
PLAN = (document("I", 300), *(part(n, f"2026-0{n + 3}-15", 100) for n in (1, 2, 3)))
#: what comes first, what comes in a later file, and what is then listed
CASES: dict[str, tuple[Sequence[Arrival], Sequence[Arrival], set[tuple[str, str]]]] = {
    "another amount or due date is an ordinary correction": (
        [document("I", 100), payment("P", 10)],
        [document("I", 90, due_date="2026-05-31", reference="x"), payment("P", 9, method="cash")],
        set(),
    ),
    "another client": (
        [document("I", 100), payment("P", 10)],
        [document("I", 100, client_id="D"), payment("P", 10, client_id="D")],
        {("key_with_other_client", "I"), ("key_with_other_client", "P")},
    ),
    "another type": (
        [document("I", 100), payment("P", 10)],
        [document("I", 100, type="credit_note"), payment("P", 10, direction="out")],
        {("key_with_other_type", "I"), ("key_with_other_type", "P")},
    ),
    "another currency": (
        [document("I", 100), payment("P", 10)],
        [document("I", 100, currency="USD"), payment("P", 10, currency="USD")],
        {("key_with_other_currency", "I"), ("key_with_other_currency", "P")},
    ),
    "another day": (
        [document("I", 100), payment("P", 10)],
        [document("I", 100, issue_date="2026-03-02"), payment("P", 10, date="2026-04-11")],
        {("key_with_other_day", "I"), ("key_with_other_day", "P")},
    ),
    "several at once": (
        [document("I", 100)],
        [document("I", 100, client_id="D", issue_date="2026-03-02")],
        {("key_with_other_client", "I"), ("key_with_other_day", "I")},
    ),
    "once a draft, or pending": (
        [document("I", 100, status="draft"), payment("P", 10, status="pending")],
        [document("I", 100, issue_date="2026-03-02"), payment("P", 10, date="2026-04-11")],
        set(),
    ),
    "taken back again": (
        [document("I", 100, **OLD), document("I", 100, client_id="D", updated_at="2026-01-15")],
        [document("I", 100, **NEW)],
        set(),
    ),
    "the older version comes later": (
        [document("I", 100, client_id="D", **NEW)],
        [document("I", 100, **OLD)],
        {("key_with_other_client", "I")},
    ),
    "one invoice under two keys": (
        [document("1001", 800_000, number="FE-55")],
        [document("fe-000055", 800_000, number="FE-55")],
        {("same_under_two_keys", "1001"), ("same_under_two_keys", "fe-000055")},
    ),
    "two keys, but not the same": (
        [document("A", 1, number="N"), document("B", 2, number="O"), document("E", 3, number="P"),
         document("F", 4, number="Q"), document("G", 5, number="R")],
        [document("A2", 1, number="N", type="debit_note"), document("B2", 2, number="N"),
         document("E2", 3, number="P", client_id="D"), document("F2", 5, number="Q"),
         document("G2", 5, number="R", currency="USD"),
         document("G3", 5, number="R", status="void"),
         document("G4", 5, number="R", status="draft")],
        set(),
    ),
    "the second of them is voided": (
        [document("A", 100, number="N"), document("B", 100, number="N")],
        [document("B", 100, number="N", status="void")],
        set(),
    ),
    "twice in one file": (
        [],
        [document("I", 100), document("I", 90), payment("P", 5), payment("P", 6),
         client("D") , ("clients", client("D")[1] | {"name": "Otra"}),
         document("J", 50), allocation("discount", "", "J", 1, allocation_id="A"),
         allocation("discount", "", "J", 2, allocation_id="A")],
        {("twice_in_one_file", each) for each in "IPDA"},
    ),
    "an instalment twice in one file": (
        PLAN,
        [part(1, "2026-04-15", 90), part(1, "2026-04-15", 100, status="active")],
        {("twice_in_one_file", "I")},
    ),
    "twice in one file, but alike": ([], [document("I", 100), document("I", 100)], set()),
    "twice in one file, each of its own time": (
        [], [document("I", 100, **NEW), document("I", 90, **OLD)], set()
    ),
    "a plan made anew that says nothing of the third": (
        PLAN,
        [part(1, "2026-04-15", 150), part(2, "2026-12-31", 150)],
        {("instalments_do_not_add_up", "I")},
    ),
    "a pair of allocations below zero": (
        [document("I", 100), payment("P", 100), allocation("payment", "P", "I", 40)],
        [allocation("payment", "P", "I", -50, allocation_id="back", date="2026-05-01")],
        {("more_taken_back_than_applied", "I")},
    ),
}  # fmt: skip
NAMES = {name: f"case {number}" for number, name in enumerate(CASES)}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("odd"))
    first = {NAMES[name]: [client("C"), *rows] for name, (rows, _, _) in CASES.items()}
    lake.load(rows_of(first))
    lake.refresh()
    lake.load(rows_of({NAMES[name]: list(rows) for name, (_, rows, _) in CASES.items()}))
    lake.refresh()
    return lake


def listed(lake: Lake, company: str) -> set[tuple[str, str]]:
    with lake.open() as connection:
        found = health.warnings(connection, company)
    assert len(found) == len({(row["warning"], row["item_id"]) for row in found})
    return {(row["warning"], row["item_id"]) for row in found}


@pytest.mark.parametrize("name", CASES)
def test_what_is_listed(lake: Lake, name: str) -> None:
    assert listed(lake, NAMES[name]) == CASES[name][2]


@pytest.mark.full
def test_twice_in_one_file_is_odd_until_it_is_corrected(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "home")
    twice = [client("C"), document("I", 100), document("I", 90)]
    for _ in range(2):
        lake.load(rows_of({"main": twice}))
        lake.refresh()
        assert listed(lake, "main") == {("twice_in_one_file", "I")}
    with lake.open() as connection:
        kept = connection.execute('SELECT record_id, "row", other_row FROM lake.raw.repeated_keys')
        assert kept.fetchall() == [("I", 2, 1)]
    # The file says each once, and brings nothing new.
    lake.load(rows_of({"main": [document("I", 90)]}))
    lake.refresh()
    assert listed(lake, "main") == set()
    # Another file brings a newer version.
    lake.load(rows_of({"main": twice[1:]}))
    lake.refresh()
    assert listed(lake, "main") == {("twice_in_one_file", "I")}
    path = tmp_path / "documents-corrected.csv"
    path.write_text(
        "document_id,client_id,type,number,issue_date,total,currency\n"
        "I,C,invoice,I,2026-03-01,95,COP\n"
    )
    lake.load_file(path)
    lake.refresh()
    assert listed(lake, "main") == set()


@pytest.mark.full
def test_a_rebuild_lists_the_same(lake: Lake) -> None:
    with lake.open() as connection:
        before = dump(connection)
    lake.refresh(full=True)
    with lake.open() as connection:
        assert dump(connection) == before
