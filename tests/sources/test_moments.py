"""A moment in the place of a day: its own zone's day, else that of the company's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from cartera.config import Company
from cartera.sources.files import read
from tests.sources.test_row_rules import as_csv

OCTOBER = date(2026, 10, 31)


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-31", "2026-10-31 23:30", "2026-10-31T23:30:00", "2026-10-31 00:00:00",
        "2026-10-31T23:30:00-05:00", "2026-10-31T23:30:00-0500", "2026-10-31 23:30:00-05",
        "2026-10-31T00:00:00Z", "2026-10-31T00:30:00+14:00", "2026-10-31 00:00:00 UTC",
        "2026-10-31T23:59:59.999999999", "2026-10-31T23:59:60Z", "2026-10-31t23:30:00z",
        "2026-10-31 02:30:00 +05:30", " 2026-10-31 23:30 ",
        "2026-10-31T23:30:00-04:00[America/New_York]", "2026-10-31\u00a023:30",
    ],
)  # fmt: skip
def test_the_day_is_the_one_written(read_text, text):
    contents = read_text("documents.csv", as_csv("documents", due_date=text))
    assert contents.tables["documents"]["due_date"].to_list() == [OCTOBER]


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-31 25:00", "2026-10-31 23:60", "2026-02-30 10:00", "2026-10-31T", "23:30",
        "2026-10-31 later", "2026-10-31T23:30:00-25:00", "20261031", "2026-10-31Z",
    ],
)  # fmt: skip
def test_what_is_neither_day_nor_moment(read_text, text):
    (reject,) = read_text("documents.csv", as_csv("documents", due_date=text)).rejects
    assert [(r.code, r.column) for r in reject.reasons] == [("not_a_date", "due_date")]


@pytest.mark.parametrize(
    ("date_format", "text"),
    [
        ("%d/%m/%Y", "31/10/2026 23:30"),
        ("%d/%m/%Y", "31/10/2026 11:30 p. m."),
        ("%d/%m/%Y", "31/10/2026, 23:30:15"),
        ("%d/%m/%Y %H:%M", "31/10/2026 23:30"),
        ("%d/%m/%Y %H:%M", "31/10/2026"),
        ("%d/%m/%Y %H:%M:%S", "31/10/2026 23:30"),
        ("%d/%m/%Y %I:%M %p", "31/10/2026 11:30 PM"),
        ("%Y%m%d%H%M%S", "20261031233000"),
        ("%Y-%m-%dT%H:%M:%S%z", "2026-10-31T23:30:00-0500"),
        ("%d-%m-%y", "31-10-26 23:30"),
        ("%d/%m/%Y", "2026-10-31T23:30:00-05:00"),
    ],
)
def test_a_mapping_s_format_with_and_without_a_time(read_text, date_format, text):
    mapping = (
        f'format: {{date_format: "{date_format}"}}\ntables:\n  - table: documents\n    columns:\n'
        "      {document_id: N, client_id: N, type: {constant: invoice}, number: N,\n"
        "       issue_date: F, total: N}\n"
    )
    contents = read_text("x.csv", f'N,F\n1,"{text}"\n', mapping)
    assert contents.rejects == []
    assert contents.tables["documents"]["issue_date"].to_list() == [OCTOBER]


def documents(issue_date: pa.Array, updated_at: pa.Array | None = None) -> pa.Table:
    count = len(issue_date)
    columns = {
        "document_id": [str(n) for n in range(count)], "client_id": ["1"] * count,
        "type": ["invoice"] * count, "number": ["1"] * count, "issue_date": issue_date,
        "total": [1] * count, "updated_at": issue_date if updated_at is None else updated_at,
    }  # fmt: skip
    return pa.table(columns)


#: 03:30 of a winter's and a summer's day in UTC.
MOMENTS = [datetime(2026, 1, 15, 3, 30, tzinfo=UTC), datetime(2026, 7, 15, 3, 30, tzinfo=UTC)]
#: In New York 23:30 of the day before in winter, and 00:30 in summer.
EDGES = [datetime(2026, 1, 15, 4, 30, tzinfo=UTC), datetime(2026, 7, 15, 4, 30, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("zone", "moments", "days"),
    [
        ("UTC", MOMENTS, [15, 15]),
        ("America/Bogota", MOMENTS, [14, 14]),
        ("America/New_York", EDGES, [14, 15]),
        ("Europe/Madrid", EDGES, [15, 15]),
        ("Asia/Tokyo", MOMENTS, [15, 15]),
        ("-05:00", MOMENTS, [14, 14]),
        ("+05:30", MOMENTS, [15, 15]),
        ("-03:30", MOMENTS, [15, 15]),
        ("-04:30", EDGES, [15, 15]),
        ("-09:30", EDGES, [14, 14]),
    ],
)
@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_zoned_columns_of_parquet(tmp_path, zone, moments, days, unit):
    column = pa.array(moments, pa.timestamp(unit, zone))
    pq.write_table(documents(column), tmp_path / "documents.parquet")
    frame = read(tmp_path / "documents.parquet", company=Company()).tables["documents"]
    assert [day.day for day in frame["issue_date"]] == days
    # The same column is the same moment where a moment is asked for.
    assert frame["updated_at"].to_list() == [m.replace(tzinfo=None) for m in moments]


@pytest.mark.parametrize(
    ("zone", "days"), [("America/Bogota", [14, 14]), ("Europe/Madrid", [15, 15])]
)
def test_parquet_moments_without_a_zone_of_their_own_are_the_company_s(tmp_path, zone, days):
    """DuckDB and Spark write only that a column is a moment."""
    path = tmp_path / "documents.parquet"
    with duckdb.connect() as connection:
        connection.register("documents", documents(pa.array(MOMENTS, pa.timestamp("us", "UTC"))))
        connection.execute(f"COPY documents TO '{path}' (FORMAT parquet)")
    frame = read(path, company=Company(timezone=zone)).tables["documents"]
    assert [day.day for day in frame["issue_date"]] == days


def test_parquet_without_zones_says_the_day(tmp_path):
    naive = [moment.replace(tzinfo=None) for moment in MOMENTS]
    pq.write_table(documents(pa.array(naive)), tmp_path / "documents.parquet")
    frame = read(tmp_path / "documents.parquet", company=Company()).tables["documents"]
    assert [day.day for day in frame["issue_date"]] == [15, 15]


def test_dates_of_a_workbook_with_a_time(tmp_path: Path):
    path = tmp_path / "documents.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        look = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.write_row(0, 0, ["document_id", "client_id", "type", "number", "total", "issue_date"])
        for row, hour in enumerate([0, 14, 23], start=1):
            sheet.write_row(row, 0, [row, "1", "invoice", row, 5])
            sheet.write_datetime(row, 5, datetime(2026, 10, 31, hour, 59), look)
        sheet.write_row(4, 0, [4, "1", "invoice", 4, 5, "2026-10-31T23:30:00-05:00"])
    contents = read(path, company=Company())
    assert contents.rejects == []
    assert contents.tables["documents"]["issue_date"].to_list() == [OCTOBER] * 4


def test_json_lines(read_text):
    line = (
        '{"document_id": "1", "client_id": "1", "type": "invoice", "number": "1", "total": 5, '
        '"issue_date": "2026-10-31T23:30:00.000-05:00"}'
    )
    frame = read_text("documents.jsonl", line).tables["documents"]
    assert frame.select(pl.col("issue_date")).to_series().to_list() == [OCTOBER]
