"""The same rows written in the four formats are the same rows when read."""

from __future__ import annotations

import csv
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from cartera.config import Company
from cartera.keys import normal
from cartera.sources import excel_child, typed_text
from cartera.sources.files import read
from tests.bounds import examples

FIELDS = (
    "document_id", "client_id", "type", "number", "issue_date", "due_date", "currency", "total",
    "voided_on", "disputed", "reference", "purchase_order",
)  # fmt: skip
# Excel cannot hold control characters, and a person's text has none; spaces around are trimmed.
# One that begins with # may be a spreadsheet's error.
WORDS = (
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), max_size=40)
    .map(str.strip)
    .filter(lambda text: not text.startswith("#"))
)
KEYS = WORDS.map(normal).filter(bool)
DAYS = st.dates(date(1905, 1, 1), date(2199, 12, 31))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "document_id": KEYS,
            "client_id": KEYS,
            "type": st.sampled_from(["invoice", "debit_note", "credit_note"]),
            "number": KEYS,
            "issue_date": DAYS,
            "due_date": st.none() | DAYS,
            "currency": st.sampled_from(["COP", "USD"]),
            # Excel holds fifteen digits.
            "total": st.decimals("0.01", "9999999999999.99", places=2),
            "voided_on": st.none() | DAYS,
            "disputed": st.booleans(),
            "reference": WORDS.map(lambda text: text or None),
            "purchase_order": WORDS.map(lambda text: text or None),
        }
    ),
    min_size=1,
    max_size=8,
)


def as_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def write_csv(path: Path, rows: list[dict], delimiter: str = ",", bom: bool = False) -> None:
    with path.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as handle:
        writer = csv.writer(handle, delimiter=delimiter)
        writer.writerow(FIELDS)
        writer.writerows([as_text(row[field]) for field in FIELDS] for row in rows)


def write_jsonl(path: Path, rows: list[dict]) -> None:
    lines = []
    for row in rows:
        shown = {k: v.isoformat() if isinstance(v, date) else v for k, v in row.items()}
        total = shown.pop("total")
        lines.append(json.dumps(shown, ensure_ascii=False)[:-1] + f', "total": {total}}}')
    path.write_text("\n".join(lines), "utf-8")


def write_parquet(path: Path, rows: list[dict]) -> None:
    schema = dict.fromkeys(FIELDS, pl.String) | {
        "issue_date": pl.Date, "due_date": pl.Date, "total": pl.Decimal(18, 2),
        "voided_on": pl.Date, "disputed": pl.Boolean,
    }  # fmt: skip
    pl.DataFrame(rows, schema=schema).write_parquet(path)


def write_xlsx(path: Path, rows: list[dict]) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, FIELDS)
        for line, row in enumerate(rows, start=1):
            for column, field in enumerate(FIELDS):
                value = row[field]
                if isinstance(value, date):
                    sheet.write_datetime(line, column, value, day)
                elif isinstance(value, Decimal):
                    sheet.write_number(line, column, float(value))
                elif isinstance(value, bool):
                    sheet.write_boolean(line, column, value)
                elif value is not None:
                    sheet.write_string(line, column, value)


def check_same(path: Path, rows: list[dict]) -> None:
    contents = read(path, company=Company())
    assert contents.rejects == []
    assert contents.tables["documents"].select(FIELDS).to_dicts() == rows


@given(
    rows=ROWS,
    delimiter=st.sampled_from(",;\t"),
    ending=st.sampled_from(["csv", "tsv", "txt"]),
    bom=st.booleans(),
)
@pytest.mark.full
def test_csv_round_trip(tmp_path_factory, rows, delimiter, ending, bom):
    path = tmp_path_factory.mktemp("csv") / f"documents.{ending}"
    write_csv(path, rows, delimiter, bom)
    check_same(path, rows)


