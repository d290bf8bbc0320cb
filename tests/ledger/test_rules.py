"""The ledger rules by example. Each test's rows stand above it and are a company of their own;
all companies are loaded together, so that two lakes serve the whole file.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from cartera.warehouse.reader import Reader
from tests.ledger.books import (
    DAY,
    FIRST,
    THEN,
    Book,
    allocation,
    client,
    document,
    ledger,
    part,
    payment,
    rows_of,
)
from tests.ledger.lakes import Lake


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Book]:
    found: dict[str, Book] = {}
    groups = ([c for c in FIRST if c not in THEN], list(THEN))
    for number, companies in enumerate(groups):
        lake = Lake(tmp_path_factory.mktemp(f"lake{number}"))
        results = lake.load(rows_of({c: FIRST[c] for c in companies}))
        assert sum(result.rejected for result in results) == 0
        lake.refresh()
        reader = Reader(lake.settings, lake.store)
        mine = {c: Book(reader, c) for c in companies}
        found |= mine
        if number == 1:
            for book in mine.values():
                book.before, book.waited = book.open(), book.waiting()
            lake.load(rows_of(THEN))
            lake.refresh()
            # The same rows once more change nothing.
            assert sum(result.loaded for result in lake.load(rows_of(THEN))) == 0
            lake.refresh()
        with reader.cursor() as cursor:
            assert cursor.execute("FROM lake.marts.integrity").fetchall() == []
    return found


@pytest.fixture
def book(request: pytest.FixtureRequest, books: dict[str, Book]) -> Book:
    return books[request.function.__name__]


@ledger(document("I", 100), payment("P", 40), allocation("payment", "P", "I", 40))
def test_part_payment(book: Book) -> None:
    assert book.open() == {"I": 60}
    item = book.items()["I"]
    assert (item.total, item.applied, item.status, item.overdue) == (100, 40, "partial", True)


@ledger(
    document("I", 100),
    allocation("withholding", "", "I", 10),
    allocation("discount", "", "I", 5),
    allocation("write_off", "", "I", 1),
)
def test_without_a_source_each_lowers_the_invoice(book: Book) -> None:
    assert book.open() == {"I": 84}
    applied = {a.kind: a.amount for a in book.items()["I"].allocations}
    assert applied == {"withholding": 10, "discount": 5, "write_off": 1}


@ledger(
    document("I", 100),
    document("N", 40, type="credit_note"),
    document("M", 7, type="credit_note"),
    allocation("credit", "N", "I", 30),
)
def test_credit_notes_applied_in_part_and_not_at_all(book: Book) -> None:
    assert book.open() == {"I": 70, "N": -10, "M": -7}
    (row,) = book.reader.aging(book.company, as_of=DAY).rows
    assert (row.unapplied, row.total) == (-17, 53)


@ledger(payment("P", 100))
def test_advance_is_unapplied(book: Book) -> None:
    assert book.open() == {"P": -100}
    assert book.items()["P"].bucket == "unapplied"


@ledger(document("I", 100), payment("P", 150), allocation("payment", "P", "I", 100))
def test_over_payment_leaves_money_in_hand(book: Book) -> None:
    assert book.open() == {"P": -50}
    assert book.items()["I"].status == "paid"


@ledger(
    document("I", 100),
    payment("P", 100),
    allocation("payment", "P", "I", 100),
    payment("R", 100, direction="out", date="2026-05-01"),
    allocation("refund", "R", "I", 100),
)
def test_returned_payment_reopens_its_invoice(book: Book) -> None:
    assert book.open(as_of=date(2026, 4, 30)) == {}
    assert book.open() == {"I": 100}


@ledger(
    payment("P", 100),
    payment("R", 100, direction="out", date="2026-05-01"),
    allocation("refund", "R", "", 100, target_payment_id="P"),
)
def test_refund_of_an_advance(book: Book) -> None:
    assert book.open(as_of=date(2026, 4, 30)) == {"P": -100}
    assert book.open() == {}


@ledger(
    document("V", 10, status="void"),
    document("D", 20, status="draft"),
    payment("PV", 30, status="void"),
    payment("PP", 40, status="pending"),
    document("I", 5),
)
def test_void_draft_and_pending_count_for_nothing(book: Book) -> None:
    assert book.open() == {"I": 5}
    shown = {n: i.status for n, i in book.items().items()}
    assert shown == {"I": "open", "V": "void", "PV": "void"}


@ledger(document("D", 100, status="draft"), payment("P", 100), allocation("payment", "P", "D", 100))
def test_allocation_to_a_draft_frees_the_payment(book: Book) -> None:
    assert book.open() == {"P": -100}


@ledger(
    document("I", 100),
    payment("P", 100),
    allocation("payment", "P", "I", 100, date="2026-07-15"),
)
def test_allocation_does_not_count_before_its_day(book: Book) -> None:
    assert book.open(as_of=date(2026, 7, 14)) == {"I": 100, "P": -100}
    assert book.open(as_of=date(2026, 7, 15)) == {}


@ledger(*(document(f"L{n}", n + 1, due_date=str(DAY - timedelta(days=n)))
          for n in (0, 1, 30, 31, 60, 61, 90, 91)))  # fmt: skip
def test_ranges_are_closed_on_the_right(book: Book) -> None:
    assert book.ranges() == {
        "current": 1, "1-30": 2 + 31, "31-60": 32 + 61, "61-90": 62 + 91, "90+": 92
    }  # fmt: skip
    assert book.ranges(buckets=[1, 60]) == {
        "current": 1, "1-1": 2, "2-60": 31 + 32 + 61, "60+": 62 + 91 + 92
    }  # fmt: skip
    items = book.items()
    assert (items["L0"].days_overdue, items["L0"].overdue) == (0, False)
    assert (items["L1"].days_overdue, items["L1"].overdue) == (1, True)


@ledger(*(document(f"L{n}", n + 1, issue_date=str(DAY - timedelta(days=n)), due_date=None)
          for n in (0, 30, 31, 91)))  # fmt: skip
def test_basis_issue_date_and_no_due_date(book: Book) -> None:
    assert book.ranges(basis="issue_date") == {"0-30": 1 + 31, "31-60": 32, "90+": 92}
    # No due date: due at issue.
    assert book.ranges() == {"current": 1, "1-30": 31, "31-60": 32, "90+": 92}


PLAN = (part(1, "2026-04-30", 100), part(2, "2026-05-31", 100), part(3, "2026-06-30", 100))


def instalments(book: Book) -> dict[int, Any]:
    return {part.instalment: part.open for part in book.items()["I"].instalments if part.open}


@ledger(document("I", 300), *PLAN, payment("P", 150), allocation("payment", "P", "I", 150))
def test_oldest_instalment_first(book: Book) -> None:
    assert instalments(book) == {2: 50, 3: 100}
    assert book.ranges() == {"1-30": 50, "current": 100}


@ledger(
    document("I", 300),
    *PLAN,
    payment("P", 100),
    allocation("payment", "P", "I", 100, instalment=3),
)
def test_named_instalment(book: Book) -> None:
    assert instalments(book) == {1: 100, 2: 100}


@ledger(document("I", 300), *PLAN[:2])
def test_last_instalment_takes_what_the_plan_leaves(book: Book) -> None:
    assert instalments(book) == {1: 100, 2: 200}
    assert book.warnings() == {("instalments_do_not_add_up", "I")}


@ledger(
    document("U", 100, currency="USD"),
    payment("P", 400_000),
    allocation("payment", "P", "U", 98, source_amount=400_000),
    allocation("exchange", "", "U", 2),
    document("W", 50, currency="USD"),
    allocation("exchange", "", "W", -3),
)
def test_dollars_paid_in_pesos_with_an_exchange_difference(book: Book) -> None:
    assert book.open() == {"W": 53}


@ledger(document("I", 100), payment("P", 150), allocation("payment", "P", "I", 120))
def test_allocation_larger_than_what_is_left_loads_and_warns(book: Book) -> None:
    assert book.open() == {"I": -20, "P": -30}
    assert book.warnings() == {("over_allocated", "I")}


@ledger(
    document("I", 100),
    payment("P", 100, date="2026-02-01"),
    allocation("payment", "P", "I", 100),
)
def test_payment_before_its_invoice(book: Book) -> None:
    assert book.open(as_of=date(2026, 2, 28)) == {"P": -100}
    assert book.open(as_of=date(2026, 3, 1)) == {}
    assert book.warnings() == {("applied_before_issue", "I")}


@ledger(
    client("K"),
    document("I", 100),
    payment("P", 120, client_id="K"),
    allocation("payment", "P", "I", 100),
)
def test_one_client_pays_for_another(book: Book) -> None:
    assert (book.open("C"), book.open("K")) == ({}, {"P": -20})
    assert book.warnings() == {("other_client_pays", "I")}
    (section,) = book.reader.statement(book.company, "K", as_of=DAY, kind="activity").sections
    assert [(line.amount, line.balance) for line in section.lines] == [(-120, -120), (100, -20)]


@ledger(payment("P", 100), allocation("payment", "P", "I", 100), then=(document("I", 100),))
def test_allocation_waits_for_its_document(book: Book) -> None:
    assert (book.before, book.waited) == ({"P": -100}, {"payment P I"})
    assert (book.open(), book.waiting()) == ({}, set())


@ledger(document("I", 100), allocation("payment", "P", "I", 30), then=(payment("P", 100),))
def test_allocation_waits_for_its_payment(book: Book) -> None:
    assert (book.before, book.waited) == ({"I": 100}, {"payment P I"})
    assert (book.open(), book.waiting()) == ({"I": 70, "P": -70}, set())


@ledger(document("I", 100, client_id="K"), payment("P", 20, client_id="K"), then=(client("K"),))
def test_document_and_payment_wait_for_their_client(book: Book) -> None:
    assert book.waited == {"I", "P"}
    assert (book.open("K"), book.waiting()) == ({"I": 100, "P": -20}, set())


@ledger(
    document("OLD", 1, updated_at="2026-01-01T00:00:00"),
    document("NEW", 2, updated_at="2026-02-01T00:00:00"),
    then=(
        document("OLD", 10, updated_at="2026-02-01T00:00:00"),
        document("NEW", 20, updated_at="2026-01-01T00:00:00"),
    ),
)
def test_newest_version_wins_whatever_the_order(book: Book) -> None:
    assert book.before == {"OLD": 1, "NEW": 2}
    assert book.open() == {"OLD": 10, "NEW": 2}
    earlier = "SELECT document_id, total FROM lake.raw.documents WHERE company_id = ?"
    assert sorted(book.ask(earlier)) == [("NEW", 2), ("NEW", 20), ("OLD", 1), ("OLD", 10)]


@ledger(document("I", 100), then=(document("I", 90),))
def test_without_a_time_the_later_arrival_replaces(book: Book) -> None:
    assert (book.before, book.open()) == ({"I": 100}, {"I": 90})


@ledger(
    document("I", 100),
    payment("P", 100),
    allocation("payment", "P", "I", 100),
    then=(document("I", 100, status="void"),),
)
def test_voided_invoice_frees_its_payment(book: Book) -> None:
    assert (book.before, book.open()) == ({}, {"P": -100})


@ledger(
    document("I", 100),
    document("J", 100),
    payment("P", 100),
    allocation("payment", "P", "I", 100, allocation_id="A"),
    then=(allocation("payment", "P", "J", 100, allocation_id="A"),),
)
def test_allocation_moves_to_another_invoice(book: Book) -> None:
    assert (book.before, book.open()) == ({"J": 100}, {"I": 100})
