"""What of a statement is listed: by status, range, type, number, days and dates, all together.

Filters choose lines and never touch a figure: totals and aging stay those of the whole account.
They travel in an address as text (`from_query`, `to_query`), so that a view can be kept and sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import TypeVar

from cartera.statement import Instalment, Item, Statement, arranged

#: As people say them; "overdue" is a mark of its own beside pending and partly paid.
STATUSES = ("open", "partial", "overdue", "paid", "void")
TYPES = ("invoice", "debit_note", "credit_note", "payment", "refund")
#: Name in an address of each field of `Filters`.
QUERY = {
    "statuses": "status", "buckets": "range", "types": "type", "number": "number",
    "issued_from": "issued_from", "issued_to": "issued_to", "due_from": "due_from",
    "due_to": "due_to", "days_from": "days_from", "days_to": "days_to",
}  # fmt: skip
#: Anything longer in an address was not made here.
LONGEST_NUMBER = 100
LONGEST_LIST = 400

_BUCKET = re.compile(r"current|unapplied|[0-9]{1,5}-[0-9]{1,5}|[0-9]{1,5}\+")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAYS = re.compile(r"-?[0-9]{1,5}")
_Ordered = TypeVar("_Ordered", date, int)


@dataclass(frozen=True, slots=True)
class Filters:
    """What is listed; nothing chosen lists everything. Values of one field add up, fields narrow.

    "overdue" among the statuses means whatever is overdue, pending or partly paid. Ranges and
    days look at each open instalment. `number` is a part of the number, the reference or the
    purchase order. Both ends of dates and days are included.
    """

    statuses: tuple[str, ...] = ()
    buckets: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    number: str = ""
    issued_from: date | None = None
    issued_to: date | None = None
    due_from: date | None = None
    due_to: date | None = None
    days_from: int | None = None
    days_to: int | None = None

    def __post_init__(self) -> None:
        for name in ("statuses", "buckets", "types"):
            object.__setattr__(self, name, tuple(dict.fromkeys(getattr(self, name))))
        object.__setattr__(self, "number", self.number.strip()[:LONGEST_NUMBER].strip())

    def __bool__(self) -> bool:
        """Whether anything is chosen."""
        return any(getattr(self, field.name) != field.default for field in fields(self))

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Filters:
        """Filters of an address. Whatever makes no sense in it is ignored, never an error."""

        def text(field: str) -> str:
            found = query.get(QUERY[field], "")
            return found if isinstance(found, str) else ""

        def names(field: str) -> Iterable[str]:
            return text(field)[:LONGEST_LIST].split(",")

        return cls(
            statuses=tuple(name for name in names("statuses") if name in STATUSES),
            buckets=tuple(name for name in names("buckets") if _BUCKET.fullmatch(name)),
            types=tuple(name for name in names("types") if name in TYPES),
            number=text("number"),
            issued_from=_day(text("issued_from")),
            issued_to=_day(text("issued_to")),
            due_from=_day(text("due_from")),
            due_to=_day(text("due_to")),
            days_from=_days(text("days_from")),
            days_to=_days(text("days_to")),
        )

    def to_query(self) -> dict[str, str]:
        """What is chosen, as an address says it; `from_query` gives the same filters back."""
        found = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value == field.default:
                continue
            text = ",".join(value) if isinstance(value, tuple) else str(value)
            found[QUERY[field.name]] = text
        return found

    def take(self, item: Item) -> bool:
        """Whether an item is listed."""
        return (
            self._takes_status(item)
            and (not self.types or item.type in self.types)
            and self.number.casefold() in _names(item)
            and _within(item.issue_date, self.issued_from, self.issued_to)
            and _within(item.due_date, self.due_from, self.due_to)
            and self._takes_age(item)
        )

    def _takes_status(self, item: Item) -> bool:
        late = item.overdue and "overdue" in self.statuses
        return not self.statuses or item.status in self.statuses or late

    def _takes_age(self, item: Item) -> bool:
        """Some part of it that is still open has one of the ranges, and an age between the days."""
        parts: tuple[Item | Instalment, ...] = item.instalments or (item,)
        if self.buckets and not any(part.bucket in self.buckets for part in parts):
            return False
        if self.days_from is None and self.days_to is None:
            return True
        # What is settled, and money in favour, is not a number of days late.
        return item.bucket not in ("", "unapplied") and any(
            _within(part.days_overdue, self.days_from, self.days_to) for part in parts
        )


@dataclass(frozen=True, slots=True)
class Selection:
    """How many documents and payments of a statement are listed, of how many, and which."""

    listed: int
    total: int
    filters: Filters


def select(statement: Statement, filters: Filters) -> Statement:
    """The statement with the chosen items only, which its `selection` then says.

    An activity or forward statement is a running account and is always shown whole.
    """
    if not filters or statement.kind != "open":
        return statement
    sections = tuple(
        replace(section, items=tuple(item for item in section.items if filters.take(item)))
        for section in statement.sections
    )
    listed = sum(len(section.items) for section in sections)
    total = sum(len(section.items) for section in statement.sections)
    selection = Selection(listed, total, filters)
    return replace(statement, sections=arranged(sections), selection=selection)


def bucket_names(statement: Statement) -> list[str]:
    """The overdue ranges of a statement in their order, once each over all currencies."""
    names = (name for section in statement.sections for name in section.aging)
    return list(dict.fromkeys(names))


def _names(item: Item) -> str:
    """What people may call an item by, ready to be searched."""
    known = (item.number, item.reference, item.purchase_order)
    return "\n".join(name for name in known if name).casefold()


def _within(value: _Ordered | None, first: _Ordered | None, last: _Ordered | None) -> bool:
    if first is None and last is None:
        return True
    if value is None:
        return False
    return (first is None or first <= value) and (last is None or value <= last)


def _day(text: str) -> date | None:
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _days(text: str) -> int | None:
    return int(text) if _DAYS.fullmatch(text) else None
