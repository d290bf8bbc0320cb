"""Closed books: no row changes figures of a closed day unless a person lets it in."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from cartera.errors import Forbidden
from cartera.i18n import Translator
from cartera.people import operator
from cartera.store import audit, companies
from cartera.store.companies import SettingsRefused
from cartera.warehouse import held_rows
from cartera.warehouse.held_words import sentences
from tests.ledger.histories import DAYS, FIRST_DAY, history
from tests.ledger.lakes import Lake
from tests.people import ANA, READER
from tests.warehouse.held import books, decide, load, waiting

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
CLOSED = "2026-10-31"
CLIENTS = "client_id, name\nC1, Ana\nC2, Luis\n"
DOCUMENT = (
    "document_id, client_id, type, number, issue_date, due_date, total, status, voided_on, "
    "reference, disputed\n"
)
PAYMENT = "payment_id, client_id, date, amount, status, voided_on, method, direction\n"
ALLOCATION = "allocation_id, kind, amount, date, source_id, document_id, status, label\n"
INSTALMENT = "document_id, instalment, due_date, amount, status\n"
TABLES = {
    "documents": DOCUMENT, "payments": PAYMENT, "allocations": ALLOCATION,
    "instalments": INSTALMENT,
}  # fmt: skip
#: What is in the books when they are closed.
BEFORE = {
    "documents": "OLD, C1, invoice, F-1, 2026-10-01, 2026-11-01, 100, , , r, \n"
    "LATE, C1, invoice, F-2, 2026-11-05, 2026-12-01, 100, , , , \n"
    "DRAFT, C1, invoice, F-3, 2026-10-05, , 100, draft, , , \n",
    "payments": "P, C1, 2026-10-10, 40, , , cash, \nQ, C1, 2026-11-10, 30, , , , \n",
    "allocations": "A, payment, 10, , P, OLD, , \n",
    "instalments": "OLD, 1, 2026-11-01, 100, \n",
}


def close(lake, until=CLOSED, company="main"):
    changes = {"closed_until": until}
    companies.save(lake.store, company, changes, by=operator(company), now=NOW)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A home with what is in the books, not closed yet; each test has a copy."""
    lake = Lake(tmp_path_factory.mktemp("closed") / "home")
    load(lake, "clients.csv", CLIENTS)
    for table, rows in BEFORE.items():
        load(lake, f"{table}.csv", TABLES[table] + rows)
    lake.store.close()
    return lake.settings.root


@pytest.fixture
def lake(tmp_path, model):
    lake = Lake(tmp_path / "lake", model)
    close(lake)
    return lake


