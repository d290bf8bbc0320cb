"""Parquet and Excel as chunks."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl

from cartera.errors import Fault, FileRefused
from cartera.sources import excel_child, guards, lacking, workbook
from cartera.sources.checks import MAX_TEXT
from cartera.sources.chunk import CHUNK_ROWS, ROW, Chunk, Layout, frame_of
from cartera.sources.parquet_values import Columns, is_plain, is_text, is_utf8
from cartera.sources.typed_text import as_text

#: Rows that are read at once, still packed, and the bytes of text they may unpack to.
_BATCH_ROWS = 4_000
_UNPACKED_BYTES = 64 << 20
#: Packed tightly, a small Parquet file holds any number of equal rows.
MAX_ROWS = 20_000_000
_EXCEL_SECONDS = 600


def parquet_chunks(path: Path, name: str, layout: Layout) -> Iterator[Chunk]:
    """A Parquet file, whatever its columns' types.

    Lists and records are left out where nothing reads them; where something does, the file is
    refused.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    damaged = (pa.ArrowException, OSError, ValueError, pl.exceptions.PolarsError)
    try:
        # Text stays packed (each value once, rows point to it) until it has been weighed.
        texts = [f.name for f in pq.read_schema(path) if is_text(f.type)]
        # In nanoseconds, the usual, moments end in the year 2262.
        file = pq.ParquetFile(path, read_dictionary=texts, coerce_int96_timestamp_unit="us")
        schema, total = file.schema_arrow, file.metadata.num_rows
    except damaged as error:
        raise FileRefused(name, "not a Parquet file, or cut short") from error
    with file:
        columns = guards.header(schema.names, name)
        called = dict(zip(schema.names, columns, strict=True))
        nested = [
            Fault("the column “{column}” holds lists or records, not plain values", column=column)
            for column, field in zip(columns, schema, strict=True)
            if column in layout.read and not is_plain(field.type)
        ]
        if nested:
            raise FileRefused(name, nested, header=columns)
        if total > MAX_ROWS:
            raise FileRefused(
                name, "{rows} rows; {most} is the most for one file", rows=total, most=MAX_ROWS
            )
        done = 0
        try:
            plain = Columns(file, layout, lambda column: called[column] in layout.read)
            packed = file.iter_batches(batch_size=_BATCH_ROWS, columns=list(plain.readers))
            for part in _batches(packed, plain, name):
                text = _as_text(part, called, layout)
                numbers = pl.int_range(done + 1, done + len(text) + 1, dtype=pl.Int64, eager=True)
                done += len(text)
                yield Chunk(text.with_columns(numbers.alias(ROW)), done=done / max(total, 1))
        except damaged as error:
            raise FileRefused(name, "a Parquet file that is damaged") from error
    if done == 0:
        yield Chunk(frame_of(columns, [], []))


def _as_text(part: pl.DataFrame, called: dict[str, str], layout: Layout) -> pl.DataFrame:
    """All columns of the file as text, under the names they are called by.

    One that nothing reads is left out where it cannot be text: it must not cost the file.
    """
    nothing = pl.lit(None, pl.String)
    failures = (pl.exceptions.PolarsError, pl.exceptions.PanicException)

    def text(old: str, new: str) -> pl.Expr:
        there = as_text(part[old], layout.decimal_mark) if old in part.columns else nothing
        return there.alias(new)

    try:
        return part.select(text(old, new) for old, new in called.items())
    except failures:
        frames = []
        for old, new in called.items():
            try:
                frames.append(part.select(text(old, new), pl.lit(0).alias(ROW)).drop(ROW))
            except failures:
                if new in layout.read:
                    raise
                frames.append(part.select(pl.repeat(None, len(part), dtype=pl.String).alias(new)))
        return pl.concat(frames, how="horizontal")


def _batches(packed: Iterable[Any], plain: Columns, name: str) -> Iterator[pl.DataFrame]:
    """Packed batches unpacked and put together to chunks, by rows and by bytes."""
    import pyarrow as pa

    held: list[Any] = []
    rows = size = 0
    for batch in packed:
        for piece in _pieces(plain.held(batch), name):
            held.append(plain.unpacked(piece))
            rows += piece.num_rows
            size += held[-1].nbytes
            if rows >= CHUNK_ROWS or size >= _UNPACKED_BYTES:
                yield pl.DataFrame(pa.Table.from_batches(held))
                held, rows, size = [], 0, 0
    if rows:
        yield pl.DataFrame(pa.Table.from_batches(held))


def _pieces(batch: Any, name: str) -> Iterator[Any]:
    """The batch, in halves where it would be too much at once when it is unpacked."""
    import pyarrow as pa

    columns = [_cut(column) for column in batch.columns]
    cut = pa.RecordBatch.from_arrays(columns, batch.schema.names)
    if sum(map(_unpacked_size, columns)) <= _UNPACKED_BYTES:
        yield cut
    elif batch.num_rows == 1:
        raise FileRefused(name, "a row of more than {most} bytes", most=_UNPACKED_BYTES)
    else:
        half = batch.num_rows // 2
        yield from _pieces(cut.slice(0, half), name)
        yield from _pieces(cut.slice(half), name)


def _is_packed(column: Any) -> bool:
    import pyarrow.types as kinds

    return bool(kinds.is_dictionary(column.type)) and is_text(column.type)


def _cut(column: Any) -> Any:
    """Texts that are too long anyway, cut once in the dictionary and not in every row.

    The dots keep what is left from passing for a number, and one character over the limit.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if not _is_packed(column):
        return column
    texts = column.dictionary
    if (pc.max(pc.binary_length(texts)).as_py() or 0) <= MAX_TEXT:  # bytes: never fewer
        return column
    if not is_utf8(texts):
        shown = pc.binary_slice(texts.cast(pa.large_binary()), 0, 4 * MAX_TEXT)
        return pa.DictionaryArray.from_arrays(column.indices, shown)
    is_long = pc.greater(pc.utf8_length(texts), MAX_TEXT)
    short = pc.utf8_slice_codeunits(texts, 0, MAX_TEXT)
    dotted = pc.binary_join_element_wise(short, "…", "")
    shown = pc.if_else(is_long, dotted, texts)
    return pa.DictionaryArray.from_arrays(column.indices, shown)


def _unpacked_size(column: Any) -> int:
    """Bytes of the column's text once each row has its own; numbers weigh nothing."""
    import pyarrow.compute as pc

    if _is_packed(column):
        lengths = pc.binary_length(column.dictionary).take(column.indices)
        return int(pc.sum(pc.cast(lengths, "int64")).as_py() or 0)
    return int(column.nbytes) if is_text(column.type) else 0


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
