"""A number that two clients have: what names it moves nobody's figures without a word."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from cartera.i18n import Translator
from cartera.sources.mapping import Mapping
from cartera.warehouse.held_words import sentences
from cartera.warehouse.reader import Reader
from tests.ledger.lakes import Lake, dump
from tests.warehouse.held import books, decide, load, waiting

DOCUMENTS = "document_id,client_id,type,number,issue_date,due_date,total,status\n"
PAYMENTS = "payment_id,client_id,date,amount,direction\n"
ALLOCATIONS = "allocation_id,kind,source_id,document_id,target_payment_id,amount,date\n"
PLAN = "document_id,instalment,due_date,amount\n"
HEADS = {
    "clients": "client_id,name\n", "documents": DOCUMENTS, "payments": PAYMENTS,
    "allocations": ALLOCATIONS, "instalments": PLAN,
}  # fmt: skip
Y25 = {
    "documents": "FV-100,A,invoice,FV-100,2025-03-01,2025-04-01,900000,\n",
    "instalments": "FV-100,1,2025-04-01,450000\nFV-100,2,2025-05-01,450000\n",
    "payments": "RC-1,A,2025-04-01,100000,\n",
    "allocations": "A1,payment,RC-1,FV-100,,100000,2025-04-01\n",
}
Y26 = {
    "documents": "FV-100,B,invoice,FV-100,2026-03-01,2026-04-01,120000,\n",
    "instalments": "FV-100,1,2026-04-01,60000\nFV-100,2,2026-12-01,60000\n",
    "payments": "RC-2,B,2026-04-01,20000,\n",
    "allocations": "A1,payment,RC-2,FV-100,,20000,2026-04-01\n",
}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    lake = Lake(tmp_path_factory.mktemp("model") / "home")
    year(lake, {"clients": "A,Ana\nB,Beto\nC,Caro\n"})
    lake.store.close()
    return lake.settings.root


@pytest.fixture
def lake(tmp_path, model):
    return Lake(tmp_path / "lake", model)


def year(lake, tables):
    """Load each table; how many rows of each came in, and were held."""
    found = {}
    for table, rows in tables.items():
        result = load(lake, f"{table}.csv", HEADS[table] + rows)
        found[table] = (result.loaded, result.held)
    return found


def figures(lake):
    """Of each client: by bucket, what is not zero."""
    lake.refresh()
    reader = Reader(lake.settings, lake.store)
    found = {}
    for client in "ABC":
        for section in reader.statement("main", client, as_of=date(2026, 11, 24)).sections:
            named = {**section.aging, "unapplied": section.unapplied}
            found[client] = {name: int(value) for name, value in named.items() if value}
    return {client: named for client, named in found.items() if named}


def open_items(lake, client):
    lake.refresh()
    reader = Reader(lake.settings, lake.store)
    statement = reader.statement("main", client, as_of=date(2026, 11, 24))
    return sum((section.total for section in statement.sections), Decimal(0))


MAPPING = """
tables:
  - table: clients
    columns: {client_id: cliente, name: nombre}
  - table: documents
    columns: {document_id: factura, client_id: cliente, number: factura, issue_date: fecha,
              total: total, type: {constant: invoice}}
  - table: payments
    columns: {payment_id: {template: "pay-{factura}"}, client_id: cliente, date: pagada,
              amount: pagado}
  - table: allocations
    columns: {allocation_id: {template: "al-{factura}"}, kind: {constant: payment}, amount: pagado,
              source_id: {template: "pay-{factura}"}, document_id: factura}