CASES = [
    # New rows: by their effective day.
    ("documents", "N, C1, invoice, F-9, 2026-10-31, , 5, , , , ", True),
    ("documents", "N, C1, invoice, F-9, 2026-11-01, , 5, , , , ", False),
    ("documents", "N, C1, invoice, F-9, 2026-10-31, , 5, draft, , , ", False),
    ("documents", "N, C1, invoice, F-9, 2026-10-31, , 5, void, , , ", False),
    ("documents", "N, C1, invoice, F-9, 2026-10-30, , 5, void, 2026-10-31, , ", True),
    ("payments", "N, C1, 2026-10-31, 5, , , , ", True),
    ("payments", "N, C1, 2026-11-01, 5, , , , ", False),
    ("payments", "N, C1, 2026-10-31, 5, pending, , , ", False),
    ("allocations", "N, payment, 5, , P, OLD, , ", True),
    ("allocations", "N, payment, 5, 2026-11-01, P, OLD, , ", False),
    ("allocations", "N, payment, 5, 2026-10-10, Q, OLD, , ", False),  # its payment is later
    ("allocations", "N, payment, 5, 2026-10-10, P, LATE, , ", False),  # its invoice is later
    ("allocations", "N, write_off, 5, 2026-10-31, , OLD, , ", True),
    ("allocations", "N, write_off, 5, , , OLD, void, ", False),
    ("allocations", "N, payment, 5, , P, NOWHERE, , ", False),  # it waits for its invoice
    ("instalments", "OLD, 2, 2026-12-01, 5, ", True),
    ("instalments", "LATE, 1, 2026-12-01, 100, ", False),
    ("instalments", "NOWHERE, 1, 2026-12-01, 100, ", False),
    # Known rows: where they say something else of the closed day.
    ("documents", "OLD, C1, invoice, F-1, 2026-10-01, 2026-11-01, 90, , , r, ", True),
    ("documents", "OLD, C2, invoice, F-1, 2026-10-01, 2026-11-01, 100, , , r, ", True),
    ("documents", "OLD, C1, invoice, F-1, 2026-10-01, 2026-11-02, 100, , , r, ", True),
    ("documents", "OLD, C1, invoice, F-1, 2026-11-02, 2026-11-02, 100, , , r, ", True),
    ("documents", "OLD, C1, debit_note, F-1, 2026-10-01, 2026-11-01, 100, , , r, ", True),
    ("documents", "LATE, C1, invoice, F-2, 2026-10-30, 2026-12-01, 100, , , , ", True),
    ("documents", "LATE, C1, invoice, F-2, 2026-11-06, 2026-12-01, 70, , , , ", False),
    ("documents", "DRAFT, C1, invoice, F-3, 2026-10-05, , 100, issued, , , ", True),
    ("documents", "DRAFT, C1, invoice, F-3, 2026-11-05, , 100, issued, , , ", False),
    ("documents", "OLD, C1, invoice, F-1, 2026-10-01, 2026-11-01, 100, void, , r, ", True),
    ("documents", "OLD, C1, invoice, F-1, 2026-10-01, 2026-11-01, 100, void, 2026-10-31, r, ",
     True),
    ("documents", "OLD, C1, invoice, F-1, 2026-10-01, 2026-11-01, 100, void, 2026-11-01, r, ",
     False),
    # What only describes.
    ("documents", "OLD, C1, invoice, F-1b, 2026-10-01, 2026-11-01, 100, , , s, true", False),
    ("payments", "P, C1, 2026-10-10, 41, , , cash, ", True),
    ("payments", "P, C1, 2026-10-10, 40, , , card, ", False),
    ("payments", "P, C1, 2026-10-10, 40, , , cash, out", True),
    ("payments", "Q, C1, 2026-11-11, 31, void, , , ", False),
    ("allocations", "A, payment, 11, , P, OLD, , ", True),
    ("allocations", "A, payment, 10, 2026-11-02, P, OLD, , ", True),
    ("allocations", "A, payment, 10, , P, OLD, void, ", True),
    ("allocations", "A, payment, 10, , Q, OLD, , ", True),
    ("allocations", "A, payment, 10, , P, OLD, , label", False),
    ("instalments", "OLD, 1, 2026-11-01, 99, ", True),
    ("instalments", "OLD, 1, 2026-11-01, 100, void", True),
]  # fmt: skip


def numbered(rows: str, case: int) -> str:
    """The rows with keys of one case: each has items of its own in the books."""
    return re.sub(r"\b(OLD|LATE|DRAFT|NOWHERE|N|P|Q|A)\b", rf"\g<1>{case}", rows) + "\n"


@pytest.fixture(scope="module")
def all_cases(tmp_path_factory):
    """What is in the books, once for each case, closed."""
    lake = Lake(tmp_path_factory.mktemp("cases") / "home")
    for table, rows in BEFORE.items():
        every = "".join(numbered(rows, case) for case in range(len(CASES)))
        load(lake, f"{table}.csv", TABLES[table] + every)
    close(lake)
    return lake


@pytest.mark.parametrize("table", list(TABLES))
def test_a_row_waits_if_it_says_something_else_of_the_closed_day(all_cases, table):
    mine = {case: row for case, (name, row, _) in enumerate(CASES) if name == table}
    rows = [numbered(row, case) for case, row in mine.items()]
    result = load(all_cases, f"{table}_2.csv", TABLES[table] + "".join(rows))
    held = {row.row for row in waiting(all_cases) if row.table == table}
    assert held == {n for n, case in enumerate(mine, 1) if CASES[case][2]}
    assert (result.held, result.loaded) == (len(held), len(rows) - len(held))
    for row in waiting(all_cases):
        assert [(reason.code, reason.value) for reason in row.reasons] == [("closed_day", CLOSED)]


