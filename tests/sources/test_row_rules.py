"""One row, one broken rule: its code and column, and only those."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest

from cartera.contract import TABLES
from cartera.sources.checks import TYPES

GOOD = {
    "clients": {"client_id": "C-1", "name": "Ñandú"},
    "documents": {
        "document_id": "F-1", "client_id": "C-1", "type": "invoice", "number": "F-1",
        "issue_date": "2024-01-31", "total": "10.50",
    },
    "instalments": {
        "document_id": "F-1", "instalment": "1", "due_date": "2024-02-29", "amount": "5",
    },
    "payments": {"payment_id": "P-1", "client_id": "C-1", "date": "2024-01-31", "amount": "10"},
    "allocations": {
        "allocation_id": "A-1", "kind": "payment", "amount": "10", "source_id": "P-1",
        "document_id": "F-1",
    },
}  # fmt: skip


def as_csv(table: str, **changes: str) -> str:
    """The table's good row with some columns changed, every value quoted."""
    row = GOOD[table] | changes
    quoted = ('"' + value.replace('"', '""') + '"' for value in row.values())
    return ",".join(row) + "\n" + ",".join(quoted) + "\n"


@pytest.mark.parametrize(
    ("table", "changes", "reasons"),
    [
        ("clients", {"client_id": ""}, {("missing", "client_id")}),
        ("clients", {"client_id": "   "}, {("missing", "client_id")}),
        ("clients", {"client_id": "x" * 201}, {("too_long", "client_id")}),
        ("clients", {"client_id": "a\tb"}, {("control_character", "client_id")}),
        ("clients", {"name": "a\x01b"}, {("control_character", "name")}),
        ("clients", {"notes": "x" * 10_001}, {("too_long", "notes")}),
        ("clients", {"credit_limit": "-1"}, {("not_positive", "credit_limit")}),
        ("clients", {"updated_at": "2024-01-01T25:00"}, {("not_a_time", "updated_at")}),
        ("clients", {"updated_at": "2024-01-01T10:00+25:99"}, {("not_a_time", "updated_at")}),
        ("documents", {"type": "bill"}, {("unknown_value", "type")}),
        ("documents", {"issue_date": "2024-02-30"}, {("not_a_date", "issue_date")}),
        ("documents", {"issue_date": "2024-1-31"}, {("not_a_date", "issue_date")}),
        ("documents", {"issue_date": "0000-01-01"}, {("not_a_date", "issue_date")}),
        ("documents", {"due_date": "9999-12-31"}, {("not_a_date", "due_date")}),
        ("documents", {"voided_on": "2024-02-30"}, {("not_a_date", "voided_on")}),
        ("documents", {"total": "0"}, {("not_positive", "total")}),
        ("documents", {"total": "-1"}, {("not_positive", "total")}),
        ("documents", {"total": "1.005"}, {("ambiguous_mark", "total")}),
        ("documents", {"total": "150.000"}, {("ambiguous_mark", "total")}),
        ("documents", {"total": "1500.0050"}, {("too_many_decimals", "total")}),
        ("documents", {"total": "150000.0000"}, {("ambiguous_mark", "total")}),
        ("allocations", {"amount": "80.500"}, {("ambiguous_mark", "amount")}),
        ("allocations", {"amount": "80.525"}, {("ambiguous_mark", "amount")}),
        ("instalments", {"amount": "40.262"}, {("ambiguous_mark", "amount")}),
        ("clients", {"credit_limit": "80.525"}, {("ambiguous_mark", "credit_limit")}),
        ("clients", {"credit_limit": "1080.525"}, {("too_many_decimals", "credit_limit")}),
        ("documents", {"total": "1.5", "currency": "CLP"}, {("too_many_decimals", "total")}),
        ("documents", {"total": "1" + "0" * 13}, {("too_large", "total")}),
        ("documents", {"currency": "XX"}, {("unknown_currency", "currency")}),
        ("documents", {"disputed": "maybe"}, {("not_a_bool", "disputed")}),
        ("instalments", {"instalment": "0"}, {("not_positive", "instalment")}),
        ("instalments", {"instalment": "1.5"}, {("not_an_integer", "instalment")}),
        ("instalments", {"amount": "1.00001"}, {("too_many_decimals", "amount")}),
        ("instalments", {"status": "paid"}, {("unknown_value", "status")}),
        ("payments", {"direction": "sideways"}, {("unknown_value", "direction")}),
        ("payments", {"voided_on": "yesterday"}, {("not_a_date", "voided_on")}),
        ("allocations", {"source_id": ""}, {("source_required", "source_id")}),
        ("allocations", {"kind": "discount"}, {("source_forbidden", "source_id")}),
        ("allocations", {"document_id": ""}, {("target_required", "document_id")}),
        (
            "allocations",
            {"kind": "refund", "target_payment_id": "P-2"},
            {("two_targets", "target_payment_id")},
        ),
        (
            "allocations",
            {"document_id": "", "target_payment_id": "P-2"},
            {("target_payment_only_for_refund", "target_payment_id")},
        ),
        ("allocations", {"kind": "exchange", "source_id": "", "amount": "0"},
         {("zero", "amount")}),
        ("allocations", {"amount": "-5", "date": ""}, {("date_required", "date")}),
    ],
)  # fmt: skip
def test_broken_rule_is_named(read_text, table, changes, reasons):
    contents = read_text(f"{table}.csv", as_csv(table, **changes))
    assert contents.tables[table].is_empty()
    (reject,) = contents.rejects
    assert {(r.code, r.column) for r in reject.reasons} == reasons
    assert (reject.table, reject.row, reject.company_id) == (table, 1, "main")


