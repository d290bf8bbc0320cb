"""The four formats, each as a stream of chunks of plain text.

A chunk is a polars frame of strings with a column `ROW` (1-based, the header not counted); what
the text means is decided later, once, for all formats (`cartera.sources.checks`). Numbers keep
their exact digits: nothing goes through a float that was not one in the file.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from cartera.contract import Reason
from cartera.errors import FileRefused
from cartera.sources import guards

ROW = "__row__"
CHUNK_ROWS = 100_000
ENDINGS = {
    ".csv": "csv", ".txt": "csv", ".tsv": "csv", ".xlsx": "xlsx", ".parquet": "parquet",
    ".jsonl": "jsonl", ".ndjson": "jsonl",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read a foreign file; the defaults are the contract's."""

    delimiter: str | None = None
    encoding: str = "utf-8"
    sheet: str | int = 0
    skip_rows: int = 0


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows as text, and rows that are not even that (ragged, not JSON)."""

    frame: pl.DataFrame
    broken: list[tuple[int, Reason, str]] = field(default_factory=list)


def chunks(path: Path, name: str, layout: Layout) -> Iterator[Chunk]:
    """The file's rows, chunk by chunk; raises `FileRefused` for one that cannot be read."""
    kind = ENDINGS.get(path.suffix.lower())
    guards.size_of(path, name)
    if kind == "csv":
        return _csv(path, name, layout)
    if kind == "xlsx":
        return _xlsx(path, name, layout)
    if kind == "parquet":
        return _parquet(path, name)
    if kind == "jsonl":
        return _jsonl(path, name)
    raise FileRefused(name, f"{path.suffix or 'no ending'}: not CSV, Excel, Parquet or JSON lines")


def _frame(columns: list[str], rows: list[list[str | None]], numbers: list[int]) -> pl.DataFrame:
    data = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    return data.with_columns(pl.Series(ROW, numbers, dtype=pl.Int64))


def _csv(path: Path, name: str, layout: Layout) -> Iterator[Chunk]:
    guards.check_text(path, name, layout.encoding)
    encoding = "utf-8-sig" if layout.encoding.lower().replace("_", "-") == "utf-8" else layout.encoding
    csv.field_size_limit(guards.MAX_LINE)
    with path.open(encoding=encoding, newline="") as handle:
        for _ in range(layout.skip_rows):
            handle.readline()
        start = handle.tell()
        header_line = handle.readline()
        handle.seek(start)
        delimiter = layout.delimiter or _delimiter(header_line)
        reader = csv.reader(handle, delimiter=delimiter, strict=True)
        try:
            header = [column.strip() for column in next(reader)]
        except (StopIteration, csv.Error) as error:
            raise FileRefused(name, "no header in the first line") from error
        guards.check_columns(header, name)
        try:
            yield from _csv_rows(reader, header)
        except csv.Error as error:
            raise FileRefused(name, f"line {reader.line_num:,}: {error}") from error


def _delimiter(header: str) -> str:
    """Comma, semicolon or tab: whichever the header holds most of."""
    return max(",;\t", key=header.count)


def _csv_rows(reader: Iterable[list[str]], header: list[str]) -> Iterator[Chunk]:
    rows: list[list[str | None]] = []
    numbers: list[int] = []
    broken: list[tuple[int, Reason, str]] = []
    number = 0
    for fields in reader:
        if not fields:
            continue  # a blank line is nothing, as RFC 4180 readers take it
        number += 1
        if len(fields) != len(header):
            code = "too_many_fields" if len(fields) > len(header) else "too_few_fields"
            reason = Reason(code, None, f"{len(fields)} / {len(header)}")
            broken.append((number, reason, ",".join(fields)[:500]))
        else:
            rows.append(list(fields))
            numbers.append(number)
        if len(rows) + len(broken) >= CHUNK_ROWS:
            yield Chunk(_frame(header, rows, numbers), broken)
            rows, numbers, broken = [], [], []
    yield Chunk(_frame(header, rows, numbers), broken)


