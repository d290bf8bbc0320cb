"""What a client can pay, and how an amount goes over documents: the oldest first.

Open amounts are the statement's, and money in favour is the ledger's; here they are only compared
and cut. Money in favour comes first and what is left is paid, both over the oldest documents first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from cartera.mail.refusal import Money, Refusal
from cartera.online.terms import MOST_LINES, InFavour, Line, net, split
from cartera.statement import Item, Statement

if TYPE_CHECKING:
    from cartera.store.pay_settings import PaySettings


@dataclass(frozen=True, slots=True)
class Payable:
    """A document that can be paid now, or why it cannot: `is_taken`, a payment of it is under way.

    `overdue` is what of `open` is overdue: less than all of it where it falls due in instalments.
    `reported`: the client said that it was paid already, and nobody confirmed it yet.
    """

    document_id: str
    number: str
    issue_date: date
    due_date: date | None
    days_overdue: int
    open: Decimal
    overdue: Decimal = Decimal()
    is_taken: bool = False
    reported: bool = False
    disputed: bool = False

    @property
    def is_asked_for(self) -> bool:
        """Whether it is paid without being chosen by itself: nothing was said against it."""
        return not (self.is_taken or self.reported or self.disputed)


@dataclass(frozen=True, slots=True)
class Sum:
    """What a choice comes to. `gross` is what its documents have open, `netted` the money in favour
    that goes off it, and `amount` what is left to pay.
    """

    documents: int
    gross: Decimal
    netted: Decimal

    @property
    def amount(self) -> Decimal:
        """What is paid."""
        return self.gross - self.netted


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
            item.open, _overdue(item), item.paying, item.reported, item.disputed,
        )
        for item in sorted(items, key=_age)
    ]  # fmt: skip


def usable(statement: Statement, currency: str, favour: Sequence[InFavour]) -> list[InFavour]:
    """Money in favour that can go to documents: never more than the account as a whole has in
    favour, where something of it is owed again (more was refunded than came in).
    """
    mine = (-s.unapplied for s in statement.sections if s.currency == currency)
    whole = sum(mine, Decimal())
    found = []
    for one in favour:
        part = min(one.amount, whole)
        if part > 0:
            found.append(one._replace(amount=part))
            whole -= part
    return found


def sums(documents: Sequence[Payable], favour: Sequence[InFavour], *, overdue: bool) -> Sum:
    """What is overdue, or all, comes to."""
    lines = _lines(documents, (), overdue=overdue)
    gross = _whole(lines)
    return Sum(len(lines), gross, min(gross, sum((one.amount for one in favour), Decimal())))


def chosen(
    documents: Sequence[Payable],
    currency: str,
    *,
    wanted: Collection[str],
    amount: Decimal | None,
    limits: PaySettings,
    least: Decimal = Decimal(0),
    overdue: bool = False,
    favour: Sequence[InFavour] = (),
) -> tuple[Line, ...]:
    """What each document gets. `wanted` are documents, none: all against which nothing was said;
    `amount` is spread over them, None: all that is open of them (with `overdue`: that is overdue),
    less the money in `favour`. `least` is the gateway's own.

    Raises `Refusal` for another client's document (as for one that does not exist), for one that is
    being paid, for more than is open, for less than the company or the gateway takes, and where
    money in favour leaves nothing to pay.
    """
    known = {one.document_id: one for one in documents}
    if any(document_id not in known for document_id in wanted):
        raise Refusal("that document is not open any more")
    if any(known[document_id].is_taken for document_id in wanted):
        raise Refusal("a payment of that document is under way")
    lines = _lines(documents, wanted, overdue=overdue)
    if not lines:
        raise Refusal("there is nothing to pay")
    if amount is None:
        if len(lines) > MOST_LINES:
            raise Refusal("choose at most {most} documents", most=MOST_LINES)
        lines = net(lines, favour)
        if not _whole(lines):
            raise Refusal("your money in favour covers that: there is nothing to pay")
    whole = _whole(lines)
    is_whole = amount is None
    amount = whole if amount is None else amount
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
    return lines if is_whole else split(lines, amount)


def _lines(
    documents: Sequence[Payable], wanted: Collection[str], *, overdue: bool
) -> tuple[Line, ...]:
    """The documents with what is open of each, or overdue."""
    lines = (
        Line(one.document_id, one.number, one.overdue if overdue else one.open)
        for one in documents
        if (one.document_id in wanted if wanted else one.is_asked_for)
    )
    return tuple(line for line in lines if line.amount > 0)


def _whole(lines: Iterable[Line]) -> Decimal:
    return sum((line.amount for line in lines), Decimal())


def _overdue(item: Item) -> Decimal:
    """What of an item is overdue."""
    if not item.instalments:
        return item.open if item.overdue else Decimal()
    return sum((part.open for part in item.instalments if part.days_overdue > 0), Decimal())


def _age(item: Item) -> tuple[date, date, str]:
    return (item.due_date or item.issue_date, item.issue_date, item.number)