@pytest.mark.parametrize(
    "amount", ["1e5", "NaN", "Infinity", "+5", ".5", "5.", "1,23,4", "$5", "١٢٣", "0x1F"]
)
def test_what_is_not_an_amount(read_text, amount):
    (reject,) = read_text("documents.csv", as_csv("documents", total=amount)).rejects
    assert [(r.code, r.value) for r in reject.reasons] == [("not_an_amount", amount)]


@pytest.mark.parametrize(
    "amount",
    [
        "1,234.50",
        "1.234,50",
        "1.250.000",
        "1,500",
        "1 000",
        "1\u202f000",
        "1'000.5",
        "-1.000.000",
        "5,5",
        "$ 150.000",
    ],
)
def test_marks_in_an_amount_are_named(read_text, amount):
    (reject,) = read_text("documents.csv", as_csv("documents", total=amount)).rejects
    assert [(r.code, r.value) for r in reject.reasons] == [("marks_in_amount", amount)]


def test_every_reason_of_a_row_is_given(read_text):
    broken = as_csv("documents", client_id="", issue_date="soon", total="much", currency="xx")
    (reject,) = read_text("documents.csv", broken).rejects
    assert {r.code for r in reject.reasons} == {
        "missing", "not_a_date", "not_an_amount", "unknown_currency",
    }  # fmt: skip


def test_record_of_a_reject_is_bounded(read_text):
    (reject,) = read_text("clients.csv", as_csv("clients", notes="x" * 20_000)).rejects
    assert len(reject.record["notes"]) <= 501
    assert len(reject.reasons[0].value) <= 501


def test_exchange_may_be_negative_and_nothing_else(read_text):
    exchange = as_csv("allocations", kind="exchange", source_id="", amount="-3.25")
    assert read_text("allocations.csv", exchange).tables["allocations"]["amount"].to_list() == [
        Decimal("-3.25")
    ]
    assert read_text("allocations.csv", as_csv("allocations", amount="-3")).rejects


def test_defaults_codes_and_spaces(read_text):
    text = as_csv("documents", type=" Invoice ", currency=" usd ", disputed="Sí", total="7.50")
    row = read_text("documents.csv", text).tables["documents"].row(0, named=True)
    assert row["type"] == "invoice"
    assert row["currency"] == "USD"
    assert row["disputed"] is True
    assert row["total"] == Decimal("7.5")
    plain = read_text("documents.csv", as_csv("documents")).tables["documents"].row(0, named=True)
    assert (plain["company_id"], plain["currency"], plain["status"]) == ("main", "COP", "issued")
    assert plain["disputed"] is False
    assert plain["due_date"] is None
    part = read_text("instalments.csv", as_csv("instalments")).tables["instalments"]
    assert part["status"].to_list() == ["active"]


