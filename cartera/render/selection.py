"""Which lines of a statement are listed, in words: what a filtered page, PDF or Excel file says."""

from __future__ import annotations

from datetime import date

from cartera.filters import Filters
from cartera.render.controls import STATUS_WORDS
from cartera.render.text import clip
from cartera.render.words import Words
from cartera.statement import Statement


def sentence(statement: Statement, words: Words) -> str:
    """`Showing 3 of 12 … (Overdue · 31 to 60 days); …`; empty where everything is listed."""
    chosen = statement.selection
    if chosen is None:
        return ""
    return words.t(
        "Showing {listed} of {total} documents and payments ({filters}); the totals are those of "
        "the whole account.",
        listed=chosen.listed,
        total=chosen.total,
        filters=" · ".join(_parts(chosen.filters, words)),
    )


def _parts(filters: Filters, words: Words) -> list[str]:
    t = words.t
    parts = [t(STATUS_WORDS[name]) for name in filters.statuses if name in STATUS_WORDS]
    parts += map(words.bucket, filters.buckets)
    parts += map(words.type, filters.types)
    if filters.number:
        parts.append(t("number with “{part}”", part=clip(filters.number, 40)))
    parts.append(_dates(words, "issued", filters.issued_from, filters.issued_to))
    parts.append(_dates(words, "due", filters.due_from, filters.due_to))
    parts.append(_days(words, filters.days_from, filters.days_to))
    return [part for part in parts if part]


_DATES = {
    "issued": ("issued from {first} to {last}", "issued from {first}", "issued up to {last}"),
    "due": ("due from {first} to {last}", "due from {first}", "due up to {last}"),
}


def _dates(words: Words, what: str, first: date | None, last: date | None) -> str:
    if first is None and last is None:
        return ""
    both, since, until = _DATES[what]
    text = both if first and last else since if first else until
    return words.t(text, first=words.day(first), last=words.day(last))


def _days(words: Words, first: int | None, last: int | None) -> str:
    if first is None and last is None:
        return ""
    if first is None:
        text = "up to {last} days overdue"
    elif last is None:
        text = "{first} days overdue or more"
    else:
        text = "{first} to {last} days overdue"
    return words.t(text, first=first, last=last)