def _xlsx(path: Path, name: str, layout: Layout) -> Iterator[Chunk]:
    import fastexcel

    guards.check_workbook(path, name)
    try:
        book = fastexcel.read_excel(path)
        sheet = book.load_sheet(
            layout.sheet, header_row=layout.skip_rows, schema_sample_rows=0, dtypes="string"
        )
        frame = sheet.to_polars()
    except BaseException as error:  # a broken workbook may panic inside the Rust reader
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        first = (str(error).splitlines() or [""])[0]
        raise FileRefused(name, f"Excel cannot be read: {first}") from error
    header = [str(c).strip() for c in frame.columns]
    guards.check_columns(header, name)
    # A cell formatted as a date comes as midnight of that day; the time is Excel's, not theirs.
    text = frame.rename(dict(zip(frame.columns, header, strict=True))).with_columns(
        pl.all().cast(pl.String).str.strip_suffix(" 00:00:00").str.strip_suffix("T00:00:00")
    )
    text = text.filter(~pl.all_horizontal(pl.all().is_null() | (pl.all() == ""))) if header else text
    yield Chunk(text.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(ROW)))


def _parquet(path: Path, name: str) -> Iterator[Chunk]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        schema = file.schema_arrow
    except (pa.ArrowException, OSError) as error:
        raise FileRefused(name, "not a Parquet file, or cut short") from error
    guards.check_columns(schema.names, name)
    nested = [f.name for f in schema if pa.types.is_nested(f.type)]
    if nested:
        raise FileRefused(name, f"column {nested[0]!r} holds lists or records, not plain values")
    done = 0
    try:
        for batch in file.iter_batches(batch_size=CHUNK_ROWS):
            frame = pl.from_arrow(pa.Table.from_batches([batch]))
            assert isinstance(frame, pl.DataFrame)
            text = frame.select(_as_text(c, t) for c, t in frame.schema.items())
            numbers = pl.int_range(done + 1, done + len(text) + 1, dtype=pl.Int64, eager=True)
            done += len(text)
            yield Chunk(text.with_columns(numbers.alias(ROW)))
        if done == 0:
            yield Chunk(_frame(list(schema.names), [], []))
    except (pa.ArrowException, OSError, pl.exceptions.PolarsError) as error:
        raise FileRefused(name, "a Parquet file that is damaged") from error


def _as_text(column: str, kind: pl.DataType) -> pl.Expr:
    value = pl.col(column)
    if isinstance(kind, pl.Datetime):
        utc = value.dt.convert_time_zone("UTC") if kind.time_zone else value
        return utc.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f").alias(column)
    if kind == pl.Binary:
        return value.cast(pl.String, strict=False).alias(column)
    return value.cast(pl.String).alias(column)


def _jsonl(path: Path, name: str) -> Iterator[Chunk]:
    guards.check_text(path, name)
    columns: dict[str, None] = {}
    rows: list[dict[str, str | None]] = []
    numbers: list[int] = []
    broken: list[tuple[int, Reason, str]] = []
    number = 0
    with path.open(encoding="utf-8-sig") as handle:
        for line in handle:
            if not line.strip():
                continue
            number += 1
            record = _json_record(line)
            if record is None:
                broken.append((number, Reason("not_json", None, line.strip()[:60]), line[:500]))
                continue
            columns.update(dict.fromkeys(record))
            if len(columns) > guards.MAX_COLUMNS:
                raise FileRefused(name, f"more than {guards.MAX_COLUMNS} different fields")
            rows.append(record)
            numbers.append(number)
            if len(rows) >= CHUNK_ROWS:
                yield _records(columns, rows, numbers, broken, name)
                rows, numbers, broken = [], [], []
    yield _records(columns, rows, numbers, broken, name)


def _records(
    columns: dict[str, None],
    rows: list[dict[str, str | None]],
    numbers: list[int],
    broken: list[tuple[int, Reason, str]],
    name: str,
) -> Chunk:
    header = list(columns)
    guards.check_columns(header, name)
    return Chunk(_frame(header, [[row.get(c) for c in header] for row in rows], numbers), broken)


def _json_record(line: str) -> dict[str, str | None] | None:
    try:
        record = json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    return {str(key).strip(): _json_text(value) for key, value in record.items()}


def _json_text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return ";".join(value)  # several addresses, for example
    return json.dumps(value, ensure_ascii=False)
