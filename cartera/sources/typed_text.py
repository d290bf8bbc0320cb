"""Typed columns as the text that the row rules read."""

from __future__ import annotations

import polars as pl

from cartera.sources.chunk import INEXACT, bare

#: From here on fifteen digits are fewer than an amount may have.
LARGE = 1e11
#: Whole floats up to here are exact; beyond, several numbers are one.
EXACT = 2.0**53
#: What sums of floats are off by: a few times the distance to the next float, and never cents.
NOISE = 1e-15
HALF_A_CENT = 0.004
#: Parts of a second in which moments are counted.
SECONDS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY = 86_400
#: Days from 1970 that can be written as a date: beyond are only what databases call `infinity`.
_CALENDAR = 95_000_000


def infinity(per_second: int) -> int:
    """Moments farther from 1970 than so many parts of a second are none of a calendar."""
    return min(_CALENDAR * _DAY * per_second, 2**63 - 2)


def as_text(column: pl.Series, decimal_mark: str) -> pl.Expr:
    """What makes text of a column of a frame that has it."""
    kind, value = column.dtype, pl.col(column.name)
    if isinstance(kind, (pl.Date, pl.Datetime)):
        return _days(column)
    if isinstance(kind, pl.Duration):
        return value.dt.to_string("iso")
    text = _float(column) if kind == pl.Float64 else value.cast(pl.String, strict=False)
    if kind.is_float() or isinstance(kind, pl.Decimal):
        # A key that pandas made a float because one was missing: 1001.0 is 1001.
        text = bare(text)
    return text.str.replace(".", decimal_mark, literal=True) if kind.is_numeric() else text


def _float(column: pl.Series) -> pl.Expr:
    """Floats as somebody may have meant them: 0.1 + 0.2 is 0.3.

    What is behind the fifteenth digit is the binary form's. Large numbers have real digits there,
    though: whole ones are exact, and what rounding would change by more than binary noise stays.
    """
    value = pl.col(column.name)
    usual = value.round_sig_figs(15).cast(pl.String)
    largest = column.abs().max()
    if not isinstance(largest, float) or largest < LARGE:
        return usual
    size, whole = value.abs(), value.cast(pl.Int128, strict=False)
    is_whole = whole.cast(pl.Float64) == value
    noise = pl.min_horizontal(size * NOISE, pl.lit(HALF_A_CENT))
    is_real = (size >= LARGE) & ((value - value.round_sig_figs(15)).abs() > noise)
    return (
        pl.when(~value.is_finite())
        .then(usual)
        .when(is_whole & (size <= EXACT))
        .then(whole.cast(pl.String))
        .when(size > EXACT)
        .then(
            pl.concat_str(
                pl.lit(INEXACT), pl.coalesce(whole.cast(pl.String), value.cast(pl.String))
            )
        )
        .when(is_real)
        .then(value.cast(pl.String))
        .otherwise(usual)
    )


def _days(column: pl.Series) -> pl.Expr:
    """Days and moments, in the column's own zone.

    Polars ends on what is farther away than its calendar, so those never reach it.
    """
    value, kind = pl.col(column.name), column.dtype
    unit = kind.time_unit if isinstance(kind, pl.Datetime) else None
    limit = infinity(SECONDS[unit]) if unit else _CALENDAR
    count = column.to_physical()
    ends = [abs(end) for end in (count.min(), count.max()) if isinstance(end, int)]
    if max(ends, default=0) <= limit:
        return _day(value, kind)
    number = value.to_physical()
    return (
        pl.when(number > limit)
        .then(pl.lit("infinity"))
        .when(number < -limit)
        .then(pl.lit("-infinity"))
        .otherwise(_day(pl.when(number.is_between(-limit, limit)).then(value), kind))
    )


def _day(value: pl.Expr, kind: pl.DataType) -> pl.Expr:
    if not isinstance(kind, pl.Datetime):
        return value.cast(pl.String)
    if kind.time_zone:  # in its own zone, with what that is away from UTC at that moment
        return value.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f%:z")
    # pandas keeps dates as midnights.
    return value.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f").str.strip_suffix("T00:00:00.000000")
