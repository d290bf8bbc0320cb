"""Values and types that Parquet has and polars has not: what is read, refused and kept aside."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cartera.config import Company
from cartera.errors import FileRefused
from cartera.sources.files import FileContents, read

BOGOTA = Company(timezone="America/Bogota")
LATE = datetime(2026, 11, 1, 4, 30, tzinfo=UTC)  # 23:30 of 31 October in Bogotá


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "documents.parquet"


def read_sql(path: Path, *columns: str) -> FileContents:
    """Two rows that DuckDB wrote, the second with nothing in these columns."""
    named = ", ".join(columns)
    empty = ", ".join(f"NULL AS {column.split()[-1]}" for column in columns)
    rows = " UNION ALL BY NAME ".join(
        f"SELECT '{key}' AS document_id, 'C' AS client_id, 'invoice' AS type, '7' AS number, "
        f"DATE '2026-01-02' AS issue_date, 5 AS total, {others}"
        for key, others in ((1, named), (2, empty))
    )
    duckdb.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")
    return read(path, company=BOGOTA)


def read_arrow(path: Path, *, company: Company = BOGOTA, **columns: pa.Array) -> FileContents:
    count = len(next(iter(columns.values())))
    usual = {
        "document_id": list(map(str, range(count))), "client_id": ["C"] * count,
        "type": ["invoice"] * count, "number": ["7"] * count,
        "issue_date": [date(2026, 1, 2)] * count, "total": [5] * count,
    }  # fmt: skip
    pq.write_table(pa.table(usual | columns), path)
    return read(path, company=company)


def read_int96(path: Path, table: pa.Table, company: Company, *, schema: bool) -> FileContents:
    read_arrow(path, x=table["x"])
    whole = pq.read_table(path).drop(["x"]).append_column("x", table["x"])
    pq.write_table(whole, path, use_deprecated_int96_timestamps=True, store_schema=schema)
    return read(path, company=company)


def reasons(contents: FileContents) -> list[tuple[str, str | None]]:
    return [
        (reason.code, reason.column) for reject in contents.rejects for reason in reject.reasons
    ]


def aside(contents: FileContents) -> list[str | None]:
    """What the column `x`, which nothing reads, holds of each row."""
    assert contents.rejects == []
    assert contents.unknown_columns == {"documents": ["x"]}
    extra = contents.tables["documents"]["extra"].to_list()
    return [text and json.loads(text)["x"] for text in extra]


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("kind", ["DATE", "TIMESTAMP", "TIMESTAMPTZ"])
def test_an_infinite_day_refuses_its_row_where_it_is_read(path, kind, sign):
    contents = read_sql(path, f"'{sign}infinity'::{kind} AS due_date")
    assert [(r.row, r.reasons[0].value) for r in contents.rejects] == [(1, f"{sign}infinity")]
    assert reasons(contents) == [("not_a_date", "due_date")]
    assert contents.tables["documents"]["document_id"].to_list() == ["2"]
    assert aside(read_sql(path, f"'{sign}infinity'::{kind} AS x")) == [f"{sign}infinity", None]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("'65fe912b-5e06-4100-83c8-13f8f423593b'::UUID", "65fe912b-5e06-4100-83c8-13f8f423593b"),
        ("'{\"a\": 1}'::JSON", '{"a": 1}'),
        ("'caf\\xC3\\xA9'::BLOB", "café"),
        ("'\\xFF\\x00a'::BLOB", "\\xff0061"),
        ("TIME '10:30:00'", "10:30:00"),
        ("'b'::ENUM('a', 'b')", "b"),
        ("[1, 2]", None),
        ("{'a': 1}", None),
        ("MAP {'a': 1}", None),
    ],
)
def test_what_nothing_reads_costs_no_row(path, written, kept):
    assert aside(read_sql(path, f"{written} AS x")) == [kept, None]


@pytest.mark.parametrize(
    ("column", "kept"),
    [
        (pa.array([90_000_000], pa.duration("us")), "PT1M30S"),
        (pa.array([1.5], pa.float16()), "1.5"),
        (pa.array([b"ab"], pa.binary(2)), "ab"),
        (pa.array([Decimal("1.50")], pa.decimal256(50, 2)), "1.5"),
        (pa.array([Decimal("-0.00000001")], pa.decimal256(76, 38)), "-0.00000001"),
        (pa.array([LATE], pa.timestamp("ns", "-05:00")), "2026-10-31T23:30:00.000000000-05:00"),
        (pa.array([LATE], pa.timestamp("us", "-05")), "2026-10-31T23:30:00.000000-05:00"),
        (pa.array([LATE], pa.timestamp("us", "GMT-5")), "2026-10-31T23:30:00.000000-05:00"),
        (pa.array([LATE], pa.timestamp("us", "Z")), "2026-11-01T04:30:00.000000+00:00"),
        (pa.array([LATE], pa.timestamp("us", "Bogotá")), "2026-10-31T23:30:00.000000-05:00"),
        (pa.array([2**63 - 1], pa.timestamp("us", "-05:00")), "infinity"),
        (pa.array([-(2**63)], pa.timestamp("us", "+05:00")), "-infinity"),
    ],
)
def test_types_of_other_writers(path, column, kept):
    assert aside(read_arrow(path, x=column)) == [kept]


def test_a_nested_value_refuses_where_it_is_read(path):
    with pytest.raises(FileRefused, match="“due_date” holds lists or records"):
        read_sql(path, "[DATE '2026-01-05'] AS due_date")


def test_a_uuid_is_a_key(path):
    key = UUID("65fe912b-5e06-4100-83c8-13f8f423593b")
    contents = read_arrow(path, client_id=pa.array([key.bytes], pa.uuid()))
    assert contents.tables["documents"]["client_id"].to_list() == [str(key)]


def test_bytes_and_texts_that_are_none_refuse_their_row(path):
    as_bytes = pa.array([b"M\xfcller", b"Ana"])
    as_text = pa.Array.from_buffers(pa.string(), 2, as_bytes.buffers())
    for column in (as_bytes, as_text):
        contents = read_arrow(path, reference=column)
        assert reasons(contents) == [("control_character", "reference")]
        assert contents.tables["documents"]["reference"].to_list() == ["Ana"]


def test_decimals_of_more_digits_than_others_hold(path):
    values = ["1234.5", "0.00000001", "12345678901234567890123456789012345678.5"]
    contents = read_arrow(path, total=pa.array(map(Decimal, values), pa.decimal256(76, 38)))
    assert reasons(contents) == [("too_many_decimals", "total"), ("too_large", "total")]
    assert contents.tables["documents"]["total"].to_list() == [Decimal("1234.5")]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_a_moment_at_an_offset_keeps_its_day(path, unit):
    before = datetime(1969, 12, 31, 4, 59, 59, 999000, tzinfo=UTC)
    contents = read_arrow(path, issue_date=pa.array([LATE, before], pa.timestamp(unit, "-05")))
    days = contents.tables["documents"]["issue_date"].to_list()
    assert days == [date(2026, 10, 31), date(1969, 12, 30)]


@pytest.mark.parametrize(
    ("company", "schema", "days"),
    [
        ("America/Bogota", True, [date(2026, 10, 31), date(2299, 12, 31)]),
        ("America/Bogota", False, [date(2026, 10, 31), date(2299, 12, 31)]),
        ("Europe/Madrid", True, [date(2026, 10, 31), date(2299, 12, 31)]),
        ("Europe/Madrid", False, [date(2026, 11, 1), date(2300, 1, 1)]),
    ],
)
def test_moments_as_spark_writes_them(path, company, schema, days):
    """INT96: in UTC, and nothing in the file says so; a zone of its own stands only beside it."""
    moments = [LATE, datetime(2300, 1, 1, 4, tzinfo=UTC)]
    table = pa.table({"x": pa.array(moments, pa.timestamp("us", "America/Bogota"))})
    contents = read_int96(path, table, Company(timezone=company), schema=schema)
    assert [text and text[:10] for text in aside(contents)] == [day.isoformat() for day in days]


def test_int96_of_moments_without_a_zone_says_the_day(path):
    naive = pa.array([datetime(2026, 11, 1, 4, 30)], pa.timestamp("us"))
    contents = read_int96(path, pa.table({"x": naive}), BOGOTA, schema=True)
    assert aside(contents) == ["2026-11-01T04:30:00.000000"]


def test_what_cannot_be_text_costs_the_file_only_where_it_is_read(path, monkeypatch):
    """Whatever a future version of polars fails on."""

    def panics(column: pl.Series, decimal_mark: str) -> pl.Expr:
        if column.name in {"x", "due_date"}:
            return pl.lit(2**31 - 1, pl.Int32).cast(pl.Date).cast(pl.String)
        return pl.col(column.name).cast(pl.String)

    monkeypatch.setattr("cartera.sources.columnar.as_text", panics)
    assert aside(read_arrow(path, x=pa.array([1, 2]))) == [None, None]
    with pytest.raises(FileRefused, match="cannot be read"):
        read_arrow(path, due_date=pa.array([1, 2]))
