"""Money in favour goes off what is paid on the page, and to the documents, and gives way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from cartera.mail.refusal import Refusal
from cartera.online.terms import OnlinePayment
from cartera.store import online_payments, own_payments
from cartera.store.online_payments import OnItsWay, Taken
from tests.ledger.lakes import Lake
from tests.online import paper
from tests.online.tills import COMPANY, TOTALS, Till, documents
from tests.people import ANA
from tests.shared import made_once

D = Decimal


def credit(number: str, total: str, **values: str) -> tuple[str, dict[str, str]]:
    return "documents", {
        "document_id": number, "client_id": "C1", "type": "credit_note", "number": number,
        "issue_date": "2026-11-05", "currency": "COP", "total": total, **values,
    }  # fmt: skip


def payment(number: str, amount: str, **values: str) -> tuple[str, dict[str, str]]:
    return "payments", {
        "payment_id": number, "client_id": "C1", "date": "2026-11-10", "currency": "COP",
        "amount": amount, "reference": f"R {number}", **values,
    }  # fmt: skip


def allocation(number: str, source: str, target: str, amount: str, **values: str):
    return "allocations", {
        "allocation_id": number, "kind": "credit" if source.startswith("N") else "payment",
        "source_id": source, "document_id": target, "amount": amount, **values,
    }  # fmt: skip


def _with_favour(folder: Path) -> None:
    lake = Lake(folder)
    lake.load([*documents("C1", TOTALS), credit("N1", "30"), payment("P1", "90")])
    lake.refresh()
    lake.store.close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Till]:
    """F1 of 100, F2 of 50.50, F3 of 200; in favour 30 of a credit note, then 90 of a payment."""
    with pytest.MonkeyPatch.context() as patch:
        model = made_once("till-with-favour", _with_favour)
        made = Till(tmp_path / "home", paper.install(patch, tmp_path / "paper"), model)
        yield made
        with made.lake.open() as connection:
            assert connection.execute("FROM lake.marts.integrity").fetchall() == []
        made.store.close()


def pays(shop: Till, made: OnlinePayment, stand: str = "approved", refunded: str = "0") -> None:
    """The gateway says so, the pipeline settles, the figures follow."""
    shop.gateway.say(made.reference, stand, made.amount, refunded=refunded)
    shop.now += timedelta(days=1, minutes=1) if made.said else timedelta(minutes=3)
    shop.round()
    shop.publish()


def in_favour(shop: Till) -> dict[str, Decimal]:
    (section,) = shop.reader.statement(COMPANY, "C1", as_of=shop.now.date()).sections
    return {
        item.document_id: item.open
        for item in section.items
        if item.open < 0 or item.type in ("payment", "credit_note")
    }


def ours(shop: Till) -> list[tuple[str, str, Decimal]]:
    """Allocations of the money in favour that count."""
    with shop.lake.open() as connection:
        return connection.execute(
            "SELECT source_id, target_id, amount FROM lake.marts.allocations "
            "WHERE allocation_id LIKE 'cartera-%-n%' AND state = 'posted' ORDER BY allocation_id"
        ).fetchall()


def lines(made: OnlinePayment) -> list[tuple[str, Decimal, dict[str, Decimal]]]:
    return [
        (line.number, line.amount, {part.source_id: part.amount for part in line.netted})
        for line in made.lines
    ]


@pytest.mark.full
def test_all_is_what_is_owed_and_the_money_in_favour_goes_to_the_oldest(shop: Till) -> None:
    assert shop.balance() == D("230.50")
    made = shop.begin(shop.link())
    assert made.amount == D("230.50")
    assert lines(made) == [
        ("F1", D(0), {"N1": D(30), "P1": D(70)}), ("F2", D("30.50"), {"P1": D(20)}),
        ("F3", D(200), {}),
    ]  # fmt: skip
    pays(shop, made)
    assert (shop.balance(), shop.open(), in_favour(shop)) == (D(0), {}, {})
    assert ours(shop) == [
        ("N1", "C1F1", D(30)), ("P1", "C1F1", D(70)), ("P1", "C1F2", D(20)),
    ]  # fmt: skip
    # Again it changes nothing.
    shop.publish()
    assert len(ours(shop)) == 3


@pytest.mark.proof
def test_what_went_back_is_in_favour_again_and_comes_back_with_it(shop: Till) -> None:
    made = shop.begin(shop.link())
    pays(shop, made)
    # A part of it: the documents that were paid last are open again, what is in favour stays used.
    pays(shop, shop.of(made), refunded="50")
    assert (shop.balance(), shop.open()) == (D(50), {"C1F3": D(50)})
    assert len(ours(shop)) == 3
    pays(shop, shop.of(made), "reversed", refunded="230.50")
    assert (shop.balance(), ours(shop)) == (D("230.50"), [])
    assert in_favour(shop) == {"N1": D(-30), "P1": D(-90)}
    # The accounting system uses some of it, and then the chargeback is won.
    shop.lake.load([allocation("A1", "P1", "C1F3", "80")])
    pays(shop, shop.of(made))
    assert shop.balance() == D(0)
    assert ours(shop) == [("N1", "C1F1", D(30)), ("P1", "C1F1", D(10))]
    # What was paid of F3 is not needed there any more.
    assert shop.open() == {"C1F1": D(60), "C1F2": D(20)}
    own_payments.void(
        shop.store, COMPANY, own_payments.every(shop.store)[0].public_id, by=ANA, now=shop.now
    )
    shop.publish()
    assert (shop.balance(), ours(shop)) == (D("230.50"), [])


@pytest.mark.full
def test_the_accounting_system_s_own_applications_take_the_place_of_ours(shop: Till) -> None:
    made = shop.begin(shop.link())
    pays(shop, made)
    # It applies the credit note otherwise: ours of it is gone in the same publication.
    shop.lake.load([allocation("A1", "N1", "C1F1", "30")])
    shop.publish()
    assert ours(shop) == [("P1", "C1F1", D(70)), ("P1", "C1F2", D(20))]
    assert (shop.open(), in_favour(shop)) == ({}, {})
    shop.lake.load([allocation("A2", "P1", "C1F3", "25")])
    shop.publish()
    assert ours(shop) == [("P1", "C1F1", D(65))]
    assert shop.open() == {"C1F1": D(5), "C1F2": D(20)}
    # It took that back: what was there comes back.
    shop.lake.load([allocation("A2", "P1", "C1F3", "25", status="void")])
    shop.publish()
    assert ours(shop) == [("P1", "C1F1", D(70)), ("P1", "C1F2", D(20))]
    # Its payment of ours: only what it applies counts.
    shop.lake.load([
        payment("P2", "230.50", date="2026-11-26", reference=made.reference),
        allocation("A3", "P2", "C1F1", "100"),
    ])  # fmt: skip
    shop.publish()
    assert (shop.balance(), ours(shop)) == (D(0), [])
    assert shop.open() == {"C1F2": D("50.50"), "C1F3": D(200)}
    assert in_favour(shop) == {"C1F1": D(-30), "P1": D(-90), "P2": D("-130.50")}


@pytest.mark.full
def test_no_more_is_applied_than_is_there_when_it_is_settled(shop: Till) -> None:
    made = shop.begin(shop.link())
    shop.lake.load([
        *documents("C1", ["100", "50.50", "200", "60"]), allocation("A1", "P1", "C1F4", "60"),
    ])  # fmt: skip
    shop.publish()
    pays(shop, made)
    assert ours(shop) == [("N1", "C1F1", D(30)), ("P1", "C1F1", D(30))]
    assert (shop.balance(), in_favour(shop)) == (D(60), {})
    assert shop.open() == {"C1F1": D(40), "C1F2": D(20)}


@pytest.mark.proof
def test_rows_that_came_and_are_not_published_yet_count_too(shop: Till) -> None:
    made = shop.begin(shop.link())
    shop.gateway.say(made.reference, "approved", made.amount)
    shop.now += timedelta(minutes=3)
    shop.lake.load([allocation("A1", "P1", "C1F3", "90")])  # loaded before, computed after
    shop.round()
    shop.publish()
    assert ours(shop) == [("N1", "C1F1", D(30))]
    assert shop.balance() == 0
    assert in_favour(shop) == {"C1F3": D(-90)}


@pytest.mark.proof
def test_what_a_document_has_beyond_its_total_is_taken_back_from_it(shop: Till) -> None:
    shop.lake.load([
        *documents("C1", ["100", "50.50", "200", "60"]), allocation("A1", "P1", "C1F4", "40"),
        payment("P3", "70", date="2026-11-12"), allocation("A2", "P3", "C1F4", "70"),
        ("allocations", {"allocation_id": "W1", "kind": "withholding", "amount": "5",
                         "document_id": "C1F2"}),
    ])  # fmt: skip
    shop.publish()
    owed = shop.balance()
    assert in_favour(shop) == {"N1": D(-30), "P1": D(-50), "C1F4": D(-50)}
    made = shop.begin(shop.link())
    assert made.amount == owed == D("215.50")
    pays(shop, made)
    assert (shop.balance(), shop.open(), in_favour(shop)) == (D(0), {}, {})
    applied = [
        ("P3", "C1F1", D(50)), ("N1", "C1F1", D(30)), ("P1", "C1F1", D(20)), ("P1", "C1F2", D(30)),
    ]  # fmt: skip
    assert sorted(ours(shop)) == sorted([("P3", "C1F4", D(-50)), *applied])
    # The accounting system mends its slip: nothing has to be taken back by us any more.
    shop.lake.load([allocation("A2", "P3", "C1F4", "20")])
    shop.publish()
    assert sorted(ours(shop)) == sorted(applied)
    assert (shop.balance(), shop.open(), in_favour(shop)) == (D(0), {}, {})


@pytest.mark.proof
def test_a_payment_of_ours_in_favour_is_used_and_follows_the_accounting_system_s(
    shop: Till,
) -> None:
    first = shop.begin(shop.link(), "C1F1", gross=True)
    assert (first.amount, first.netted) == (D(100), D(0))
    shop.lake.load([payment("P4", "100"), allocation("A4", "P4", "C1F1", "100")])
    shop.publish()
    pays(shop, first)
    own = own_payments.every(shop.store)[0]
    assert in_favour(shop) == {"N1": D(-30), "P1": D(-90), own.payment_id: D(-100)}
    second = shop.begin(shop.link())
    assert second.amount == D("30.50")
    pays(shop, second)
    assert (shop.balance(), shop.open(), in_favour(shop)) == (D(0), {}, {})
    shop.lake.load([payment("P5", "100", date="2026-11-26", reference=first.reference)])
    shop.publish()
    assert (shop.balance(), shop.open(), in_favour(shop)) == (D(0), {}, {})
    assert ("P5", "C1F3", D(100)) in ours(shop)


# What is chosen.


@pytest.mark.full
def test_overdue_is_what_is_due_and_disputed_is_left_out_unless_it_is_named(shop: Till) -> None:
    shop.lake.load([
        ("documents", dict(row, due_date="2026-12-15") if row["document_id"] == "C1F3" else
         dict(row, disputed="true") if row["document_id"] == "C1F1" else row)
        for table, row in documents("C1", TOTALS) if table == "documents"
    ])  # fmt: skip
    shop.lake.load([credit("N1", "30", status="void"), payment("P1", "10")])
    shop.publish()
    overdue = shop.begin(shop.link(), overdue=True)
    assert lines(overdue) == [("F2", D("40.50"), {"P1": D(10)})]
    # That is under way, and the rest goes without the money that it uses.
    rest = shop.begin(shop.link())
    assert lines(rest) == [("F3", D(200), {})]
    named = shop.begin(shop.link(), "C1F1")
    assert lines(named) == [("F1", D(100), {})]


@pytest.mark.full
def test_instalments_that_are_not_due_are_not_overdue(shop: Till) -> None:
    shop.lake.load([
        ("instalments", {"document_id": "C1F3", "instalment": str(n), "due_date": day,
                         "amount": amount})
        for n, day, amount in ((1, "2026-10-20", "50"), (2, "2026-12-24", "150"))
    ])  # fmt: skip
    shop.publish()
    made = shop.begin(shop.link(), overdue=True, gross=True)
    assert lines(made) == [("F3", D(50), {}), ("F1", D(100), {}), ("F2", D("50.50"), {})]


@pytest.mark.full
def test_money_in_favour_that_covers_it_is_no_payment(shop: Till) -> None:
    for wanted in (("C1F1",), ("C1F2",)):
        with pytest.raises(Refusal, match="nothing to pay"):
            shop.begin(shop.link(), *wanted)
    shop.lake.load([payment("P9", "500")])
    shop.publish()
    for choice in ({}, {"overdue": True}):
        with pytest.raises(Refusal, match="nothing to pay"):
            shop.begin(shop.link(), **choice)
    assert online_payments.listed(shop.store, COMPANY) == []
    assert online_payments.taken(shop.store, COMPANY, "C1") == {}
    assert shop.begin(shop.link(), "C1F1", gross=True).amount == 100


def test_an_amount_goes_to_what_fell_due_first_and_leaves_money_in_favour(shop: Till) -> None:
    made = shop.begin(shop.link(), amount="120")
    assert lines(made) == [("F1", D(100), {}), ("F2", D(20), {})]


def test_money_in_favour_is_used_once(shop: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    first = shop.begin(shop.link(), "C1F1", "C1F2")
    assert (first.amount, first.netted) == (D("30.50"), D(120))
    # Another tab that read before.
    with monkeypatch.context() as patch:
        patch.setattr(online_payments, "taken", lambda *_: {})
        with pytest.raises(Taken) as taken:
            shop.begin(shop.link(), "C1F3")
    assert taken.value.payment.public_id == first.public_id
    shop.gateway.say(first.reference, "approved", first.amount)
    shop.now += timedelta(minutes=3)
    shop.round()
    # Used, and still in favour in the figures.
    with pytest.raises(OnItsWay):
        shop.begin(shop.link(), "C1F3")
    assert shop.begin(shop.link(), "C1F3", gross=True).amount == 200


@pytest.mark.proof
def test_where_more_was_refunded_than_came_in_less_is_in_favour(shop: Till) -> None:
    shop.lake.load([payment("R1", "100", direction="out")])
    shop.publish()
    assert shop.balance() == D("330.50")
    assert shop.begin(shop.link()).amount == D("330.50")


@pytest.mark.proof
def test_only_money_of_the_same_currency_is_used(shop: Till) -> None:
    shop.lake.load([
        ("documents", {"document_id": "U1", "client_id": "C1", "type": "invoice", "number": "U1",
                       "issue_date": "2026-10-01", "currency": "USD", "total": "80"}),
        ("payments", {"payment_id": "UP", "client_id": "C1", "date": "2026-11-01",
                      "amount": "30", "currency": "USD"}),
    ])  # fmt: skip
    shop.publish()
    made = shop.begin(shop.link(), currency="USD")
    assert lines(made) == [("U1", D(50), {"UP": D(30)})]
    assert shop.begin(shop.link()).netted == 120


@pytest.mark.proof
def test_least_is_of_what_is_left_to_pay(shop: Till) -> None:
    """The gateway takes 10 and more; what is left after 120 in favour is 5."""
    shop.lake.load([payment("P9", "225.50")])
    shop.publish()
    assert shop.balance() == 5
    with pytest.raises(Refusal, match="the least"):
        shop.begin(shop.link())
