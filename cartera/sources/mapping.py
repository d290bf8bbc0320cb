"""Mapping files: how a foreign export becomes the contract's tables. See docs/mapping.md."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from cartera.contract import TABLES
from cartera.errors import FileRefused, MappingError
from cartera.sources.formats import ROW, Layout

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
MAX_MAPPING_BYTES = 1 << 20


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _text(value: Any) -> Any:
    """YAML reads `Yes` as true and 1 as a number; here everything is the file's text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


Text = Annotated[str, BeforeValidator(_text)]


class FileFormat(_Strict):
    """How the file is written."""

    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    encoding: str = "utf-8"
    sheet: str | int = 0
    skip_rows: Annotated[int, Field(ge=0, le=1000)] = 0
    date_format: str = "%Y-%m-%d"
    decimal_mark: Literal[".", ","] = "."
    thousands_mark: Literal["", ",", ".", " ", "'"] = ""

    @model_validator(mode="after")
    def _sensible(self) -> FileFormat:
        if self.decimal_mark == self.thousands_mark:
            raise ValueError("decimal_mark and thousands_mark are the same")
        try:
            codecs.lookup(self.encoding)
        except LookupError as error:
            raise ValueError(f"unknown encoding {self.encoding!r}") from error
        return self


class Feed(_Strict):
    """What feeds one contract column: a column, a constant, or a template of columns."""

    column: str | None = None
    constant: Text | None = None
    template: str | None = None
    #: another column, read where the first is empty
    otherwise: str | None = None
    map: dict[Text, Text | None] | None = None
    default: Text | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Feed:
        given = [x for x in (self.column, self.constant, self.template) if x is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of column, constant, template")
        return self

    @property
    def needs(self) -> set[str]:
        """Columns of the file that it reads."""
        if self.column is not None:
            return {c for c in (self.column, self.otherwise) if c is not None}
        return set(_PLACEHOLDER.findall(self.template or ""))


def _feed(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


class Condition(_Strict):
    """Which rows of the file count, by one of its columns."""

    any_of: tuple[Text, ...] | None = None
    not_in: tuple[Text, ...] | None = None
    above: float | None = None
    filled: bool | None = None

    def holds(self, column: str) -> pl.Expr:
        """The condition as an expression that is never null."""
        value = pl.col(column).str.strip_chars()
        tests = [pl.lit(value=True)]
        if self.any_of is not None:
            tests.append(value.is_in(list(self.any_of)))
        if self.not_in is not None:
            tests.append(~value.is_in(list(self.not_in)) | value.is_null())
        if self.above is not None:
            tests.append(value.cast(pl.Float64, strict=False) > self.above)
        if self.filled is not None:
            is_filled = value.is_not_null() & (value != "")
            tests.append(is_filled if self.filled else ~is_filled)
        return pl.all_horizontal(tests).fill_null(value=False)


def _condition(value: Any) -> Any:
    if isinstance(value, dict):
        return value
    return {"any_of": value if isinstance(value, list) else [value]}


class Yield(_Strict):
    """One table that each row of the file yields."""

    table: str
    where: dict[str, Annotated[Condition, BeforeValidator(_condition)]] = {}
    columns: dict[str, Annotated[Feed, BeforeValidator(_feed)]]

    @model_validator(mode="after")
    def _known(self) -> Yield:
        if self.table not in TABLES:
            raise ValueError(f"{self.table!r} is none of {', '.join(TABLES)}")
        known = {c.name for c in TABLES[self.table].all_columns}
        for column in self.columns:
            if column not in known:
                raise ValueError(f"{self.table} has no column {column!r}")
        missing = [
            c.name
            for c in TABLES[self.table].columns
            if c.required and c.name not in self.columns
        ]
        if missing:
            raise ValueError(f"{self.table} needs {', '.join(missing)}")
        return self


class Mapping(_Strict):
    """A whole mapping file."""

    description: str = ""
    format: FileFormat = FileFormat()
    tables: Annotated[tuple[Yield, ...], Field(min_length=1)]

    @classmethod
    def load(cls, path: Path) -> Mapping:
        """Read and check a mapping file; `MappingError` names the key that is wrong."""
        name = path.name
        try:
            if path.stat().st_size > MAX_MAPPING_BYTES:
                raise MappingError(name, "file", "larger than a mapping can be")
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise MappingError(str(path), "file", error.strerror or "cannot be read") from error
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
            first = " ".join(str(error).split())
            raise MappingError(name, "YAML", first) from error
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(part) for part in problem["loc"]) or "file"
            raise MappingError(name, where, problem["msg"]) from error

    @property
    def layout(self) -> Layout:
        """How to read the file's rows."""
        f = self.format
        return Layout(f.delimiter, f.encoding, f.sheet, f.skip_rows)

    @property
    def used_columns(self) -> set[str]:
        """Columns of the file that the mapping reads, lower case."""
        used = {c for y in self.tables for f in y.columns.values() for c in f.needs}
        return {c.lower() for c in used | {c for y in self.tables for c in y.where}}


def apply(mapping: Mapping, text: pl.DataFrame, file: str) -> list[tuple[str, pl.DataFrame]]:
    """The contract's tables (as text, unchecked) that these rows yield, in the mapping's order.

    `text` has the file's columns with lower-case names.
    """
    present = set(text.columns)
    absent = sorted(mapping.used_columns - present)
    if absent:
        raise FileRefused(file, f"the mapping needs a column {absent[0]!r} that is not there")
    yielded = []
    for part in mapping.tables:
        rows = text.filter(
            *(condition.holds(column.lower()) for column, condition in part.where.items())
        )
        table = TABLES[part.table]
        frame = rows.select(
            *(
                _converted(_value(feed), table.column(name).type, mapping.format).alias(name)
                for name, feed in part.columns.items()
            ),
            pl.col(ROW),
        )
        yielded.append((part.table, frame))
    return yielded


def _value(feed: Feed) -> pl.Expr:
    if feed.constant is not None:
        value = pl.lit(feed.constant)
    elif feed.column is not None:
        value = pl.col(feed.column.lower()).str.strip_chars()
        if feed.otherwise is not None:
            second = pl.col(feed.otherwise.lower()).str.strip_chars()
            value = pl.when(value.is_null() | (value == "")).then(second).otherwise(value)
    else:
        template = feed.template or ""
        pieces: list[pl.Expr] = []
        position = 0
        for found in _PLACEHOLDER.finditer(template):
            pieces.append(pl.lit(template[position : found.start()]))
            # A gap in the template is a gap in the value: half an id is no id.
            pieces.append(pl.col(found.group(1).lower()).str.strip_chars())
            position = found.end()
        value = pl.concat_str(*pieces, pl.lit(template[position:]))
    if feed.map is not None:
        keys, values = list(feed.map), [feed.map[k] for k in feed.map]
        fallback = pl.lit(feed.default) if feed.default is not None else value
        value = value.replace_strict(keys, values, default=fallback, return_dtype=pl.String)
    elif feed.default is not None:
        value = pl.when(value.is_null() | (value == "")).then(pl.lit(feed.default)).otherwise(value)
    return value


def _converted(value: pl.Expr, kind: str, how: FileFormat) -> pl.Expr:
    """Foreign dates and amounts in the contract's spelling; what does not fit stays as it was."""
    if kind == "date" and how.date_format != "%Y-%m-%d":
        day = value.str.to_date(how.date_format, strict=False)
        return pl.coalesce(day.dt.strftime("%Y-%m-%d"), value)
    if kind == "amount" and (how.thousands_mark or how.decimal_mark != "."):
        plain = value.str.replace_all(how.thousands_mark, "", literal=True) if (
            how.thousands_mark
        ) else value
        return plain.str.replace_all(how.decimal_mark, ".", literal=True)
    return value
