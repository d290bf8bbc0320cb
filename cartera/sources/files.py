"""A file read and checked: typed rows of the contract's tables, and what was refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from cartera.config import Company
from cartera.contract import TABLES, Note, Reject, Table
from cartera.errors import CarteraError, Fault, FileRefused
from cartera.sources import cell_errors, guards, lacking, notes, yields
from cartera.sources.checks import MAX_TEXT, TYPES, check
from cartera.sources.chunk import ROW, Broken, Chunk, Layout
from cartera.sources.formats import ENDINGS, chunks
from cartera.sources.mapping import Mapping
from cartera.sources.reasons import fault

Progress = Callable[[int, int], None]
#: Rows of one file are held in memory until they are written: so many, and so many bytes.
MAX_ROWS = 20_000_000
MAX_HELD = 4 << 30
#: Every refused row is kept, its values cut. A million of them (a gigabyte or so) are a wrong file
#: or mapping: one line then says more than all of them, and memory has an end.
MAX_REJECTS = 1_000_000


@dataclass(frozen=True, slots=True)
class FileContents:
    """All of one file, ready to be written.

    `tables` maps a table's name to its good rows: every contract column in contract order, then
    `row` (1-based, header not counted) and `extra` (JSON of unknown columns, or null).
    """

    file: str
    sha256: str
    tables: dict[str, pl.DataFrame]
    rejects: list[Reject]
    unknown_columns: dict[str, list[str]]
    rows: int
    notes: list[Note]


def table_of(path: Path) -> str | None:
    """The table that a file's name starts with, or None."""
    name = path.name.lower()
    return next((table for table in TABLES if name.startswith(table)), None)


def is_supported(path: Path) -> bool:
    """Whether the ending is one that can be read; hidden and temporary files are not."""
    return path.suffix.lower() in ENDINGS and not path.name.startswith((".", "~$"))


def read(
    path: Path,
    *,
    company: Company,
    mapping: Mapping | None = None,
    any_company: bool = False,
    currencies: dict[str, str] | None = None,
    progress: Progress | None = None,
) -> FileContents:
    """Read a whole file. Raises `FileRefused` where nothing of it can be taken, or reading fails.

    Rows of another company are refused, unless `any_company`; `currencies` then has those of the
    other companies, for rows that name none.
    """
    name = guards.shown(path.name)[: guards.MAX_NAME]
    table = table_of(path)
    if mapping is None and table is None:
        raise FileRefused(name, [lacking.unknown_table(path.stem), *_of_likely_table(path, name)])
    reading = _Reading(
        name,
        company,
        mapping,
        table,
        any_company=any_company,
        currencies=currencies or {},
        form=ENDINGS.get(path.suffix.lower(), ""),
    )
    try:
        size = guards.size_of(path, name)
        layout = replace(
            mapping.layout if mapping else Layout(),
            timezone=company.timezone,
            read=reading.known,
        )
        for chunk in chunks(path, name, layout):
            reading.take(chunk)
            if progress:
                progress(int(chunk.done * size), size)
        contents = reading.contents(guards.sha256_of(path))
    except FileRefused as refused:
        # A header with other faults lacks columns besides: one message says it all.
        raise FileRefused(name, [*refused.faults, *reading.lacks(refused.header)]) from refused
    except OSError as error:
        raise FileRefused(name, error.strerror or "cannot be read") from error
    except (CarteraError, MemoryError):
        raise
    except (Exception, pl.exceptions.PanicException) as error:  # what a reader did not foresee
        raise FileRefused(name, "cannot be read ({detail})", detail=_first_line(error)) from error
    if progress:
        progress(size, size)
    return contents


def _first_line(error: BaseException) -> str:
    said = str(error).strip().splitlines()
    return f"{type(error).__name__}: {said[0][:200]}" if said else type(error).__name__


def _of_likely_table(path: Path, name: str) -> list[Fault]:
    """What else is wrong with a file that is named for no table: its header, for the likely one."""
    table = lacking.likely_table(path.stem)
    if table is None:
        return []
    try:
        guards.size_of(path, name)
        columns = next(iter(chunks(path, name, Layout()))).frame.columns
    except FileRefused as refused:
        lacks = lacking.of_table(TABLES[table], refused.header) if refused.header else []
        return [*refused.faults, *lacks]
    except (Exception, pl.exceptions.PanicException):  # noqa: BLE001  # its name says enough
        return []
    return lacking.of_table(TABLES[table], [column for column in columns if column != ROW])


