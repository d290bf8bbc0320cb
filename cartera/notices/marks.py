"""What clients announced, and what they are paying, marked on the documents of their statement; no
figure changes by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from cartera.reminders import holds
from cartera.statement import Item, Statement
from cartera.store import notice_holds, online_holds

if TYPE_CHECKING:
    from cartera.config import Company
    from cartera.reminders.terms import Hold
    from cartera.store.db import Store


def marks(
    store: Store, company: Company, client_ids: Sequence[str], day: date
) -> Mapping[str, Sequence[Hold]]:
    """What these clients had announced, or were paying, by the end of that day, by client."""
    if not client_ids:
        return {}
    return holds.announced(store, company.id, day, timezone=company.timezone, client_ids=client_ids)


def marked(statement: Statement, announced: Iterable[Hold]) -> Statement:
    """The statement with its open documents marked as disputed, reported as paid,
    promised, or being paid.

    A payment that names no document marks none.
    """
    by_document: dict[str, list[Hold]] = {}
    for one in announced:
        if one.document_id:
            by_document.setdefault(one.document_id, []).append(one)
    if not by_document:
        return statement
    sections = (
        replace(
            section,
            items=tuple(
                _item(item, by_document[item.document_id])
                if item.document_id in by_document and item.open > 0
                else item
                for item in section.items
            ),
        )
        for section in statement.sections
    )
    return replace(statement, sections=tuple(sections))


def _item(item: Item, announced: Sequence[Hold]) -> Item:
    causes = {one.cause for one in announced}
    days = [one.until for one in announced if one.until is not None]
    return replace(
        item,
        disputed=item.disputed or notice_holds.CAUSES["dispute"] in causes,
        reported=notice_holds.CAUSES["payment"] in causes,
        promised=max(days, default=None),
        paying=online_holds.CAUSE in causes,
    )