def test_the_same_rows_again_are_unchanged(lake):
    for table, rows in BEFORE.items():
        result = load(lake, f"{table}.csv", TABLES[table] + rows)
        assert (result.loaded, result.held) == (0, 0)


def test_a_client_that_old_rows_wait_for_waits(tmp_path):
    lake = Lake(tmp_path / "lake")
    load(lake, "documents.csv", DOCUMENT + "F, C1, invoice, F-1, 2026-10-01, , 5, , , , \n"
         "G, C2, invoice, F-2, 2026-11-01, , 5, , , , ")  # fmt: skip
    close(lake)
    result = load(lake, "clients.csv", CLIENTS)
    assert (result.loaded, result.held) == (1, 1)
    (row,) = waiting(lake)
    assert (row.table, row.key) == ("clients", "C1")


def test_of_a_key_twice_in_a_file_the_newest_row_speaks(lake):
    there = "P, C1, 2026-10-10, 40, , , cash, \n"
    other = "P, C1, 2026-10-10, 50, , , cash, \n"
    assert load(lake, "payments_2.csv", PAYMENT + other + there).held == 0
    assert waiting(lake) == []
    assert load(lake, "payments_2.csv", PAYMENT + there + other).held == 1
    # The books' own values again: the other row is no question any more.
    assert load(lake, "payments_2.csv", PAYMENT + there).unchanged == 1
    assert waiting(lake) == []


SENTENCES = [
    # Nothing of it is in the books, though another key stands in the file twice.
    ("documents", ("I9, C1, invoice, I9, 2026-10-02, 2026-11-01, 77, , , , \n"
     "LATE, C1, invoice, F-2, 2026-11-05, 2026-12-01, 100, , , , \n"
     "LATE, C1, invoice, F-2, 2026-11-05, 2026-12-01, 90, , , , "),
     ("nothing in the books, C1, Oct 2, 2026, 77.00 COP in the file",)),
    ("documents", "OLD, C1, invoice, F-1, 2026-10-01, 2026-11-09, 100, , , r, ",
     ("Due date: Nov 1, 2026 in the books", "Due date: Nov 9, 2026 in the file")),
    ("documents", "OLD, C1, invoice, F-1, 2026-10-01, 2026-11-01, 100, void, , r, ",
     ("Status: Issued in the books", "Status: Void in the file")),
    ("documents", "DRAFT, C1, invoice, F-3, 2026-10-05, , 100, issued, , , ",
     ("Status: Draft in the books", "Status: Issued in the file")),
    ("allocations", "A, payment, 10, , P, LATE, , ",
     ("Document: OLD in the books", "Document: LATE in the file")),
]  # fmt: skip


@pytest.mark.parametrize(("table", "rows", "said"), SENTENCES)
def test_the_sentence_names_what_differs(lake, table, rows, said):
    assert load(lake, f"{table}_2.csv", TABLES[table] + rows).held == 1
    (row,) = waiting(lake)
    (sentence,) = sentences(row, Translator("en"))
    for part in said:
        assert part in sentence


def test_only_the_company_that_closed_its_books(lake):
    rows = (
        "company_id, "
        + PAYMENT
        + "otra, N, C1, 2026-10-31, 5, , , , \nmain, N, C1, 2026-10-31, 5, , , , "
    )
    result = load(lake, "payments_2.csv", rows, any_company=True)
    assert (result.loaded, result.held) == (1, 1)


def test_reopening_lets_nothing_in_by_itself(lake):
    row = PAYMENT + "N, C1, 2026-10-31, 5, , , , "
    load(lake, "payments_2.csv", row)
    close(lake, "")
    lake.refresh()
    assert [one.key for one in waiting(lake)] == ["N"]
    assert "N" not in books(lake, "payments")
    decide(lake, "keep", *waiting(lake))
    assert load(lake, "payments_2.csv", row).unchanged == 1
    # Another row of the same day is like any other now.
    assert load(lake, "payments_3.csv", row.replace("N,", "M,")).loaded == 1


