"""Which invoices are new: never what was loaded, or issued, before the company began."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cartera import clock
from cartera.config import settings
from cartera.store.db import open_store
from cartera.warehouse import new_invoices
from cartera.warehouse.reader import Reader
from tests.warehouse.small import fill, write_tables

TODAY = date(2026, 11, 25)
HEAD = "document_id, client_id, type, number, issue_date, total, status"


@pytest.fixture
def here(home: Path, monkeypatch):
    monkeypatch.setenv("CARTERA_COMPANY", "main")
    return settings()


@pytest.fixture
def store(here):
    return open_store(here)


class Books:
    """A company whose files are loaded one after the other, each a day later."""

    def __init__(self, here, store, folder, monkeypatch):
        self.here, self.store, self.folder, self.monkeypatch = here, store, folder, monkeypatch
        self.loads = 0

    def load(self, day: int, documents: str, clients: str = "client_id, name\nC-1, Uno") -> None:
        self.loads += 1
        moment = datetime(2026, 11, day, 12, tzinfo=UTC)
        self.monkeypatch.setattr(clock, "now", lambda: moment)
        folder = self.folder / str(self.loads)
        fill(self.here, self.store, write_tables(folder, clients=clients, documents=documents))

    def new(self, *, after: int = 0, since: int = 20):
        reader = Reader(self.here, self.store)
        with reader.cursor() as cursor:
            return new_invoices.found(
                cursor,
                "main",
                since=datetime(2026, 11, since, tzinfo=UTC),
                since_day=date(2026, 11, since),
                after_batch=after,
            )


@pytest.fixture
def books(here, store, tmp_path, monkeypatch):
    return Books(here, store, tmp_path, monkeypatch)


def names(found):
    return [invoice.document_id for invoice in found[0]]


def test_only_invoices_that_arrived_and_were_issued_since_then_are_new(books):
    books.load(10, f"{HEAD}\nOLD, C-1, invoice, 1, 2026-11-21, 100, issued")
    books.load(
        22,
        f"""{HEAD}
        LATE, C-1, invoice, 2, 2026-11-19, 100, issued
        NEW, C-1, invoice, 3, 2026-11-20, 100, issued
        NOTE, C-1, credit_note, 4, 2026-11-21, 100, issued
        DRAFT, C-1, invoice, 5, 2026-11-21, 100, draft
        GONE, C-1, invoice, 6, 2026-11-21, 100, void""",
    )
    assert names(books.new()) == ["NEW"]


def test_an_old_invoice_that_comes_again_changed_stays_history(books):
    books.load(10, f"{HEAD}\nOLD, C-1, invoice, 1, 2026-11-21, 100, issued")
    books.load(22, f"{HEAD}\nOLD, C-1, invoice, 1, 2026-11-21, 120, issued")
    assert names(books.new()) == []


def test_a_draft_from_before_is_new_on_the_day_it_is_issued(books):
    books.load(10, f"{HEAD}\nD, C-1, invoice, 1, 2026-11-21, 100, draft")
    books.load(22, f"{HEAD}\nD, C-1, invoice, 1, 2026-11-21, 100, issued")
    assert names(books.new()) == ["D"]


def test_what_was_considered_is_not_asked_again_unless_it_changes(books):
    books.load(22, f"{HEAD}\nA, C-1, invoice, 1, 2026-11-21, 100, issued")
    _, last = books.new()
    assert names(books.new(after=last)) == []
    books.load(23, f"{HEAD}\nB, C-1, invoice, 2, 2026-11-21, 100, issued")
    found, newest = books.new(after=last)
    assert [i.document_id for i in found] == ["B"]
    assert newest > last


def test_an_invoice_waits_for_its_client(books):
    books.load(22, f"{HEAD}\nA, C-9, invoice, 1, 2026-11-21, 100, issued")
    found, _ = books.new()
    assert [(i.document_id, i.is_waiting) for i in found] == [("A", True)]
    books.load(23, f"{HEAD}\nZ, C-1, invoice, 2, 2026-11-21, 100, issued",
               clients="client_id, name\nC-9, Nueve")  # fmt: skip
    found, _ = books.new()
    assert [(i.document_id, i.is_waiting) for i in found] == [("A", False), ("Z", False)]


def test_a_number_of_two_documents_is_told(books):
    books.load(
        22,
        f"""{HEAD}
        A, C-1, invoice, FV-1, 2026-11-21, 100, issued
        B, C-1, debit_note, fv-1, 2026-11-21, 100, issued
        C, C-1, invoice, FV-2, 2026-11-21, 100, issued""",
    )
    reader = Reader(books.here, books.store)
    with reader.cursor() as cursor:
        assert new_invoices.shares_number(cursor, "main", "FV-1")
        assert not new_invoices.shares_number(cursor, "main", "FV-2")
