"""Keys are compared as people see them, wherever they come from."""

from __future__ import annotations

import json
import unicodedata

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from cartera import keys
from cartera.config import Company
from cartera.contract import KEY_COLUMNS, TABLES
from cartera.sources.checks import as_people_see_it
from cartera.sources.files import read
from tests.sources.test_row_rules import GOOD, as_csv

#: What was written, and what a person sees.
SEEN = [
    ("ABC\u00a0", "ABC"),
    ("\ufeffABC", "ABC"),
    ("AB\u200bC", "ABC"),
    ("A\u00adBC", "ABC"),
    ("\u202aABC\u202c", "ABC"),
    ("AB\u2060C\u200e\u200f", "ABC"),
    ("ABC\ufe0f", "ABC"),
    ("\u3164ABC\u180e", "ABC"),
    ("A\u00a0B", "A B"),
    ("A\u202fB\u2003C\u3000D", "A B C D"),
    ("FE\u2011001", "FE-001"),
    ("FE\u2013001\u2212A\u2014\uff0d", "FE-001-A--"),
    ("PEN\u0303A", "PEÑA"),
    ("PEN\u200b\u0303A", "PEÑA"),
    ("A\u030a", "Å"),
    ("\u212b", "Å"),
    ("  FE 1 ", "FE 1"),
    ("niño  doble", "niño  doble"),
    ("ABC", "ABC"),
    ("abc", "abc"),
    ("ｆｅ", "ｆｅ"),
]


@pytest.mark.parametrize(("written", "seen"), SEEN)
def testas_people_see_it(written, seen):
    assert keys.normal(written) == seen


@given(st.text())
def test_a_key_is_normal_once_and_for_all_and_columns_agree_with_single_keys(text):
    once = keys.normal(text)
    assert keys.normal(once) == once
    assert unicodedata.is_normalized("NFC", once)
    column = pl.select(as_people_see_it(pl.lit(text).str.strip_chars())).item()
    # Python strips four control characters that no key may have.
    assert column.strip() == once


@pytest.mark.parametrize(("written", "seen"), SEEN)
def test_every_key_and_reference_of_every_table(read_text, written, seen):
    for table in TABLES.values():
        own = [c.name for c in table.all_columns if c.name in KEY_COLUMNS - {"company_id"}]
        if table.name == "allocations":
            own.remove("target_payment_id")
        found = read_text(f"{table.name}.csv", as_csv(table.name, **dict.fromkeys(own, written)))
        assert found.rejects == []
        frame = found.tables[table.name]
        assert {frame[name].item() for name in own} == {seen}


def test_what_goes_back_to_a_payment(read_text):
    text = as_csv("allocations", kind="refund", document_id="", target_payment_id="RC\u20117")
    assert (
        read_text("allocations.csv", text).tables["allocations"]["target_payment_id"][0] == "RC-7"
    )


@pytest.mark.parametrize("ending", ["xlsx", "parquet", "jsonl"])
def test_whatever_the_file(tmp_path, ending):
    row = GOOD["documents"] | {"client_id": "PEN\u0303A\u00a0", "document_id": "FE\u2011\u200b1"}
    path = tmp_path / f"documents.{ending}"
    if ending == "xlsx":
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, list(row))
            for column, value in enumerate(row.values()):
                sheet.write_string(1, column, value)
    elif ending == "parquet":
        pq.write_table(pa.table({name: [value] for name, value in row.items()}), path)
    else:
        path.write_text(json.dumps(row))
    frame = read(path, company=Company()).tables["documents"]
    assert (frame["client_id"].item(), frame["document_id"].item()) == ("PEÑA", "FE-1")


def test_a_key_of_nothing_visible_is_missing(read_text):
    (reject,) = read_text("clients.csv", as_csv("clients", client_id="\u200b\u00a0")).rejects
    assert [(r.code, r.column) for r in reject.reasons] == [("missing", "client_id")]


def test_other_texts_stay_as_they_were_written(read_text):
    text = as_csv("documents", number="FE\u20111", reference="OC\u00a07 \u200b")
    row = read_text("documents.csv", text).tables["documents"].row(0, named=True)
    assert (row["number"], row["reference"]) == ("FE\u20111", "OC\u00a07 \u200b")


def test_the_company_of_the_settings_is_the_one_of_the_files():
    assert Company(id="ma\u00adin\u00a0").id == "main"