@given(rows=ROWS)
def test_jsonl_round_trip(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("jsonl") / "documents.jsonl"
    write_jsonl(path, rows)
    check_same(path, rows)


@given(rows=ROWS)
@pytest.mark.full
def test_parquet_round_trip(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("parquet") / "documents.parquet"
    write_parquet(path, rows)
    check_same(path, rows)


@given(rows=ROWS)
@settings(max_examples=examples(10))  # each starts a program of its own
@pytest.mark.full
def test_xlsx_round_trip(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("xlsx") / "documents.xlsx"
    write_xlsx(path, rows)
    check_same(path, rows)


def test_json_numbers_never_pass_through_a_float(read_text):
    line = (
        '{"document_id": 1, "client_id": 1, "type": "invoice", "number": 1, "currency": "CLF",'
        ' "issue_date": "2026-10-01", "total": 9007199254740.9301}'
    )
    frame = read_text("documents.jsonl", line).tables["documents"]
    assert frame["total"].to_list() == [Decimal("9007199254740.9301")]


def test_parquet_floats_and_pandas_dates(tmp_path):
    path = tmp_path / "documents.parquet"
    pl.DataFrame(
        {
            "document_id": [1001.0], "client_id": [7], "type": ["invoice"], "number": ["1"],
            "issue_date": [date(2024, 1, 31)], "total": [0.1],
        }
    ).with_columns(pl.col("issue_date").cast(pl.Datetime("ns"))).write_parquet(path)  # fmt: skip
    row = read(path, company=Company()).tables["documents"].row(0, named=True)
    assert (row["document_id"], row["client_id"]) == ("1001", "7")
    assert (row["issue_date"], row["total"]) == (date(2024, 1, 31), Decimal("0.1"))


@pytest.mark.parametrize("limit", ["99999999999.99", "9999999999999.89", "99999999999.1"])
def test_large_numbers_of_a_workbook_do_not_show_their_float(tmp_path, limit):
    """fastexcel writes them as 99999999999.990005493 or, zeros left out, 9999999999999.890625."""
    path = tmp_path / "clients.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["client_id", "name", "credit_limit"])
        sheet.write_row(1, 0, ["1", "Ana", float(limit)])
    contents = read(path, company=Company())
    assert contents.rejects == []
    assert contents.tables["clients"]["credit_limit"].to_list() == [Decimal(limit)]


#: Floats, and what somebody meant by them.
FLOATS = [
    (0.1 + 0.2, "0.3"), (100000000.1 + 0.2, "100000000.3"), (-1234567.1, "-1234567.1"),
    (123456789012.1 + 0.2, "123456789012.3"), (1234567890123.3002, "1234567890123.3"),
    (12345678901234.56, "12345678901234.56"), (54321098765432.11, "54321098765432.11"),
    (98765432109876.53, "98765432109876.53"), (123456789012.3456, "123456789012.3456"),
    (1000000000000001.0, "1000000000000001"), (1000000000000002.0, "1000000000000002"),
    (-1000000000000001.0, "-1000000000000001"), (9007199254740991.0, "9007199254740991"),
    (1e15, "1000000000000000"), (1001.0, "1001"), (0.0, "0"),
]  # fmt: skip


@pytest.mark.parametrize("some", [FLOATS, FLOATS[:3]])
def test_floats_of_parquet_keep_what_is_real(some):
    column = pl.Series("x", [value for value, _ in some] + [None, float("nan")])
    for mark in ".,":
        texts = column.to_frame().select(typed_text.as_text(column, mark)).to_series().to_list()
        assert texts == [text.replace(".", mark) for _, text in some] + [None, "NaN"]


def test_floats_of_a_workbook_keep_what_is_real(tmp_path):
    path = tmp_path / "clients.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["client_id", "name"])
        for row, (value, _) in enumerate(FLOATS, start=1):
            sheet.write_row(row, 0, [str(row), value])
    names = read(path, company=Company()).tables["clients"]["name"].to_list()
    assert names == [text for _, text in FLOATS]
    shared = (excel_child.LARGE, excel_child.NOISE, excel_child.HALF_A_CENT)
    assert shared == (typed_text.LARGE, typed_text.NOISE, typed_text.HALF_A_CENT)


@given(st.decimals("1000000000", "99999999999999.99", places=2))
def test_a_float_never_loses_its_cents(amount):
    column = pl.Series("x", [float(amount), 1e12])
    text = column.to_frame().select(typed_text.as_text(column, ".")).to_series()[0]
    assert float(text) == float(amount)


def test_a_number_whose_last_digits_are_lost_is_no_key(tmp_path):
    """DuckDB writes HUGEINT so; two of its numbers may be one float."""
    path = tmp_path / "documents.parquet"
    keys = "12345678901234567::HUGEINT AS document_id, 1000000000000001::HUGEINT AS client_id"
    more = (
        "'invoice' AS type, 12345678901234567::HUGEINT AS number, DATE '2026-01-02' AS issue_date"
    )
    duckdb.execute(f"COPY (SELECT {keys}, {more}, 5 AS total, 1e300 AS x) TO '{path}'")
    (reject,) = read(path, company=Company()).rejects
    assert [(r.code, r.column, r.value) for r in reject.reasons] == [
        ("inexact_number", "document_id", "≈12345678901234568"),
        ("inexact_number", "number", "≈12345678901234568"),
    ]
    assert reject.record["client_id"] == "1000000000000001"


def test_an_amount_written_as_text_in_a_workbook_keeps_all_its_digits(tmp_path):
    path = tmp_path / "clients.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["client_id", "name", "credit_limit"])
        sheet.write_row(1, 0, ["1", "Ana"])
        sheet.write_string(1, 2, "1234567890123.56")
    contents = read(path, company=Company())
    assert contents.tables["clients"]["credit_limit"].to_list() == [Decimal("1234567890123.56")]


def test_progress_ends_at_the_size(tmp_path):
    path = tmp_path / "clients.csv"
    path.write_text("client_id,name\n1,Ana\n")
    seen = []
    read(path, company=Company(), progress=lambda done, of: seen.append((done, of)))
    assert seen[-1] == (path.stat().st_size,) * 2
    assert seen == sorted(seen)


@pytest.mark.parametrize("name", ["clients.csv", "clients.jsonl"])
def test_rows_of_many_chunks_keep_their_numbers(tmp_path, monkeypatch, name):
    monkeypatch.setattr("cartera.sources.chunk.CHUNK_ROWS", 2)
    path = tmp_path / name
    if name.endswith("csv"):
        path.write_text("client_id,name\n" + "".join(f"{n},x\n" for n in range(7)))
    else:
        lines = [json.dumps({"client_id": n, "name": "x", f"extra{n}": n}) for n in range(7)]
        path.write_text("\n".join(lines))
    frame = read(path, company=Company()).tables["clients"]
    assert frame["row"].to_list() == list(range(1, 8))
    assert frame["client_id"].to_list() == [str(n) for n in range(7)]


@pytest.mark.parametrize("first", ["\ufeff", "\ufeff\ufeff"])
@pytest.mark.parametrize(
    "heading", ["client_id,name", '"client_id","Name\u200b"', "Client_ID\u00a0,name"]
)
def test_marks_that_nobody_sees_are_no_part_of_a_heading(tmp_path, first, heading):
    path = tmp_path / "clients.csv"
    path.write_text(f"{first}{heading}\n1,Ana\n", encoding="utf-8")
    assert read(path, company=Company()).tables["clients"]["name"].to_list() == ["Ana"]


def test_json_with_two_marks_of_byte_order(tmp_path):
    path = tmp_path / "clients.jsonl"
    path.write_text('\ufeff\ufeff{"client_id": "1", "name\u200b": "Ana"}\n', encoding="utf-8")
    assert read(path, company=Company()).tables["clients"]["name"].to_list() == ["Ana"]
