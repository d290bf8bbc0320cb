"""From what a client chose to the ledger and back: one payment, whatever is said how often."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from cartera.gateways.base import Forged, Unreachable
from cartera.mail.refusal import Refusal
from cartera.online import events, resolving
from cartera.online.asking import ask
from cartera.online.terms import Line, PaymentDraft
from cartera.store import gateway_events, online_payments, own_payments
from cartera.store.online_payments import FiguresMoved, OnItsWay, Taken
from tests.online import paper
from tests.online.tills import COMPANY, NOW, TODAY, Till, till
from tests.people import ANA

D = Decimal


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Till]:
    with till(tmp_path) as made:
        yield made


def take(shop: Till, key: str, reference: str, **said: str) -> None:
    body, headers = paper.event(key, reference, **said)
    events.take(shop.store, COMPANY, paper.NAME, body, headers, now=shop.now)


def begin(shop: Till, document_id: str, publication: int | None = None) -> None:
    """Begin a payment that was chosen before the page knew of the others."""
    read = shop.reader.publication()
    assert read is not None
    draft = PaymentDraft("k" * 16, paper.NAME, "COP", (Line(document_id, "F", D(5)),), 30)
    online_payments.begin(
        shop.store, shop.link(), draft, publication_id=publication or read.id, language="es",
        now=NOW,
    )  # fmt: skip


@pytest.mark.full
def test_two_documents_paid_are_paid_in_the_ledger(shop: Till) -> None:
    link = shop.link()
    payment = shop.begin(link, "C1F2", "C1F1")
    assert (payment.amount, payment.numbers) == (D("150.50"), ("F1", "F2"))
    assert payment.url.endswith(payment.reference)
    shop.gateway.say(payment.reference, "approved", payment.amount)
    for _ in range(2):  # delivered twice
        take(shop, "e1", payment.reference, stand="approved", amount="150.50", currency="COP")
    assert shop.round() == {"events": 1, "approved": 1}
    assert shop.round() == {}
    # Paid, and still open in the figures.
    with pytest.raises(Refusal, match="under way"):
        shop.begin(link, "C1F1")
    with pytest.raises(OnItsWay):
        begin(shop, "C1F1")
    shop.publish()
    assert shop.balance() == D(200)
    assert shop.open() == {"C1F3": D(200)}
    (own,) = own_payments.listed(shop.store, COMPANY)
    assert (own.reference, own.other_reference) == (payment.reference, payment.gateway_id)
    (event,) = gateway_events.of_reference(shop.store, COMPANY, paper.NAME, payment.reference)
    assert (event.state, event.differs) == ("done", "")


def test_an_amount_goes_to_the_oldest_first(shop: Till) -> None:
    payment = shop.begin(shop.link(), amount="120")
    assert [(line.number, line.amount) for line in payment.lines] == [("F1", 100), ("F2", 20)]
    shop.gateway.say(payment.reference, "approved", "120")
    shop.now += timedelta(minutes=3)  # no event ever comes: it is asked for
    assert shop.round() == {"asked": 1, "approved": 1}
    shop.publish()
    assert shop.open() == {"C1F2": D("30.50"), "C1F3": D(200)}


@pytest.mark.parametrize("amount", ["0", "-5", "19.99", "350.51", "1e20", "10.001"])
def test_an_amount_that_cannot_be_is_refused(shop: Till, amount: str) -> None:
    with pytest.raises(Refusal):
        shop.begin(shop.link(), amount=amount)
    assert online_payments.taken(shop.store, COMPANY, "C1") == {}


def test_another_client_s_document_is_as_if_it_did_not_exist(shop: Till) -> None:
    said = []
    for document in ("C2F1", "nothing"):
        with pytest.raises(Refusal) as refusal:
            shop.begin(shop.link(), document)
        said.append(str(refusal.value))
    assert said[0] == said[1]


def test_a_document_is_paid_once_at_a_time(shop: Till) -> None:
    link = shop.link()
    first = shop.begin(link, "C1F1", key="a-key-of-the-form")
    assert shop.begin(link, "C1F1", key="a-key-of-the-form") == first
    for other in (link, shop.link()):
        with pytest.raises(Refusal, match="under way"):
            shop.begin(other, "C1F1", "C1F2")
    assert [item.document_id for s in shop.reader.statement(COMPANY, "C1", as_of=TODAY).sections
            for item in s.items if item.paying] == ["C1F1"]  # fmt: skip
    shop.gateway.say(first.reference, "declined", first.amount)
    assert ask(shop.store, first, who="x", now=lambda: NOW).state == "declined"
    again = shop.begin(link, "C1F1", "C1F2")
    assert again.reference != first.reference


def test_what_is_taken_meanwhile_is_said_with_the_payment(shop: Till) -> None:
    first = shop.begin(shop.link(), "C1F1")
    with pytest.raises(Taken) as taken:
        begin(shop, "C1F1")
    assert taken.value.payment == first
    with pytest.raises(FiguresMoved):
        begin(shop, "C1F2", publication=1_000)
    assert len(online_payments.listed(shop.store, COMPANY)) == 1


def test_nobody_pays_and_it_expires(shop: Till) -> None:
    payment = shop.begin(shop.link(), "C1F1")
    seen = []
    while payment.state == "pending":
        shop.now += timedelta(minutes=1)
        shop.round()
        payment = shop.of(payment)
        seen.append(payment.said)
    assert payment.state == "expired"
    assert set(seen) == {""}
    assert payment.expires_at <= shop.now <= payment.expires_at + timedelta(minutes=10)
    # The bank was late: the money is there after all.
    shop.gateway.say(payment.reference, "approved", payment.amount)
    take(shop, "late", payment.reference, stand="approved")
    shop.round()
    assert shop.of(payment).state == "approved"


@pytest.mark.full
def test_what_was_paid_elsewhere_meanwhile_is_money_in_favour(shop: Till) -> None:
    payment = shop.begin(shop.link(), "C1F1", "C1F2")
    shop.lake.load([
        ("payments", {"payment_id": "P1", "client_id": "C1", "date": "2026-11-20",
                      "amount": "80", "currency": "COP"}),
        ("allocations", {"allocation_id": "A1", "kind": "payment", "amount": "80",
                         "source_id": "P1", "document_id": "C1F1"}),
    ])  # fmt: skip
    shop.publish()
    shop.gateway.say(payment.reference, "approved", payment.amount)
    shop.now += timedelta(minutes=3)
    shop.round()
    (own,) = own_payments.listed(shop.store, COMPANY)
    assert own.amount == D("150.50")
    assert dict(own.allocations) == {"C1F1": D(20), "C1F2": D("50.50")}
    shop.publish()
    assert shop.balance() == D("350.50") - 80 - D("150.50")


@pytest.mark.full
def test_what_goes_back_opens_its_documents_again_the_last_ones_first(shop: Till) -> None:
    payment = shop.begin(shop.link(), "C1F1", "C1F2")
    shop.gateway.say(payment.reference, "approved", payment.amount)
    take(shop, "e1", payment.reference)
    shop.round()
    shop.publish()
    steps = [
        ("approved", "60.50", D("260.50"), {"C1F1": D(10), "C1F2": D("50.50"), "C1F3": D(200)}),
        ("reversed", "0", D("350.50"), {"C1F1": D(100), "C1F2": D("50.50"), "C1F3": D(200)}),
        # A chargeback that the company won.
        ("approved", "0", D(200), {"C1F3": D(200)}),
    ]
    for number, (stand, refunded, balance, opens) in enumerate(steps):
        shop.gateway.say(payment.reference, stand, payment.amount, refunded=refunded)
        take(shop, f"back {number}", payment.reference)
        shop.round()
        shop.publish()
        assert (shop.balance(), shop.open()) == (balance, opens)
    assert len(own_payments.listed(shop.store, COMPANY)) == 1


def test_an_event_decides_nothing(shop: Till) -> None:
    payment = shop.begin(shop.link(), "C1F1")
    take(shop, "e1", payment.reference, stand="approved", amount="1", currency="USD")
    body, headers = paper.event("e2", payment.reference, stand="approved")
    with pytest.raises(Forged):
        events.take(shop.store, COMPANY, paper.NAME, body + b" ", headers, now=shop.now)
    take(shop, "e3", "CTNOBODYS")
    assert shop.round() == {"events": 2}
    assert shop.of(payment).state == "pending"
    assert own_payments.every(shop.store) == []
    strange = {e.reference: (e.state, e.differs)
               for e in gateway_events.strange(shop.store, COMPANY)}  # fmt: skip
    assert strange == {
        payment.reference: ("done", "amount currency state"), "CTNOBODYS": ("foreign", ""),
    }  # fmt: skip


def test_what_somebody_noted_is_not_believed(shop: Till) -> None:
    """As if the client app had been taken over: it may note answers, and makes no money by it."""
    payment = shop.begin(shop.link(), "C1F1")
    noted = {"said": "approved", "said_amount": payment.amount, "said_currency": "COP",
             "is_settled": False}  # fmt: skip
    assert online_payments.change(shop.store, payment, noted, who="x", now=NOW)
    shop.gateway.say(payment.reference, "pending", payment.amount)
    shop.gateway.is_down(True)
    assert shop.round() == {"unanswered": 1}
    shop.gateway.is_down(False)
    shop.round()
    assert (shop.of(payment).said, shop.of(payment).state) == ("pending", "pending")
    assert own_payments.every(shop.store) == []


@pytest.mark.full
def test_another_amount_is_for_a_person(shop: Till) -> None:
    payment = shop.begin(shop.link(), "C1F1")
    shop.gateway.say(payment.reference, "approved", "70")
    take(shop, "e1", payment.reference)
    assert shop.round() == {"events": 1, "mismatch": 1}
    assert own_payments.every(shop.store) == []
    with pytest.raises(Refusal, match="under way"):
        shop.begin(shop.link(), "C1F1")
    resolving.accept(shop.store, COMPANY, payment.public_id, by=ANA, now=NOW)
    assert shop.round() == {"asked": 1, "approved": 1}
    shop.publish()
    assert shop.balance() == D("280.50")
    assert shop.open()["C1F1"] == D(30)


def test_a_gateway_that_does_not_answer_is_asked_later(shop: Till) -> None:
    payment = shop.begin(shop.link(), "C1F1")
    shop.gateway.say(payment.reference, "approved", payment.amount)
    take(shop, "e1", payment.reference)
    shop.gateway.is_down(True)
    shop.now += timedelta(minutes=3)
    assert shop.round() == {"unanswered": 2}
    assert shop.round() == {}
    with pytest.raises(Unreachable):
        shop.begin(shop.link(), "C1F2")
    # Nobody saw where that could be paid: it is over, and its document is free.
    assert list(online_payments.taken(shop.store, COMPANY, "C1")) == ["C1F1"]
    shop.gateway.is_down(False)
    shop.now += timedelta(minutes=3)
    shop.round()
    assert shop.of(payment).state == "approved"


@pytest.mark.parametrize("reference", ["ours", "theirs", "none"])
@pytest.mark.full
def test_the_accounting_system_s_payment_replaces_it(shop: Till, reference: str) -> None:
    payment = shop.begin(shop.link(), "C1F1")
    shop.gateway.say(payment.reference, "approved", payment.amount)
    take(shop, "e1", payment.reference)
    shop.round()
    names = {"ours": payment.reference, "theirs": f"Pago {payment.gateway_id}", "none": ""}
    shop.lake.load([
        ("payments", {"payment_id": "P1", "client_id": "C1", "date": "2026-11-27",
                      "amount": "100", "currency": "COP", "reference": names[reference]}),
        ("allocations", {"allocation_id": "A1", "kind": "payment", "amount": "100",
                         "source_id": "P1", "document_id": "C1F1"}),
    ])  # fmt: skip
    shop.publish()
    assert shop.balance() == D("250.50")
    (own,) = own_payments.listed(shop.store, COMPANY)
    assert (own.match, own.matched_id) == ("replaced", "P1")


def test_a_client_ends_a_payment_that_nobody_made(shop: Till) -> None:
    payment = shop.begin(shop.link(), "C1F1")
    assert resolving.close(shop.store, payment, now=NOW)
    assert online_payments.taken(shop.store, COMPANY, "C1") == {}
    other = shop.begin(shop.link(), "C1F1")
    shop.gateway.say(other.reference, "pending", other.amount)
    assert not resolving.close(shop.store, other, now=NOW)
    assert shop.of(other).state == "pending"
