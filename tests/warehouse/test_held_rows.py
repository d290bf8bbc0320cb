"""Numbers that restart each year: nobody's debt vanishes without a word."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from datetime import date
from decimal import Decimal

import pytest

from cartera.errors import Forbidden
from cartera.mail.refusal import Refusal
from cartera.people import Person
from cartera.store import audit, held_decisions
from cartera.store.publications import current
from cartera.warehouse import held_rows
from cartera.warehouse.reader import Reader
from tests.ledger.lakes import Lake, dump
from tests.people import EVE, READER
from tests.warehouse.held import LATER, books, decide, load, waiting

CLIENTS = "client_id, name\nUNO, Uno de 2025\nDOS, Uno de 2026\n"
HEAD = "document_id, client_id, type, number, issue_date, due_date, total, status\n"
OLD = "FV-100, UNO, invoice, FV-100, 2025-03-01, 2025-03-31, 900000, \n"
NEW = "FV-100, DOS, invoice, FV-100, 2026-03-01, 2026-03-31, 120000, \n"
PAID = "payment_id, client_id, date, amount\n"
RC_OLD = "RC-1, UNO, 2025-01-10, 300000\n"
RC_NEW = "RC-1, DOS, 2026-01-08, 50000\n"


@pytest.fixture
def lake(tmp_path):
    lake = Lake(tmp_path / "lake")
    load(lake, "clients.csv", CLIENTS)
    load(lake, "documents_2025.csv", HEAD + OLD)
    return lake


def test_a_document_of_another_client_day_and_amount_waits_and_the_old_debt_stays(lake):
    result = load(lake, "documents_2026.csv", HEAD + NEW)
    assert (result.loaded, result.unchanged, result.held, result.rejected) == (0, 0, 1, 0)
    assert books(lake) == {"FV-100": ("UNO", 900000)}
    (row,) = waiting(lake)
    assert (row.table, row.key, row.file, row.row) == (
        "documents",
        "FV-100",
        "documents_2026.csv",
        1,
    )
    assert [reason.code for reason in row.reasons] == ["key_reused"]
    both = {name: (row.known[name], row.record[name]) for name in row.changes}
    assert both == {
        "client_id": ("UNO", "DOS"), "issue_date": ("2025-03-01", "2026-03-01"),
        "due_date": ("2025-03-31", "2026-03-31"), "total": ("900000.0000", "120000.0000"),
    }  # fmt: skip


def test_a_payment_of_another_client_day_and_amount_waits(lake):
    load(lake, "payments_2025.csv", PAID + RC_OLD)
    assert load(lake, "payments_2026.csv", PAID + RC_NEW).held == 1
    assert books(lake, "payments") == {"RC-1": ("UNO", 300000)}
    (row,) = waiting(lake)
    assert (row.table, row.key, row.changes) == (
        "payments",
        "RC-1",
        ("client_id", "date", "amount"),
    )


@pytest.mark.parametrize(
    "row",
    [
        # Two of the three are a correction: warned about elsewhere, loaded all the same.
        "FV-100, DOS, invoice, FV-100, 2026-03-01, 2026-03-31, 900000, ",
        "FV-100, DOS, invoice, FV-100, 2025-03-01, 2025-03-31, 120000, ",
        "FV-100, UNO, invoice, FV-100, 2026-03-01, 2026-03-31, 120000, ",
        "FV-100, UNO, invoice, FV-100, 2025-03-01, 2025-03-31, 900000, void",
        "FV-101, DOS, invoice, FV-101, 2026-03-01, 2026-03-31, 120000, ",
    ],
)
def test_what_agrees_in_client_day_or_amount_is_a_correction(lake, row):
    assert load(lake, "documents_2026.csv", HEAD + row).loaded == 1
    assert waiting(lake) == []


@pytest.mark.parametrize(
    ("known", "came", "held"),
    [
        # What counts for nothing yet may change in everything; what is void is still shown.
        (OLD.replace(", \n", ", draft\n"), NEW, 0),
        (OLD.replace(", \n", ", void\n"), NEW, 1),
        (OLD, NEW.replace(", \n", ", void\n"), 1),
        (OLD, NEW.replace(", \n", ", draft\n"), 1),
    ],
)
def test_states_of_both_sides(tmp_path, known, came, held):
    lake = Lake(tmp_path / "lake")
    load(lake, "documents_1.csv", HEAD + known)
    assert load(lake, "documents_2.csv", HEAD + came).held == held


def test_another_currency_is_another_amount(tmp_path):
    lake = Lake(tmp_path / "lake")
    head = "payment_id, client_id, date, amount, currency\n"
    load(lake, "payments_1.csv", head + "P, UNO, 2025-01-10, 300, COP")
    assert load(lake, "payments_2.csv", head + "P, DOS, 2026-01-10, 300, USD").held == 1


def test_an_older_version_that_comes_late_is_history_and_takes_nobodys_place(tmp_path):
    lake = Lake(tmp_path / "lake")
    head = "payment_id, client_id, date, amount, updated_at\n"
    load(lake, "payments_1.csv", head + "P, UNO, 2025-01-10, 300, 2026-05-01T00:00:00")
    late = load(lake, "payments_2.csv", head + "P, DOS, 2024-01-10, 500, 2026-04-01T00:00:00")
    assert (late.loaded, late.held) == (1, 0)
    newer = load(lake, "payments_3.csv", head + "P, DOS, 2026-01-10, 500, 2026-06-01T00:00:00")
    assert (newer.loaded, newer.held) == (0, 1)
    (row,) = waiting(lake)
    decide(lake, "take", row)
    lake.refresh()
    assert books(lake, "payments") == {"P": ("DOS", 500)}
    again = load(lake, "payments_3.csv", head + "P, DOS, 2026-01-10, 500, 2026-06-01T00:00:00")
    assert (again.unchanged, again.held) == (1, 0)


@pytest.mark.parametrize("rows", [OLD + NEW, OLD + NEW + NEW, OLD + OLD + NEW])
def test_both_in_one_file_the_first_stands_and_the_other_waits(tmp_path, rows):
    lake = Lake(tmp_path / "lake")
    result = load(lake, "documents.csv", HEAD + rows)
    assert (result.loaded, result.held) == (1, rows.count("DOS"))
    assert books(lake) == {"FV-100": ("UNO", 900000)}
    assert [row.record["client_id"] for row in waiting(lake)] == ["DOS"]
    again = load(lake, "documents.csv", HEAD + rows)
    assert (again.loaded, again.held) == (0, rows.count("DOS"))
    assert len(waiting(lake)) == 1


def test_taken_it_loads_and_the_same_row_again_is_unchanged(lake):
    load(lake, "documents_2026.csv", HEAD + NEW)
    assert decide(lake, "take", *waiting(lake)) == 1
    assert waiting(lake) == []  # at once, though the lake does not know
    assert books(lake) == {"FV-100": ("UNO", 900000)}
    assert held_rows.carry(lake.settings, lake.store) == 1
    assert books(lake) == {"FV-100": ("DOS", 120000)}
    assert held_rows.carry(lake.settings, lake.store) == 0
    again = load(lake, "documents_2026.csv", HEAD + NEW)
    assert (again.loaded, again.unchanged, again.held) == (0, 1, 0)
    # The other one again is another question, never an answer.
    assert load(lake, "documents_2025.csv", HEAD + OLD).held == 1
    assert books(lake) == {"FV-100": ("DOS", 120000)}
    (row,) = waiting(lake)
    assert (row.known["client_id"], row.record["client_id"]) == ("DOS", "UNO")


def test_kept_out_the_same_row_again_neither_waits_nor_loads(lake):
    load(lake, "documents_2026.csv", HEAD + NEW)
    decide(lake, "keep", *waiting(lake))
    for _ in range(2):
        again = load(lake, "documents_2026.csv", HEAD + NEW)
        assert (again.loaded, again.unchanged, again.held) == (0, 1, 0)
    assert waiting(lake) == []
    assert books(lake) == {"FV-100": ("UNO", 900000)}
    # With other values it is asked about anew.
    other = NEW.replace("120000", "130000")
    assert load(lake, "documents_2026.csv", HEAD + other).held == 1
    # A person may think better of it.
    (kept,) = waiting(lake, "kept")
    decide(lake, "take", kept)
    held_rows.carry(lake.settings, lake.store)
    assert books(lake) == {"FV-100": ("DOS", 120000)}


def test_the_newest_row_of_a_key_waits(lake):
    load(lake, "documents_2026.csv", HEAD + NEW)
    (first,) = waiting(lake)
    assert load(lake, "documents_2026b.csv", HEAD + NEW.replace("120000", "130000")).held == 1
    (row,) = waiting(lake)
    assert (row.file, row.record["total"]) == ("documents_2026b.csv", "130000.0000")
    # Whoever still sees the first decides about nothing.
    decide(lake, "take", first)
    lake.refresh()
    assert books(lake) == {"FV-100": ("UNO", 900000)}
    assert waiting(lake) == [row]


def test_the_same_row_again_waits_once(lake):
    load(lake, "documents_2026.csv", HEAD + NEW)
    before = waiting(lake)
    assert load(lake, "documents_2026_copy.csv", HEAD + NEW).held == 1
    assert waiting(lake) == before


def test_a_correction_of_the_row_that_waits_ends_its_waiting(lake):
    load(lake, "documents_2026.csv", HEAD + NEW)
    # The old one comes again, unchanged or corrected: it says nothing of the other.
    assert load(lake, "documents_2025.csv", HEAD + OLD).unchanged == 1
    assert load(lake, "documents_2025.csv", HEAD + OLD.replace("900000", "910000")).loaded == 1
    assert len(waiting(lake)) == 1
    corrected = NEW.replace("2026-03-01", "2025-03-01")  # of the same day: a correction
    assert load(lake, "documents_2026.csv", HEAD + corrected).loaded == 1
    assert waiting(lake) == []


def test_what_settles_a_row_that_waits_waits_with_it(lake):
    """A payment of the new invoice must not pay the old one, which has its number."""
    load(
        lake,
        "payments_1.csv",
        PAID + "P-UNO, UNO, 2026-04-01, 10000\nP-DOS, DOS, 2026-04-01, 120000",
    )
    load(lake, "documents_2026.csv", HEAD + NEW)
    result = load(
        lake,
        "allocations.csv",
        """
        allocation_id, kind, amount, source_id, document_id
        A-UNO, payment, 10000, P-UNO, FV-100
        A-DOS, payment, 120000, P-DOS, FV-100
        """,
    )
    assert (result.loaded, result.held) == (1, 1)
    plan = "document_id, instalment, due_date, amount\nFV-100, 1, 2026-04-30, 120000"
    assert load(lake, "instalments.csv", plan).held == 1
    allocation, document, instalment = waiting(lake)
    assert allocation.follows == instalment.follows == document.held_id
    assert document.follows is None
    lake.refresh()
    reader = Reader(lake.settings, lake.store)
    assert owed(reader, "UNO") == 890000
    assert owed(reader, "DOS") == -120000
    decide(lake, "take", document)
    lake.refresh()
    assert waiting(lake) == []
    assert owed(reader, "DOS") == -10000  # and Uno's payment is on what bears its number now


def owed(reader: Reader, client_id: str) -> Decimal:
    statement = reader.statement("main", client_id, as_of=date(2026, 11, 24))
    return sum((section.total for section in statement.sections), Decimal(0))


def test_a_row_of_an_export_waits_whole(tmp_path):
    from cartera.sources.mapping import Mapping

    lake = Lake(tmp_path / "lake")
    path = tmp_path / "export.yml"
    path.write_text(
        """
