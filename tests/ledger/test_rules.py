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
    document("I", 5_000),
    part(1, "2026-02-01", 1_000),
    *(part(n, f"2026-0{n}-01", "1333.3333") for n in (2, 3, 4)),
)
def test_an_instalment_with_more_decimals_than_its_document_s_currency_waits(book: Book) -> None:
    assert book.waiting() == {"I / 2", "I / 3", "I / 4"}
    assert instalments(book) == {1: 5_000}
    assert sum(book.ranges().values()) == 5_000


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
    document("I", 100, issue_date="2026-07-05", due_date="2026-08-05"),
    payment("P", 100, date="2026-05-05"),
    allocation("payment", "P", "I", 100, date="2026-05-06"),
)
def test_nothing_is_applied_to_an_invoice_of_the_future(book: Book) -> None:
    assert book.open() == {"P": -100}
    assert book.open(as_of=date(2026, 7, 5)) == {}
    assert book.warnings() == {("applied_before_issue", "I")}


@ledger(
    document("I", 100),
    document("N", 40, type="credit_note", issue_date="2026-07-05"),
    allocation("credit", "N", "I", 40, date="2026-05-06"),
    allocation("write_off", "", "I", 5, date="2026-02-01"),
)
def test_no_credit_before_it_exists(book: Book) -> None:
    assert book.open(as_of=date(2026, 2, 28)) == {}
    assert book.open() == {"I": 95}
    assert book.open(as_of=date(2026, 7, 5)) == {"I": 55}


@ledger(
    document("I", 100),
    payment("P", 100),
    allocation("payment", "P", "I", 100),
    document("N", 20, type="credit_note", issue_date="2026-05-01", due_date=None),
    allocation("credit", "N", "I", 20),
    client("K"),
    document("J", 50, client_id="K"),
)
def test_what_goes_beyond_a_documents_total_is_money_in_favour(book: Book) -> None:
    item = book.items()["I"]
    assert (item.open, item.status, item.overdue) == (-20, "paid", False)
    assert (item.bucket, item.instalments) == ("unapplied", ())
    rows = {row.client_id: row for row in book.reader.aging(book.company, as_of=DAY).rows}
    mine, others = rows["C"], rows["K"]
    assert (mine.unapplied, mine.overdue, mine.documents, mine.total) == (-20, 0, 0, -20)
    assert (others.unapplied, others.overdue, others.documents) == (0, 50, 1)
    assert book.ask(
        "SELECT status, balance, settled_on, days_late FROM lake.marts.documents "
        "WHERE company_id = ? AND document_id = 'I'"
    ) == [("paid", -20, date(2026, 4, 10), 10)]
    assert book.warnings() == {("over_allocated", "I")}


@ledger(
    document("I", 100),
    part(1, "2026-04-30", 60),
    part(2, "2026-05-31", 60),
    payment("P", 130),
    allocation("payment", "P", "I", 130, date="2026-05-01"),
)
def test_instalments_are_none_below_zero(book: Book) -> None:
    before = book.items(as_of=date(2026, 4, 10))["I"]
    assert [(part.open, part.bucket) for part in before.instalments] == [
        (60, "current"), (40, "current"),
    ]  # fmt: skip
    after = book.items()["I"]
    assert (after.open, after.instalments, after.bucket) == (-30, (), "unapplied")


@ledger(
    document("I", 100),
    payment("P", 100),
    allocation("payment", "P", "I", 100, date="2026-04-10"),
    allocation("payment", "P", "I", -70, date="2026-05-10", allocation_id="back"),
    allocation("write_off", "", "I", 30, date="2026-05-20"),
    allocation("write_off", "", "I", -10, date="2026-06-20", allocation_id="back too"),
)
def test_what_was_applied_is_taken_back_from_its_day_on(book: Book) -> None:
    assert book.open(as_of=date(2026, 5, 9)) == {}
    assert book.open(as_of=date(2026, 5, 10)) == {"I": 70, "P": -70}
    assert book.open(as_of=date(2026, 5, 20)) == {"I": 40, "P": -70}
    assert book.open() == {"I": 50, "P": -70}
    assert book.items()["I"].status == "partial"
    assert book.warnings() == set()


@ledger(
    document("I", 90),
    part(1, "2026-04-30", 30),
    part(2, "2026-05-31", 30),
    part(3, "2026-06-30", 30),
    payment("P", 90),
    allocation("payment", "P", "I", 10, allocation_id="any"),
    allocation("payment", "P", "I", 30, allocation_id="second", instalment=2),
    allocation("payment", "P", "I", 30, allocation_id="third", instalment=3),
    allocation("payment", "P", "I", -25, allocation_id="back", date="2026-06-01"),
)
def test_what_is_taken_back_comes_off_the_unnamed_part_then_off_the_latest(book: Book) -> None:
    parts = {p.instalment: p.open for p in book.items()["I"].instalments}
    assert parts == {1: 30, 3: 15}


