"""Parquet and Excel as chunks."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl

from cartera.errors import Fault, FileRefused
from cartera.sources import excel_child, guards, lacking, workbook
from cartera.sources.checks import MAX_TEXT
from cartera.sources.chunk import CHUNK_ROWS, ROW, Chunk, Layout, bare, frame_of

#: Rows that are read at once, still packed, and the bytes of text they may unpack to.
_BATCH_ROWS = 4_000
_UNPACKED_BYTES = 64 << 20
#: Packed tightly, a small Parquet file holds any number of equal rows.
MAX_ROWS = 20_000_000
_EXCEL_SECONDS = 600


def parquet_chunks(path: Path, name: str, layout: Layout) -> Iterator[Chunk]:
    """A Parquet file of plain columns, whatever their types."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    damaged = (pa.ArrowException, OSError, ValueError, pl.exceptions.PolarsError)
    try:
        # Text stays packed (each value once, rows point to it) until it has been weighed.
        texts = [f.name for f in pq.read_schema(path) if _is_text(f.type)]
        file = pq.ParquetFile(path, read_dictionary=texts)
        schema, total = file.schema_arrow, file.metadata.num_rows
    except damaged as error:
        raise FileRefused(name, "not a Parquet file, or cut short") from error
    with file:
        columns = guards.header(schema.names, name)
        nested = [
            Fault("the column “{column}” holds lists or records, not plain values", column=column)
            for column, field in zip(columns, schema, strict=True)
            if pa.types.is_nested(field.type)
        ]
        if nested:
            raise FileRefused(name, nested, header=columns)
        if total > MAX_ROWS:
            raise FileRefused(
                name, "{rows} rows; {most} is the most for one file", rows=total, most=MAX_ROWS
            )
        done = 0
        try:
            zone = None if _says_zones(file) else layout.timezone
            for part in _batches(file.iter_batches(batch_size=_BATCH_ROWS), name, zone):
                text = part.select(
                    _as_text(old, kind, layout.decimal_mark).alias(new)
                    for (old, kind), new in zip(part.schema.items(), columns, strict=True)
                )
                numbers = pl.int_range(done + 1, done + len(text) + 1, dtype=pl.Int64, eager=True)
                done += len(text)
                yield Chunk(text.with_columns(numbers.alias(ROW)), done=done / max(total, 1))
        except damaged as error:
            raise FileRefused(name, "a Parquet file that is damaged") from error
    if done == 0:
        yield Chunk(frame_of(columns, [], []))


def _is_text(kind: Any) -> bool:
    import pyarrow.types as kinds

    return bool(kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_binary(kind))


def _says_zones(file: Any) -> bool:
    """Whether a moment has the zone that its writer gave it. Parquet itself knows only UTC."""
    return b"ARROW:schema" in (file.metadata.metadata or {})


def _in_zone(batch: Any, zone: str | None) -> Any:
    """The batch with its moments in a zone that polars knows.

    `zone` is the company's, for a file that has no zones of its own.
    """
    import pyarrow as pa

    columns = list(batch.columns)
    for at, column in enumerate(columns):
        own = getattr(column.type, "tz", None)
        if own is None:
            continue
        if zone is not None:
            columns[at] = column.cast(pa.timestamp(column.type.unit, zone))
        elif re.fullmatch("[+-][0-9]{2}:?[0-9]{2}", own):
            columns[at] = _at_offset(column, own)
    return pa.RecordBatch.from_arrays(columns, batch.schema.names)


def _at_offset(column: Any, offset: str) -> Any:
    """Moments of a zone that is only a distance from UTC, as text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    hours, minutes = int(offset[1:3]), int(offset[-2:])
    away = timedelta(hours=hours, minutes=minutes) * (-1 if offset[0] == "-" else 1)
    there = pc.add(column.cast(pa.timestamp("us")), pa.scalar(away, pa.duration("us")))
    text = pc.strftime(there, format="%Y-%m-%dT%H:%M:%S")
    return pc.binary_join_element_wise(text, f"{offset[:3]}:{offset[-2:]}", "")


def _batches(packed: Iterator[Any], name: str, zone: str | None) -> Iterator[pl.DataFrame]:
    """Packed batches unpacked and put together to chunks, by rows and by bytes."""
    import pyarrow as pa

    held: list[Any] = []
    rows = size = 0
    for batch in packed:
        for piece in _pieces(_in_zone(batch, zone), name):
            held.append(piece)
            rows += piece.num_rows
            size += piece.nbytes
            if rows >= CHUNK_ROWS or size >= _UNPACKED_BYTES:
                yield pl.DataFrame(pa.Table.from_batches(held))
                held, rows, size = [], 0, 0
    if rows:
        yield pl.DataFrame(pa.Table.from_batches(held))


def _pieces(batch: Any, name: str) -> Iterator[Any]:
    """The batch unpacked, in halves where it would be too much at once."""
    import pyarrow as pa

    columns = [_cut(column) for column in batch.columns]
    cut = pa.RecordBatch.from_arrays(columns, batch.schema.names)
    if sum(map(_unpacked_size, columns)) <= _UNPACKED_BYTES:
        yield pa.RecordBatch.from_arrays([_unpacked(c) for c in columns], batch.schema.names)
    elif batch.num_rows == 1:
        raise FileRefused(name, "a row of more than {most} bytes", most=_UNPACKED_BYTES)
    else:
        half = batch.num_rows // 2
        yield from _pieces(cut.slice(0, half), name)
        yield from _pieces(cut.slice(half), name)


def _is_packed(column: Any) -> bool:
    import pyarrow.types as kinds

    return bool(kinds.is_dictionary(column.type)) and _is_text(column.type.value_type)


def _cut(column: Any) -> Any:
    """Texts that are too long anyway, cut once in the dictionary and not in every row.

    The dots keep what is left from passing for a number, and one character over the limit.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if not _is_packed(column) or pa.types.is_binary(column.type.value_type):
        return column
    texts = column.dictionary
    if (pc.max(pc.binary_length(texts)).as_py() or 0) <= MAX_TEXT:  # bytes: never fewer
        return column
    is_long = pc.greater(pc.utf8_length(texts), MAX_TEXT)
    short = pc.utf8_slice_codeunits(texts, 0, MAX_TEXT)
    dotted = pc.binary_join_element_wise(short, "…", "")
    shown = pc.if_else(is_long, dotted, texts)
    return pa.DictionaryArray.from_arrays(column.indices, shown)


