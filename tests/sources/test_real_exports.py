"""Both real exports load by their mapping alone and give the figures known of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from cartera.config import Company
from cartera.sources.files import FileContents, read
from cartera.sources.mapping import Mapping

REPO = Path(__file__).parents[2]
DATA = REPO.parent / "shared" / "data"


def load(export: str, mapping: str) -> FileContents:
    if not (DATA / export).exists():
        pytest.skip(f"the real export {export} is not beside the repository")
    known = Mapping.load(REPO / "data" / "mappings" / mapping)
    return read(DATA / export, company=Company(), mapping=known)


@pytest.fixture(scope="module")
def ibm() -> FileContents:
    return load("ibm_late_payment_histories.csv", "ibm_late_payments.yml")


@pytest.fixture(scope="module")
def xero() -> FileContents:
    return load("xero_seed_invoices.csv", "xero_invoices.yml")


def open_as_of(contents: FileContents, as_of: date) -> pl.DataFrame:
    """Invoices with something left on that day, and the days each is late: no warehouse here."""
    documents = contents.tables["documents"].filter(
        pl.col("status") == "issued", pl.col("type") == "invoice", pl.col("issue_date") <= as_of
    )
    applied = (
        contents.tables["allocations"]
        .filter(pl.col("date") <= as_of)
        .group_by("document_id")
        .agg(pl.col("amount").sum().alias("applied"))
    )
    return (
        documents.join(applied, on="document_id", how="left")
        .with_columns(
            (pl.col("total") - pl.col("applied").fill_null(0)).alias("open"),
            (pl.lit(as_of) - pl.col("due_date")).dt.total_days().alias("late"),
        )
        .filter(pl.col("open") != 0)
    )


def by_range(items: pl.DataFrame) -> list[str]:
    late = items["late"]
    ranges = [late <= 0, late.is_between(1, 30), late.is_between(31, 60), late > 60]
    return [f"{items.filter(r)['open'].sum():.2f}" for r in ranges]


def test_ibm_whole(ibm):
    assert (ibm.rows, ibm.rejects) == (2466, [])
    assert {name: len(frame) for name, frame in ibm.tables.items()} == {
        "clients": 100, "documents": 2466, "payments": 2466, "allocations": 2466,
    }  # fmt: skip
    documents = ibm.tables["documents"]
    assert documents["total"].sum() == Decimal("147703.18")
    assert documents["disputed"].sum() == 561
    paid = documents.join(ibm.tables["allocations"], on="document_id")
    assert len(paid.filter(pl.col("date") > pl.col("due_date"))) == 877


@pytest.mark.parametrize(
    ("as_of", "count", "total", "ranges"),
    [
        (date(2013, 2, 28), 88, "5465.28", ["4821.27", "644.01", "0.00", "0.00"]),
        (date(2012, 3, 19), 107, "6347.11", ["5493.48", "835.60", "18.03", "0.00"]),
    ],
)
def test_ibm_open_invoices(ibm, as_of, count, total, ranges):
    items = open_as_of(ibm, as_of)
    assert len(items) == count
    assert items["open"].sum() == Decimal(total)
    assert by_range(items) == ranges


def test_ibm_clients_with_open_invoices(ibm):
    assert open_as_of(ibm, date(2013, 2, 28))["client_id"].n_unique() == 60


def test_xero_sales_only(xero):
    assert (xero.rows, xero.rejects) == (601, [])
    sales = xero.tables["documents"].filter(
        pl.col("type") == "invoice", pl.col("status") == "issued"
    )
    assert len(sales) == 116
    assert dict(sales.group_by("currency").agg(pl.col("total").sum()).iter_rows()) == {
        "GBP": Decimal("92057.50"), "USD": Decimal("308484.09"),
    }  # fmt: skip


def test_xero_open_is_the_file_s_own_amount_due(xero):
    items = open_as_of(xero, date(2199, 12, 31))
    assert dict(items.group_by("currency").agg(pl.col("open").sum()).iter_rows()) == {
        "GBP": Decimal(12735), "USD": Decimal(30106),
    }  # fmt: skip


XERO_HEADER = (
    "invoice_id,contact_id,type,status,date,due_date,fully_paid_on_date,currency_code,"
    "currency_rate,total,amount_paid,amount_credited,amount_due\n"
)


def test_xero_rules_that_the_export_has_no_row_of(tmp_path):
    """Voided sales stay, deleted ones go, and a credit becomes a credit note that settles."""
    path = tmp_path / "xero_invoices.csv"
    path.write_text(
        XERO_HEADER
        + "1,C,ACCREC,VOIDED,2020-01-01,2020-01-31,,USD,1,10,0,0,0\n"
        + "2,C,ACCREC,DELETED,2020-01-01,2020-01-31,,USD,1,10,0,0,0\n"
        + "3,C,ACCREC,PAID,2020-01-01,2020-01-31,2020-02-05,USD,1,10,7,3,0\n"
        + "4,C,ACCREC,AUTHORISED,2020-01-02,2020-01-31,,USD,1,10,0,4,6\n"
        + "5,C,ACCPAY,PAID,2020-01-01,2020-01-31,2020-02-05,USD,1,10,10,0,0\n"
    )
    mapping = Mapping.load(REPO / "data" / "mappings" / "xero_invoices.yml")
    tables = read(path, company=Company(), mapping=mapping).tables
    assert tables["documents"].select("document_id", "status", "total").rows() == [
        ("1", "void", Decimal(10)), ("3", "issued", Decimal(10)), ("4", "issued", Decimal(10)),
        ("credit-3", "issued", Decimal(3)), ("credit-4", "issued", Decimal(4)),
    ]  # fmt: skip
    assert tables["allocations"].select("kind", "document_id", "amount", "date").rows() == [
        ("payment", "3", Decimal(7), date(2020, 2, 5)),
        ("credit", "3", Decimal(3), date(2020, 2, 5)),
        ("credit", "4", Decimal(4), date(2020, 1, 2)),
    ]
    assert len(tables["clients"]) == 1
