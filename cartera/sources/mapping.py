"""Mapping files: how a foreign export becomes the contract's tables. See docs/mapping.md."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from cartera.contract import TABLES
from cartera.errors import Fault, MappingError
from cartera.sources import guards, lacking, mapping_yaml
from cartera.sources.chunk import Layout
from cartera.sources.mapping_faults import all_faults, unreadable, wrong

#: `{column}` in a template: nothing but a name, neither attributes nor format specifications.
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
MAX_MAPPING_BYTES = 1 << 20


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _text(value: Any) -> Any:
    """What is compared with, or written like, the file's text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


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

    @property
    def says_marks(self) -> bool:
        """Whether the mapping says how numbers are written: then `150.000` is no riddle."""
        return bool({"decimal_mark", "thousands_mark"} & self.model_fields_set)

    @model_validator(mode="after")
    def _sensible(self) -> FileFormat:
        if self.decimal_mark == self.thousands_mark:
            raise wrong(Fault("decimal_mark and thousands_mark are the same"))
        return self

    @field_validator("delimiter")
    @classmethod
    def _separates(cls, value: str | None) -> str | None:
        if value is not None and (value.isalnum() or value in '"\r\n'):
            raise wrong(Fault("“{value}” cannot separate fields", value=value))
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            "".encode(value)  # also refuses codecs that are no text, such as zip
        except (LookupError, UnicodeError) as error:
            raise wrong(Fault("unknown encoding “{value}”", value=value)) from error
        return value

    @field_validator("date_format")
    @classmethod
    def _whole_date(cls, value: str) -> str:
        # A day that no other order of its parts could give.
        day = datetime(2024, 2, 27, 13, 45, 30, tzinfo=UTC)
        written = pl.Series([day], dtype=pl.Datetime("us", "UTC"))
        try:
            read = written.dt.strftime(value).str.to_date(value, strict=False)[0]
            is_read = read == day.date()
        except pl.exceptions.PolarsError:
            is_read = False
        if not is_read:
            raise wrong(
                Fault("“{value}” does not give day, month and year, such as %d/%m/%Y", value=value)
            )
        return value


class Feed(_Strict):
    """What feeds one contract column: a column, a constant, or a template of columns."""

    column: str | None = None
    constant: Text | None = None
    template: str | None = None
    #: another column, read where the first is empty
    otherwise: str | None = None
    map: dict[Text, Text | None] | None = None
    default: Text | None = None
    #: an amount without its sign: exports write credit notes and advances below zero
    sign: Literal["absolute"] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Feed:
        given = [x for x in (self.column, self.constant, self.template) if x is not None]
        if len(given) != 1:
            raise wrong(Fault("give exactly one of column, constant, template"))
        if self.otherwise is not None and self.column is None:
            raise wrong(Fault("otherwise goes with column only"))
        if set("{}") & set(PLACEHOLDER.sub("", self.template or "")):
            raise wrong(
                Fault("a brace without its other half in “{template}”", template=self.template)
            )
        return self

    @property
    def needs(self) -> set[str]:
        """Columns of the file that it reads."""
        if self.column is not None:
            return {c for c in (self.column, self.otherwise) if c is not None}
        return set(PLACEHOLDER.findall(self.template or ""))


def _feed(value: Any) -> Any:
    """`name: X` is short for `name: {column: X}`."""
    if not isinstance(value, dict) and value is not None:
        return {"column": _text(value)}
    return value


class Condition(_Strict):
    """Which rows of the file count, by one of its columns."""

    any_of: tuple[Text, ...] | None = None
    not_in: tuple[Text, ...] | None = None
    above: float | None = None
    below: float | None = None
    filled: bool | None = None


def _condition(value: Any) -> Any:
    """`column: X` is short for `any_of: [X]`, and `column: [X, Y]` for `any_of: [X, Y]`."""
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
        if faults := lacking.in_mapping(self.table, list(self.columns)):
            raise wrong(*faults)
        unsigned = [
            Fault("sign goes with amounts only, and {column} is none", column=column)
            for column, feed in self.columns.items()
            if feed.sign is not None and TABLES[self.table].column(column).type != "amount"
        ]
        if unsigned:
            raise wrong(*unsigned)
        return self

    def is_unsigned(self, name: str) -> bool:
        """Whether the amounts of this contract column are taken without their sign.

        They are where the mapping says so, and where it takes the very rows that are below zero
        for a column that must be above: nothing else can be meant.
        """
        feed, column = self.columns[name], TABLES[self.table].column(name)
        if feed.sign is not None or column.type != "amount" or column.sign == "either":
            return feed.sign == "absolute"
        tests = (test for other, test in self.where.items() if _same(other, feed.column or ""))
        return any(test.below is not None and test.below <= 0 for test in tests)


def _same(one: str, other: str) -> bool:
    """Whether two names are of one column of a file."""
    return guards.column_name(one) == guards.column_name(other)


class Mapping(_Strict):
    """A whole mapping file."""

    description: str = ""
    format: FileFormat = FileFormat()
    tables: Annotated[tuple[Yield, ...], Field(min_length=1)]
    _name: str = PrivateAttr(default="")
    _written: bytes = PrivateAttr(default=b"")

    @classmethod
    def load(cls, path: Path) -> Mapping:
        """Read and check a mapping file; `MappingError` names the key that is wrong."""
        name = path.name
        try:
            if path.stat().st_size > MAX_MAPPING_BYTES:
                raise MappingError(name, [Fault("larger than a mapping can be").at("file")])
            written = path.read_bytes()
            content = mapping_yaml.parse(written)
        except OSError as error:
            raise MappingError(str(path), [unreadable(error)]) from error
        except mapping_yaml.NotYaml as error:
            raise MappingError(name, [error.fault.at("YAML")]) from error
        try:
            mapping = cls.model_validate(content)
        except ValidationError as error:
            raise MappingError(name, all_faults(error.errors(), content)) from error
        mapping._name, mapping._written = name, written
        return mapping

    @property
    def name(self) -> str:
        """Name of its file; empty where it has none."""
        return self._name

    @property
    def written(self) -> bytes:
        """The mapping file as it is, or as it could be written."""
        return self._written or self.model_dump_json(exclude_unset=True).encode()

    @property
    def layout(self) -> Layout:
        """How to read the file's rows."""
        f = self.format
        encoding = f.encoding if "encoding" in f.model_fields_set else None
        return Layout(f.delimiter, encoding, f.sheet, f.skip_rows, f.decimal_mark)

    @property
    def used_columns(self) -> set[str]:
        """Columns of the file that the mapping reads, as they are compared."""
        used = {c for y in self.tables for f in y.columns.values() for c in f.needs}
        return set(map(guards.column_name, used | {c for y in self.tables for c in y.where}))

    @property
    def compared_columns(self) -> set[str]:
        """Those of them whose values are compared with words of the mapping."""
        feeds = (f for y in self.tables for f in y.columns.values() if f.map is not None)
        tests = ((c, t) for y in self.tables for c, t in y.where.items())
        compared = {c for c, t in tests if t.any_of is not None or t.not_in is not None}
        return set(map(guards.column_name, compared.union(*(f.needs for f in feeds))))
