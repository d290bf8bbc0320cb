"""Rows of a foreign file turned into the contract's tables, as a mapping says.

Everything is still text here; what a mapping cannot turn into the contract's spelling stays as it
was, so that the row rules refuse it and show the person what the file had.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl

from cartera import keys
from cartera.contract import TABLES
from cartera.errors import FileRefused
from cartera.sources import cell_errors, guards, lacking, moments
from cartera.sources.checks import AMOUNT, OTHER_MARKS, YEARS, as_people_see_it
from cartera.sources.chunk import ROW, bare
from cartera.sources.mapping import PLACEHOLDER, Condition, Feed, FileFormat, Mapping

#: Marks as people write them: spreadsheets put a no-break space, word processors a curly quote.
_LOOKALIKES = {" ": "[ \u00a0\u202f]", "'": "['’]"}


def apply(mapping: Mapping, text: pl.DataFrame, file: str) -> list[tuple[str, pl.DataFrame]]:
    """The tables that these rows yield, unchecked, in the mapping's order.

    `text` has the file's columns with lower-case names.
    """
    columns = [column for column in text.columns if column != ROW]
    if faults := lacking.of_mapping(mapping.used_columns, columns):
        raise FileRefused(file, faults)
    unlike = {c for c in mapping.compared_columns if _is_unlike(text[c])}
    yielded = []
    for part in mapping.tables:
        rows = text.filter(
            *(_holds(test, column, mapping.format, unlike) for column, test in part.where.items())
        )
        table = TABLES[part.table]
        frame = rows.select(
            *(
                _fed(
                    feed,
                    table.column(name).type,
                    mapping.format,
                    unlike,
                    unsigned=part.is_unsigned(name),
                ).alias(name)
                for name, feed in part.columns.items()
            ),
            pl.col(ROW),
        )
        yielded.append((part.table, frame))
    return yielded


def errors_in_conditions(mapping: Mapping, text: pl.DataFrame) -> pl.DataFrame:
    """Rows with a spreadsheet's error in a column of a `where`: those columns and `ROW`.

    A filter would leave them out in silence.
    """
    columns = sorted({guards.column_name(c) for part in mapping.tables for c in part.where})
    asked = [c for c in columns if c in text.columns and cell_errors.are_possible(text[c])]
    if not asked:
        return text.select(ROW).clear()
    errors = [pl.when(cell_errors.is_error(_column(c))).then(_column(c)).alias(c) for c in asked]
    found = text.select(*errors, ROW)
    return found.filter(pl.any_horizontal(pl.col(asked).is_not_null()))


def _column(name: str) -> pl.Expr:
    """A column of the file, trimmed; an empty text is no value."""
    value = pl.col(guards.column_name(name)).str.strip_chars()
    return pl.when(value != "").then(value)


def _is_unlike(cells: pl.Series) -> bool:
    """Whether a text of them is not written as people see it: asked first, for hardly one is."""
    unusual = cells.filter(cells.str.contains(keys.UNUSUAL)).unique().to_frame("text")
    text = pl.col("text")
    return bool(unusual.select((as_people_see_it(text) != text.str.strip_chars()).any()).item())


def _seen(value: pl.Expr, columns: Iterable[str], unlike: set[str]) -> pl.Expr:
    """A value of these columns as it is compared with the words of a mapping."""
    is_unlike = not unlike.isdisjoint(map(guards.column_name, columns))
    return as_people_see_it(value) if is_unlike else value


def _holds(test: Condition, column: str, how: FileFormat, unlike: set[str]) -> pl.Expr:
    """A condition as an expression that is never null."""
    value = _column(column)
    seen = _seen(value, [column], unlike)
    tests = [pl.lit(value=True)]
    if test.any_of is not None:
        tests.append(seen.is_in(list(map(keys.normal, test.any_of))))
    if test.not_in is not None:
        tests.append(~seen.is_in(list(map(keys.normal, test.not_in))) | value.is_null())
    if test.above is not None or test.below is not None:
        number = _amount(value, how).cast(pl.Float64, strict=False)
        # What is no number holds: the row rules then refuse the row, where a filter would hide it.
        is_no_number = number.is_null() & value.is_not_null()
        if test.above is not None:
            tests.append((number > test.above) | is_no_number)
        if test.below is not None:
            tests.append((number < test.below) | is_no_number)
    if test.filled is not None:
        tests.append(value.is_not_null() if test.filled else value.is_null())
    return pl.all_horizontal(tests).fill_null(value=False)


def _fed(feed: Feed, kind: str, how: FileFormat, unlike: set[str], *, unsigned: bool) -> pl.Expr:
    """The value of one contract column, in the contract's spelling.

    Constants and defaults are written by the mapping's author: spelled right already.
    """
    if feed.constant is not None:
        return pl.lit(feed.constant)
    value = _column(feed.column) if feed.column is not None else _template(feed.template or "")
    if feed.otherwise is not None:
        value = pl.coalesce(value, _column(feed.otherwise))
    if feed.map is None:
        spelled = _spelled(value, kind, how, unsigned=unsigned)
        return spelled if feed.default is None else spelled.fill_null(pl.lit(feed.default))
    words = {keys.normal(word): instead for word, instead in feed.map.items()}
    seen = _seen(value, feed.needs, unlike)
    mapped = seen.replace_strict(
        list(words), list(words.values()), default=value, return_dtype=pl.String
    )
    # An error is in no map, and is not what the default is for.
    is_error = cell_errors.is_error(value)
    kept = pl.when(is_error).then(value).otherwise(mapped)
    spelled = _spelled(kept, kind, how, unsigned=unsigned)
    if feed.default is None:
        return spelled
    return pl.when(is_error | seen.is_in(list(words))).then(spelled).otherwise(pl.lit(feed.default))


def _spelled(value: pl.Expr, kind: str, how: FileFormat, *, unsigned: bool) -> pl.Expr:
    """A text of the file as the contract spells a column of this kind."""
    if kind == "date":
        return _date(value, how)
    if kind != "amount":
        return value
    amount = _amount(value, how)
    return amount.str.strip_prefix("-") if unsigned else amount


def _template(template: str) -> pl.Expr:
    """A text with columns in it; a gap in one of them is no value: half an id is no id.

    An error in one of them is all that it says.
    """
    pieces: list[pl.Expr] = []
    columns: list[pl.Expr] = []
    position = 0
    for found in PLACEHOLDER.finditer(template):
        columns.append(_column(found.group(1)))
        pieces += [pl.lit(template[position : found.start()]), columns[-1]]
        position = found.end()
    whole = pl.concat_str(*pieces, pl.lit(template[position:]))
    errors = [pl.when(cell_errors.is_error(column)).then(column) for column in columns]
    return pl.coalesce(*errors, whole)


def _date(value: pl.Expr, how: FileFormat) -> pl.Expr:
    """A date in the mapping's format as ISO."""
    if how.date_format == "%Y-%m-%d":
        return value
    day = moments.day_in(value, how.date_format)
    # `31/10/26` is the year 26 to `%Y`: no date, and the person has to see what the cell says.
    sensible = pl.when(day.dt.year().is_between(*YEARS)).then(day.dt.strftime("%Y-%m-%d"))
    return pl.coalesce(sensible, value)


def _amount(value: pl.Expr, how: FileFormat) -> pl.Expr:
    """An amount with the mapping's marks as the contract spells it.

    The marks must stand where they belong: in a file with decimal commas `1.5` is a mistake, not
    fifteen and not one and a half.
    """
    if not how.says_marks:
        return value
    thousands = _LOOKALIKES.get(how.thousands_mark, re.escape(how.thousands_mark))
    decimal = re.escape(how.decimal_mark)
    # Thousands come of something: `0.123` is no way to write 123.
    grouped = f"|[1-9][0-9]{{0,2}}(?:{thousands}[0-9]{{3}})+" if thousands else ""
    plain = value.str.replace_all(thousands, "") if thousands else value
    return (
        pl.when(value.str.contains(f"^-?(?:[0-9]+{grouped})(?:{decimal}[0-9]+)?$"))
        .then(bare(plain.str.replace(how.decimal_mark, ".", literal=True)))
        .when(value.str.contains(AMOUNT))
        .then(pl.concat_str(pl.lit(OTHER_MARKS), value))
        .otherwise(value)
    )
