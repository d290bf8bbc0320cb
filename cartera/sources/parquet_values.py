"""Columns of a Parquet file as polars can hold them, batch by batch.

A file may hold types that polars has not, on some of which it ends (a panic): they become text
here. Texts stay packed (each value once, rows point to it) until somebody has weighed them.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import polars as pl

from cartera.sources.chunk import Layout, bare
from cartera.sources.typed_text import SECONDS, infinity

Reader = Callable[[Any], Any]

#: A zone that is only a distance from UTC, as Arrow, Java and PostgreSQL write it.
_OFFSET = re.compile("(?:UTC|GMT)?([+-])([0-9]{1,2}):?([0-9]{2})?")
#: In front of bytes that are no text, where something reads them: no rule lets it pass.
_NO_TEXT = "\0"
#: So many of them are shown: a key or a checksum, but no picture.
_SHOWN_BYTES = 500


def is_text(kind: Any) -> bool:
    """Whether a column of this type holds texts of any length, or bytes that may be such."""
    import pyarrow.types as kinds

    kind = _stored(kind)
    return bool(
        kinds.is_string(kind)
        or kinds.is_large_string(kind)
        or kinds.is_string_view(kind)
        or kinds.is_binary(kind)
        or kinds.is_large_binary(kind)
        or kinds.is_binary_view(kind)
    )


def is_utf8(texts: Any) -> bool:
    """Whether these are texts indeed; what reads a Parquet file does not look."""
    import pyarrow as pa
    import pyarrow.types as kinds

    if not (kinds.is_string(texts.type) or kinds.is_large_string(texts.type)):
        return False
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def is_plain(kind: Any) -> bool:
    """Whether a column of this type holds one value in a row, and no list or record."""
    import pyarrow.types as kinds

    kind = _stored(kind)
    return bool(
        _is_text_or_bytes(kind)
        or kinds.is_primitive(kind)
        or kinds.is_decimal(kind)
        or kinds.is_null(kind)
    )


def _is_text_or_bytes(kind: Any) -> bool:
    import pyarrow.types as kinds

    return is_text(kind) or bool(kinds.is_fixed_size_binary(kind))


def _stored(kind: Any) -> Any:
    """The type of the values themselves: without a name that was put on it, and unpacked."""
    import pyarrow as pa

    if isinstance(kind, pa.BaseExtensionType):
        return _stored(kind.storage_type)
    return _stored(kind.value_type) if pa.types.is_dictionary(kind) else kind


class Columns:
    """The plain columns of one file, each with what turns it into one that polars holds.

    `is_read` says of a column, by its own name, whether anything reads it.
    """

    def __init__(self, file: Any, layout: Layout, is_read: Callable[[str], bool]) -> None:
        zones = _Zones(file, layout)
        self.is_read = is_read
        self.readers: dict[str, Reader | None] = {
            field.name: _reader(field.type, zones.of(field), layout.decimal_mark)
            for field in file.schema_arrow
            if is_plain(field.type)
        }

    def held(self, batch: Any) -> Any:
        """The batch with columns that polars holds; texts are still packed, and may be none."""
        import pyarrow as pa

        columns = {
            name: column if (reader := self.readers[name]) is None else reader(column)
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
            if name in self.readers
        }
        return pa.RecordBatch.from_arrays(list(columns.values()), list(columns))

    def unpacked(self, batch: Any) -> Any:
        """The batch with a text of its own in each row."""
        import pyarrow as pa

        columns = [
            _texts(column, is_read=self.is_read(name)) if _is_text_or_bytes(column.type) else column
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
        ]
        return pa.RecordBatch.from_arrays(columns, batch.schema.names)


class _Zones:
    """In which zone each column of moments is read.

    Parquet itself knows only UTC; writers of Arrow say the zone beside it. INT96, Spark's default,
    does not even say that it is in UTC.
    """

    def __init__(self, file: Any, layout: Layout) -> None:
        import pyarrow as pa

        self.company = layout.timezone
        columns = map(file.schema.column, range(len(file.schema)))
        self.int96 = {c.path for c in columns if c.physical_type == "INT96"}
        self.own: dict[str, str | None] | None = None
        written = (file.metadata.metadata or {}).get(b"ARROW:schema")
        if written is not None:
            schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(written)))
            self.own = {field.name: getattr(_stored(field.type), "tz", None) for field in schema}

    def of(self, field: Any) -> str | None:
        """Zone of a column; None for one of no moments, or whose moments are days as written."""
        zone: str | None = getattr(_stored(field.type), "tz", None)
        is_int96 = field.name in self.int96
        if zone is None and not is_int96:
            return None
        if self.own is None:
            return self.company
        zone = self.own.get(field.name) or (None if is_int96 else zone)
        if zone is None or _OFFSET.fullmatch(zone) or _is_known(zone):
            return zone
        return "UTC" if zone.upper() == "Z" else self.company


def _is_known(zone: str) -> bool:
    """Whether polars knows the zone by this name."""
    try:
        pl.Series([datetime(2000, 1, 1)]).dt.replace_time_zone(zone)  # noqa: DTZ001
    except pl.exceptions.PolarsError:
        return False
    return True


def _reader(kind: Any, zone: str | None, decimal_mark: str) -> Reader | None:
    """What turns a column of this type into one that polars holds; None if it is one."""
    import pyarrow as pa
    import pyarrow.types as kinds

    reader: Reader | None = None
    if isinstance(kind, pa.BaseExtensionType):
        if kind.extension_name == "arrow.uuid":
            return _uuids
        reader = _after(
            lambda column: column.storage, _reader(kind.storage_type, zone, decimal_mark)
        )
    elif kinds.is_dictionary(kind) and not is_text(kind):
        reader = _after(
            lambda column: column.dictionary_decode(), _reader(kind.value_type, zone, decimal_mark)
        )
    elif kinds.is_decimal256(kind):
        reader = partial(_decimals, decimal_mark=decimal_mark)
    elif kinds.is_float16(kind):
        reader = partial(pa.Array.cast, target_type=pa.float32())
    elif zone is not None and (offset := _OFFSET.fullmatch(zone)):
        reader = partial(_at_offset, offset=offset)
    elif zone is not None and kind.tz != zone:
        reader = partial(pa.Array.view, target_type=pa.timestamp(kind.unit, zone))
    return reader


def _after(first: Reader, then: Reader | None) -> Reader:
    return first if then is None else lambda column: then(first(column))


def _texts(column: Any, *, is_read: bool) -> Any:
    """Texts, or bytes, as texts in every row. What is none is shown by its bytes."""
    import pyarrow as pa
    import pyarrow.types as kinds

    if kinds.is_dictionary(column.type):
        column = column.dictionary_decode()
    if kinds.is_string(column.type):
        data = column.view(pa.binary())
    elif kinds.is_large_string(column.type):
        data = column.view(pa.large_binary())
    else:
        data = column if kinds.is_large_binary(column.type) else column.cast(pa.binary())
    target = pa.large_string() if kinds.is_large_binary(data.type) else pa.string()
    try:
        texts = data.cast(target)  # copies nothing, and is the first to look whether it is UTF-8
    except pa.ArrowInvalid:
        return pa.array((_shown(each, is_read=is_read) for each in data), target)
    return column if column.type == target else texts


def _shown(value: Any, *, is_read: bool) -> str | None:
    if not value.is_valid:
        return None
    data = value.as_buffer()
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError:
        return (_NO_TEXT if is_read else "") + "\\x" + bytes(data[:_SHOWN_BYTES]).hex()


def _uuids(column: Any) -> Any:
    """Keys of sixteen bytes as everybody writes them, in five groups."""
    import pyarrow as pa

    digits = pl.Series(pl.from_arrow(column.storage.cast(pa.binary()))).bin.encode("hex")
    return digits.str.replace("^(.{8})(.{4})(.{4})(.{4})", "$1-$2-$3-$4-").to_arrow()


def _decimals(column: Any, decimal_mark: str) -> Any:
    """Decimals of more digits than polars has."""
    import pyarrow as pa

    text = pl.Series("", pl.from_arrow(column.cast(pa.large_string())))
    short = text.filter(text.str.contains("E", literal=True)).unique().to_list()
    if short:  # as Arrow writes very small ones
        text = text.replace(short, [f"{Decimal(each):f}" for each in short])
    number = bare(pl.col(text.name)).str.replace(".", decimal_mark, literal=True)
    return text.to_frame().select(number).to_series().to_arrow()


def _at_offset(column: Any, offset: re.Match[str]) -> Any:
    """Moments of a zone that is only a distance from UTC, as text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    sign, hours, minutes = offset[1], int(offset[2]), int(offset[3] or 0)
    away = timedelta(hours=hours, minutes=minutes) * (-1 if sign == "-" else 1)
    unit = column.type.unit
    count = column.view(pa.int64())
    limit = infinity(SECONDS[unit])
    is_day = pc.and_(pc.less_equal(count, limit), pc.greater_equal(count, -limit))
    utc = pc.if_else(is_day, count, 0).view(pa.timestamp(unit))
    there = pc.add(utc, pa.scalar(away, pa.duration(unit)))
    text = pc.strftime(there, format="%Y-%m-%dT%H:%M:%S")
    text = pc.binary_join_element_wise(text, f"{sign}{hours:02}:{minutes:02}", "")
    beyond = pc.if_else(pc.greater(count, 0), "infinity", "-infinity")
    return pc.if_else(is_day, text, beyond)