class _Reading:
    """Collects the chunks of one file."""

    def __init__(
        self,
        file: str,
        company: Company,
        mapping: Mapping | None,
        table: str | None,
        *,
        any_company: bool,
        currencies: dict[str, str],
        form: str,
    ) -> None:
        self.file = file
        self.is_workbook = form == "xlsx"
        says_marks = mapping is not None and mapping.format.says_marks
        self.is_plain_text = form == "csv" and not says_marks
        self.currencies = {**currencies, company.id: company.currency}
        self.company = company
        self.mapping = mapping
        self.table = table
        self.any_company = any_company
        self.parts = [part.table for part in mapping.tables] if mapping else [table or ""]
        #: columns of the file that are read
        self.known = (
            frozenset(mapping.used_columns)
            if mapping
            else frozenset(c.name for c in TABLES[table or ""].all_columns)
        )
        self.rows = 0
        self.held = 0
        self.rejects: list[Reject] = []
        self.good: dict[str, list[pl.DataFrame]] = {}
        self.unknown: dict[str, list[str]] = {}
        self.recognised: str | None = None

    def take(self, chunk: Chunk) -> None:
        """Check one chunk; a row is one unit: refused in one table, refused in all."""
        text = chunk.frame
        self.recognised = chunk.recognised
        self.rows += len(text) + len(chunk.broken)
        self._refuse_broken(chunk.broken)
        text = self._without_unread(text)
        parts = (
            yields.apply(self.mapping, text, self.file)
            if self.mapping
            else [(self.table or "", self._plain(TABLES[self.table or ""], text))]
        )
        extra = self._extra(text)
        checked = []
        for name, frame in parts:
            outcome = check(
                TABLES[name],
                frame,
                file=self.file,
                company_id=self.company.id,
                currencies=self.currencies,
                any_company=self.any_company,
                is_workbook=self.is_workbook,
                is_plain_text=self.is_plain_text,
            )
            checked.append((name, outcome))
            self.rejects += outcome.rejects
        self._check_size()
        bad = {r.row for _, outcome in checked for r in outcome.rejects}
        for name, outcome in checked:
            rows = outcome.good.filter(~pl.col("row").is_in(list(bad))) if bad else outcome.good
            with_extra = (
                rows.join(extra, on="row", how="left", maintain_order="left")
                if extra is not None and not (self.mapping and name == "clients")
                else rows.with_columns(pl.lit(None, pl.String).alias("extra"))
            )
            self.good.setdefault(name, []).append(with_extra)
            self.held += int(with_extra.estimated_size())

    def lacks(self, columns: Sequence[str]) -> list[Fault]:
        """What the header of these columns lacks; nothing where it is not known."""
        if not columns:
            return []
        if self.mapping:
            return lacking.of_mapping(self.mapping.used_columns, columns)
        return lacking.of_table(TABLES[self.table or ""], columns)

    def _plain(self, table: Table, text: pl.DataFrame) -> pl.DataFrame:
        columns = [column for column in text.columns if column != ROW]
        if columns and (faults := lacking.of_table(table, columns)):
            raise FileRefused(self.file, faults)
        return text

    def _extra(self, text: pl.DataFrame) -> pl.DataFrame | None:
        """Columns that nothing reads, as JSON per row."""
        name = self.parts[0]
        unknown = [c for c in text.columns if c not in self.known and c != ROW]
        if not unknown:
            return None
        seen = self.unknown.setdefault(name, [])
        seen += [c for c in unknown if c not in seen]
        return text.select(pl.col(ROW).alias("row"), _as_json(unknown).alias("extra"))

    def _refuse_broken(self, broken: list[Broken]) -> None:
        name = self.table if not self.mapping else self.mapping.tables[0].table
        self.rejects += [
            Reject(self.company.id, name or "", self.file, b.row, {"line": b.line}, (b.reason,))
            for b in broken
        ]

    def _without_unread(self, text: pl.DataFrame) -> pl.DataFrame:
        """The rows without those, now refused, of which nobody knows whether they count."""
        if self.mapping is None:
            return text
        rows = yields.errors_in_conditions(self.mapping, text)
        for row in rows.iter_rows(named=True):
            number = row.pop(ROW)
            record = {column: value for column, value in row.items() if value is not None}
            reasons = tuple(cell_errors.reason(c, value) for c, value in record.items())
            record = {column: cell_errors.shown(value) for column, value in record.items()}
            self.rejects.append(
                Reject(self.company.id, self.parts[0], self.file, number, record, reasons)
            )
        return text.join(rows, on=ROW, how="anti", maintain_order="left") if len(rows) else text

    def _check_size(self) -> None:
        if self.rows > MAX_ROWS:
            raise FileRefused(self.file, "more than {most} rows; split the file", most=MAX_ROWS)
        if self.held > MAX_HELD:
            raise FileRefused(
                self.file, "unpacks to more than {most} bytes; split the file", most=MAX_HELD
            )
        if len(self.rejects) > MAX_REJECTS:
            raise FileRefused(
                self.file,
                "more than {most} rows are refused; the first: {reason}",
                most=MAX_REJECTS,
                reason=fault(self.rejects[0].reasons[0]),
            )

    def contents(self, sha256: str) -> FileContents:
        """Everything taken so far, as one value."""
        tables = {}
        for name, frames in self.good.items():
            whole = pl.concat(frames)
            if self.mapping:
                # The same client on every invoice of an export is one row, not hundreds.
                values = [c for c in whole.columns if c not in ("row", "extra")]
                whole = whole.unique(subset=values, keep="first", maintain_order=True)
            tables[name] = whole
        for name in self.parts:
            if name not in tables:
                tables[name] = _empty(TABLES[name])
        self.rejects.sort(key=lambda r: (r.row, r.table))
        said = notes.of_rows(tables)
        if self.recognised:
            said.insert(0, Note("other_encoding", detail=self.recognised))
        return FileContents(self.file, sha256, tables, self.rejects, self.unknown, self.rows, said)


def _as_json(columns: list[str]) -> pl.Expr:
    """The filled ones of these columns as a JSON object, null where none is.

    Loading compares it, so a row reads the same whatever the order of the columns and whatever
    other rows of the file have.
    """
    fields = [
        # `{"name":"value"}` of one column without its braces; null where it is empty.
        pl.when(pl.col(column).str.strip_chars() != "").then(
            pl.struct(pl.col(column).str.slice(0, MAX_TEXT))
            .struct.json_encode()
            .str.strip_prefix("{")
            .str.strip_suffix("}")
        )
        for column in sorted(columns)
    ]
    joined = pl.concat_str(fields, separator=",", ignore_nulls=True)
    return pl.when(joined != "").then(pl.concat_str(pl.lit("{"), joined, pl.lit("}")))


def _empty(table: Table) -> pl.DataFrame:
    schema = {c.name: TYPES[c.type] for c in table.all_columns}
    return pl.DataFrame(schema={**schema, "row": pl.Int64, "extra": pl.String})