def _unpacked(column: Any) -> Any:
    import pyarrow.types as kinds

    return column.dictionary_decode() if kinds.is_dictionary(column.type) else column


def _unpacked_size(column: Any) -> int:
    """Bytes of the column's text once each row has its own; numbers weigh nothing."""
    import pyarrow.compute as pc

    if _is_packed(column):
        lengths = pc.binary_length(column.dictionary).take(column.indices)
        return int(pc.sum(pc.cast(lengths, "int64")).as_py() or 0)
    return int(column.nbytes) if _is_text(column.type) else 0


def _as_text(column: str, kind: pl.DataType, decimal_mark: str) -> pl.Expr:
    value = pl.col(column)
    if isinstance(kind, pl.Datetime):
        if kind.time_zone:  # in its own zone, with what that is away from UTC at that moment
            return value.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f%:z")
        # pandas keeps dates as midnights.
        return value.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f").str.strip_suffix("T00:00:00.000000")
    if kind == pl.Float64:
        # What is behind the fifteenth digit is the binary form's: 0.1 + 0.2 is 0.3.
        value = value.round_sig_figs(15)
    text = value.cast(pl.String, strict=False)
    if kind.is_float() or isinstance(kind, pl.Decimal):
        # A key that pandas made a float because one was missing: 1001.0 is 1001.
        text = bare(text)
    return text.str.replace(".", decimal_mark, literal=True) if kind.is_numeric() else text


def excel_chunks(path: Path, name: str, layout: Layout) -> Iterator[Chunk]:
    """One sheet of a workbook, read by a child process whose memory is limited.

    Two cells far apart are a small file and a table of billions; an index of one long text can be
    repeated a million times. The reader would take all memory, and in Rust that ends the process.
    """
    guards.check_workbook(path, name)
    with tempfile.TemporaryDirectory(prefix="cartera-") as folder:
        sheet = _sheet(path, name, layout, Path(folder))
    if sheet.is_empty():
        raise FileRefused(name, "the sheet is empty")
    columns = guards.header([value or "" for value in sheet.row(0)], name)
    rows = sheet.slice(1).rename(dict(zip(sheet.columns, columns, strict=True)))
    filled = rows.filter(pl.any_horizontal(pl.all().str.strip_chars() != ""))
    numbered = filled.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(ROW))
    for start in range(0, max(len(numbered), 1), CHUNK_ROWS):
        done = min(1.0, (start + CHUNK_ROWS) / max(len(numbered), 1))
        yield Chunk(numbered.slice(start, CHUNK_ROWS), done=done)


def _sheet(path: Path, name: str, layout: Layout, folder: Path) -> pl.DataFrame:
    """Every cell of the sheet as text, its header too."""
    out, mended = folder / "sheet.arrow", folder / "mended.xlsx"
    with ThreadPoolExecutor(1) as meanwhile:
        uncomputed = meanwhile.submit(workbook.has_uncomputed, path)
        ended = _child(path, out, name, layout)
    if ended.returncode == excel_child.NEWER_ERROR or (
        ended.returncode == 0 and uncomputed.result()
    ):
        try:
            workbook.mend(path, mended)
        except OSError as error:
            raise FileRefused(
                name, "the workbook is damaged, or too large to be read as Excel"
            ) from error
        ended = _child(mended, out, name, layout)
    if ended.returncode == excel_child.NO_SHEET:
        raise FileRefused(name, [lacking.sheet(layout.sheet, json.loads(ended.stdout))])
    if ended.returncode:
        raise FileRefused(name, "the workbook is damaged, or too large to be read as Excel")
    return pl.read_ipc(out.read_bytes())


def _child(
    source: Path, out: Path, name: str, layout: Layout
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-P", excel_child.__file__, str(source.resolve())]
    command += [str(out), type(layout.sheet).__name__, str(layout.sheet)]
    command += [str(layout.skip_rows), layout.decimal_mark]
    try:
        return subprocess.run(command, capture_output=True, timeout=_EXCEL_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise FileRefused(name, "Excel takes too long to read; save it as CSV") from error