def test_a_day_of_voiding_is_kept_whatever_the_status(read_text):
    text = as_csv("documents", voided_on="2024-03-01", purchase_order=" OC-7 ")
    row = read_text("documents.csv", text).tables["documents"].row(0, named=True)
    assert (row["status"], row["voided_on"]) == ("issued", date(2024, 3, 1))
    assert row["purchase_order"] == "OC-7"


def test_times_become_utc(read_text):
    rows = "client_id,name,updated_at\n1,A,2024-01-01T10:00:00-05:00\n2,A,2024-01-01\n"
    times = read_text("clients.csv", rows).tables["clients"]["updated_at"].to_list()
    assert times == [datetime(2024, 1, 1, 15), datetime(2024, 1, 1)]


@pytest.mark.parametrize("table", list(TABLES))
def test_shape_of_a_table(read_text, table):
    frame = read_text(f"{table}.csv", as_csv(table)).tables[table]
    expected = {c.name: TYPES[c.type] for c in TABLES[table].all_columns}
    assert dict(frame.schema) == {**expected, "row": pl.Int64(), "extra": pl.String()}
    assert list(frame.columns) == [*expected, "row", "extra"]


def test_unknown_columns_are_kept_aside(read_text):
    text = "Zone;NAME; Client_Id \nNorth;Ana;1\n;Eva;2\n"
    contents = read_text("clients.csv", text)
    assert contents.unknown_columns == {"clients": ["zone"]}
    assert contents.tables["clients"]["extra"].to_list() == ['{"zone":"North"}', None]


def test_unknown_json_fields_keep_the_order_of_the_file(read_text):
    # Their order once came from a set: it changed with every process.
    names = ["zone", "area", "rank", "code", "unit", "mark", "flag", "kind"]
    fields = ", ".join(f'"{name}": "x"' for name in names)
    contents = read_text("clients.jsonl", f'{{"client_id": "1", "name": "Ana", {fields}}}\n')
    assert contents.unknown_columns == {"clients": names}


@pytest.mark.parametrize(
    "again",
    [
        "area,zone,name,client_id\nA,Z,Ana,1\n",
        "client_id,name,zone,area,rank\n1,Ana,Z,A,\n2,Eva,Z,A,9\n",
    ],
)
def test_unknown_columns_read_the_same_whatever_their_order_and_neighbours(read_text, again):
    # `extra` is compared on loading: another spelling of the same would be a new version.
    first = read_text("clients.csv", "client_id,name,zone,area\n1,Ana,Z,A\n")
    second = read_text("clients.csv", again)
    assert first.tables["clients"]["extra"][0] == '{"area":"A","zone":"Z"}'
    assert second.tables["clients"]["extra"][0] == first.tables["clients"]["extra"][0]


def test_unknown_columns_are_json_whatever_they_hold(read_text):
    value = 'say "a", {b}:\n\\ñ'
    line = json.dumps({"client_id": "1", "name": "Ana", 'odd "key"': value, "empty": None})
    extra = read_text("clients.jsonl", line).tables["clients"]["extra"][0]
    assert json.loads(extra) == {'odd "key"': value}


def test_good_rows_beside_bad_ones_keep_their_numbers(read_text):
    text = "client_id,name\n1,Ana\n,nobody\n3,Eva\n3,Eva again\n"
    contents = read_text("clients.csv", text)
    assert contents.tables["clients"]["row"].to_list() == [1, 3, 4]
    assert [r.row for r in contents.rejects] == [2]
    assert contents.rows == 4


def test_leap_day_and_limits_of_the_calendar(read_text):
    for day in ("2024-02-29", "1900-01-01", "2199-12-31"):
        frame = read_text("documents.csv", as_csv("documents", due_date=day)).tables["documents"]
        assert frame["due_date"].to_list() == [date.fromisoformat(day)]
