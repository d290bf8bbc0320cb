"""A reported payment becomes an own one once: whoever accepts it, however often, whatever part."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
import sqlalchemy as sa

from cartera.errors import Forbidden, NotFound, UsageError
from cartera.mail.refusal import Refusal
from cartera.notices.terms import NoticeDraft
from cartera.people import Person
from cartera.store import audit, links, notice_holds, notices, own_payments, schema
from cartera.store.db import Store
from cartera.store.own_payments import AlreadyDecided, Matched, OwnPayment
from tests.people import ANA, EVE, LUIS, READER
from tests.reported import DAY, NOW, accept, report

pytestmark = pytest.mark.dialects


def trail(store: Store, subject: str) -> list[tuple[str, str]]:
    found = audit.entries(store, "main", subject=subject)
    return [(entry.who, entry.action) for entry in reversed(found)]


def received(store: Store, **what: object) -> OwnPayment:
    return accept(store, report(store, **what))  # type: ignore[arg-type]


def doubt(store: Store, payment: OwnPayment, theirs: str = "P9") -> OwnPayment:
    found = [Matched(payment.public_id, payment.revision, "doubt", theirs)]
    assert own_payments.match(store, found, now=NOW)
    return own_payments.get(store, "main", payment.public_id)


def test_an_accepted_report_is_a_payment_with_what_it_pays(store: Store) -> None:
    notice = report(store, "150.50", documents={"F1": "100", "F2": "50.50"}, reference="TR-9")
    made = accept(store, notice, by=LUIS)
    assert (made.client_id, made.source, made.source_id) == ("C1", "report", notice.public_id)
    assert (made.amount, made.currency, made.day) == (Decimal("150.50"), "COP", DAY)
    assert made.allocations == (("F1", Decimal(100)), ("F2", Decimal("50.50")))
    assert (made.method, made.reference, made.created_by) == ("transfer", "TR-9", "luis")
    assert made.counts and not made.is_carried
    assert own_payments.get(store, "main", made.public_id) == made
    assert own_payments.listed(store, "main", client_id="C1") == [made]
    assert own_payments.listed(store, "main", client_id="C2") == []
    found = notices.get(store, "main", notice.public_id)
    assert (found.state, found.decided_by) == ("accepted", "luis")
    assert trail(store, made.public_id) == [("luis", "payment.received")]
    assert trail(store, notice.public_id)[-1] == ("luis", "notice.accepted")


def test_a_part_is_accepted_with_words_to_the_client(store: Store) -> None:
    notice = report(store, "150", documents={"F1": "100", "F2": "50"})
    made = own_payments.accept(
        store, "main", notice.public_id, amount=Decimal(90), day=DAY - timedelta(days=2),
        allocations=[("F1", Decimal(80))], open_documents={"F1": Decimal(100)},
        text="Llegaron 90", by=ANA, now=NOW,
    )  # fmt: skip
    assert (made.amount, made.allocations) == (Decimal(90), (("F1", Decimal(80)),))
    assert made.day == DAY - timedelta(days=2)
    (said,) = notices.get(store, "main", notice.public_id).answers
    assert (said.text, said.who, said.is_client) == ("Llegaron 90", "ana", False)


@pytest.mark.parametrize(
    ("amount", "allocations"),
    [
        ("0", {}),
        ("-1", {}),
        ("NaN", {}),
        ("Infinity", {}),
        ("100.001", {}),
        ("100", {"F1": "0"}),
        ("100", {"F1": "-5"}),
        ("100", {"F1": "60", "F2": "50"}),  # more than there is
        ("300", {"F1": "101"}),  # more than is open of it
        ("100", {"F9": "10"}),  # not open, or another client's
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    store: Store, amount: str, allocations: dict[str, str]
) -> None:
    notice = report(store, documents={"F1": "100", "F2": "100"})
    with pytest.raises(Refusal):
        accept(store, notice, amount=amount, allocations=allocations)
    assert notices.get(store, "main", notice.public_id).state == "open"
    assert own_payments.every(store) == []


def test_a_day_to_come_is_refused(store: Store) -> None:
    notice = report(store)
    with pytest.raises(Refusal):
        own_payments.accept(
            store, "main", notice.public_id, amount=Decimal(1), allocations=[], open_documents={},
            day=NOW.date() + timedelta(days=2), by=ANA, now=NOW,
        )  # fmt: skip


def test_a_document_twice_is_refused(store: Store) -> None:
    notice = report(store)
    with pytest.raises(Refusal):
        own_payments.accept(
            store, "main", notice.public_id, amount=Decimal(100), day=DAY,
            allocations=[("F1", Decimal(10)), ("F1", Decimal(10))],
            open_documents={"F1": Decimal(100)}, by=ANA, now=NOW,
        )  # fmt: skip


def test_only_an_open_payment_of_ones_own_company_is_accepted(store: Store) -> None:
    notice = report(store)
    for by in (READER, EVE):
        with pytest.raises(Forbidden):
            accept(store, notice, by=by)
    with pytest.raises(NotFound):
        own_payments.accept(
            store, "other", notice.public_id, amount=Decimal(1), day=DAY, allocations=[],
            open_documents={}, by=EVE, now=NOW,
        )  # fmt: skip
    link = links.create(store, company_id="main", client_id="C1", days=3, by=ANA, now=NOW).link
    draft = NoticeDraft("comment", key="k" * 16, text="Hola")
    comment = notices.add(store, link, draft, language="es", now=NOW)
    with pytest.raises(UsageError):
        own_payments.accept(
            store, "main", comment.public_id, amount=Decimal(1), day=DAY, allocations=[],
            open_documents={}, by=ANA, now=NOW,
        )  # fmt: skip
    notices.decide(store, "main", notice.public_id, "rejected", text="No llegó", by=ANA, now=NOW)
    with pytest.raises(AlreadyDecided):
        accept(store, notice)
    assert own_payments.every(store) == []


def test_ten_at_once_make_one_payment(store: Store) -> None:
    notice = report(store, documents={"F1": "100"})
    barrier = Barrier(10)

    def one(number: int) -> str:
        by = Person(f"p{number}", "main", "administrator")
        barrier.wait()
        try:
            accept(store, notice, by=by)
        except AlreadyDecided as late:
            return late.notice.state
        return by.login

    with ThreadPoolExecutor(10) as pool:
        said = sorted(pool.map(one, range(10)))
    (made,) = own_payments.every(store)
    assert said == ["accepted"] * 9 + [made.created_by]
    assert notices.get(store, "main", notice.public_id).decided_by == made.created_by
    assert [who for who, _ in trail(store, made.public_id)] == [made.created_by]


def test_of_one_source_the_first_payment_stays(store: Store) -> None:
    for amount in ("10", "20"):
        with store.write() as connection:
            made = own_payments.add_in(
                connection, store, company_id="main", client_id="C1", source="online",
                source_id="wompi-1", currency="COP", amount=Decimal(amount), day=DAY,
                allocations=[], who="wompi", now=NOW,
            )  # fmt: skip
        assert made.amount == Decimal(10)
    assert trail(store, made.public_id) == [("wompi", "payment.received")]


def test_taken_back_once(store: Store) -> None:
    made = received(store)
    for by in (READER, EVE):
        with pytest.raises(Forbidden):
            own_payments.void(store, "main", made.public_id, by=by, now=NOW)
    gone = own_payments.void(store, "main", made.public_id, by=LUIS, now=NOW)
    assert (gone.status, gone.counts, gone.revision) == ("void", False, 2)
    assert own_payments.void(store, "main", made.public_id, by=ANA, now=NOW) == gone
    assert trail(store, made.public_id)[1:] == [("luis", "payment.voided")]


def test_a_doubt_is_decided_by_a_person(store: Store) -> None:
    made = doubt(store, received(store))
    assert not made.counts
    assert own_payments.listed(store, "main", match="doubt") == [made]
    with pytest.raises(Forbidden):
        own_payments.same(store, "main", made.public_id, "P9", by=READER, now=NOW)
    with pytest.raises(Refusal):
        own_payments.same(store, "main", made.public_id, "P8", by=ANA, now=NOW)
    with pytest.raises(Refusal):
        own_payments.different(store, "main", made.public_id, "P8", by=ANA, now=NOW)
    done = own_payments.same(store, "main", made.public_id, "P9", by=ANA, now=NOW)
    assert (done.match, done.matched_id) == ("replaced", "P9")
    assert own_payments.same(store, "main", made.public_id, "P9", by=LUIS, now=NOW) == done
    # It was another one after all.
    back = own_payments.different(store, "main", made.public_id, "P9", by=LUIS, now=NOW)
    assert (back.match, back.matched_id, back.not_these) == ("ours", "", ("P9",))
    assert own_payments.different(store, "main", made.public_id, "P9", by=ANA, now=NOW) == back
    with pytest.raises(Refusal):
        own_payments.same(store, "main", made.public_id, "P9", by=ANA, now=NOW)
    acts = [("pipeline", "payment.matched"), ("ana", "payment.same"), ("luis", "payment.different")]
    assert trail(store, made.public_id)[1:] == acts


def test_what_a_person_changed_meanwhile_is_not_matched(store: Store) -> None:
    first, second = received(store), received(store)
    own_payments.void(store, "main", second.public_id, by=ANA, now=NOW)
    found = [Matched(p.public_id, p.revision, "replaced", f"P{p.id}") for p in (first, second)]
    assert not own_payments.match(store, found, now=NOW)
    assert own_payments.get(store, "main", first.public_id) == first
    assert own_payments.match(store, found[:1], now=NOW)
    assert own_payments.get(store, "main", first.public_id).match == "replaced"


def test_what_the_figures_may_not_show_holds_reminders(store: Store) -> None:
    def held() -> list[tuple[str, str]]:
        found = notice_holds.holds(store, "main", NOW.date(), timezone="America/Bogota")
        return [(hold.document_id, hold.cause) for hold in found.get("C1", [])]

    hold = [("F1", notice_holds.CAUSES["payment"])]
    notice = report(store, documents={"F1": "100"}, now=NOW - timedelta(hours=1))
    assert held() == hold
    made = accept(store, notice)
    assert own_payments.are_waiting(store)
    assert held() == hold  # on its way
    own_payments.mark_carried(store, [made])
    assert not own_payments.are_waiting(store)
    assert held() == []
    doubtful = doubt(store, made)
    own_payments.mark_carried(store, [made])  # that was the state before
    assert own_payments.are_waiting(store)
    own_payments.mark_carried(store, [doubtful])
    assert held() == hold  # until a person decides
    sure = own_payments.same(store, "main", made.public_id, "P9", by=ANA, now=NOW)
    own_payments.mark_carried(store, [sure])
    assert held() == []


def test_nothing_is_left_of_an_accept_that_fails_halfway(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = report(store)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(own_payments, "add_in", broken)
        with pytest.raises(RuntimeError):
            accept(store, notice)
    assert notices.get(store, "main", notice.public_id).state == "open"
    with store.read() as connection:
        acts = connection.execute(sa.select(schema.audit.c.action)).scalars().all()
    assert "notice.accepted" not in acts
    assert accept(store, notice).counts
