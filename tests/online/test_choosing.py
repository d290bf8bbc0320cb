"""What is paid of each document, and what goes off it: plain arithmetic, over any account."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartera.mail.refusal import Refusal
from cartera.online.choosing import Payable, chosen, sums
from cartera.online.terms import InFavour, PaymentDraft
from cartera.store.pay_settings import PaySettings
from tests.bounds import examples

D = Decimal
cents = st.integers(1, 50_000).map(lambda units: Decimal(units).scaleb(-2))
DAY = date(2026, 11, 1)


@st.composite
def accounts(draw: st.DrawFn) -> list[Payable]:
    found = []
    for number in range(draw(st.integers(1, 6))):
        whole = draw(cents)
        overdue = draw(st.sampled_from((D(0), whole, (whole / 2).quantize(D("0.01")))))
        found.append(
            Payable(
                f"D{number}", f"F{number}", DAY, DAY + timedelta(number), 3 - number, whole,
                overdue, *(draw(st.integers(0, 4)) == 0 for _ in range(3)),
            )
        )  # fmt: skip
    return found


@st.composite
def favours(draw: st.DrawFn) -> list[InFavour]:
    return [
        InFavour("credit" if number % 2 else "payment", f"S{number}", f"S{number}", draw(cents))
        for number in range(draw(st.integers(0, 4)))
    ]


@settings(max_examples=examples(150), deadline=None)
@given(accounts(), favours(), st.sampled_from(("all", "overdue", "some")))
def test_what_is_paid_and_what_goes_off_are_what_is_open(
    documents: list[Payable], favour: list[InFavour], what: str
) -> None:
    overdue = what == "overdue"
    named = [one.document_id for one in documents if not one.is_taken][::2]
    wanted = named if what == "some" else []
    expected = [
        (one.document_id, one.overdue if overdue else one.open)
        for one in documents
        if (one.document_id in wanted if wanted
            else not (one.is_taken or one.disputed or one.reported))
    ]  # fmt: skip
    expected = [(name, amount) for name, amount in expected if amount]
    whole = sum((amount for _, amount in expected), D())
    there = sum((one.amount for one in favour), D())
    if not wanted:
        total = sums(documents, favour, overdue=overdue)
        assert (total.documents, total.gross) == (len(expected), whole)
        assert total.amount == max(whole - there, 0)
    limits = PaySettings(minimum=D(0), parts=False)
    if whole <= there:
        with pytest.raises(Refusal, match="nothing to pay"):
            chosen(documents, "COP", wanted=wanted, amount=None, limits=limits, overdue=overdue,
                   favour=favour)  # fmt: skip
        return
    lines = chosen(documents, "COP", wanted=wanted, amount=None, limits=limits, overdue=overdue,
                   favour=favour)  # fmt: skip
    netted = [sum((part.amount for part in line.netted), D()) for line in lines]
    assert [(line.document_id, line.amount + off) for line, off in zip(lines, netted, strict=True)
            ] == expected  # fmt: skip
    assert sum(netted, D()) == there
    # The oldest first, on both sides: once something is paid, nothing goes off any more.
    paid = [index for index, line in enumerate(lines) if line.amount]
    assert all(not off for off in netted[paid[0] + 1 :])
    used = [part.source_id for line in lines for part in line.netted]
    assert used == sorted(used)
    by_source = {one.source_id: D() for one in favour}
    for line in lines:
        for part in line.netted:
            by_source[part.source_id] += part.amount
    assert by_source == {one.source_id: one.amount for one in favour}
    # A payment can be made of it.
    assert PaymentDraft("k" * 16, "paper", "COP", lines, 30).amount == whole - there


def test_what_was_said_against_is_paid_when_it_is_named() -> None:
    documents = [
        Payable("D1", "F1", DAY, DAY, 3, D(10), D(10), disputed=True),
        Payable("D2", "F2", DAY, DAY, 3, D(20), D(20), reported=True),
    ]
    limits = PaySettings()
    with pytest.raises(Refusal, match="nothing to pay"):
        chosen(documents, "COP", wanted=[], amount=None, limits=limits)
    lines = chosen(documents, "COP", wanted=["D1", "D2"], amount=None, limits=limits)
    assert [line.amount for line in lines] == [10, 20]


def test_an_amount_goes_to_the_oldest_and_nothing_goes_off() -> None:
    documents = [Payable(f"D{n}", f"F{n}", DAY, DAY, 3, D(10), D(10)) for n in (1, 2, 3)]
    favour = [InFavour("payment", "P", "P", D(5))]
    lines = chosen(documents, "COP", wanted=[], amount=D(15), limits=PaySettings(), favour=favour)
    assert [(line.number, line.amount, line.netted) for line in lines] == [
        ("F1", 10, ()), ("F2", 5, ()),
    ]  # fmt: skip
