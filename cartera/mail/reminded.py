"""What a reminder is about at the moment of sending: its items that are still to be paid.

Between the decision and the hand-over a client may pay, dispute or get a pause; what is settled
meanwhile is dropped, and a reminder of nothing does not go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cartera.mail.open_items import OpenItem, OpenRow, open_items, row, total
from cartera.mail.outgoing import About
from cartera.money import ZERO
from cartera.reminders.terms import Hold, is_covered
from cartera.render.text import clip
from cartera.render.words import Words
from cartera.statement import Section, Statement

#: Rows of the table; the page and the files have them all.
MOST_ROWS = 30


@dataclass(frozen=True, slots=True)
class RemindedView:
    """What a reminder is about in one currency.

    `more` counts the rows that did not fit, `more_open` is what is open of them; `sum` is of all
    rows, these included (empty: there is one row). `others` says what is overdue besides.
    """

    heading: str
    rows: tuple[OpenRow, ...]
    more: str
    more_open: str
    sum: str
    others: str


def still_due(
    statement: Statement, wanted: Collection[About], holds: Iterable[Hold], address: str
) -> tuple[OpenItem, ...]:
    """Those of the items that are open, undisputed and not paused, oldest first.

    Without any named, as in a preview of the words, all that is open. What money in favour covers
    is left out: it is only not applied yet.
    """
    mine = [hold for hold in holds if hold.address in ("", address.strip().lower())]
    if any(not hold.document_id for hold in mine):
        return ()
    paused = {hold.document_id for hold in mine}
    asked = frozenset(wanted)
    found: list[OpenItem] = []
    for section in statement.sections:
        owed = list(_to_be_paid(section))
        those = [
            one
            for one in owed
            if one.item.document_id not in paused and (not asked or one.about in asked)
        ]
        if those and section.total > ZERO and not _covered(section, owed, those):
            found += those
    return tuple(sorted(found, key=_age))


def _covered(section: Section, owed: Iterable[OpenItem], those: Iterable[OpenItem]) -> bool:
    """Whether money in favour is enough for these."""
    return is_covered(
        -section.unapplied,
        ((_due(one), one.open) for one in owed),
        map(_due, those),
    )


def _due(one: OpenItem) -> date:
    return one.due_date or date.max


def by_currency(due: Iterable[OpenItem]) -> dict[str, list[OpenItem]]:
    """The same items, those of each currency apart."""
    found: dict[str, list[OpenItem]] = {}
    for one in due:
        found.setdefault(one.currency, []).append(one)
    return found


def views(due: Iterable[OpenItem], statement: Statement, words: Words) -> tuple[RemindedView, ...]:
    """What a reminder is about, a table for each currency."""
    found = by_currency(due)
    overdue = {section.currency: section.overdue for section in statement.sections}
    return tuple(
        _view(currency, those, overdue[currency], words, is_only=len(found) == 1)
        for currency, those in found.items()
    )


def _view(
    currency: str, due: list[OpenItem], overdue: Decimal, words: Words, *, is_only: bool
) -> RemindedView:
    t, hidden = words.t, due[MOST_ROWS:]
    others = overdue - total(one for one in due if one.is_overdue)
    return RemindedView(
        heading=t("This message is about")
        if is_only
        else t("This message is about, in {currency}", currency=clip(currency, 8)),
        rows=tuple(row(one, words, words.amount(one.open, currency)) for one in due[:MOST_ROWS]),
        more=t("and {count} more on the page", count=len(hidden)) if hidden else "",
        more_open=words.amount(total(hidden), currency) if hidden else "",
        sum=words.amount(total(due), currency) if len(due) > 1 else "",
        others=(
            t(
                "Besides, {amount} is overdue that this message is not about.",
                amount=words.amount(others, currency),
            )
            if others > 0
            else ""
        ),
    )


def _to_be_paid(section: Section) -> Iterator[OpenItem]:
    for item in section.items:
        if item.open <= ZERO or item.disputed or item.status in ("paid", "void"):
            continue
        for one in open_items(item, section.currency):
            if one.due_date is not None and one.open > ZERO:
                yield one


def _age(one: OpenItem) -> tuple[date, str, int]:
    return _due(one), one.item.number, one.instalment