"""
HEAD = "factura,cliente,nombre,fecha,total,pagado,pagada\n"
ROW25 = "100,A,Ana,2025-03-01,900000,100000,2025-04-01\n"
ROW26 = "100,B,Beto,2026-03-01,120000,20000,2026-04-01\n"


@pytest.fixture
def mapping(tmp_path):
    path = tmp_path / "export.yml"
    path.write_text(MAPPING, encoding="utf-8")
    return Mapping.load(path)


@pytest.mark.parametrize("files", [[ROW25, ROW26], [ROW25 + ROW26]])
def test_a_row_of_an_export_is_decided_about_whole(lake, mapping, files):
    for name, rows in enumerate(files):
        load(lake, f"y{name}.csv", HEAD + rows, mapping=mapping)
    assert figures(lake) == {"A": {"90+": 800000}}
    (lead,) = [row for row in waiting(lake) if not row.follows]
    assert {(r.table, r.follows) for r in waiting(lake) if r.follows} == {
        ("payments", lead.held_id), ("allocations", lead.held_id),
    }  # fmt: skip
    decide(lake, "take", lead)
    assert figures(lake) == {"B": {"90+": 100000}}
    assert waiting(lake) == []


@pytest.mark.full
def test_a_row_of_an_export_that_was_kept_out_is_asked_about_again_with_other_values(lake, mapping):
    load(lake, "y25.csv", HEAD + ROW25, mapping=mapping)
    load(lake, "y26.csv", HEAD + ROW26, mapping=mapping)
    leads = [row for row in waiting(lake) if not row.follows]
    decide(lake, "keep", *leads, now=datetime.now(UTC))
    assert load(lake, "y26.csv", HEAD + ROW26, mapping=mapping).held == 0
    changed = HEAD + ROW26.replace(",20000,", ",30000,")
    assert load(lake, "y26.csv", changed, mapping=mapping).held == 2
    assert load(lake, "y26.csv", changed, mapping=mapping).held == 3  # the invoice, too
    assert figures(lake) == {"A": {"90+": 800000}}
    (lead,) = [row for row in waiting(lake) if not row.follows]
    assert len(waiting(lake)) == 3
    decide(lake, "keep", lead)
    result = load(lake, "y26.csv", changed, mapping=mapping)
    assert (result.loaded, result.held) == (0, 0)
    decide(lake, "take", *[row for row in waiting(lake, "kept") if row.key == "100"])
    assert figures(lake) == {"B": {"90+": 90000}}


@pytest.mark.full
def test_the_older_file_again_says_nothing_of_what_waits(lake):
    year(lake, Y25)
    assert year(lake, Y26) == {
        "documents": (0, 1), "instalments": (0, 2), "payments": (1, 0), "allocations": (0, 1),
    }  # fmt: skip
    assert set(year(lake, Y25).values()) == {(0, 0)}
    (lead,) = [row for row in waiting(lake) if not row.follows]
    decide(lake, "take", lead)
    assert figures(lake) == {"A": {"unapplied": -100000}, "B": {"current": 60000, "90+": 40000}}


#: Beside Y25; FV-100 of Beto waits, and so do NC-1 and R-1 of his.
BASE = {
    "documents": Y25["documents"]
    + "NC-1,A,credit_note,NC-1,2025-03-02,,50000,\nFV-9,B,invoice,FV-9,2026-01-01,,70000,\n"
    + "NC-5,B,credit_note,NC-5,2026-03-02,,20000,\n",
    "payments": "R-1,A,2025-04-01,500,\nO-1,B,2026-05-01,300,out\nX1,A,2025-04-02,700,\n"
    "P-A,A,2026-06-01,10,\nP-C,C,2026-06-01,10,\n",
}
TWICE = {
    "documents": Y26["documents"] + "NC-1,B,credit_note,NC-1,2026-03-02,,30000,\n",
    "payments": "R-1,B,2026-04-01,800,\nX1,B,2026-04-02,900,\n",
}
CASES = {
    "W1,withholding,,FV-100,,3000,2026-03-05": "held",
    "W2,withholding,,FV-100,,3000,2025-03-05": "loaded",
    "W3,withholding,,FV-100,,3000,": "held",
    "C1,credit,NC-1,FV-9,,30000,": "held",
    "C2,credit,NC-5,FV-100,,20000,": "held",
    "C3,credit,NC-1,FV-100,,20000,2025-03-02": "loaded",
    "C4,credit,NC-1,FV-100,,20000,2026-03-02": "held",
    "C5,credit,NC-1,FV-100,,20000,": "held",
    "F1,refund,O-1,,R-1,300,": "held",
    "L1,payment,LATER,FV-100,,20000,": "held",
    # X1 is a payment that waits; a credit note of that number does not.
    "K1,credit,X1,FV-9,,1000,": "loaded",
    "P1,payment,P-A,FV-100,,10,": "loaded",
    "P2,payment,P-C,FV-100,,10,": "held",
    "P3,payment,P-C,FV-9,,10,": "loaded",
}


def test_what_names_a_number_that_two_clients_have_waits_unless_it_is_surely_the_old_ones(lake):
    year(lake, BASE)
    assert year(lake, TWICE) == {"documents": (0, 2), "payments": (0, 2)}
    result = load(lake, "allocations.csv", ALLOCATIONS + "\n".join(CASES))
    held = {row.key for row in waiting(lake) if row.table == "allocations"}
    assert held == {row[:2] for row, said in CASES.items() if said == "held"}
    assert (result.loaded, result.held) == (len(CASES) - len(held), len(held))
    # Each with the row of its other end's client; and all of them once more.
    assert all(row.follows for row in waiting(lake) if row.table == "allocations")
    again = load(lake, "allocations.csv", ALLOCATIONS + "\n".join(CASES))
    assert (again.loaded, again.held) == (0, len(held))


@pytest.mark.full
def test_what_names_two_numbers_of_which_one_was_let_in_waits_with_the_other(lake):
    year(lake, BASE)
    year(lake, TWICE)
    year(lake, {"allocations": "D1,payment,R-1,FV-100,,800,2026-04-01\n"})
    before = figures(lake)["A"]
    for key in ("R-1", "FV-100"):
        (lead,) = [row for row in waiting(lake) if row.key == key]
        decide(lake, "take", lead)
        lake.refresh()
        assert ("D1" in {row.key for row in waiting(lake)}) is (key == "R-1")
        if key == "R-1":
            now = figures(lake)["A"]
            assert now == {**before, "unapplied": before["unapplied"] + 500}
    assert open_items(lake, "B") == 120000 + 70000 - 20000 - 800 + 300


def both(table):
    return Y25[table] + Y26[table]


@pytest.mark.full
def test_both_years_in_one_file_of_each_table(lake):
    """By what tells them apart: clients, days, sums of plans."""
    rc = "RC-1,A,2025-04-01,100000,\nRC-1,B,2026-04-01,20000,\n"
    allocations = (
        "A1,payment,RC-1,FV-100,,60000,2025-04-01\nA2,payment,RC-1,FV-100,,40000,2025-05-01\n"
        "A1,payment,RC-1,FV-100,,15000,2026-04-01\nA3,payment,RC-1,FV-100,,5000,2026-05-01\n"
    )
    assert year(lake, {
        "documents": both("documents"), "instalments": both("instalments"), "payments": rc,
        "allocations": allocations,
    }) == {
        "documents": (1, 1), "instalments": (2, 2), "payments": (1, 1), "allocations": (2, 2),
    }  # fmt: skip
    assert figures(lake) == {"A": {"90+": 800000}}
    assert year(lake, {"allocations": "A4,payment,RC-1,FV-100,,-1,2025-06-01\n"}) == {
        "allocations": (1, 0)
    }
    decide(lake, "take", *[row for row in waiting(lake) if not row.follows])
    lake.refresh()
    assert waiting(lake) == []


@pytest.mark.parametrize("files", [1, 3])
def test_of_three_clients_with_one_number_each_waits(lake, files):
    rows = [
        Y25["documents"],
        Y26["documents"],
        "FV-100,C,invoice,FV-100,2026-10-01,2026-11-01,5000,\n",
    ]
    for part in ["".join(rows)] if files == 1 else rows:
        year(lake, {"documents": part})
    assert [row.record["client_id"] for row in waiting(lake)] in (["B", "C"], ["C", "B"])
    year(lake, {"documents": "".join(rows)})
    assert len(waiting(lake)) == 2
    (last,) = [row for row in waiting(lake) if row.record["client_id"] == "C"]
    decide(lake, "take", last)
    lake.refresh()
    assert books(lake) == {"FV-100": ("C", 5000)}
    (beto,) = waiting(lake)
    assert beto.known["client_id"] == "C"


@pytest.mark.parametrize(
    ("came", "said"),
    [
        ("FV-100,C,invoice,FV-100,2025-03-01,2025-04-01,700000,\n", "C, Mar 1, 2025, 700,000"),
        ("FV-100,A,invoice,FV-100,2025-03-01,2025-04-01,880000,\n", "A, Mar 1, 2025, 880,000"),
        ("FV-100,A,invoice,FV-100,2025-03-01,2025-04-01,900000,void\n", "Status: Void"),
    ],
)
def test_what_is_in_the_books_is_what_is_there_now(lake, came, said):
    year(lake, {"documents": Y25["documents"]})
    year(lake, {"documents": Y26["documents"]})
    year(lake, {"documents": came})
    (row,) = waiting(lake)
    (sentence,) = sentences(row, Translator("en"))
    assert said in sentence


@pytest.mark.full
def test_what_comes_with_a_row_that_was_kept_out_stays_out(lake):
    year(lake, Y25)
    year(lake, Y26)
    (lead,) = [row for row in waiting(lake) if not row.follows]
    decide(lake, "keep", lead)
    before = figures(lake)
    assert set(year(lake, Y26).values()) == {(0, 0)}
    corrected = {
        "instalments": "FV-100,1,2026-04-01,70000\nFV-100,2,2026-12-01,50000\n",
        "allocations": "A1,payment,RC-2,FV-100,,19000,2026-04-01\n",
    }
    for _ in range(2):
        assert set(year(lake, corrected).values()) == {(0, 0)}
    assert (figures(lake), waiting(lake)) == (before, [])
    # Ana's own go on: her plan, her money.
    own = {
        "instalments": "FV-100,1,2025-04-01,500000\nFV-100,2,2025-05-01,400000\n",
        "payments": "RC-3,A,2026-10-01,1000,\n",
        "allocations": "A2,payment,RC-3,FV-100,,1000,2026-10-01\n",
    }
    assert set(year(lake, own).values()) == {(1, 0), (2, 0)}
    # Where nothing tells, a person is asked: it goes with nothing.
    assert year(lake, {"allocations": "A3,payment,LATER,FV-100,,7,\n"}) == {"allocations": (0, 1)}
    (doubt,) = waiting(lake)
    assert doubt.follows is None
    assert "two rows have" in sentences(doubt, Translator("en"))[0]
    # The row itself with other values is asked about again, with what was kept out with it.
    year(lake, {"documents": Y26["documents"].replace("120000", "125000")})
    (lead,) = [row for row in waiting(lake) if row.table == "documents"]
    assert sum(row.follows == lead.held_id for row in waiting(lake)) == 3
    decide(lake, "take", lead)
    lake.refresh()
    assert books(lake)["FV-100"] == ("B", 125000)
    assert open_items(lake, "B") == 125000 - 20000 - 1000  # what Ana paid on the number
    # What was kept out once is an earlier version of the same thing now.
    assert year(lake, {"allocations": "W9,withholding,,FV-100,,5,2026-05-01\n"}) == {
        "allocations": (1, 0)
    }


def test_what_was_kept_out_comes_in_once_its_client_has_the_number(lake):
    year(lake, {"documents": Y25["documents"]})
    year(lake, {name: Y26[name] for name in ("documents", "instalments")})
    decide(lake, "keep", *[row for row in waiting(lake) if not row.follows])
    assert year(lake, {"instalments": Y26["instalments"]}) == {"instalments": (0, 0)}
    corrected = Y26["documents"].replace("120000", "900000")  # two of three: with a warning
    assert year(lake, {"documents": corrected}) == {"documents": (1, 0)}
    assert year(lake, {n: Y26[n] for n in ("documents", "instalments")}) == {
        "documents": (1, 0), "instalments": (2, 0),
    }  # fmt: skip
    assert figures(lake) == {"B": {"current": 60000, "90+": 60000}}


@pytest.mark.full
def test_incremental_equals_rebuild(lake):
    year(lake, BASE)
    lake.refresh()
    year(lake, TWICE)
    load(lake, "allocations.csv", ALLOCATIONS + "\n".join(CASES))
    for choice in ("keep", "take"):
        (lead, *_) = [row for row in waiting(lake) if not row.follows]
        decide(lake, choice, lead)
        lake.refresh()
    with closing(lake.open()) as connection:
        incremental = dump(connection)
    lake.refresh(full=True)
    with closing(lake.open()) as connection:
        assert dump(connection) == incremental
