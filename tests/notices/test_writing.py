"""What a client's form becomes, and why it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from cartera.notices import writing
from cartera.notices.rights import Rights
from cartera.notices.terms import OLDEST_DAYS
from cartera.notices.writing import Form, NotAllowed, Wrong
from cartera.statement import Statement
from tests.streamlit_app.fakes import FakeReader, item

TODAY = date(2026, 11, 24)
KEY = "k" * 32
PAID = {"amount": "1.200.000,50", "day": "2026-11-20", "method": "cash", "reference": " A  1 "}


def statement(*, dollars: bool = False) -> Statement:
    found: Statement = FakeReader().statement("main", "C1", as_of=TODAY)
    if dollars:
        (pesos,) = found.sections
        usd = replace(pesos, currency="USD", items=(item("US-1", 5, "100"),))
        found = replace(found, sections=(pesos, usd))
    return found


def draft(kind="payment", documents=("id-FE-1001",), *, dollars=False, rights=None, **texts):
    form = Form(KEY, texts, tuple(documents))
    return writing.draft(
        kind, form, statement=statement(dollars=dollars), rights=rights or Rights(), today=TODAY
    )


def wrong(*args, **texts) -> dict[str, str]:
    with pytest.raises(Wrong) as caught:
        draft(*args, **texts)
    return {name: refusal.sentence for name, refusal in caught.value.fields.items()}


def test_a_payment_is_what_was_typed_of_what_is_owed():
    made = draft(**PAID)
    assert (made.amount, made.currency) == (Decimal("1200000.50"), "COP")
    assert (made.day, made.reference) == (date(2026, 11, 20), "A 1")
    assert [(d.number, d.open) for d in made.documents] == [("FE-1001", Decimal("4250000.50"))]


def test_all_that_is_wrong_is_said_at_once():
    assert sorted(wrong(amount="", day="x", method="gold", text="a" * 2001)) == [
        "amount", "day", "method", "text",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "is_taken"),
    [("1", True), ("0", False), ("-5", False), ("0,001", False), ("1e9", False), ("1/3", False),
     ("99999999999999999999", False), ("NaN", False), ("Infinity", False)],
)  # fmt: skip
def test_an_amount_is_digits_of_its_currency(amount, is_taken):
    if is_taken:
        assert draft(**PAID | {"amount": amount}).amount == Decimal(amount)
    else:
        assert list(wrong(**PAID | {"amount": amount})) == ["amount"]


@pytest.mark.parametrize(
    ("back", "is_taken"), [(0, True), (OLDEST_DAYS, True), (OLDEST_DAYS + 1, False), (-1, False)]
)
def test_a_payment_is_of_the_past_and_not_of_long_ago(back, is_taken):
    texts = PAID | {"day": (TODAY - timedelta(days=back)).isoformat()}
    if is_taken:
        assert draft(**texts).day == TODAY - timedelta(days=back)
    else:
        assert list(wrong(**texts)) == ["day"]


def test_one_payment_has_one_currency():
    both = ("id-FE-1001", "id-US-1")
    assert list(wrong("payment", both, dollars=True, **PAID)) == ["currency"]
    assert draft("payment", ("id-US-1",), dollars=True, **PAID).currency == "USD"
    assert list(wrong("payment", (), dollars=True, **PAID)) == ["currency"]
    for asked, expected in (("USD", "USD"), ("COP", "COP")):
        made = draft("payment", (), dollars=True, **PAID | {"currency": asked})
        assert (made.currency, made.documents) == (expected, ())
    assert list(wrong("payment", (), dollars=True, **PAID | {"currency": "EUR"})) == ["currency"]
    # What was chosen counts, not a currency that was typed beside it.
    made = draft("payment", ("id-US-1",), dollars=True, **PAID | {"currency": "COP"})
    assert made.currency == "USD"


def test_a_document_counts_once_and_only_while_it_is_open():
    assert len(draft("payment", ("id-FE-1001",) * 3, **PAID).documents) == 1
    assert wrong("payment", ("id-FE-1001", "id-other"), **PAID) == {"documents": writing.UNKNOWN}


@pytest.mark.parametrize("days", [1, 10, 180])
def test_a_promise_lies_within_what_the_company_allows(days):
    rights = Rights(promise_days=days)
    last = TODAY + timedelta(days=days)
    assert draft("promise", rights=rights, day=last.isoformat()).day == last
    late = (last + timedelta(days=1)).isoformat()
    assert list(wrong("promise", rights=rights, day=late)) == ["day"]
    assert list(wrong("promise", (), day=last.isoformat(), rights=rights)) == ["documents"]


def test_a_dispute_names_one_document_and_a_reason():
    assert draft("dispute", reason="amount").reason == "amount"
    two = ("id-FE-1001", "id-FE-1042")
    assert sorted(wrong("dispute", two, reason="gold")) == ["documents", "reason"]
    assert list(wrong("dispute", reason="other")) == ["text"]


@pytest.mark.parametrize(
    ("kind", "right"),
    [("payment", "report"), ("promise", "promise"), ("dispute", "dispute"), ("comment", "comment")],
)
def test_what_is_not_allowed_is_not_written(kind, right):
    with pytest.raises(NotAllowed):
        draft(kind, rights=Rights(**{right: False}), text="x", reason="amount", **PAID)
