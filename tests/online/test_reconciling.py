"""What differs between gateway, store and ledger, named where the figures are not the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from cartera.online import resolving
from cartera.online.reconciling import NOTES, Compared, compare, differences
from cartera.online.terms import Line, OnlinePayment
from cartera.store import online_listing, online_payments, own_payments
from cartera.store.own_payments import OwnPayment
from cartera.warehouse.ledger_payments import InLedger, sums
from tests.bounds import examples
from tests.online.tills import COMPANY, NOW, TODAY, Till, till
from tests.people import ANA

D = Decimal
AMOUNTS = some.sampled_from([D(40), D(100), D("100.0000"), D(120)])


def a_payment(**changes: object) -> OnlinePayment:
    """One of 100 that was paid, and that the ledger is to have."""
    return OnlinePayment(
        **{
            "id": 1,
            "public_id": "p",
            "company_id": COMPANY,
            "client_id": "C1",
            "link_id": "l",
            "contact": "a@x.co",
            "language": "es",
            "gateway": "paper",
            "reference": "CT2",
            "currency": "COP",
            "amount": D(100),
            "lines": (Line("F1", "F1", D(100)),),
            "state": "approved",
            "url": "",
            "gateway_id": "",
            "said": "approved",
            "said_amount": D(100),
            "said_currency": "COP",
            "refunded": D(0),
            "method": "",
            "reason": "",
            "said_at": NOW,
            "is_settled": True,
            "ask_at": None,
            "asks": 1,
            "created_at": NOW,
            "expires_at": NOW,
            "ended_at": NOW,
            "decided_by": None,
            "revision": 1,
            **changes,
        }
    )


def an_own(**changes: object) -> OwnPayment:
    """What the ledger gets of it."""
    return OwnPayment(
        **{
            "id": 1,
            "public_id": "o",
            "company_id": COMPANY,
            "client_id": "C1",
            "source": "online",
            "source_id": "p",
            "currency": "COP",
            "amount": D(100),
            "day": TODAY,
            "method": "",
            "reference": "",
            "allocations": (),
            "status": "received",
            "match": "ours",
            "matched_id": "",
            "not_these": (),
            "revision": 1,
            "carried": 1,
            "created_at": NOW,
            "created_by": "x",
            "changed_at": NOW,
            **changes,
        }
    )


def booked(amount: Decimal, *, counts: bool = True) -> InLedger:
    return InLedger("cartera-o", "o", "COP", amount, counts, not counts, TODAY)


@settings(max_examples=examples(400), deadline=None)
@given(
    refunded=some.sampled_from([D(0), D(60), D(100)]),
    went_back=some.booleans(),
    ours=some.none() | some.builds(booked, AMOUNTS, counts=some.booleans()),
    theirs=some.none() | some.builds(booked, AMOUNTS, counts=some.booleans()),
    match=some.sampled_from(["ours", "replaced"]),
)
def test_nothing_is_said_exactly_where_the_ledger_has_what_the_gateway_leaves(
    refunded: Decimal,
    went_back: bool,
    ours: InLedger | None,
    theirs: InLedger | None,
    match: str,
) -> None:
    """Money of settled payments: what counts in the ledger against paid less refunded."""
    payment = a_payment(refunded=refunded, said="reversed" if went_back else "approved")
    own = an_own(match=match, matched_id="T1" if match == "replaced" else "")
    said = differences(payment, own, ours, theirs, now=NOW)
    left = D(0) if went_back else D(100) - refunded
    counting = [one for one in ((ours, theirs) if match == "replaced" else (ours,))
                if one is not None and one.counts]  # fmt: skip
    agrees = len(counting) == (1 if left else 0) and all(one.amount == left for one in counting)
    assert (said == ()) == agrees, said
    if not agrees:
        (only,) = said
        assert only == (
            "twice" if len(counting) > 1
            else "gone" if counting and not left
            else "amount" if counting
            else "replaced_void" if match == "replaced"
            else "missing"
        )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "minutes", "expected"),
    [
        ({"is_settled": False}, 1, ("on_its_way",)),
        ({"is_settled": False}, 11, ("late",)),
        ({"state": "mismatch", "said_amount": D(120)}, 0, ("mismatch",)),
        ({"said_amount": D(120)}, 0, ("other_amount",)),
        ({"said_amount": D(120), "ask_at": NOW}, 60 * 24 * 4, ("other_amount", "silent")),
        ({"state": "approved", "ask_at": NOW}, 60 * 24 * 2, ()),
    ],
)
def test_what_keeps_them_from_being_compared_has_a_name(
    changes: dict[str, object], minutes: int, expected: tuple[str, ...]
) -> None:
    found = differences(
        a_payment(**changes), an_own(), booked(D(100)), None, now=NOW + timedelta(minutes=minutes)
    )
    assert sorted(found) == sorted(expected)


def test_a_pending_payment_whose_gateway_is_silent_is_said() -> None:
    waits = a_payment(state="pending", said="", said_amount=None, said_at=None, ask_at=NOW)
    assert differences(waits, None, None, None, now=NOW + timedelta(hours=2)) == ()
    assert differences(waits, None, None, None, now=NOW + timedelta(hours=4)) == ("silent",)


def test_a_doubt_is_said_and_a_contradicted_event_is_a_note() -> None:
    doubt = an_own(match="doubt", matched_id="T1")
    said = differences(a_payment(), doubt, booked(D(100), counts=False), None, is_odd=True, now=NOW)
    assert said == ("doubt", "event")
    only = Compared(a_payment(), an_own(), None, None, ("event",))
    assert not only.differs
    assert replace(only, notes=said).differs
    assert "doubt" not in NOTES


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Till]:
    with till(tmp_path) as made:
        yield made


@pytest.mark.full
def test_a_payment_s_way_through_the_ledger(shop: Till) -> None:
    """Real ones: on its way, in it, replaced by the accounting system's, which is then voided."""

    def seen() -> tuple[str, ...]:
        found = online_payments.listed(shop.store, COMPANY)
        (one,) = compare(shop.store, shop.reader, COMPANY, found, now=shop.now)
        return one.notes

    payment = shop.begin(shop.link(), "C1F1")
    assert seen() == ()
    shop.gateway.say(payment.reference, "approved", "120")
    shop.now += timedelta(minutes=10)
    shop.round()
    assert seen() == ("mismatch",)
    resolving.accept(shop.store, COMPANY, payment.public_id, by=ANA, now=shop.now)
    shop.round()
    assert seen() == ("on_its_way",)
    shop.publish()
    assert seen() == ()
    theirs = {"payment_id": "P1", "client_id": "C1", "date": "2026-11-26", "amount": "120",
              "currency": "COP", "reference": payment.reference}  # fmt: skip
    shop.lake.load([("payments", theirs)])
    shop.publish()
    assert own_payments.listed(shop.store, COMPANY)[0].match == "replaced"
    assert seen() == ()
    shop.gateway.say(payment.reference, "reversed", "120", refunded="120")
    shop.now += timedelta(days=1, minutes=1)
    shop.round()
    shop.publish()
    assert seen() == ("gone",)  # until the accounting system takes it back, too
    shop.lake.load([("payments", theirs | {"status": "void"})])
    shop.publish()
    assert seen() == ()


def test_sums_are_exact_and_take_what_was_accepted(shop: Till) -> None:
    for document, other in (("C1F1", "0.07"), ("C1F2", None), ("C1F3", None)):
        payment = shop.begin(shop.link(), document)
        amount = D(other) + payment.amount if other else payment.amount
        shop.gateway.say(payment.reference, "approved", amount, refunded="0.01")
        shop.now += timedelta(minutes=3)
        shop.round()
        if other:
            resolving.accept(shop.store, COMPANY, payment.public_id, by=ANA, now=shop.now)
    shop.round()
    rows = online_listing.moved(shop.store, COMPANY, online_listing.Asked())
    with shop.reader.cursor() as cursor:
        (found,) = sums(cursor, rows)
        assert sums(cursor, []) == []
    assert (found.currency, found.state, found.payments) == ("COP", "approved", 3)
    assert (found.amount, found.refunded) == (D("350.57"), D("0.03"))
