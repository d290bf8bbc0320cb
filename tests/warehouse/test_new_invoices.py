"""Which invoices are new: never what was loaded, or issued, before the company began."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from cartera import clock
from cartera.config import settings
from cartera.store.db import open_store
from cartera.warehouse import new_invoices
from cartera.warehouse.reader import Reader
from tests.ledger.lakes import built
from tests.warehouse.small import fill, write_tables

HEAD = "document_id, client_id, type, number, issue_date, total, status"


@dataclass
class Books:
    """A company's books after two loads: on the 10th and on the 22nd."""

    reader: Reader

    def new(self, *, after: int = 0):
        with self.reader.cursor() as cursor:
            return new_invoices.found(
                cursor,
                "main",
                since=datetime(2026, 11, 20, tzinfo=UTC),
                since_day=date(2026, 11, 20),
                after_batch=after,
            )


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    folder = tmp_path_factory.mktemp("books")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARTERA_HOME", str(built(folder / "home")))
        patch.setenv("CARTERA_COMPANY", "main")
        here = settings()
        store = open_store(here)
        for day, documents in ((10, BEFORE), (22, AFTER)):
            moment = datetime(2026, 11, day, 12, tzinfo=UTC)
            patch.setattr(clock, "now", lambda moment=moment: moment)
            tables = {"clients": "client_id, name\nC-1, Uno", "documents": documents}
            fill(here, store, write_tables(folder / str(day), **tables))
    return Books(Reader(here, store))


BEFORE = f"""{HEAD}
OLD, C-1, invoice, 1, 2026-11-21, 100, issued
CHANGED, C-1, invoice, 10, 2026-11-21, 100, issued
ISSUED, C-1, invoice, 11, 2026-11-21, 100, draft"""
AFTER = f"""{HEAD}
CHANGED, C-1, invoice, 10, 2026-11-21, 120, issued
ISSUED, C-1, invoice, 11, 2026-11-21, 100, issued
LATE, C-1, invoice, 2, 2026-11-19, 100, issued
NEW, C-1, invoice, FV-3, 2026-11-20, 100, issued
NOTE, C-1, credit_note, fv-3, 2026-11-21, 100, issued
DRAFT, C-1, invoice, 5, 2026-11-21, 100, draft
GONE, C-1, invoice, 6, 2026-11-21, 100, void
WAITS, C-9, invoice, 7, 2026-11-21, 100, issued"""


def test_only_invoices_that_arrived_and_were_issued_since_then_are_new(books):
    """Not what is older, no draft, void or other paper; a draft from before on the day it is
    issued; an old one that comes again changed stays history.
    """
    found, _ = books.new()
    assert {i.document_id: i.is_waiting for i in found} == {
        "NEW": False, "ISSUED": False, "WAITS": True,
    }  # fmt: skip


def test_what_was_considered_is_not_asked_again(books):
    found, last = books.new()
    assert {invoice.batch_id for invoice in found} <= set(range(1, last + 1))
    assert books.new(after=last) == ([], last)


def test_a_number_of_two_documents_is_told(books):
    with books.reader.cursor() as cursor:
        assert new_invoices.shares_number(cursor, "main", "FV-3")
        assert not new_invoices.shares_number(cursor, "main", "2")
