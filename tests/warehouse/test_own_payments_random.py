"""Random reports, decisions and accounting files: the balance is that of a naive model, always.

The model is a few loops over plain values. What it adds to the rules is the promise itself: of a
payment that both have, the balance of every publication has one.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from cartera.mail.refusal import Refusal
from cartera.store import own_payments
from cartera.store.own_payments import OwnPayment
from cartera.warehouse import own_payments as carrying
from cartera.warehouse.lake import connect
from cartera.warehouse.reader import Reader
from tests.bounds import rounds
from tests.ledger.lakes import Lake
from tests.people import ANA
from tests.reported import NOW, accept, report

FIRST = date(2026, 11, 1)
TODAY = date(2026, 12, 31)
CLIENTS = [f"C{n}" for n in range(12)]
ROUNDS = rounds(3)
#: Few of each, so that many things look alike.
AMOUNTS = ("100", "100", "250.50")
REFERENCES = ("", "", "TR-0012", "tr 12", "TR-34", "deposito 12 centro", "Transferencia")


@dataclass
class Theirs:
    """A payment of the accounting system as it stands."""

    id: str
    client: str
    amount: Decimal
    day: date
    reference: str
    status: str = "received"

    def row(self):
        return "payments", {
            "payment_id": self.id, "client_id": self.client, "date": self.day.isoformat(),
            "amount": f"{self.amount:.2f}", "currency": "COP", "status": self.status,
            "reference": self.reference,
        }  # fmt: skip


@dataclass
class Model:
    """What happened, in plain values."""

    owed: dict[str, Decimal] = field(default_factory=dict)
    theirs: dict[str, Theirs] = field(default_factory=dict)


def normal(reference: str) -> str:
    """Letters and digits; zeros that begin a number say nothing."""
    kept = ""
    for letter in reference.upper():
        if letter == "0" and not kept[-1:].isdigit():
            continue
        if letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789":
            kept += letter
    return kept


def kind(mine: OwnPayment, other: Theirs) -> str:
    """Whether these two are the same, may be, or are not; by the rules as people know them."""
    if other.id in mine.not_these or other.client != mine.client_id or other.status != "received":
        return "other"
    if mine.match == "replaced" and mine.matched_id == other.id:
        return "same"
    days = abs((other.day - mine.day).days)
    ones = {normal(mine.reference), normal(mine.other_reference)} - {""}
    two = normal(other.reference)
    if mine.amount == other.amount:
        # What a gateway calls a payment is no other's, whenever that is booked.
        if two in ones and (days <= 7 or mine.other_reference):
            return "same"
        contained = any(min(len(one), len(two)) >= 3 and (one in two or two in one) for one in ones)
        if days <= 3 and (not ones or not two or contained):
            return "same"
        if days <= 10:
            return "doubt"
    has_number = any(letter.isdigit() for letter in normal(mine.reference))
    return "doubt" if two in ones and has_number and days <= 60 else "other"


def check(
    lake: Lake, model: Model, before: dict[str, OwnPayment], clients: Collection[str] = CLIENTS
) -> None:
    """The published figures against the model."""
    now = {one.public_id: one for one in own_payments.every(lake.store)}
    alive = [one for one in now.values() if one.status == "received"]
    matched = [one.matched_id for one in alive if one.matched_id]
    assert len(matched) == len(set(matched)), "one of theirs is taken for two of ours"
    for one in alive:
        pairs = {other.id: kind(before[one.public_id], other) for other in model.theirs.values()}
        if one.match == "ours":
            # Whatever could be the same payment is another one of ours.
            free = {other for other, what in pairs.items() if what != "other"} - set(matched)
            assert not free, (one, free)
        else:
            assert pairs[one.matched_id] == ("same" if one.match == "replaced" else "doubt")
    reader = Reader(lake.settings, lake.store)
    for client in clients:
        received = [t.amount for t in model.theirs.values()
                    if t.client == client and t.status == "received"]  # fmt: skip
        ours = [o.amount for o in alive if o.client_id == client and o.match == "ours"]
        sections = reader.statement("main", client, as_of=TODAY).sections
        balance = sum((section.total for section in sections), Decimal())
        assert balance == model.owed[client] - sum(received) - sum(ours), client


def act(random: Random, lake: Lake, model: Model) -> list:
    """One thing that happens to one client; rows to load, where it is the accounting system's."""
    client = random.choice(CLIENTS)
    own = own_payments.listed(lake.store, "main", client_id=client)
    theirs = [one for one in model.theirs.values() if one.client == client]
    match random.choice(("report", "report", "book", "book", "other", "void", "cancel", "decide")):
        case "report":
            received(random, lake, client)
        case "book" if own:  # what was accepted, more or less
            mine = random.choice(own)
            other = Theirs(
                f"P{len(model.theirs)}", client,
                mine.amount if random.random() < 0.8 else mine.amount - 1,
                mine.day + timedelta(random.choice((-2, 0, 0, 1, 3, 5, 8, 11))),
                random.choice((mine.reference, mine.reference, *REFERENCES)),
            )  # fmt: skip
            model.theirs[other.id] = other
            return [other.row()]
        case "other":
            other = Theirs(
                f"P{len(model.theirs)}", client, Decimal(random.choice(AMOUNTS)), day(random),
                random.choice(REFERENCES),
            )  # fmt: skip
            model.theirs[other.id] = other
            return [other.row()]
        case "void" if own:
            own_payments.void(lake.store, "main", random.choice(own).public_id, by=ANA, now=NOW)
        case "cancel" if theirs:
            other = random.choice(theirs)
            other.status = random.choice(("void", "received", "pending"))
            return [other.row()]
        case "decide":
            decide(random, lake, own)
    return []


