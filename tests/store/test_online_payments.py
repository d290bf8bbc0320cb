"""A document is paid once at a time, whoever begins and however many do at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
import sqlalchemy as sa

from cartera.gateways.base import Signal
from cartera.mail.refusal import Refusal
from cartera.online.terms import Line, OnlinePayment, PaymentDraft
from cartera.people import pipeline
from cartera.store import (
    audit,
    gateway_events,
    links,
    online_changes,
    online_holds,
    online_payments,
    own_payments,
    publications,
)
from cartera.store.db import Store
from cartera.store.links import Link
from cartera.store.online_payments import MOST_A_DAY, FiguresMoved, OnItsWay, Taken

pytestmark = pytest.mark.dialects

NOW = datetime(2026, 11, 26, 15, tzinfo=UTC)
D = Decimal


@pytest.fixture
def link(store: Store) -> Link:
    publications.publish(store, snapshot_id=1, batch_seq=1)
    return make_link(store, "C1")


def make_link(store: Store, client_id: str) -> Link:
    return links.create(
        store, company_id="main", client_id=client_id, days=9, contact="ana@x.co",
        by=pipeline("main"), now=NOW,
    ).link  # fmt: skip


def draft(key: str, *documents: str, amount: str = "10") -> PaymentDraft:
    lines = tuple(Line(name, name, D(amount)) for name in documents)
    return PaymentDraft(f"{key}-key-of-the-form", "paper", "COP", lines, 30)


def begin(
    store: Store, link: Link, key: str, *documents: str, now: datetime = NOW, publication: int = 1
) -> OnlinePayment:
    return online_payments.begin(
        store, link, draft(key, *documents), publication_id=publication, language="es", now=now
    )


def test_it_is_as_it_was_begun(store: Store, link: Link) -> None:
    made = begin(store, link, "a", "F1", "F2")
    assert (made.state, made.amount, made.currency) == ("pending", D(20), "COP")
    assert made.lines == (Line("F1", "F1", D(10)), Line("F2", "F2", D(10)))
    assert made.expires_at == NOW + timedelta(minutes=30)
    assert online_payments.get(store, "main", made.public_id) == made
    assert online_payments.of_link(store, link, made.public_id) == made
    assert online_payments.of_link(store, make_link(store, "C2"), made.public_id) is None
    assert online_payments.by_reference(store, "main", "paper", made.reference) == made
    assert online_payments.by_reference(store, "other", "paper", made.reference) is None
    assert online_payments.taken(store, "main", "C1") == dict.fromkeys(["F1", "F2"], made.public_id)
    assert [e.action for e in audit.entries(store, "main", subject=made.public_id)] == [
        "online.begun"
    ]
    held = online_holds.holds(store, "main", NOW.date(), timezone="UTC", client_ids=["C1"])
    assert [hold.document_id for hold in held["C1"]] == ["F1", "F2"]


@pytest.mark.parametrize("is_same_form", [True, False])
def test_of_ten_at_once_one_begins(store: Store, link: Link, is_same_form: bool) -> None:
    barrier = Barrier(10)

    def one(number: int) -> str:
        barrier.wait()
        # Each names them in another order: two of them must not wait for each other.
        documents = ("F1", "F2", "F3")[:: 1 if number % 2 else -1]
        try:
            return begin(store, link, "x" if is_same_form else str(number), *documents).public_id
        except Taken as taken:
            return taken.payment.public_id

    with ThreadPoolExecutor(10) as pool:
        found = set(pool.map(one, range(10)))
    (only,) = online_payments.listed(store, "main")
    assert found == {only.public_id}
    assert set(online_payments.taken(store, "main", "C1")) == {"F1", "F2", "F3"}


def test_what_cannot_be_begun_leaves_nothing(store: Store, link: Link) -> None:
    first = begin(store, link, "a", "F1")
    with pytest.raises(Taken) as taken:
        begin(store, link, "b", "F2", "F1")
    assert taken.value.payment == first
    with pytest.raises(FiguresMoved):
        begin(store, link, "c", "F3", publication=2)
    assert online_payments.listed(store, "main") == [first]
    assert set(online_payments.taken(store, "main", "C1")) == {"F1"}
    # Another client's document of that name is another document.
    assert begin(store, make_link(store, "C2"), "d", "F1").client_id == "C2"


def test_a_document_that_was_paid_and_is_open_in_the_figures_waits(
    store: Store, link: Link
) -> None:
    with store.write() as connection:
        made = own_payments.add_in(
            connection, store, company_id="main", client_id="C1", source="online", source_id="x",
            currency="COP", amount=D(5), day=NOW.date(), allocations=[("F1", D(5))], who="x",
            now=NOW,
        )  # fmt: skip
    with pytest.raises(OnItsWay):
        begin(store, link, "a", "F1")
    own_payments.mark_carried(store, [made])
    assert begin(store, link, "a", "F1").state == "pending"


def test_a_day_has_so_many(store: Store, link: Link) -> None:
    for number in range(MOST_A_DAY):
        begin(store, link, str(number), f"F{number}")
    with pytest.raises(Refusal, match="today"):
        begin(store, link, "more", "F99")
    assert begin(store, link, "more", "F99", now=NOW + timedelta(days=2)).state == "pending"


def test_the_newer_answer_stays(store: Store, link: Link) -> None:
    read = begin(store, link, "a", "F1")
    newer = online_payments.change(store, read, {"said": "approved"}, who="x", now=NOW)
    assert newer is not None
    assert online_payments.change(store, read, {"said": "pending"}, who="x", now=NOW) is None
    # The same answer again is no change, and nobody has to ask again because of it.
    again = online_payments.change(store, newer, {"said": "approved"}, who="x", now=NOW)
    assert again == newer
    done = online_payments.change(store, newer, {"state": "declined"}, who="x", now=NOW)
    assert done is not None
    assert online_payments.taken(store, "main", "C1") == {}
    changes = online_changes.changed_of(store, [("main", "C1"), ("main", "C2")])
    assert set(changes) == {("main", "C1")}


def test_what_waits_is_found(store: Store, link: Link) -> None:
    made = begin(store, link, "a", "F1")
    assert not online_payments.are_waiting(store, NOW)
    later = NOW + timedelta(minutes=2)
    assert online_payments.asked_for(store, later) == [made]
    online_payments.put_off(store, made, now=later, is_outage=True)
    assert not online_payments.are_waiting(store, later)
    found = online_payments.get(store, "main", made.public_id)
    online_payments.change(store, found, {"is_settled": False}, who="x", now=NOW)
    assert online_payments.are_waiting(store, NOW)


def test_an_event_is_kept_once_and_as_it_came(store: Store) -> None:
    signal = Signal("k1", "paid", "R1", "G1", "approved", D("10.50"), "COP")
    body = b'{"odd": "\xff"}'
    assert gateway_events.keep(store, "main", "paper", signal, body, now=NOW)
    assert not gateway_events.keep(store, "main", "paper", signal, b"other", now=NOW)
    assert gateway_events.keep(store, "other", "paper", signal, body, now=NOW)
    first, _ = gateway_events.waiting(store, NOW)
    assert (first.stand, first.amount, first.currency) == ("approved", D("10.50"), "COP")
    assert gateway_events.body(store, "main", first.id, by=pipeline("main")) == body
    assert gateway_events.body(store, "other", first.id, by=pipeline("other")) is None
    gateway_events.put_off(store, first, now=NOW)
    assert [event.company_id for event in gateway_events.waiting(store, NOW)] == ["other"]
    later = NOW + timedelta(minutes=1)
    assert first.id in [event.id for event in gateway_events.waiting(store, later)]
    gateway_events.handled(store, first, "done", differs="amount", now=NOW)
    assert [event.state for event in gateway_events.strange(store, "main")] == ["done"]


def test_money_that_goes_back_frees_the_last_documents_first(store: Store) -> None:
    def resized(amount: str) -> own_payments.OwnPayment:
        with store.write() as connection:
            held = own_payments.get_in(connection, "main", made.public_id)
            return own_payments.resize_in(connection, held, D(amount), who="x", now=NOW)

    with store.write() as connection:
        made = own_payments.add_in(
            connection, store, company_id="main", client_id="C1", source="online", source_id="x",
            currency="COP", amount=D(100), day=NOW.date(),
            allocations=[("F1", D(60)), ("F2", D(30))], who="x", now=NOW,
        )  # fmt: skip
    assert resized("100") == made
    steps = [("70", {"F1": 60, "F2": 10}), ("60", {"F1": 60}), ("20", {"F1": 20}),
             ("100", {"F1": 60, "F2": 30})]  # fmt: skip
    for amount, parts in steps:
        found = resized(amount)
        assert (found.amount, dict(found.allocations)) == (D(amount), parts)
        assert dict(found.given) == {"F1": 60, "F2": 30}
    gone = resized("0")
    assert (gone.status, resized("0")) == ("void", gone)
    assert resized("100").status == "received"


def test_a_row_of_earlier_days_has_no_given_parts(store: Store) -> None:
    from cartera.store.notice_schema import own_payments as table

    with store.write() as connection:
        made = own_payments.add_in(
            connection, store, company_id="main", client_id="C1", source="report", source_id="x",
            currency="COP", amount=D(9), day=NOW.date(), allocations=[("F1", D(9))], who="x",
            now=NOW,
        )  # fmt: skip
        old = [{"document_id": "F1", "amount": "9"}]
        connection.execute(sa.update(table).values(allocations=old))
    assert own_payments.get(store, "main", made.public_id) == made
