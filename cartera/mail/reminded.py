"""What a reminder is about at the moment of sending: its items that are still to be paid.

Between the decision and the hand-over a client may pay, dispute or get a pause; what is settled
meanwhile is dropped, and a reminder of nothing does not go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cartera.mail.outgoing import About
from cartera.money import ZERO
from cartera.reminders.terms import Hold
from cartera.render.text import clip, safe_url
from cartera.render.words import Words
from cartera.statement import Item, Section, Statement

#: Rows of the table; the page and the files have them all.
MOST_ROWS = 30


@dataclass(frozen=True, slots=True)
class StillDue:
    """An item that is still to be paid: of a document, or of one instalment of it (not 0)."""

    item: Item
    currency: str
    instalment: int
    due_date: date
    days_overdue: int
    open: Decimal

    @property
    def about(self) -> About:
        """What a message calls it."""
        return About(self.item.document_id, self.instalment)


@dataclass(frozen=True, slots=True)
class RemindedRow:
    """One line of the table on top of a reminder."""

    type: str
    number: str
    url: str
    due: str
    days: str
    is_late: bool
    open: str


@dataclass(frozen=True, slots=True)
class RemindedView:
    """What a reminder is about in one currency."""

    heading: str
    rows: tuple[RemindedRow, ...]
    more: str


def still_due(
    statement: Statement, wanted: Collection[About], holds: Iterable[Hold], address: str
) -> tuple[StillDue, ...]:
    """Those of the items that are open, undisputed and not paused, oldest first.

    Without any named, as in a preview of the words, all that is open. An item in a currency in
    which the client owes nothing on the whole is covered: money for it is only not applied yet.
    """
    mine = [hold for hold in holds if hold.address in ("", address.strip().lower())]
    if any(not hold.document_id for hold in mine):
        return ()
    paused = {hold.document_id for hold in mine}
    asked = frozenset(wanted)
    found = [
        one
        for section in statement.sections
        if section.total > ZERO
        for one in _open(section)
        if one.item.document_id not in paused and (not asked or one.about in asked)
    ]
    return tuple(sorted(found, key=lambda one: (one.due_date, one.item.number, one.instalment)))


def views(due: Iterable[StillDue], words: Words) -> tuple[RemindedView, ...]:
    """What a reminder is about, a table for each currency."""
    by_currency: dict[str, list[StillDue]] = {}
    for one in due:
        by_currency.setdefault(one.currency, []).append(one)
    return tuple(
        _view(currency, found, words, is_only=len(by_currency) == 1)
        for currency, found in by_currency.items()
    )


def _view(currency: str, due: list[StillDue], words: Words, *, is_only: bool) -> RemindedView:
    t = words.t
    hidden = len(due) - MOST_ROWS
    return RemindedView(
        t("This message is about")
        if is_only
        else t("This message is about, in {currency}", currency=clip(currency, 8)),
        tuple(_row(one, words) for one in due[:MOST_ROWS]),
        t("and {count} more on the page", count=hidden) if hidden > 0 else "",
    )


def _open(section: Section) -> Iterator[StillDue]:
    for item in section.items:
        if item.open <= ZERO or item.disputed or item.status in ("paid", "void"):
            continue
        parts = [part for part in item.instalments if part.open > ZERO]
        for part in parts:
            yield StillDue(
                item, section.currency, part.instalment, part.due_date, part.days_overdue, part.open
            )
        if not parts and item.due_date is not None:
            yield StillDue(item, section.currency, 0, item.due_date, item.days_overdue, item.open)


def _row(one: StillDue, words: Words) -> RemindedRow:
    number = clip(one.item.number)
    if one.instalment:
        number = words.t("{number}, instalment {of}", number=number, of=one.instalment)
    return RemindedRow(
        type=words.type(one.item.type),
        number=number,
        url=safe_url(one.item.url),
        due=words.day(one.due_date),
        days=words.overdue_by(one.days_overdue),
        is_late=one.days_overdue > 0,
        open=words.amount(one.open, one.currency),
    )
