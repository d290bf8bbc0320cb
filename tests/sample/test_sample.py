"""The sample company is believable, ties to the cent, and never looks stale."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from cartera.config import Settings
from cartera.contract import ALLOCATION_KINDS, DOCUMENT_TYPES, TABLES
from cartera.money import ZERO, decimals_of
from cartera.sample import COMPANY_ID, NEWS, PROFILE, workday, write_sample
from cartera.sample.clients import PEDRO, nit

TODAY = date(2026, 11, 24)  # a Tuesday
LATER = date(2027, 3, 7)  # a Sunday

Rows = list[dict[str, str]]
Tables = dict[str, Rows]


def read(folder: Path, suffix: str = "") -> Tables:
    tables: Tables = {}
    for name in TABLES:
        path = folder / f"{name}{suffix}.csv"
        if path.exists():
            with path.open(encoding="utf-8", newline="") as handle:
                tables[name] = list(csv.DictReader(handle))
    return tables


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, TODAY)
    return folder


@pytest.fixture(scope="module")
def tables(folder: Path) -> Tables:
    return read(folder)


@pytest.fixture(scope="module")
def news(folder: Path) -> Tables:
    return read(folder / NEWS, "_hoy")


def days_of(tables: Tables) -> list[date]:
    """The day of each document, payment and allocation."""
    columns = (("documents", "issue_date"), ("payments", "date"), ("allocations", "date"))
    return [date.fromisoformat(row[column]) for name, column in columns for row in tables[name]]


def open_amounts(tables: Tables) -> dict[str, Decimal]:
    """What is open of each issued invoice and debit note, the naive way."""
    left = {
        d["document_id"]: Decimal(d["total"])
        for d in tables["documents"]
        if d["status"] == "issued" and d["type"] != "credit_note"
    }
    for a in tables["allocations"]:
        if a["status"] == "posted" and a["document_id"]:
            sign = -1 if a["kind"] == "refund" else 1
            left[a["document_id"]] -= sign * Decimal(a["amount"])
    return left


def unused_amounts(tables: Tables) -> dict[str, Decimal]:
    """What is left of each payment and credit note once its allocations are made."""
    left = {p["payment_id"]: Decimal(p["amount"]) for p in tables["payments"]} | {
        d["document_id"]: Decimal(d["total"])
        for d in tables["documents"]
        if d["type"] == "credit_note"
    }
    for a in tables["allocations"]:
        if a["status"] != "posted":
            continue
        if a["source_id"]:
            left[a["source_id"]] -= Decimal(a["source_amount"] or a["amount"])
        if a["target_payment_id"]:
            left[a["target_payment_id"]] -= Decimal(a["amount"])
    return left


def test_same_day_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_sample(tmp_path, TODAY)
    written = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*.csv"))
    assert len(written) == 8
    for path in written:
        assert (tmp_path / path).read_bytes() == (folder / path).read_bytes(), path


def test_only_dates_depend_on_the_day(tables: Tables, tmp_path: Path) -> None:
    write_sample(tmp_path, LATER)

    def without_dates(rows: Rows) -> Rows:
        return [{k: v for k, v in row.items() if not k.endswith("date")} for row in rows]

    for name, rows in read(tmp_path).items():
        assert without_dates(rows) == without_dates(tables[name]), name


@pytest.mark.parametrize("today", [TODAY, LATER])
def test_trade_happens_on_work_days_up_to_today(today: date, tmp_path: Path) -> None:
    write_sample(tmp_path, today)
    days = days_of(read(tmp_path))
    assert max(days) <= today
    assert min(days) < today - timedelta(days=700)
    assert max(day.weekday() for day in days) == 4


@pytest.mark.parametrize("today", [TODAY, LATER])
def test_news_are_of_today_also_on_a_weekend(today: date, tmp_path: Path) -> None:
    """An invoice of the Friday before would be history to the demo, which mails new ones only."""
    write_sample(tmp_path, today)
    assert set(days_of(read(tmp_path / NEWS, "_hoy"))) == {today}


def test_workday_never_goes_forward_nor_out_of_order() -> None:
    days = [workday(LATER, age) for age in range(30)]
    assert days == sorted(days, reverse=True)
    assert all(day <= LATER - timedelta(days=age) for age, day in enumerate(days))


def test_sixty_clients_with_pedro_first(tables: Tables) -> None:
    clients = tables["clients"]
    assert len(clients) == len({c["client_id"] for c in clients}) == 60
    assert (clients[0]["client_id"], clients[0]["name"]) == (PEDRO, "Pedro Gómez")
    boxes = [box for c in clients for box in c["emails"].split(";")]
    assert all(box.endswith("@example.com") for box in boxes)
    assert sum(d["currency"] == "USD" for d in tables["documents"]) > 50


def test_check_digits_of_known_companies_and_of_ours(tables: Tables) -> None:
    # public ones: Bancolombia, Ecopetrol, Banco de Bogotá
    for known in ("890903938-8", "899999068-1", "860002964-4"):
        assert nit(int(known.split("-")[0])) == known
    ours = [c["tax_id"] for c in tables["clients"] if "-" in c["tax_id"]]
    assert len(ours) > 40
    assert [nit(int(tax_id.split("-")[0])) for tax_id in ours] == ours


def test_profile_is_a_company_of_the_settings(home: Path) -> None:
    home.mkdir()
    (home / "cartera.toml").write_bytes(PROFILE.read_bytes())
    company = Settings(home=home).company_profile(COMPANY_ID)
    assert company.name == "Empresa Ejemplar S.A.S."
    assert nit(int(company.tax_id.split("-")[0])) == company.tax_id


def test_every_kind_of_row_is_there(tables: Tables) -> None:
    documents, payments, allocations = (
        tables[name] for name in ("documents", "payments", "allocations")
    )
    assert 1400 <= len(documents) <= 1600
    assert {d["type"] for d in documents} == set(DOCUMENT_TYPES)
    assert {d["status"] for d in documents} == {"issued", "draft", "void"}
    assert {d["disputed"] for d in documents} == {"true", "false"}
    assert {p["direction"] for p in payments} == {"in", "out"}
    assert {p["status"] for p in payments} == {"received", "pending", "void"}
    assert {a["kind"] for a in allocations} == set(ALLOCATION_KINDS)
    assert {a["status"] for a in allocations} == {"posted", "void"}
    assert {Decimal(a["amount"]) > 0 for a in allocations if a["kind"] == "exchange"} == {
        True,
        False,
    }
    labels = {a["label"] for a in allocations if a["kind"] == "withholding"}
    assert labels == {"ReteFuente 2.5 %", "ReteIVA 15 %", "ReteICA 7 x mil"}
    settled_at_once = Counter(a["source_id"] for a in allocations if a["kind"] == "payment")
    assert max(settled_at_once.values()) > 1


def test_keys_are_unique_and_references_exist(tables: Tables, news: Tables) -> None:
    together = {name: [*rows, *news.get(name, [])] for name, rows in tables.items()}
    for name, rows in together.items():
        keys = [tuple(row[column] for column in TABLES[name].key) for row in rows]
        assert len(keys) == len(set(keys)), name
        assert {row["company_id"] for row in rows} == {COMPANY_ID}
    clients = {c["client_id"] for c in together["clients"]}
    owner = {d["document_id"]: d["client_id"] for d in together["documents"]}
    owner |= {p["payment_id"]: p["client_id"] for p in together["payments"]}
    assert set(owner.values()) == clients
    for a in together["allocations"]:
        target = owner[a["document_id"] or a["target_payment_id"]]
        assert not a["source_id"] or owner[a["source_id"]] == target, a


def test_amounts_fit_their_currency(tables: Tables) -> None:
    for name in ("documents", "payments"):
        for row in tables[name]:
            amount = Decimal(row["total" if name == "documents" else "amount"])
            assert amount > 0
            assert -amount.as_tuple().exponent <= decimals_of(row["currency"])


def test_instalments_add_up_to_their_document(tables: Tables) -> None:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    last: dict[str, str] = {}
    for row in tables["instalments"]:
        sums[row["document_id"]] += Decimal(row["amount"])
        last[row["document_id"]] = row["due_date"]
    documents = {d["document_id"]: d for d in tables["documents"]}
    assert len(sums) > 5
    assert sums == {key: Decimal(documents[key]["total"]) for key in sums}
    assert last == {key: documents[key]["due_date"] for key in last}


def test_nothing_is_allocated_twice_but_the_one_slip(tables: Tables) -> None:
    beyond = {key: left for key, left in open_amounts(tables).items() if left < 0}
    assert list(beyond.values()) == [Decimal(-10_000)]
    assert min(unused_amounts(tables).values()) == ZERO


def test_money_in_hand_is_of_several_kinds(tables: Tables) -> None:
    left = unused_amounts(tables)
    idle = {key.split("-")[0] for key, amount in left.items() if amount}
    assert idle == {"RC", "NC"}  # payments (also the pending and the void one), credit notes
    refunds = [a for a in tables["allocations"] if a["target_payment_id"]]
    assert [left[a["target_payment_id"]] for a in refunds] == [Decimal(150_000)]


def test_aging_looks_like_a_company_that_collects(tables: Tables) -> None:
    documents = {d["document_id"]: d for d in tables["documents"]}
    buckets: dict[str, Decimal] = defaultdict(Decimal)
    for key, left in open_amounts(tables).items():
        document = documents[key]
        if document["currency"] != "COP" or left <= 0:
            continue
        late = (TODAY - date.fromisoformat(document["due_date"])).days
        limits = ((0, "current"), (30, "1-30"), (60, "31-60"), (90, "61-90"))
        buckets[next((name for limit, name in limits if late <= limit), "90+")] += left
    total = sum(buckets.values())
    assert 250_000_000 < total < 800_000_000
    assert Decimal("0.5") < buckets["current"] / total < Decimal("0.7")
    assert all(buckets[b] / total > Decimal("0.02") for b in ("1-30", "31-60", "61-90", "90+"))


def test_pedro_shows_everything_a_statement_can(tables: Tables) -> None:
    mine = {d["document_id"]: d for d in tables["documents"] if d["client_id"] == PEDRO}
    left = {key: amount for key, amount in open_amounts(tables).items() if key in mine}
    due = {key: date.fromisoformat(mine[key]["due_date"]) for key, amount in left.items() if amount}
    assert sum(day > TODAY for day in due.values()) >= 2
    assert sum(day < TODAY for day in due.values()) >= 4
    assert any(ZERO < left[key] < Decimal(mine[key]["total"]) for key in due)
    assert any(amount == 0 for amount in left.values())
    kinds = {a["kind"] for a in tables["allocations"] if a["document_id"] in mine}
    assert kinds >= {"payment", "credit", "withholding"}
    labels = {a["label"] for a in tables["allocations"] if a["document_id"] in mine}
    assert "ReteFuente 2.5 %" in labels
    advances = {p["payment_id"] for p in tables["payments"] if p["client_id"] == PEDRO}
    in_favour = {k: v for k, v in unused_amounts(tables).items() if k in advances and v}
    assert list(in_favour.values()) == [Decimal(500_000)]


def test_some_invoices_have_purchase_orders_and_all_that_pedro_owes(
    tables: Tables, news: Tables
) -> None:
    documents = tables["documents"]
    ordered = [d for d in documents if d["purchase_order"]]
    assert 0.3 < len(ordered) / len(documents) < 0.5
    assert {d["type"] for d in ordered} == {"invoice"}
    owed = {key for key, amount in open_amounts(tables).items() if amount}
    pedro = [d for d in ordered if d["client_id"] == PEDRO and d["document_id"] in owed]
    assert len(pedro) == 7
    assert news["documents"][0]["purchase_order"] == "OC-153"
    assert not [d for d in documents if d["reference"].startswith("OC-")]


def test_todays_news_pay_an_open_invoice_of_pedro_and_bring_a_new_one(
    tables: Tables, news: Tables
) -> None:
    (payment,), (allocation,), (invoice,) = (
        news[name] for name in ("payments", "allocations", "documents")
    )
    assert allocation["source_id"] == payment["payment_id"]
    assert Decimal(allocation["amount"]) == open_amounts(tables)[allocation["document_id"]]
    assert Decimal(payment["amount"]) == Decimal(allocation["amount"])
    assert payment["client_id"] == invoice["client_id"] == PEDRO
    assert payment["date"] == invoice["issue_date"] == TODAY.isoformat()
