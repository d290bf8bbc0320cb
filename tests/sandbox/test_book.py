"""What the simulated gateway remembers: a change and its events together, or neither."""

from __future__ import annotations

from dataclasses import astuple
from decimal import Decimal
from pathlib import Path

import pytest

from cartera.sandbox.book import Book
from cartera.sandbox.orders import Asked
from tests.sandbox.machine import ORDER

ASKED = Asked(**ORDER)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path / "sandbox.sqlite", late=2, settles=10)


def test_events_of_a_change_are_late_twice_and_around_an_older_one(book: Book) -> None:
    book.begin(ASKED, "APPROVED", now=100)
    assert [len(book.due(now)) for now in (100, 101.9, 102, 104, 106, 999)] == [0, 0, 1, 2, 3, 3]
    first, older, again = book.due(106)
    assert first.body == again.body != older.body
    assert '"PENDING"' in older.body


def test_what_is_delivered_is_not_due_and_what_failed_is_later(book: Book) -> None:
    book.begin(ASKED, "APPROVED", now=100)
    first, second, _ = book.due(200)
    book.delivered(first.id, now=200)
    book.failed(second.id, "500", again_at=300)
    assert [one.id for one in book.due(299)] == [3]
    assert [(one.id, one.tries) for one in book.due(300)] == [(3, 0), (2, 1)]
    ((_, done, waiting),) = book.newest()
    assert (done, waiting) == (1, 2)


def test_an_order_has_the_answer_that_it_has(book: Book) -> None:
    first = book.begin(ASKED, "DECLINED", now=100)
    assert astuple(book.begin(ASKED, "APPROVED", now=101))[:7] == astuple(first)[:7]
    assert len(book.due(999)) == 3


def test_a_refund_counts_from_what_was_seen(book: Book) -> None:
    made = book.begin(ASKED, "APPROVED", now=100)

    def refund(amount: int, was: int) -> bool:
        return book.change(
            made.id, only=("APPROVED",), to="APPROVED", now=101, refunded=Decimal(amount),
            was=Decimal(was),
        )  # fmt: skip

    assert refund(10, 0) is True
    assert refund(20, 0) is False  # another tab, that saw nothing refunded
    assert refund(5, 10) is False  # a refund does not come back
    assert refund(125_001, 10) is False
    assert book.by_id(made.id).refunded == 10


def test_a_bank_answers_after_its_time_and_once(book: Book) -> None:
    made = book.begin(ASKED, "PENDING", now=100)
    assert book.due_to_settle(109) == []
    assert book.due_to_settle(110) == [made.id]
    assert book.change(made.id, only=("PENDING",), to="APPROVED", now=110) is True
    assert book.due_to_settle(999) == []
    assert book.change(made.id, only=("PENDING",), to="DECLINED", now=111) is False


def test_another_process_reads_the_same(book: Book, tmp_path: Path) -> None:
    made = book.begin(ASKED, "APPROVED", now=100)
    other = Book(tmp_path / "sandbox.sqlite", late=2, settles=10)
    assert other.by_reference(ORDER["reference"]) is not None
    assert other.by_id(made.id).amount == Decimal("125000.50")
    assert len(other.due(999)) == 3
