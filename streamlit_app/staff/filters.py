"""What of a statement is listed: by status, by overdue range, by number.

Filters choose lines and never touch a figure: totals and aging stay those of the whole account.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from cartera.statement import Item, Statement

#: As people say them; "overdue" is a mark of its own beside pending and partly paid.
STATUSES = ("open", "partial", "overdue", "paid", "void")


@dataclass(frozen=True, slots=True)
class Filters:
    """Chosen statuses and ranges (none chosen: all of them) and a part of a number."""

    statuses: Collection[str] = ()
    buckets: Collection[str] = ()
    number: str = ""

    def take(self, item: Item) -> bool:
        """Whether an item is listed."""
        late = item.overdue and "overdue" in self.statuses
        if self.statuses and item.status not in self.statuses and not late:
            return False
        if self.buckets and item.bucket not in self.buckets:
            return False
        wanted = self.number.strip().casefold()
        return wanted in f"{item.number}\n{item.reference or ''}".casefold()


def apply(statement: Statement, filters: Filters) -> tuple[Statement, int, int]:
    """The statement with the chosen items only; how many are listed, and how many there are."""
    sections = tuple(
        replace(section, items=tuple(item for item in section.items if filters.take(item)))
        for section in statement.sections
    )
    listed = sum(len(section.items) for section in sections)
    return replace(statement, sections=sections), listed, item_count(statement)


def item_count(statement: Statement) -> int:
    """How many documents and payments a statement lists."""
    return sum(len(section.items) for section in statement.sections)


def bucket_names(statement: Statement) -> list[str]:
    """The overdue ranges of a statement in their order, once each over all currencies."""
    names = (name for section in statement.sections for name in section.aging)
    return list(dict.fromkeys(names))
