"""What a client can pay, and how an amount goes over documents: the oldest first.

Open amounts are the statement's; here they are only compared and cut.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from cartera.mail.refusal import Money, Refusal
from cartera.online.terms import MOST_LINES, Line, split
from cartera.statement import Item, Statement

if TYPE_CHECKING:
    from cartera.store.pay_settings import PaySettings


@dataclass(frozen=True, slots=True)
class Payable:
    """A document that can be paid now, or why it cannot: `is_taken`, a payment of it is under way.

    `reported`: the client said that it was paid already, and nobody confirmed it yet.
    """

    document_id: str
    number: str
    issue_date: date
    due_date: date | None
    days_overdue: int
    open: Decimal
    is_taken: bool = False
    reported: bool = False
    disputed: bool = False


def payable(statement: Statement, currency: str) -> list[Payable]:
    """What is open in a currency, the oldest first (by due date, then issue date, then number)."""
    items = [
        item
        for section in statement.sections
        if section.currency == currency
        for item in section.items
        if item.type in ("invoice", "debit_note") and item.open > 0 and item.status != "void"
    ]
    return [
        Payable(
            item.document_id, item.number, item.issue_date, item.due_date, item.days_overdue,
            item.open, item.paying, item.reported, item.disputed,
        )
        for item in sorted(items, key=_age)
    ]  # fmt: skip


def chosen(
    documents: Sequence[Payable],
    currency: str,
    *,
    wanted: Collection[str],
    amount: Decimal | None,
    limits: PaySettings,
    least: Decimal = Decimal(0),
) -> tuple[Line, ...]:
    """What each document gets. `wanted` are documents, none: all that are free; `amount` is spread
    over them, None: all that is open of them. `least` is the gateway's own.

    Raises `Refusal` for another client's document (as for one that does not exist), for one that is
    being paid, for more than is open, and for less than the company or the gateway takes.
    """
    known = {one.document_id: one for one in documents}
    if any(document_id not in known for document_id in wanted):
        raise Refusal("that document is not open any more")
    if any(known[document_id].is_taken for document_id in wanted):
        raise Refusal("a payment of that document is under way")
    free = [
        one for one in documents if not one.is_taken and (not wanted or one.document_id in wanted)
    ]
    if not free:
        raise Refusal("there is nothing to pay")
    lines = [Line(one.document_id, one.number, one.open) for one in free]
    whole = sum((line.amount for line in lines), Decimal())
    if amount is None:
        if len(lines) > MOST_LINES:
            raise Refusal("choose at most {most} documents", most=MOST_LINES)
        amount = whole
    if amount > whole:
        raise Refusal(
            "that is more than the {whole} of these documents", whole=Money(whole, currency)
        )  # fmt: skip
    if amount < whole and not limits.parts:
        raise Refusal("documents are paid whole")
    lowest = max(least, min(limits.minimum, whole) if currency == limits.currency else least)
    if amount < lowest:
        raise Refusal(
            "the least that can be paid is {least}", least=Money(lowest, currency)
        )  # fmt: skip
    return split(lines, amount)


def _age(item: Item) -> tuple[date, date, str]:
    return (item.due_date or item.issue_date, item.issue_date, item.number)
