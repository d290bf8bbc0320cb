"""The account below a message's words: its figures in each currency, and what is open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cartera.mail import values
from cartera.mail.open_items import OpenItem, OpenRow, open_items, row, total
from cartera.render.view import BucketView, to_view
from cartera.render.words import Words
from cartera.statement import Section, Statement

#: Rows listed in a message for each currency; the page and the files have them all.
MOST_ITEMS = 30


@dataclass(frozen=True, slots=True)
class SectionView:
    """One currency of the account.

    `sentence` is the statement's own where there is money in favour: neither the total nor what is
    overdue says by itself what it is set off against. `more` counts the rows that did not fit,
    `more_open` is what is open of them.
    """

    heading: str
    detail_heading: str
    sentence: str
    total: str
    overdue: str
    is_late: bool
    buckets: tuple[BucketView, ...]
    rows: tuple[OpenRow, ...]
    more: str
    more_open: str


def sections(statement: Statement, words: Words, *, with_rows: bool) -> Iterator[SectionView]:
    """The currencies in which something is open; settled ones are on the page."""
    found = [(section, list(_open(section))) for section in statement.sections]
    shown = [(section, entries) for section, entries in found if entries or section.total]
    # Rows are written here, one for each instalment; of the statement's own only figures are.
    bare = tuple(replace(section, items=(), future_payments=()) for section, _ in shown)
    view = to_view(replace(statement, language=words.language, sections=bare))
    day = values.unbroken(words.day(statement.as_of))
    for (section, entries), seen in zip(shown, view.sections, strict=True):
        listed = entries if with_rows else []
        hidden = listed[MOST_ITEMS:]
        yield SectionView(
            heading=words.t("Account in {currency} as of {day}", currency=seen.currency, day=day),
            detail_heading=words.t("Open documents in {currency}", currency=seen.currency),
            sentence=seen.sentence if section.unapplied else "",
            total=values.owed(section.total, section.currency, words),
            overdue=words.amount(section.overdue, section.currency),
            is_late=section.overdue > 0,
            buckets=tuple(b for b in seen.buckets if b.code != "unapplied" or b.tone),
            rows=tuple(
                row(entry, words, words.money(entry.open, section.currency))
                for entry in listed[:MOST_ITEMS]
            ),
            more=words.t("and {count} more on the page", count=len(hidden)) if hidden else "",
            more_open=words.money(total(hidden), section.currency) if hidden else "",
        )


def _open(section: Section) -> Iterator[OpenItem]:
    """What is open in a currency, in the statement's order: payments and void ones keep last."""
    for item in section.items:
        yield from open_items(item, section.currency)