@ledger(
    document("I", 100),
    payment("P", 100),
    allocation("payment", "P", "I", 40),
    allocation("payment", "P", "I", -60, allocation_id="back", date="2026-05-01"),
)
def test_more_taken_back_than_applied_loads_and_warns(book: Book) -> None:
    assert book.open() == {"I": 120, "P": -120}
    assert book.items()["I"].status == "open"
    assert book.warnings() == {("more_taken_back_than_applied", "I")}


@ledger(
    document("U", 100, currency="USD"),
    payment("P", 400_000),
    allocation("payment", "P", "U", 98, source_amount=392_000),
    allocation("payment", "P", "U", -8, source_amount=32_000, date="2026-05-01", allocation_id="a"),
    allocation("payment", "P", "U", -2, source_amount=-8_000, date="2026-05-01", allocation_id="b"),
)
def test_what_is_taken_back_in_another_currency_returns_to_its_source(book: Book) -> None:
    assert book.open() == {"U": 12, "P": -48_000}


@ledger(
    document("I", 300),
    part(1, "2026-04-30", 100),
    part(2, "2026-05-31", 100),
    part(3, "2026-06-30", 100),
    then=(
        part(1, "2026-04-30", 150),
        part(2, "2026-12-31", 150),
        part(3, "2026-06-30", 100, status="void"),
    ),
)
def test_a_plan_made_anew_voids_what_it_no_longer_has(book: Book) -> None:
    assert book.ranges() == {"current": 150, "61-90": 150}
    assert book.warnings() == set()


@ledger(
    document("I", 300, issue_date="2026-02-01"),
    part(1, "2026-04-30", 100, status="void", voided_on="2026-06-01"),
    part(2, "2026-05-31", 100, status="void", voided_on="2026-06-01"),
    part(3, "2026-06-30", 100),
    part(4, "2026-03-31", 100, status="void", voided_on="2026-02-01"),
    payment("P", 120, date="2026-05-15"),
    allocation("payment", "P", "I", 120),
)
def test_a_plan_is_on_earlier_days_what_it_was_then(book: Book) -> None:
    def plan(day: str) -> dict[int, Any]:
        parts = book.items(as_of=date.fromisoformat(day))["I"].instalments
        return {part.instalment: part.open for part in parts}

    assert plan("2026-05-14") == {1: 100, 2: 100, 3: 100}
    assert plan("2026-05-31") == {2: 80, 3: 100}
    assert plan("2026-06-01") == {3: 180}


@ledger(
    document("I", 100),
    part(1, "2026-04-30", 50),
    part(2, "2026-05-31", 50),
    part(3, "2026-06-30", 50, status="void"),
    payment("P", 50),
    allocation("payment", "P", "I", 50, instalment=3),
)
def test_what_was_settled_on_a_void_instalment_settles_the_oldest(book: Book) -> None:
    assert [(p.instalment, p.open) for p in book.items()["I"].instalments] == [(2, 50)]


@ledger(
    document("I", 100, status="void", voided_on="2026-06-10"),
    document("J", 30, status="void", voided_on="2026-03-01"),
    payment("P", 60),
    allocation("payment", "P", "I", 60),
    allocation("withholding", "", "I", 10, date="2026-04-10"),
    allocation("withholding", "", "I", 5, date="2026-06-15", allocation_id="after"),
    payment("Q", 7, date="2026-04-01", status="void", voided_on="2026-05-01"),
)
def test_void_from_a_day_on_leaves_the_days_before_as_they_were(book: Book) -> None:
    assert book.open(as_of=date(2026, 4, 9)) == {"I": 100, "Q": -7}
    before = book.items(as_of=date(2026, 6, 9))
    assert {n: i.open for n, i in before.items() if i.open} == {"I": 30}
    assert (before["I"].status, before["J"].status) == ("partial", "void")
    assert book.open() == {"P": -60}
    assert {n: i.status for n, i in book.items().items()} == {
        "I": "void", "J": "void", "Q": "void", "P": "open",
    }  # fmt: skip
    (section,) = book.reader.statement(book.company, "C", as_of=DAY, kind="activity").sections
    lines = [(line.date.isoformat(), line.type, line.amount) for line in section.lines]
    assert lines == [
        ("2026-03-01", "invoice", 100), ("2026-03-01", "invoice", 0),
        ("2026-04-01", "payment", -7), ("2026-04-10", "payment", -60),
        ("2026-04-10", "withholding", -10), ("2026-05-01", "void", 7),
        ("2026-06-10", "withholding", 10), ("2026-06-10", "void", -100),
    ]  # fmt: skip
    assert section.closing == -60


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
