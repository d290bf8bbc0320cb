"""What reminders read: open items of all clients, and when payment data came last."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from cartera import clock
from cartera.reminders.terms import Item
from cartera.warehouse import lake as lakes
from cartera.warehouse.lake import connect
from cartera.warehouse.reader import Reader
from tests.ledger.histories import Arrival
from tests.ledger.lakes import Lake
from tests.sample_home import build

DAY = date(2026, 6, 30)
INVOICE = {
    "client_id": "C1", "type": "invoice", "issue_date": "2026-01-01", "due_date": "2026-05-31",
    "currency": "COP", "total": "100", "disputed": "",
}  # fmt: skip


def client(client_id: str, **values: str) -> Arrival:
    row = {"name": f"Cliente {client_id}", "group": "", "emails": "", "language": ""}
    return "clients", {"client_id": client_id, **row, **values}


def invoice(number: str, **values: str) -> Arrival:
    return "documents", {"document_id": number, "number": f"F-{number}", **INVOICE, **values}


def payment(number: str, amount: str, client_id: str = "C1") -> Arrival:
    return "payments", {
        "payment_id": number, "client_id": client_id, "date": "2026-06-01", "currency": "COP",
        "amount": amount,
    }  # fmt: skip


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def reader(lake: Lake) -> Reader:
    return Reader(lake.settings, lake.store)


def test_the_sample_company_ties_to_its_statements(tmp_path: Path) -> None:
    home = build(tmp_path / "home")
    company, found = home.settings.company_profile(), home.reader()
    day = clock.today(company.timezone)
    clients = found.reminder_clients(company, as_of=day)
    assert any(item.instalment for client in clients for item in client.items)
    assert any(item.is_disputed for client in clients for item in client.items)
    for client in clients[:40]:
        statement = found.statement(company.id, client.client_id, as_of=day)
        totals = {s.currency: s.total for s in statement.sections if s.total}
        assert {c: b for c, b in client.balances.items() if b} == totals
        expected = [
            Item(
                shown.document_id, shown.number, getattr(part, "instalment", 0), section.currency,
                part.due_date or day, shown.disputed, part.open,
            )
            for section in statement.sections for shown in section.items
            if shown.bucket != "unapplied"
            for part in (shown.instalments or (shown,)) if part.open > 0
        ]  # fmt: skip
        assert sorted(client.items, key=repr) == sorted(expected, key=repr)
    home.store.close()


@pytest.mark.full
def test_clients_come_by_name_with_what_they_owe_by_due_date(lake: Lake) -> None:
    lake.load([
        client("C1", name="Zeta", group="Norte", emails="a@x.co;b@x.co", language="en"),
        client("C2", name="Ágora"),
        invoice("D1"), invoice("D2", due_date="2026-04-30", disputed="true"),
        invoice("D3", issue_date="2026-07-01", due_date="2026-07-31"),
        payment("P1", "30"),
    ])  # fmt: skip
    lake.refresh()
    company = lake.settings.company_profile()
    first, second = reader(lake).reminder_clients(company, as_of=DAY)
    assert (first.client_id, first.items, first.balances) == ("C2", (), {})
    assert (second.name, second.group, second.emails, second.language) == (
        "Zeta", "Norte", "a@x.co;b@x.co", "en",
    )  # fmt: skip
    assert second.balances == {"COP": Decimal(170)}  # money that is not applied counts
    assert [(item.document_id, item.is_disputed) for item in second.items] == [
        ("D2", True), ("D1", False),
    ]  # fmt: skip
    named = reader(lake).reminder_clients(company, as_of=DAY, client_ids=["C1"])
    assert named == (second,)
    assert reader(lake).reminder_clients(replace_id(company), as_of=DAY) == ()


def replace_id(company):
    return company.model_copy(update={"id": "other"})


def loaded(lake: Lake, *rows: Arrival) -> datetime | None:
    """When payment data came last, after another load."""
    lake.load(rows)
    lake.refresh()
    return reader(lake).payments_at("main")


@pytest.mark.full
def test_only_data_about_payments_is_fresh_data(lake: Lake) -> None:
    assert loaded(lake, client("C1"), invoice("D1")) is None
    first = loaded(lake, payment("P1", "30"))
    assert first is not None
    assert abs(clock.now() - first) < timedelta(minutes=5)
    assert loaded(lake, invoice("D2")) == first
    again = loaded(lake, payment("P1", "30"))  # brings nothing new, and says so
    assert again is not None and again > first
    assert reader(lake).payments_at("main", before=again) == first
    assert loaded(lake, payment("P9", "much")) == again  # refused: says nothing
    assert reader(lake).payments_at("other") is None


@pytest.mark.full
def test_a_file_of_payments_without_any_is_data(lake: Lake) -> None:
    from cartera.warehouse.ingest import load_files

    lake.load([client("C1")])
    path = lake.settings.root / "payments.csv"
    path.write_text("payment_id,client_id,date,currency,amount\n")
    (result,) = load_files(lake.settings, [path], company=lake.settings.company_profile())
    assert not result.error
    lake.refresh()
    assert reader(lake).payments_at("main") is not None


@pytest.mark.full
def test_a_lake_from_before_tells_by_what_was_loaded(lake: Lake) -> None:
    known = loaded(lake, client("C1"), payment("P1", "30"))
    with connect(lake.settings) as connection:
        connection.execute("DROP TABLE lake.raw.schema_changes")
        connection.execute("ALTER TABLE lake.raw.batches DROP COLUMN tables")
    lakes._complete.clear()
    lakes.initialise(lake.settings)
    lake.load([invoice("D1")])
    with connect(lake.settings, read_only=True) as connection:
        rows = connection.execute(
            "SELECT file, tables FROM lake.raw.batches ORDER BY batch_id, file"
        ).fetchall()
    assert rows == [("clients.csv", None), ("payments.csv", None), ("documents.csv", "documents")]
    lake.refresh()
    assert reader(lake).payments_at("main") == known
    assert known is not None and known.tzinfo is UTC
