"""Open items as a message lists them: a line for each document, or for each of its instalments.

The table of a reminder and the list of an account are made of the same lines, so both name
instalments and mark disputes alike, and the lines add up to the figure that stands over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cartera.mail.outgoing import About
from cartera.money import ZERO
from cartera.render.text import clip, safe_url
from cartera.render.words import Words
from cartera.statement import Item


@dataclass(frozen=True, slots=True)
class OpenItem:
    """What is open of a document or payment, or of one instalment of it (not 0).

    `due_date` is None for money in favour, which is due on no day.
    """

    item: Item
    currency: str
    instalment: int
    due_date: date | None
    days_overdue: int
    open: Decimal

    @property
    def about(self) -> About:
        """What a message calls it."""
        return About(self.item.document_id, self.instalment)

    @property
    def is_overdue(self) -> bool:
        """Whether its day to pay is over."""
        return self.due_date is not None and self.days_overdue > 0


@dataclass(frozen=True, slots=True)
class OpenRow:
    """One line of a list: `due` and `days` are empty for money in favour, `marks` for most."""

    type: str
    number: str
    url: str
    issued: str
    due: str
    days: str
    marks: str
    is_late: bool
    open: str


def open_items(item: Item, currency: str) -> Iterator[OpenItem]:
    """The item, or its open instalments one by one, the oldest first; nothing if it is settled."""
    parts = [part for part in item.instalments if part.open]
    for part in parts:
        yield OpenItem(item, currency, part.instalment, part.due_date, part.days_overdue, part.open)
    if item.open and not parts:
        due = None if item.bucket == "unapplied" else item.due_date
        yield OpenItem(item, currency, 0, due, item.days_overdue, item.open)


def total(entries: Iterable[OpenItem]) -> Decimal:
    """What is open of them together; all are of one currency.

    SQL knows the sums of an account and of its ranges. Which items a message names is known only
    as it leaves, after what was paid, disputed or paused meanwhile.
    """
    return sum((entry.open for entry in entries), ZERO)


def row(entry: OpenItem, words: Words, amount: str) -> OpenRow:
    """The line, with what is open written as its list does."""
    item = entry.item
    number = clip(item.number)
    if entry.instalment:
        number = words.t("{number}, instalment {of}", number=number, of=entry.instalment)
    return OpenRow(
        type=words.type(item.type),
        number=number,
        url=safe_url(item.url),
        issued=words.day(item.issue_date),
        due=words.day(entry.due_date),
        days=words.overdue_by(entry.days_overdue) if entry.due_date else "",
        marks=words.marks(item),
        is_late=entry.is_overdue,
        open=amount,
    )
