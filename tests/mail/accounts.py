"""Random accounts for what is written about them: each figure is the sum of the parts made here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from cartera.statement import Instalment, Item, Section, Statement
from tests.factories import (
    AS_OF,
    BUCKETS,
    bucket_of,
    make_allocation,
    make_item,
    make_section,
    make_statement,
    money,
)

ZERO = Decimal(0)
CENTS = st.integers(1, 9_999_999_999).map(lambda cents: Decimal(cents) / 100)
DAYS = st.integers(-40, 120)
KINDS = ("whole", "partial", "plan", "over", "payment", "credit_note", "void", "settled")


@dataclass
class _Figures:
    aging: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(BUCKETS, money(0)))
    overdue: Decimal = ZERO
    unapplied: Decimal = ZERO

    def add(self, item: Item) -> None:
        if item.bucket == "unapplied":
            self.unapplied += item.open
            return
        parts = item.instalments or (item,)
        for part in parts if item.open else ():
            self.aging[bucket_of(part.days_overdue)] += part.open
            self.overdue += part.open if part.days_overdue > 0 else ZERO


@st.composite
def items(draw: st.DrawFn, number: str) -> Item:
    """A document or payment of any kind, as the reader gives them."""
    kind, amount, days = draw(st.sampled_from(KINDS)), draw(CENTS), draw(DAYS)
    disputed, reported = draw(st.booleans()), draw(st.booleans())
    if kind == "plan":
        return _plan(draw, number, disputed=disputed)
    if kind == "over":
        paid = [make_allocation(amount + draw(CENTS))]
        fields = {"bucket": "unapplied", "status": "paid", "overdue": False, "disputed": disputed}
        return make_item(number, amount, days=days, allocations=paid, **fields)
    if kind in ("payment", "credit_note"):
        return make_item(number, -amount, type=kind)
    if kind == "void":
        return make_item(number, amount, days=days, status="void")
    part = {"partial": amount / 2, "settled": amount}.get(kind, ZERO)
    paid = [make_allocation(part.quantize(Decimal("0.01")))] if part else []
    return make_item(
        number, amount, days=days, allocations=paid, disputed=disputed, reported=reported
    )


def _plan(draw: st.DrawFn, number: str, *, disputed: bool) -> Item:
    """A plan of which some instalments may be settled: the reader gives those that are open."""
    first = draw(DAYS)
    parts = []
    for n, amount in enumerate(draw(st.lists(CENTS, min_size=1, max_size=4)), start=1):
        days = first - 30 * (n - 1)
        due = AS_OF - timedelta(days=days)
        parts.append(Instalment(n, due, money(amount), money(amount), days, bucket_of(days)))
    settled = draw(st.integers(0, len(parts) - 1))
    paid = sum((part.amount for part in parts[:settled]), ZERO)
    return make_item(
        number,
        sum((part.amount for part in parts), ZERO),
        days=parts[settled].days_overdue,
        allocations=[make_allocation(paid)] if paid else (),
        instalments=tuple(parts[settled:]),
        disputed=disputed,
    )


@st.composite
def accounts(draw: st.DrawFn) -> Statement:
    """A statement in one currency or two, whose figures tie."""
    sections: list[Section] = []
    for currency in draw(st.sampled_from((("COP",), ("USD",), ("COP", "USD")))):
        found = [draw(items(f"{currency}-{n}")) for n in range(draw(st.integers(0, 6)))]
        if draw(st.booleans()):  # more than a message lists
            found += (make_item(f"{currency}-X{n}", draw(CENTS), days=n) for n in range(34))
        figures = _Figures()
        for item in found:
            figures.add(item)
        total = sum(figures.aging.values(), figures.unapplied)
        sections.append(
            make_section(
                found,
                currency=currency,
                aging=figures.aging,
                overdue=figures.overdue,
                unapplied=figures.unapplied,
                total=total,
                closing=total,
            )
        )
    return make_statement(*sections, language=draw(st.sampled_from(("es", "en"))))
