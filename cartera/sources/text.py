"""CSV and JSON lines as chunks; numbers keep the digits that the file has."""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from cartera.contract import Reason
from cartera.errors import FileRefused
from cartera.sources import guards
from cartera.sources.chunk import Chunk, Collector, Layout, frame_of

DELIMITERS = ",;\t"


def csv_chunks(path: Path, name: str, layout: Layout) -> Iterator[Chunk]:
    """A CSV file with a header; the delimiter is the one its header holds most of."""
    guards.check_text(path, name, layout.encoding)
    csv.field_size_limit(guards.MAX_LINE)
    size = path.stat().st_size
    with (
        path.open("rb") as raw,
        TextIOWrapper(raw, encoding=_with_bom(layout.encoding), newline="") as handle,
    ):
        for _ in range(layout.skip_rows):
            handle.readline()
        lines = _Lines(handle, name, layout.skip_rows)
        first = next(lines, "")
        reader = csv.reader(
            lines.again(first), delimiter=layout.delimiter or _delimiter(first), strict=True
        )
        try:
            columns = guards.header(next(reader, []), name)
            for collected in _csv_rows(reader, lines, len(columns)):
                frame = frame_of(columns, collected.rows, collected.numbers)
                yield Chunk(frame, collected.broken, raw.tell() / size)
        except csv.Error as error:
            reason = (
                "a quote is opened and never closed" if lines.is_at_end else f"not CSV: {error}"
            )
            raise FileRefused(name, f"line {lines.row_starts:,}: {reason}") from error


class _Lines:
    """The lines of a CSV file, and a limit on how many of them one row can swallow.

    A quote that is never closed, or a row of a million quoted line breaks, would otherwise take
    the whole file into memory as one row.
    """

    def __init__(self, handle: TextIO, name: str, skipped: int) -> None:
        self.handle = handle
        self.name = name
        self.number = skipped
        self.row_starts = skipped + 1
        self.length = 0
        self.is_at_end = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.handle.readline()
        if not line:
            self.is_at_end = True
            raise StopIteration
        self.number += 1
        self.length += len(line)
        if self.length > guards.MAX_LINE:
            raise FileRefused(
                self.name,
                f"the row that starts in line {self.row_starts:,} has more than "
                f"{guards.MAX_LINE:,} characters; perhaps a quote is never closed",
            )
        return line

    def again(self, first: str) -> Iterator[str]:
        """The first line once more, then the others."""
        if first:
            yield first
        yield from self

    def end_row(self) -> int:
        """Start counting anew; returns the characters of the row that ended."""
        length, self.length = self.length, 0
        self.row_starts = self.number + 1
        return length


def _with_bom(encoding: str) -> str:
    """The codec that also takes the mark that Windows puts in front of UTF-8."""
    return "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding


def _delimiter(header: str) -> str:
    return max(DELIMITERS, key=header.count)


def _csv_rows(reader: Iterable[list[str]], lines: _Lines, width: int) -> Iterator[Collector]:
    collected = Collector()
    number = 0
    lines.end_row()
    for fields in reader:
        characters = lines.end_row()
        if not any(map(str.strip, fields)):
            continue  # a blank line, or the row of separators that a spreadsheet leaves
        number += 1
        if len(fields) == width:
            collected.add(number, list(fields), characters)
        else:
            code = "too_many_fields" if len(fields) > width else "too_few_fields"
            reason = Reason(code, None, f"{len(fields)} / {width}")
            collected.refuse(number, reason, ",".join(fields))
        if collected.is_full:
            yield collected
            collected = Collector()
    yield collected


def jsonl_chunks(path: Path, name: str, layout: Layout) -> Iterator[Chunk]:
    """One JSON object per line; a field that a line does not have is empty."""
    guards.check_text(path, name, layout.encoding)
    size = path.stat().st_size
    columns: dict[str, None] = {}  # a set that keeps the file's order
    collected = Collector()
    number = 0
    with (
        path.open("rb") as raw,
        TextIOWrapper(raw, encoding=_with_bom(layout.encoding)) as handle,
    ):
        # Not `for line in handle`: that forbids asking where the file stands.
        while line := handle.readline():
            if not line.strip():
                continue
            number += 1
            try:
                record = _json_record(line, layout.decimal_mark)
            except _NotARow as problem:
                collected.refuse(number, problem.reason, line.strip())
            else:
                columns.update(dict.fromkeys(record))
                if len(columns) > guards.MAX_COLUMNS:
                    raise FileRefused(name, f"more than {guards.MAX_COLUMNS} different fields")
                collected.add(number, [record.get(c) for c in columns], len(line))
            if collected.is_full:
                yield _json_chunk(columns, collected, raw.tell() / size)
                collected = Collector()
    yield _json_chunk(columns, collected, 1.0)


def _json_chunk(columns: Iterable[str], collected: Collector, done: float) -> Chunk:
    header = list(columns)
    for row in collected.rows:
        row.extend([None] * (len(header) - len(row)))  # it came before a field was first seen
    return Chunk(frame_of(header, collected.rows, collected.numbers), collected.broken, done)


class _NotARow(ValueError):
    def __init__(self, code: str, column: str | None, value: str | None) -> None:
        super().__init__(code)
        self.reason = Reason(code, column, value)


def _json_record(line: str, decimal_mark: str) -> dict[str, str | None]:
    try:
        fields = json.loads(
            line,
            object_pairs_hook=_Pairs,
            parse_float=_Number,
            parse_int=_Number,
            parse_constant=_Number,
        )
        if not isinstance(fields, _Pairs):
            raise _NotARow("not_json", None, line.strip()[:60])
        record: dict[str, str | None] = {}
        for key, value in fields:
            column = guards.column_name(key) or "?"
            if column in record:
                raise _NotARow("duplicate_field", column, _json_text(value))
            text = _json_text(value)
            if text is not None and isinstance(value, _Number):
                text = text.replace(".", decimal_mark)
            record[column] = text
    except _NotARow:
        raise
    except (ValueError, RecursionError) as error:
        raise _NotARow("not_json", None, line.strip()[:60]) from error
    return record


class _Pairs(list[tuple[str, Any]]):
    """A JSON object with its keys as they came, twice where they came twice."""


class _Number(str):
    """A JSON number, digit by digit."""

    __slots__ = ()


def _json_text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        value.encode()  # half of a surrogate pair is no text: UnicodeEncodeError, a ValueError
        return str(value)
    if not isinstance(value, _Pairs) and all(type(v) is str for v in value):
        return ";".join(map(str, map(_json_text, value)))  # several addresses, for example
    return _json_again(value)


def _json_again(value: Any) -> str:
    """Nested values as JSON again, for the column of unknown fields."""
    if isinstance(value, _Pairs):
        inner = (f"{json.dumps(k, ensure_ascii=False)}: {_json_again(v)}" for k, v in value)
        return "{" + ", ".join(inner) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_json_again, value)) + "]"
    text = str(value) if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)
    text.encode()
    return text
