"""CSV and JSON lines as chunks; numbers keep the digits that the file has."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from cartera.contract import Reason
from cartera.errors import FileRefused
from cartera.sources import guards
from cartera.sources.chunk import Chunk, Collector, Layout, frame_of

DELIMITERS = ",;\t"
#: Of the byte order, at the start of a text; the codec takes the first.
_MARK = "\ufeff"
#: The line with which a spreadsheet is told the separator; other programs quote it, or fill it up
#: to the width of the table.
_SEPARATOR = re.compile(r'"?sep=(.)"?[\s,;|]*', re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')
#: Lines above the header that hold nothing; whoever has more says so in a mapping.
MOST_BLANK = 100
#: Decimals that no currency has: a JSON number with more was a float.
_EXACT_DECIMALS = 8
#: Decimals that a currency can have, and digits that a float holds for sure.
_MOST_DECIMALS, _SURE_DIGITS = 4, 15
#: Digits that binary noise puts behind a number at least (124474116.42999999 for 124474116.43).
_NOISE = 3
#: Powers of ten that a number of ours can have; those beyond are for the row rules to refuse.
_MOST_POWER = 30
#: Characters that are read again after quotes that are never closed: without a limit a file of such
#: quotes would cost its length squared.
MOST_READ_AGAIN = 16 * guards.MAX_LINE
#: Rows that bad quotes may cost: a file with more is no CSV.
MOST_LOST = 10_000


def csv_chunks(path: Path, name: str, layout: Layout) -> Iterator[Chunk]:
    """A CSV file with a header; the delimiter is the one its header holds most of."""
    encoding, recognised = layout.encoding, None
    if encoding is None:
        encoding = guards.encoding_of(path, name)
        recognised = None if encoding == "utf-8" else encoding
    else:
        guards.check_text(path, name, encoding)
    csv.field_size_limit(guards.MAX_LINE)
    size = path.stat().st_size
    with (
        path.open("rb") as raw,
        TextIOWrapper(raw, encoding=_with_bom(encoding), newline="") as handle,
    ):
        for _ in range(layout.skip_rows):
            handle.readline()
        lines = _Lines(handle, name, layout.skip_rows)
        first = _after_blank(lines).lstrip(_MARK)  # a program may have set one before another's
        delimiter = layout.delimiter or _delimiter(first)
        if named := _SEPARATOR.fullmatch(first):  # for Excel; the header is in the next line
            delimiter, first = layout.delimiter or named[1], _after_blank(lines)
        if first:
            lines.put_back([first])
        rows = _CsvRows(lines, delimiter)
        names = rows.header()
        columns = guards.header(names, name)
        least = max(n for n, one in enumerate(names, 1) if one.strip())
        for collected in _csv_chunks(rows, len(columns), least):
            frame = frame_of(columns, collected.rows, collected.numbers)
            yield Chunk(frame, collected.broken, raw.tell() / size, recognised)


class _Lines:
    """The lines of a CSV file, those of the row that is being read, and a limit on their length.

    A quote that is never closed, or a row of a million quoted line breaks, would otherwise take
    the whole file into memory as one row.
    """

    def __init__(self, handle: TextIO, name: str, skipped: int) -> None:
        self.handle = handle
        self.name = name
        self.number = skipped
        self.row: list[str] = []
        self.length = 0
        self.again: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else self.handle.readline()
        if not line:
            raise StopIteration
        self.number += 1
        self.length += len(line)
        self.row.append(line)
        if self.length > guards.MAX_LINE:
            raise _TooLong
        return line

    @property
    def row_starts(self) -> int:
        """Number of the line in which the row that is being read starts."""
        return self.number - len(self.row) + 1

    def put_back(self, lines: Sequence[str]) -> None:
        """Give these, the last ones read, once more."""
        self.again.extendleft(reversed(lines))
        self.number -= len(lines)
        self.end_row()

    def end_row(self) -> int:
        """Start counting anew; returns the characters of the row that ended."""
        length, self.length, self.row = self.length, 0, []
        return length


class _TooLong(Exception):
    """One row swallows more lines than a row can have."""


class _CsvRows:
    """The rows of a CSV file; None for a line whose quotes make it none.

    Only the line in which such a row starts is lost: the lines that its open quote swallowed are
    read again, each as the start of a row. Where that is too much, the file is refused.
    """

    def __init__(self, lines: _Lines, delimiter: str) -> None:
        self.lines = lines
        self.delimiter = delimiter
        self.read_again = 0
        self.times_lost = 0
        self.lost = ""
        self._reader = self._fresh()

    def _fresh(self) -> Iterator[list[str]]:
        return csv.reader(self.lines, delimiter=self.delimiter, strict=True)

    def header(self) -> list[str]:
        """The first row. Raises `FileRefused` where it is none."""
        try:
            return next(self._reader, [])
        except (csv.Error, _TooLong) as error:
            raise FileRefused(
                self.lines.name,
                "line {line}: a quote of the header is never closed",
                line=self.lines.row_starts,
            ) from error

    def __iter__(self) -> Iterator[list[str] | None]:
        self.lines.end_row()
        while True:
            try:
                fields = next(self._reader)
            except StopIteration:
                return
            except (csv.Error, _TooLong) as error:
                self._start_again(error)
                yield None
            else:
                yield fields

    def _start_again(self, error: Exception) -> None:
        self.lost, *others = self.lines.row
        self.times_lost += 1
        self.read_again += sum(map(len, others))
        if self.read_again > MOST_READ_AGAIN or self.times_lost > MOST_LOST:
            raise FileRefused(
                self.lines.name,
                "line {line}: too many quotes are opened and never closed",
                line=self.lines.row_starts,
            ) from error
        if others:
            self.lines.put_back(others)
        self._reader = self._fresh()


def _with_bom(encoding: str) -> str:
    """The codec that also takes the mark that Windows puts in front of UTF-8."""
    return "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding


def _delimiter(header: str) -> str:
    return max(DELIMITERS, key=_QUOTED.sub("", header).count)


def _after_blank(lines: _Lines) -> str:
    """The first line with something in it; a row of separators has nothing."""
    for _ in range(MOST_BLANK):
        line = next(lines, "")
        if not line or line.strip(DELIMITERS + _MARK + "| \r\n"):
            return line
        lines.end_row()
    return next(lines, "")


def _csv_chunks(rows: _CsvRows, width: int, least: int) -> Iterator[Collector]:
    collected = Collector()
    number = 0
    for fields in rows:
        characters = rows.lines.end_row()
        if fields is None:
            number += 1
            collected.refuse(number, Reason("bad_quote"), rows.lost.rstrip("\r\n"))
        elif not any(map(str.strip, fields)):
            continue  # a blank line, or the row of separators that a spreadsheet leaves
        else:
            number += 1
            if least <= len(fields) < width:  # the header has separators at its end, too
                fields.extend([""] * (width - len(fields)))
            _add(collected, number, fields, width, characters)
        if collected.is_full:
            yield collected
            collected = Collector()
    yield collected


def _add(collected: Collector, number: int, fields: list[str], width: int, characters: int) -> None:
    """A row of as many fields as the header; separators at its end are no fields."""
    if len(fields) > width and not any(map(str.strip, fields[width:])):
        fields = fields[:width]
    if len(fields) == width:
        collected.add(number, list(fields), characters)
        return
    code = "too_many_fields" if len(fields) > width else "too_few_fields"
    collected.refuse(number, Reason(code, None, f"{len(fields)} / {width}"), ",".join(fields))


def jsonl_chunks(path: Path, name: str, layout: Layout) -> Iterator[Chunk]:
    """One JSON object per line; a field that a line does not have is empty."""
    encoding = layout.encoding or "utf-8"
    guards.check_text(path, name, encoding)
    size = path.stat().st_size
    columns: dict[str, None] = {}  # a set that keeps the file's order
    collected = Collector()
    number = 0
    with (
        path.open("rb") as raw,
        TextIOWrapper(raw, encoding=_with_bom(encoding)) as handle,
    ):
        # Not `for line in handle`: that forbids asking where the file stands.
        while line := handle.readline():
            if not line.strip():
                continue
            number += 1
            try:
                record = _json_record(
                    line.lstrip(_MARK) if number == 1 else line, layout.decimal_mark
                )
            except _NotARow as problem:
                collected.refuse(number, problem.reason, line.strip())
            else:
                columns.update(dict.fromkeys(record))
                if len(columns) > guards.MAX_COLUMNS:
                    raise FileRefused(
                        name, "more than {most} different fields", most=guards.MAX_COLUMNS
                    )
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
                text = value.bare().replace(".", decimal_mark)
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

    def bare(self) -> str:
        """Without padding, and without what only its binary form has (0.1 + 0.2).

        Digits that no program adds by itself stay: an exact one may have more than fifteen.
        """
        if "e" in self.lower():
            return self._plain()
        if "." not in self or not self.replace(".", "", 1).lstrip("-").isdigit():
            return str(self)
        decimals = len(self.partition(".")[2])
        if decimals > _MOST_DECIMALS:
            sure = f"{Decimal(f'{float(self):.{_SURE_DIGITS}g}').normalize():f}"
            if decimals > _EXACT_DECIMALS or len(sure) <= len(self) - _NOISE:
                return sure
        return self.rstrip("0").rstrip(".")

    def _plain(self) -> str:
        """A number with a power of ten (Java writes 1.25E7 from ten millions on) without it."""
        value = Decimal(self)
        if abs(value.adjusted()) > _MOST_POWER:
            return str(self)
        return f"{value.normalize():f}"


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