def test_let_in_it_counts_and_comes_again_unchanged(lake):
    row = PAYMENT + "P, C1, 2026-10-10, 41, , , cash, "
    load(lake, "payments_2.csv", row)
    decide(lake, "take", *waiting(lake))
    assert held_rows.carry(lake.settings, lake.store) == 1
    assert books(lake, "payments")["P"] == ("C1", 41)
    assert load(lake, "payments_2.csv", row).unchanged == 1
    # What was before would change the closed day again.
    assert load(lake, "payments.csv", PAYMENT + BEFORE["payments"]).held == 1


def test_a_number_used_twice_in_closed_days_has_both_reasons(lake):
    load(lake, "payments_2.csv", PAYMENT + "P, C2, 2026-10-20, 7, , , , ")
    (row,) = waiting(lake)
    assert [reason.code for reason in row.reasons] == ["key_reused", "closed_day"]


def test_who_closes_and_what_the_trail_says(lake, tmp_path):
    with pytest.raises(Forbidden):
        companies.save(lake.store, "main", {"closed_until": ""}, by=READER, now=NOW)
    companies.save(lake.store, "main", {"closed_until": "2026-11-24"}, by=ANA, now=NOW)
    entry = companies.history(lake.store, "main")[0]
    assert (entry.who, entry.details["changes"]) == (
        "ana", {"closed_until": {"old": CLOSED, "new": "2026-11-24"}},
    )  # fmt: skip
    company = companies.profile(lake.settings, lake.store)
    for wrong in ("2026-11-25", "31/10/2026", "yesterday"):
        with pytest.raises(SettingsRefused):
            companies.save(
                lake.store, "main", {"closed_until": wrong}, by=ANA, now=NOW, company=company
            )
    assert companies.closed_books(lake.settings, lake.store) == {"main": date(2026, 11, 24)}
    assert len(audit.entries(lake.store, "main", action="settings.changed")) == 2


def test_the_file_of_settings_may_say_it_and_the_page_has_the_last_word(tmp_path):
    lake = Lake(tmp_path / "lake")
    (lake.settings.root / "cartera.toml").write_text(
        '[company.main]\nname = "X"\nclosed_until = 2026-10-31\n[company.otra]\nname = "Y"\n'
    )
    lake.settings.__dict__.pop("companies", None)
    assert companies.closed_books(lake.settings, lake.store) == {"main": date(2026, 10, 31)}
    close(lake, "")
    assert companies.closed_books(lake.settings, lake.store) == {}
    assert companies.profile(lake.settings, lake.store).closed_until == ""


DAY = FIRST_DAY + timedelta(days=DAYS // 2)


def figures(lake: Lake) -> list[tuple]:
    with closing(lake.open()) as connection:
        found = []
        for days in (0, 20, 45):
            found += connection.execute(
                "SELECT company_id, client_id, currency, item_kind, item_id, instalment, "
                "open_amount, bucket, due_date FROM lake.marts.aging_items(?, 'due_date', [30]) "
                "ORDER BY ALL",
                [DAY - timedelta(days=days)],
            ).fetchall()
        return found


@pytest.mark.full
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.proof)])
def test_figures_of_closed_days_stay_whatever_comes(seed):
    """Random histories, closed half way: voids, plans, negative allocations, late clients."""
    random = Random(seed)
    names = [f"co{n}" for n in range(20)]
    rows = [row for name in names for row in history(random, name, timed=False)]
    random.shuffle(rows)
    with TemporaryDirectory() as home:
        lake = Lake(Path(home))
        half = len(rows) // 2
        lake.load(rows[:half])
        lake.refresh()
        before = figures(lake)
        for name in names:
            close(lake, DAY.isoformat(), name)
        for part in (rows[half : half + half // 2], rows[half + half // 2 :]):
            results = lake.load(part)
            lake.refresh()
            assert sum(result.held for result in results) > 10
            assert figures(lake) == before
