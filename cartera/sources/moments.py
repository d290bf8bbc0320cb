"""Days and moments as files write them.

A moment (`2026-10-31T23:30:00-05:00`) in the place of a day is read in its own zone, else in the
company's, and its day is the one there: that is the day as written, so nothing is converted.
"""

from __future__ import annotations

import re

import polars as pl

# [0-9], never \d: that also matches the digits of other scripts, which no cast understands.
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::(?:[0-5][0-9]|60)(?:[.,][0-9]{1,9})?)?"
#: PostgreSQL and DuckDB leave the minutes of a zone out; ISO 8601 allows it.
_ZONE = r"(?:Z|UTC|GMT|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)"
#: Java writes the name of the zone, too.
_NAMED = r"(?:\[[A-Za-z0-9_/+-]{1,40}\])?"
_MOMENT = rf"(?i)^{_DAY}(?:[T\s]{_CLOCK}(?:\s?{_ZONE})?{_NAMED})?$"
#: What stands behind a day in a foreign file, a twelve-hour clock too.
_CLOCK_BEHIND = (
    r"(?i)[T\s,]+(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?"
    rf"(?:\s?[ap]\.?\s?m\.?)?(?:\s?{_ZONE})?$"
)
#: From its time of day on, a format says nothing of the day.
_CLOCK_IN_FORMAT = re.compile(r"[T\s,]*%[HIklTRrX].*$")
_PARTS = (
    rf"(?i)^({_DAY})"
    r"(?:[T\s]([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?)?"
    rf"(?:\s?({_ZONE}){_NAMED})?$"
)


def day(value: pl.Expr) -> pl.Expr:
    """The day of an ISO date or moment as text; null for what is neither."""
    written = pl.when(value.str.contains(_MOMENT)).then(value.str.slice(0, 10))
    return written.str.to_date("%Y-%m-%d", strict=False)


def day_in(value: pl.Expr, date_format: str) -> pl.Expr:
    """The day of a text in a format; null where it is none.

    Either may have a time of day behind the day and the other not.
    """
    whole = value.str.to_date(date_format, strict=False)
    if not (of_day := _CLOCK_IN_FORMAT.sub("", date_format)):
        return whole
    bare = value.str.replace(_CLOCK_BEHIND, "")
    return pl.coalesce(whole, bare.str.to_date(of_day, strict=False))


def moment(value: pl.Expr) -> pl.Expr:
    """ISO 8601 with or without time and zone, as UTC without a zone; without a zone it is UTC."""
    parts = value.str.extract_groups(_PARTS)
    date, minute = parts.struct.field("1"), parts.struct.field("2").fill_null("00:00")
    second = parts.struct.field("3").fill_null("00")
    fraction = parts.struct.field("4").fill_null("0").str.pad_end(6, "0").str.slice(0, 6)
    zone = parts.struct.field("5").fill_null("Z")
    digits = zone.str.replace_all("[^0-9]", "").str.pad_end(4, "0")
    offset = digits.str.slice(0, 2).cast(pl.Int64, strict=False) * 60 + digits.str.slice(2, 2).cast(
        pl.Int64, strict=False
    )
    sign = pl.when(zone.str.starts_with("-")).then(-1).otherwise(1)
    local = pl.concat_str(date, pl.lit("T"), minute, pl.lit(":"), second).str.to_datetime(
        "%Y-%m-%dT%H:%M:%S", strict=False, time_unit="us"
    )
    return (
        local
        + pl.duration(microseconds=fraction.cast(pl.Int64, strict=False))
        - pl.duration(minutes=sign * offset)
    )