tables:
  - table: clients
    columns: {client_id: who, name: who}
  - table: documents
    columns: {document_id: no, client_id: who, number: no, issue_date: day, total: total,
              type: {constant: invoice}}
  - table: payments
    columns: {payment_id: {template: "P-{no}"}, client_id: who, date: paid_on, amount: paid}
  - table: allocations
    columns: {allocation_id: {template: "A-{no}"}, kind: {constant: payment}, amount: paid,
              source_id: {template: "P-{no}"}, document_id: no}
""",
        encoding="utf-8",
    )
    mapping = Mapping.load(path)
    head = "no, who, day, total, paid_on, paid\n"
    load(lake, "x.csv", head + "100, UNO, 2025-01-01, 500, 2025-02-01, 200", mapping=mapping)
    # The payment alone would load: its amount is the same.
    came = (
        head + "100, DOS, 2026-01-01, 700, 2026-02-01, 200\n101, DOS, 2026-01-01, 1, 2026-01-02, 1"
    )
    result = load(lake, "x.csv", came, mapping=mapping)
    assert {t.table: (t.loaded, t.unchanged, t.held) for t in result.tables} == {
        "clients": (1, 0, 0), "documents": (1, 0, 1), "payments": (1, 0, 1),
        "allocations": (1, 1, 0),
    }  # fmt: skip
    assert books(lake)["100"] == ("UNO", 500)
    assert books(lake, "payments")["P-100"] == ("UNO", 200)
    lead = next(row for row in waiting(lake) if row.table == "documents")
    assert [row.follows for row in waiting(lake)] == [None, lead.held_id]
    decide(lake, "keep", lead)
    again = load(lake, "x.csv", came, mapping=mapping)
    assert (again.loaded, again.held) == (0, 0)
    decide(lake, "take", *[r for r in waiting(lake, "kept") if r.table == "documents"])
    held_rows.carry(lake.settings, lake.store)
    assert books(lake)["100"] == ("DOS", 700)
    assert books(lake, "payments")["P-100"] == ("DOS", 200)


def test_who_decides_and_what_the_trail_says(lake):
    load(lake, "documents_2026.csv", HEAD + NEW)
    rows = waiting(lake)
    for stranger in (READER, EVE):
        with pytest.raises(Forbidden):
            held_decisions.decide(lake.store, "main", rows, "take", by=stranger, now=LATER)
    decide(lake, "keep", *rows)
    (entry,) = audit.entries(lake.store, "main", action="held.kept_out")
    assert (entry.who, entry.at, entry.subject) == ("ana", LATER, "FV-100")
    assert entry.details["file"] == "documents_2026.csv"
    assert entry.details["changes"]["client_id"] == {"old": "UNO", "new": "DOS"}
    # Somebody who still sees it is told so.
    with pytest.raises(Refusal):
        decide(lake, "take", *rows)
    luis = Person("luis", "main", "administrator")
    with pytest.raises(Refusal):
        held_decisions.decide(lake.store, "main", [], "take", by=luis, now=LATER)


def test_a_whole_file_is_decided_about_at_once(lake):
    rows = [f"N-{n}, UNO, invoice, N-{n}, 2025-01-01, , 7777, \n" for n in range(600)]
    load(lake, "documents_n.csv", HEAD + "".join(rows))
    came = "".join(rows).replace("UNO", "DOS").replace("2025", "2026").replace("7777", "8888")
    assert load(lake, "documents_m.csv", HEAD + came).held == 600
    assert decide(lake, "take", *waiting(lake)) == 600
    assert held_rows.carry(lake.settings, lake.store) == 600
    assert set(books(lake).values()) == {("UNO", 900000), ("DOS", 8888)}
    (entry,) = audit.entries(lake.store, "main", action="held.taken")
    assert (entry.subject, entry.details["rows"]) == ("documents_m.csv", 600)


def test_another_company_has_its_own_numbers(lake):
    other = (
        (HEAD + NEW)
        .replace("document_id", "company_id, document_id")
        .replace("FV-100, DOS", "otra, FV-100, DOS")
    )
    assert load(lake, "documents_otra.csv", other, any_company=True).loaded == 1


@pytest.mark.full
def test_incremental_equals_rebuild_before_and_after(lake):
    lake.refresh()
    reader = Reader(lake.settings, lake.store)
    load(lake, "documents_2026.csv", HEAD + NEW)
    load(lake, "documents_2026.csv", HEAD + NEW.replace("FV-100", "FV-200"))
    lake.refresh()
    assert not current(lake.store).full
    assert (owed(reader, "UNO"), owed(reader, "DOS")) == (900000, 120000)
    decide(lake, "take", *waiting(lake))
    lake.refresh()
    assert (owed(reader, "UNO"), owed(reader, "DOS")) == (0, 240000)
    with closing(lake.open()) as connection:
        incremental = dump(connection)
    lake.refresh(full=True)
    with closing(lake.open()) as connection:
        assert dump(connection) == incremental


KILLED = """
import os, signal, sys
from cartera.config import settings
from cartera.store import held_decisions
from cartera.store.db import open_store
from cartera.warehouse import held_rows
def die(*given):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] == "before":
    held_rows._take = die
else:
    held_decisions.mark_carried = die
here = settings()
held_rows.carry(here, open_store(here))
"""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.full
def test_a_kill_loses_nothing_and_doubles_nothing(lake, moment):
    load(lake, "documents_2026.csv", HEAD + NEW)
    decide(lake, "take", *waiting(lake))
    environment = {**os.environ, "CARTERA_HOME": str(lake.settings.root)}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, moment], env=environment, check=False, timeout=120
    )
    assert killed.returncode == -signal.SIGKILL
    assert held_decisions.are_waiting(lake.store)
    # A correction that comes next stands: what was decided before it is not done again.
    load(lake, "documents_2026.csv", HEAD + NEW.replace("120000", "125000"))
    assert books(lake) == {"FV-100": ("DOS", 125000)}
    held_rows.carry(lake.settings, lake.store)
    assert books(lake) == {"FV-100": ("DOS", 125000)}
    assert not held_decisions.are_waiting(lake.store)
    with closing(lake.open()) as connection:
        versions = connection.execute("SELECT count(*) FROM lake.raw.documents").fetchone()
    assert versions == (3,)
