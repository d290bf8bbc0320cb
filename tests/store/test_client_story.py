"""The stream of what happened with a client, against a list that is kept by hand meanwhile."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal

import pytest

from cartera.notices.terms import Notice, NoticeDraft
from cartera.people import Person
from cartera.store import client_story, links, notices, outbox, own_payments, pauses
from cartera.store.db import Store
from cartera.store.links import Link
from tests.people import ANA, EVE
from tests.reported import NOW, accept, report
from tests.store.mails import a_draft

MINUTE = timedelta(minutes=1)
Told = tuple[object, str, str]


class Diary:
    """One client's life at random, a minute for each thing, and what of it must be told."""

    def __init__(self, store: Store, seed: int, by: Person, client_id: str) -> None:
        self.store, self.by, self.client_id = store, by, client_id
        self.random = random.Random(seed)
        self.now = NOW
        self.told: list[Told] = []
        self.open: list[Notice] = []
        self.link: Link = links.create(
            store, company_id=by.company_id, client_id=client_id, days=30, contact="a@x.co",
            by=by, now=NOW,
        ).link  # fmt: skip

    def live(self, days: int) -> None:
        acts = (self.mail, self.prepared, self.opened, self.writes, self.decided, self.answered,
                self.withdrawn, self.paused)  # fmt: skip
        for n in range(days):
            self.now += MINUTE
            self.random.choice(acts)(n)

    def note(self, what: str, key: str) -> None:
        self.told.append((self.now, what, key))

    def mail(self, n: int) -> None:
        kind = self.random.choice(["statement", "reminder", "answer", "notice"])
        draft = a_draft(n, key=f"{self.client_id}{n}", client_id=self.client_id, kind=kind)
        company = self.by.company_id
        (key,) = outbox.queue(self.store, company, [draft], by=self.by, now=self.now)
        if kind != "notice":  # to whoever works here, whatever client it is about
            self.note("mail", key)

    def prepared(self, n: int) -> None:
        draft = a_draft(n, key=f"{self.client_id}{n}", client_id=self.client_id)
        company = self.by.company_id
        outbox.queue(self.store, company, [draft], by=self.by, now=self.now, state="draft")

    def opened(self, n: int) -> None:
        links.count_opens(self.store, {self.link.public_id: n + 1}, self.now)
        self.note("opened", self.link.public_id)

    def writes(self, n: int) -> None:
        draft = NoticeDraft("comment", key=f"{self.client_id:_>16}{n}", text=f"Hola {n}")
        made = notices.add(self.store, self.link, draft, language="es", now=self.now)
        self.open.append(made)
        self.note("notice", made.public_id)

    def decided(self, n: int) -> None:
        if self.open:
            one = self.open.pop()
            text = f"Listo {n}" if n % 2 else ""
            company = self.by.company_id
            notices.decide(
                self.store, company, one.public_id, "closed", text=text, by=self.by, now=self.now
            )
            self.note("decided", one.public_id)

    def answered(self, n: int) -> None:
        if self.open:
            one = self.open[0].public_id
            company = self.by.company_id
            notices.answer(self.store, company, one, f"Sí {n}", by=self.by, now=self.now)
            self.note("answered", one)

    def withdrawn(self, _n: int) -> None:
        if self.open:
            one = self.open.pop(0)
            notices.withdraw(self.store, self.link, one.public_id, now=self.now)
            self.note("decided", one.public_id)

    def paused(self, _n: int) -> None:
        made = pauses.pause(
            self.store, self.by.company_id, self.client_id, by=self.by, now=self.now
        )
        self.note("paused", made.public_id)
        self.now += MINUTE
        pauses.resume(self.store, self.by.company_id, made.public_id, by=self.by, now=self.now)
        self.note("lifted", made.public_id)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_stream_is_what_happened_newest_first(store: Store, seed: int) -> None:
    mine = Diary(store, seed, ANA, "C1")
    others = [Diary(store, seed + 10, ANA, "C2"), Diary(store, seed + 20, EVE, "C1")]
    for diary in (others[0], mine, others[1]):
        diary.live(50)
    expected = mine.told[::-1]
    assert len({what for _, what, _ in expected}) == 7
    assert client_story.count(store, "main", "C1") == len(expected)
    found = client_story.events(store, "main", "C1", limit=1000)
    assert [(one.at, one.what, one.key) for one in found] == expected
    few = client_story.events(store, "main", "C1", limit=9)
    assert few == found[:9]
    assert client_story.events(store, "main", "nobody", limit=9) == []


def test_words_of_a_decision_stand_in_it_alone(store: Store) -> None:
    notice = report(store, "100", documents={"D1": "100"})
    later = NOW + MINUTE
    notices.decide(store, "main", notice.public_id, "rejected", text="No llegó", by=ANA, now=later)
    first, last = client_story.events(store, "main", "C1", limit=9)
    assert (first.what, first.state, first.who, first.text) == (
        "decided", "rejected", "ana", "No llegó",
    )  # fmt: skip
    assert (last.what, last.amount, last.currency) == ("notice", Decimal(100), "COP")
    assert last.day == notice.day


def test_a_payment_taken_back_is_told_with_its_amount(store: Store) -> None:
    notice = report(store, "100", documents={"D1": "100"})
    made = accept(store, notice, amount="60", allocations={"D1": "60"})
    later = NOW + MINUTE
    own_payments.void(store, "main", made.public_id, by=ANA, now=later)
    first = client_story.events(store, "main", "C1", limit=1)[0]
    assert (first.what, first.key, first.amount, first.at) == (
        "taken_back", notice.public_id, Decimal(60), later,
    )  # fmt: skip