def decide(random: Random, lake: Lake, own: list[OwnPayment]) -> None:
    matched = [one for one in own if one.matched_id]
    if matched:
        one = random.choice(matched)
        say = random.choice((own_payments.same, own_payments.different))
        try:
            say(lake.store, "main", one.public_id, one.matched_id, by=ANA, now=NOW)
        except Refusal:  # it was taken back before
            assert one.status == "void"


def received(random: Random, lake: Lake, client: str) -> None:
    """Reported and accepted, wholly or in part, for one or both of the client's invoices."""
    amount = random.choice(AMOUNTS)
    notice = report(
        lake.store, amount, client_id=client, reference=random.choice(REFERENCES),
        documents={f"{client}F{n}": "50" for n in (1, 2)}, day=day(random),
    )  # fmt: skip
    part = {f"{client}F1": "50"} if random.random() < 0.5 else None
    accept(lake.store, notice, allocations=part,
           amount="75" if part and random.random() < 0.5 else None)  # fmt: skip


def day(random: Random) -> date:
    return FIRST + timedelta(random.randrange(24))


class CutOff(Exception):
    """The connection is gone."""


class Breaking:
    """A connection of the lake that breaks before its `left`-th statement."""

    def __init__(self, connection, left):
        self.connection = connection
        self.left = left

    def execute(self, *given):
        self.left -= 1
        if self.left == 0:
            raise CutOff
        return self.connection.execute(*given)

    def __getattr__(self, name):
        return getattr(self.connection, name)


def is_cut_off(lake: Lake, step: int) -> bool:
    """A carrying that breaks before that statement; whether it came so far."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(carrying, "connect", lambda here: Breaking(connect(here), step))
        try:
            carrying.carry(lake.settings, lake.store)
        except CutOff:
            return True
    return False


def first_rows():
    for client in CLIENTS:
        yield "clients", {"client_id": client, "name": client}
        for number in (1, 2):
            yield "documents", {
                "document_id": f"{client}F{number}", "client_id": client, "type": "invoice",
                "number": f"F{number}", "issue_date": "2026-10-01", "due_date": "2026-10-30",
                "currency": "COP", "total": "500",
            }  # fmt: skip


@pytest.mark.full
def test_the_balance_is_the_models(tmp_path: Path) -> None:
    random = Random(1)
    lake = Lake(tmp_path / "lake")
    model = Model()
    lake.load(first_rows())
    model.owed = dict.fromkeys(CLIENTS, Decimal(1000))
    seen, cuts = set(), 0
    for _ in range(ROUNDS):
        # Several versions of one row in one file: the later one holds.
        lake.load([row for _ in range(25) for row in act(random, lake, model)])
        before = {one.public_id: one for one in own_payments.every(lake.store)}
        cuts += is_cut_off(lake, random.randrange(1, 10))
        lake.refresh()
        check(lake, model, before)
        seen |= {(one.status, one.match) for one in own_payments.every(lake.store)}
    assert seen >= {("received", "ours"), ("received", "doubt"), ("received", "replaced")}
    assert cuts
    with closing(lake.open()) as connection:
        assert connection.execute("FROM lake.marts.integrity").fetchall() == []
    lake.store.close()
