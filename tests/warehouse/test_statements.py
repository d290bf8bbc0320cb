"""The statement object from a real lake: every sum ties, whatever the kind and the day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cartera.config import Settings
from cartera.errors import NotFound, UsageError
from cartera.statement import Item, Section, Statement, to_json
from cartera.store.db import open_store
from cartera.warehouse.reader import Reader
from tests.ledger.lakes import built
from tests.warehouse.small import assert_ties, fill, write_tables

DAY = date(2026, 6, 30)

TABLES = {
    "clients": """
        company_id, client_id, name,    language, emails
        main,       C1,        Ana,     en,       ana@example.com; pagos@example.com
        main,       C2,        Beto,    ,
        main,       C3,        Caro,    ,
        other,      C9,        Nobody,  es,
    """,
    "documents": """
        document_id, client_id, type, number, issue_date, due_date, currency, total, status, \
        purchase_order, voided_on
        F0, C1, invoice,     FV-0, 2025-12-01, 2025-12-31, COP, 400,   issued, OC-0,
        F1, C1, invoice,     FV-1, 2026-01-10, 2026-02-09, COP, 1000,  issued, OC-1,
        F2, C1, invoice,     FV-2, 2026-03-01, 2026-05-31, COP, 600,   issued, ,
        F3, C1, invoice,     FV-3, 2026-06-20, 2026-07-20, COP, 300,   issued, ,     2026-06-21
        V1, C1, invoice,     FV-4, 2026-04-01, 2026-05-01, COP, 999,   void,   OC-4,
        R1, C1, invoice,     FV-5, 2026-04-02, 2026-05-02, COP, 777,   draft,  ,
        N1, C1, credit_note, NC-1, 2026-05-05, ,           COP, 150,   issued, ,
        U1, C1, invoice,     EX-1, 2026-05-20, 2026-06-19, USD, 80.50, issued, ,
        B1, C3, invoice,     BR-1, 2026-01-05, 2026-02-04, BRL, 70,    issued, ,
        B2, C3, invoice,     FV-9, 2026-06-01, 2026-07-01, COP, 90,    issued, ,
    """,
    "instalments": """
        document_id, instalment, due_date,   amount, status
        F2,          1,          2026-03-31, 200,
        F2,          2,          2026-04-30, 200,    active
        F2,          3,          2026-05-31, 200,
        F2,          4,          2026-06-30, 50,     void
    """,
    "payments": """
        payment_id, client_id, date,       amount, currency, status,   reference, voided_on
        P0,         C1,        2025-12-20, 400,    COP,      received, TR-0,
        P1,         C1,        2026-02-20, 700,    COP,      received, TR-1,      2026-03-01
        P2,         C1,        2026-06-10, 250,    COP,      received, TR-2,
        P3,         C1,        2026-07-15, 90,     COP,      received, TR-3,
        P4,         C1,        2026-04-10, 300,    COP,      received, TR-4,
        P5,         C1,        2026-05-10, 5000,   COP,      pending,  TR-5,
        P6,         C3,        2026-01-20, 70,     BRL,      received, TR-6,
    """,
    "allocations": """
        allocation_id, kind,        amount, date,       source_id, document_id, label
        A0,            payment,     400,    2025-12-20, P0,        F0,
        A1,            payment,     700,    2026-02-20, P1,        F1,
        A2,            withholding, 25,     2026-02-20, ,          F1,          ReteFuente 2.5 %
        A3,            payment,     300,    2026-04-10, P4,        F2,
        A4,            credit,      50,     2026-05-06, N1,        F1,
        A5,            payment,     70,     2026-01-20, P6,        B1,
    """,
}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("statements")
    settings = Settings(home=built(folder / "home"), threads=1)
    store = open_store(settings)
    fill(settings, store, write_tables(folder / "in", **TABLES))
    yield Reader(settings, store)
    store.close()


def read(reader: Reader, *, client: str = "C1", as_of: date = DAY, **fields: Any) -> Statement:
    return reader.statement("main", client, as_of=as_of, **fields)


def cop(statement: Statement) -> Section:
    return next(s for s in statement.sections if s.currency == "COP")


def item(statement: Statement, number: str) -> Item:
    return next(i for s in statement.sections for i in s.items if i.number == number)


def amounts(figures: dict[str, Decimal]) -> dict[str, int]:
    return {name: int(amount) for name, amount in figures.items()}


def test_open_items_and_their_ranges(reader):
    section = cop(read(reader))
    assert [(i.number, i.type, int(i.open), i.status, i.overdue) for i in section.items] == [
        ("FV-1", "invoice", 225, "partial", True),
        ("FV-2", "invoice", 300, "partial", True),
        ("FV-3", "invoice", 300, "open", False),
        ("NC-1", "credit_note", -100, "partial", False),
        ("TR-2", "payment", -250, "open", False),
        ("FV-4", "invoice", 0, "void", False),
    ]
    assert amounts(section.aging) == {
        "current": 300, "1-30": 200, "31-60": 0, "61-90": 100, "90+": 225,
    }  # fmt: skip
    assert (section.unapplied, section.total, section.overdue) == (-350, 475, 525)


def test_instalments_are_settled_oldest_first_and_add_up(reader):
    shown = item(read(reader), "FV-2")
    assert [(i.instalment, i.due_date, int(i.open), i.bucket) for i in shown.instalments] == [
        (2, date(2026, 4, 30), 100, "61-90"),
        (3, date(2026, 5, 31), 200, "1-30"),
    ]
    assert all(i.amount == 200 for i in shown.instalments)


def test_allocations_say_what_was_applied_and_where_it_came_from(reader):
    shown = item(read(reader), "FV-1")
    found = [(a.date.isoformat(), a.kind, int(a.amount), a.source_id, a.reference, a.label)
             for a in shown.allocations]  # fmt: skip
    assert found == [
        ("2026-02-20", "payment", 700, "P1", "TR-1", None),
        ("2026-02-20", "withholding", 25, None, None, "ReteFuente 2.5 %"),
        ("2026-05-06", "credit", 50, "N1", "NC-1", None),
    ]
    (used,) = item(read(reader), "NC-1").allocations
    assert (used.amount, used.source_id, used.document_id, used.number) == (-50, "N1", "F1", "FV-1")


def test_purchase_orders_stand_on_documents_open_settled_and_void_and_on_their_movements(reader):
    shown = cop(read(reader, include_paid=True))
    orders = {i.number: i.purchase_order for i in shown.items if i.purchase_order}
    assert orders == {"FV-0": "OC-0", "FV-1": "OC-1", "FV-4": "OC-4"}
    lines = cop(read(reader, kind="activity")).lines
    assert {(x.number, x.purchase_order) for x in lines if x.type == "invoice"} >= {
        ("FV-0", "OC-0"), ("FV-2", None), ("FV-4", "OC-4"),
    }  # fmt: skip
    assert {x.purchase_order for x in lines if x.type == "payment"} == {None}


def test_what_only_staging_knows_is_kept_there(reader):
    with reader.cursor() as cursor:
        documents = cursor.execute(
            "SELECT document_id, voided_on FROM lake.staging.stg_documents "
            "WHERE voided_on IS NOT NULL ORDER BY 1"
        ).fetchall()
        payments = cursor.execute(
            "SELECT payment_id, voided_on FROM lake.staging.stg_payments "
            "WHERE voided_on IS NOT NULL"
        ).fetchall()
        parts = cursor.execute(
            "SELECT status FROM lake.staging.stg_instalments ORDER BY document_id, instalment"
        ).fetchall()
    assert documents == [("F3", date(2026, 6, 21))]
    assert payments == [("P1", date(2026, 3, 1))]
    assert [status for (status,) in parts] == ["active"] * 3 + ["void"]


def test_a_past_day_shows_what_was_known_to_be_open_then(reader):
    section = cop(read(reader, as_of=date(2026, 3, 31)))
    assert {i.number: int(i.open) for i in section.items} == {"FV-1": 275, "FV-2": 600}
    # an instalment that is due on the day is not overdue yet
    assert amounts(section.aging) | {"total": int(section.total)} == {
        "current": 600, "1-30": 0, "31-60": 275, "61-90": 0, "90+": 0, "total": 875,
    }  # fmt: skip


def test_before_the_first_document_there_is_no_section_but_what_is_to_come(reader):
    section = cop(read(reader, as_of=date(2025, 11, 1)))
    assert (section.items, section.total) == ((), 0)
    assert [p.number for p in section.future_payments] == ["TR-0", "TR-1", "TR-4", "TR-2", "TR-3"]


def test_paid_documents_are_shown_when_asked_for(reader):
    assert "FV-0" not in {i.number for i in cop(read(reader)).items}
    paid = item(read(reader, include_paid=True), "FV-0")
    assert (paid.open, paid.applied, paid.status, paid.overdue) == (0, 400, "paid", False)
    assert [(a.source_id, a.amount) for a in paid.allocations] == [("P0", 400)]
    assert item(read(reader, from_date=date(2025, 12, 1)), "FV-0").status == "paid"
    after = read(reader, from_date=date(2026, 4, 2), include_paid=True)
    # closed documents before the period are left out; what is open stays, or nothing would tie
    assert not {"FV-0", "FV-4"} & {i.number for i in cop(after).items}
    assert cop(after).total == 475


def test_void_is_shown_with_nothing_open_and_a_draft_not_at_all(reader):
    void = item(read(reader), "FV-4")
    assert (void.total, void.applied, void.open, void.status) == (999, 0, 0, "void")
    everything = [*cop(read(reader, include_paid=True)).items]
    assert "FV-5" not in {i.number for i in everything}
    (line,) = [x for x in cop(read(reader, kind="activity")).lines if x.number == "FV-4"]
    assert (line.amount, line.void) == (0, True)


def test_activity_from_opening_to_closing(reader):
    statement = read(reader, kind="activity", from_date=date(2026, 3, 1), to_date=DAY)
    section = cop(statement)
    assert (section.opening, section.closing) == (275, 475)
    assert [(x.number, x.type, int(x.amount), int(x.balance)) for x in section.lines] == [
        ("FV-2", "invoice", 600, 875),
        ("FV-4", "invoice", 0, 875),
        ("TR-4", "payment", -300, 575),
        ("NC-1", "credit_note", -150, 425),
        ("TR-2", "payment", -250, 175),
        ("FV-3", "invoice", 300, 475),
    ]
    assert (statement.from_date, statement.to_date) == (date(2026, 3, 1), DAY)


def test_activity_shows_a_withholding_as_a_line(reader):
    lines = cop(read(reader, kind="activity")).lines
    (line,) = [x for x in lines if x.type == "withholding"]
    assert (line.date, line.amount, line.label) == (date(2026, 2, 20), -25, "ReteFuente 2.5 %")


def test_forward_starts_with_the_month(reader):
    statement = read(reader, kind="forward")
    assert statement.from_date == date(2026, 6, 1)
    assert cop(statement).opening == 425
    assert [x.number for x in cop(statement).lines] == ["TR-2", "FV-3"]


def test_the_period_s_end_is_the_day_of_its_figures(reader):
    until = read(reader, kind="activity", to_date=date(2026, 3, 31))
    assert cop(until).closing == cop(until).total == 875


def test_each_currency_in_its_own_section(reader):
    sections = read(reader).sections
    assert [(s.currency, s.total) for s in sections] == [("COP", 475), ("USD", Decimal("80.50"))]


@pytest.mark.parametrize(
    ("asked", "currencies"),
    [
        ({}, ["COP"]),
        ({"include_paid": True}, ["COP", "BRL"]),
        ({"kind": "activity"}, ["COP", "BRL"]),
        ({"kind": "forward"}, ["COP"]),
        ({"as_of": date(2026, 5, 1)}, ["BRL"]),
    ],
    ids=str,
)
def test_a_currency_in_which_nothing_is_open_comes_last_or_not_at_all(reader, asked, currencies):
    # An account of zeros in BRL once stood before what C3 owes in COP.
    statement = read(reader, client="C3", **asked)
    assert [section.currency for section in statement.sections] == currencies


def test_payments_after_the_day_stand_apart(reader):
    for kind in ("open", "activity", "forward"):
        (later,) = cop(read(reader, kind=kind)).future_payments
        assert (later.date, later.number, later.amount) == (date(2026, 7, 15), "TR-3", -90)
    assert cop(read(reader, as_of=date(2026, 7, 15))).future_payments == ()
    assert cop(read(reader, as_of=date(2026, 7, 15))).total == 385


def test_a_client_without_movements_has_no_sections(reader):
    for kind in ("open", "activity", "forward"):
        assert read(reader, client="C2", kind=kind).sections == ()


def test_another_company_s_client_is_not_found(reader):
    with pytest.raises(NotFound, match="C9"):
        read(reader, client="C9")
    with pytest.raises(NotFound, match="C1"):
        reader.statement("other", "C1", as_of=DAY)


@pytest.mark.parametrize("kind", ["open", "activity", "forward"])
def test_a_period_upside_down_is_refused(reader, kind):
    with pytest.raises(UsageError, match="2026-07-01"):
        read(reader, kind=kind, from_date=date(2026, 7, 1), to_date=DAY)


def test_language_is_the_one_asked_for_then_the_client_s_then_the_company_s(reader):
    assert read(reader).language == "en"
    assert read(reader, client="C2").language == "es"
    assert read(reader, language="es").language == "es"


def test_json_has_the_contract_s_names(reader):
    shown = to_json(read(reader))
    assert {"company", "client", "kind", "as_of", "from", "to", "sections"} <= set(shown)
    assert (shown["as_of"], shown["from"], shown["kind"]) == ("2026-06-30", None, "open")
    section = shown["sections"][1]
    assert {"currency", "opening", "items", "aging", "unapplied", "total", "closing"} <= set(
        section
    )
    assert section["total"] == section["closing"] == section["aging"]["1-30"] == "80.50"
    (one,) = section["items"]
    assert {
        "document_id", "number", "type", "issue_date", "due_date", "days_overdue", "total",
        "applied", "open", "status", "overdue", "purchase_order", "allocations",
    } <= set(one)  # fmt: skip
    assert (one["due_date"], one["days_overdue"], one["open"]) == ("2026-06-19", 11, "80.50")
    (_, withheld, _) = shown["sections"][0]["items"][0]["allocations"]
    assert {"date", "kind", "source_id", "reference", "label", "amount"} <= set(withheld)
    assert withheld["amount"] == "25.00"
    moved = to_json(read(reader, kind="activity"))["sections"][0]["items"]
    assert all(
        {"date", "type", "number", "reference", "purchase_order", "amount", "balance"} <= set(x)
        for x in moved
    )
    assert len(moved) == 11


@pytest.mark.parametrize(
    "as_of",
    [
        date(2025, 12, 1),
        date(2025, 12, 20),
        date(2026, 2, 19),
        date(2026, 2, 20),
        date(2026, 4, 10),
        date(2026, 5, 6),
        date(2026, 6, 1),
        date(2026, 7, 15),
        date(2027, 1, 1),
    ],
    ids=str,
)
def test_every_kind_ties_on_that_day_and_equals_the_aging(reader, as_of):
    agreed = {r.currency: r.total for r in reader.aging("main", as_of=as_of, client_id="C1").rows}
    for kind in ("open", "activity", "forward"):
        statement = read(reader, kind=kind, as_of=as_of, include_paid=True)
        assert "COP" in {s.currency for s in statement.sections}
        for section in statement.sections:
            assert_ties(section)
            assert section.closing == agreed.get(section.currency, 0)
