"""Notices: written once, decided once, and what they keep reminders from."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from cartera.errors import Forbidden, NotFound, UsageError
from cartera.mail.refusal import Refusal
from cartera.notices.rights import Rights
from cartera.notices.terms import NoticeDocument, NoticeDraft, Proof
from cartera.reminders.terms import Hold
from cartera.store import audit, client_rights, links, notice_holds, notices
from cartera.store.db import Store
from cartera.store.links import Link
from tests.people import ANA, EVE, READER

NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)
TODAY = date(2026, 11, 25)
DAY = timedelta(days=1)
F1 = NoticeDocument("D1", "F-1", Decimal("1200000.50"))
F2 = NoticeDocument("D2", "F-2", Decimal(300))


@pytest.fixture
def link(store: Store) -> Link:
    return links.create(
        store, company_id="main", client_id="C1", days=30, contact="p@x.co", by=ANA, now=NOW
    ).link


def draft(kind: str = "payment", n: int = 1, **more) -> NoticeDraft:
    what = {
        "payment": {
            "amount": Decimal("1200000.50"), "currency": "COP", "day": TODAY, "method": "transfer",
            "reference": "TRX 9", "documents": (F1,),
        },
        "promise": {"day": TODAY + 5 * DAY, "documents": (F1, F2)},
        "dispute": {"documents": (F2,), "reason": "goods", "text": "Faltó una caja"},
        "comment": {"text": "Buenos días"},
    }[kind]  # fmt: skip
    return NoticeDraft(kind, f"{kind}-key-{n:08d}", **(what | more))


def add(store: Store, link: Link, kind: str = "payment", n: int = 1, **more):
    return notices.add(store, link, draft(kind, n, **more), language="es", now=NOW)


def held(store: Store, day: date) -> dict[str, list[Hold]]:
    return notice_holds.holds(store, "main", day, timezone="America/Bogota")


def test_everything_the_client_said_is_kept(store: Store, link: Link) -> None:
    proof = Proof("soporte.pdf", "application/pdf", b"%PDF-1.7 x")
    made = add(store, link, documents=(F2, F1), proof=proof, text="ok")
    found = notices.get(store, "main", made.public_id)
    assert found == made
    assert (found.amount, found.currency, found.day) == (Decimal("1200000.50"), "COP", TODAY)
    assert found.documents == (F1, F2)
    assert (found.contact, found.link_id, found.state) == ("p@x.co", link.public_id, "open")
    assert (found.proof.name, found.proof.size) == ("soporte.pdf", 10)
    assert notices.proof(store, "main", made.public_id, by=READER) == proof
    assert audit.entries(store, "main")[0].action == "notice.made"


def test_the_same_form_sent_twice_is_one_notice(store: Store, link: Link) -> None:
    first = add(store, link)
    assert add(store, link, text="again").public_id == first.public_id
    assert notices.count(store, "main") == 1
    assert add(store, link, n=2).public_id != first.public_id


def test_the_same_form_sent_at_once_is_one_notice(store: Store, link: Link) -> None:
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(add(store, link).public_id)) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == notices.count(store, "main") == 1


def test_another_companys_people_see_none_of_it(store: Store, link: Link) -> None:
    made = add(store, link, proof=Proof("a.png", "image/png", b"x"))
    with pytest.raises(NotFound):
        notices.get(store, "other", made.public_id)
    with pytest.raises(Forbidden):
        notices.proof(store, "main", made.public_id, by=EVE)
    with pytest.raises(Forbidden):
        notices.decide(store, "main", made.public_id, "rejected", text="no", by=EVE, now=NOW)
    with pytest.raises(Forbidden):
        notices.answer(store, "main", made.public_id, "hola", by=READER, now=NOW)
    assert notices.listed(store, "other") == []


def test_another_client_cannot_take_it_back(store: Store, link: Link) -> None:
    made = add(store, link)
    other = replace(link, client_id="C2")
    with pytest.raises(NotFound):
        notices.withdraw(store, other, made.public_id, now=NOW)
    assert notices.withdraw(store, link, made.public_id, now=NOW).state == "withdrawn"
    # Once it is gone nobody decides it any more, and taking it back again changes nothing.
    with pytest.raises(notices.AlreadyDecided):
        notices.decide(store, "main", made.public_id, "rejected", text="no", by=ANA, now=NOW)
    assert notices.withdraw(store, link, made.public_id, now=NOW + DAY).decided_at == NOW


def test_a_verdict_is_for_good_and_says_why(store: Store, link: Link) -> None:
    made = add(store, link)
    with pytest.raises(Refusal, match="say why"):
        notices.decide(store, "main", made.public_id, "rejected", by=ANA, now=NOW)
    with pytest.raises(UsageError, match="together with what it pays"):
        notices.decide(store, "main", made.public_id, "accepted", by=ANA, now=NOW)
    with pytest.raises(UsageError, match="cannot be closed"):
        notices.decide(store, "main", made.public_id, "closed", by=ANA, now=NOW)
    done = notices.decide(
        store, "main", made.public_id, "rejected", text="No llegó", by=ANA, now=NOW
    )
    assert (done.state, done.decided_by) == ("rejected", ANA.login)
    assert [(a.text, a.who, a.is_client) for a in done.answers] == [("No llegó", ANA.login, False)]
    with pytest.raises(notices.AlreadyDecided) as told:
        notices.decide(store, "main", made.public_id, "rejected", text="otra", by=ANA, now=NOW)
    assert told.value.notice.state == "rejected"
    assert len(notices.get(store, "main", made.public_id).answers) == 1


def test_ten_at_once_decide_once(store: Store, link: Link) -> None:
    made = add(store, link, "dispute")
    outcomes: list[str] = []

    def decide(n: int) -> None:
        try:
            notices.decide(store, "main", made.public_id, "accepted", text=f"{n}", by=ANA, now=NOW)
            outcomes.append("decided")
        except notices.AlreadyDecided:
            outcomes.append("late")

    threads = [threading.Thread(target=decide, args=(n,)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["decided", *["late"] * 9]
    assert len(notices.get(store, "main", made.public_id).answers) == 1


def test_what_is_listed_and_when_it_changed(store: Store, link: Link) -> None:
    before = notices.changed(store, "main", "C1")
    first, second = add(store, link), add(store, link, "comment")
    assert [n.public_id for n in notices.listed(store, "main")] == [
        second.public_id, first.public_id,
    ]  # fmt: skip
    assert notices.listed(store, "main", kinds=["comment"]) == [second]
    assert notices.count(store, "main", states=["open"], client_id="C1") == 2
    assert notices.count(store, "main", client_id="C2") == 0
    made = notices.changed(store, "main", "C1")
    notices.answer(store, "main", second.public_id, "Con gusto", by=ANA, now=NOW)
    answered = notices.changed(store, "main", "C1")
    notices.decide(store, "main", second.public_id, "closed", by=ANA, now=NOW)
    assert len({before, made, answered, notices.changed(store, "main", "C1")}) == 4


def test_nobody_writes_without_end(store: Store, link: Link) -> None:
    for n in range(notices.MOST_A_DAY):
        add(store, link, "comment", n)
    with pytest.raises(Refusal, match="tomorrow"):
        add(store, link, "comment", 1000)
    later = NOW + DAY + timedelta(seconds=1)
    notices.add(store, link, draft("comment", 1000), language="es", now=later)


@pytest.mark.parametrize(
    ("kind", "wrong", "why"),
    [
        ("payment", {"amount": None}, "how much"),
        ("payment", {"amount": Decimal(0)}, "more than nothing"),
        ("payment", {"amount": Decimal(-5)}, "more than nothing"),
        ("payment", {"amount": Decimal("1e30")}, "more than nothing"),
        ("payment", {"amount": Decimal("1.234")}, "decimals"),
        ("payment", {"currency": "XXQ"}, "currency"),
        ("payment", {"day": None}, "day"),
        ("payment", {"method": "<script>"}, "how it was paid"),
        ("payment", {"reference": "9" * 81}, "reference"),
        ("promise", {"day": None}, "which day"),
        ("promise", {"documents": ()}, "document"),
        ("dispute", {"documents": ()}, "document"),
        ("dispute", {"reason": "hate"}, "what is wrong"),
        ("dispute", {"reason": "other", "text": " "}, "own words"),
        ("comment", {"text": "\u202e \u200b"}, "something"),
        ("comment", {"text": "x" * 2_001}, "characters"),
        ("comment", {"key": "short"}, "form"),
    ],
)
def test_what_makes_no_sense_is_refused(kind, wrong, why) -> None:
    good = draft(kind)
    with pytest.raises(Refusal, match=why):
        replace(good, **wrong)


def test_a_reported_payment_holds_its_documents_until_it_is_rejected(store, link) -> None:
    made = add(store, link)
    hold = Hold("D1", "", None, "@payment")
    assert held(store, TODAY) == held(store, TODAY + 90 * DAY) == {"C1": [hold]}
    assert held(store, TODAY - DAY) == {}
    notices.decide(store, "main", made.public_id, "rejected", text="no", by=ANA, now=NOW + 2 * DAY)
    assert held(store, TODAY + DAY) == {"C1": [hold]}
    assert held(store, TODAY + 2 * DAY) == {}


def test_a_payment_of_no_document_holds_all(store, link) -> None:
    add(store, link, documents=())
    assert held(store, TODAY) == {"C1": [Hold("", "", None, "@payment")]}


def test_a_promise_holds_until_its_day(store, link) -> None:
    add(store, link, "promise")
    until = TODAY + 5 * DAY
    both = [Hold("D1", "", until, "@promise"), Hold("D2", "", until, "@promise")]
    assert held(store, until)["C1"] == both
    assert held(store, until + DAY) == {}


def test_a_dispute_holds_while_it_is_not_found_wrong(store, link) -> None:
    first, second = add(store, link, "dispute"), add(store, link, "dispute", 2)
    hold = Hold("D2", "", None, "@dispute")
    assert held(store, TODAY)["C1"] == [hold, hold]
    notices.decide(store, "main", first.public_id, "accepted", by=ANA, now=NOW)
    notices.decide(store, "main", second.public_id, "rejected", text="no", by=ANA, now=NOW)
    assert held(store, TODAY + 9 * DAY)["C1"] == [hold]


def test_comments_and_what_was_taken_back_hold_nothing(store, link) -> None:
    add(store, link, "comment")
    notices.withdraw(store, link, add(store, link).public_id, now=NOW)
    assert held(store, TODAY) == {}


def test_rights_are_the_companys_unless_one_client_has_its_own(store: Store) -> None:
    assert client_rights.of_client(store, "main", "C1") == Rights()
    company = Rights(dispute=False, promise_days=10)
    assert client_rights.save_company(store, "main", company, by=ANA, now=NOW)
    assert not client_rights.save_company(store, "main", company, by=ANA, now=NOW)
    own = {"dispute": True, "download": False}
    assert client_rights.save_client(store, "main", "C1", own, by=ANA, now=NOW)
    mine = client_rights.of_client(store, "main", "C1")
    assert (mine.dispute, mine.download, mine.report, mine.promise_days) == (True, False, True, 10)
    assert client_rights.of_client(store, "main", "C2") == company
    assert client_rights.of_clients(store, "main", ["C1", "C2"]) == {"C1": mine, "C2": company}
    client_rights.save_client(store, "main", "C1", {}, by=ANA, now=NOW)
    assert client_rights.of_client(store, "main", "C1") == company
    with pytest.raises(Forbidden):
        client_rights.save_client(store, "main", "C1", own, by=READER, now=NOW)
    with pytest.raises(UsageError):
        client_rights.save_client(store, "main", "C1", {"admin": True}, by=ANA, now=NOW)
