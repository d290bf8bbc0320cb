"""Clicks, events, reversals, accounting files and crashes in any order: the balance is the model's.

The model is what the gateway's books say and what the accounting system sent, in plain values: of
each payment that the gateway kept, the balance of every publication has what was kept, once. Money
in favour is in none of these sums; of what clients use of it, as much is applied as there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from cartera.errors import CarteraError
from cartera.gateways.base import Forged
from cartera.online import events, resolving
from cartera.online.terms import TAKEN, OnlinePayment
from cartera.store import online_payments, online_schema, own_payments
from tests.bounds import rounds
from tests.online import paper
from tests.online.tills import COMPANY, TODAY, Till, documents
from tests.people import ANA
from tests.warehouse.test_own_payments_random import Model, Theirs, check

CLIENTS = [f"C{n}" for n in range(8)]
#: Few of each, so that payments look alike.
TOTALS = ("100", "100", "250.50")
#: Each has a credit note, and an advance too old to be one of our payments.
CREDIT, ADVANCE, ADVANCED = "40", "60", date(2026, 8, 1)
#: Public ids are other ones in each run, so that chance plays a little, too: a run is over when it
#: has seen everything.
ROUNDS, MOST_ROUNDS, ACTS_A_ROUND = rounds(2), rounds(16), 120
EVERYTHING = {"pending", "approved", "declined", "expired", "reversed", "mismatch",
              ("received", "ours"), ("received", "replaced"), ("void", "ours"),
              "netted", "gave way"}  # fmt: skip
ACTS = ("click", "click", "click", "gateway", "gateway", "gateway", "event", "event", "round",
        "book", "cancel", "apply", "time")  # fmt: skip


class CutOff(Exception):
    """The store is gone."""


class World:
    """The company, and what is true of it."""

    def __init__(self, shop: Till, random: Random) -> None:
        self.shop = shop
        self.random = random
        owed = sum(map(Decimal, TOTALS), Decimal()) - Decimal(CREDIT)
        self.model = Model(owed=dict.fromkeys(CLIENTS, owed))
        for client in CLIENTS:
            advance = Theirs(f"{client}A", client, Decimal(ADVANCE), ADVANCED, "Anticipo")
            self.model.theirs[advance.id] = advance
        self.links = {client: [shop.link(client), shop.link(client)] for client in CLIENTS}
        self.keys: list[tuple[str, str]] = []
        self.events: list[tuple[bytes, dict[str, str]]] = []
        #: What the gateway keeps of each reference.
        self.kept: dict[str, Decimal] = {}
        self.cuts = 0
        #: What the accounting system applied.
        self.applied: list[dict[str, str]] = []

    def first_rows(self) -> Iterator[tuple[str, dict[str, str]]]:
        for client in CLIENTS:
            yield from documents(client, TOTALS)
            yield "documents", {
                "document_id": f"{client}N", "client_id": client, "type": "credit_note",
                "number": "N", "issue_date": "2026-10-09", "currency": "COP", "total": CREDIT,
            }  # fmt: skip
            yield self.model.theirs[f"{client}A"].row()

    def payments(self) -> list[OnlinePayment]:
        return online_payments.listed(self.shop.store, COMPANY)

    def act(self) -> list[tuple[str, dict[str, str]]]:
        """One thing that happens; rows to load, where it is the accounting system's."""
        what = self.random.choice(ACTS)
        if what in ("book", "cancel", "apply"):
            return getattr(self, what)()
        with self.maybe_cut_off():
            getattr(self, what)()
        return []

    def click(self) -> None:
        """Pay: some documents, all, an amount; sometimes the very same form again."""
        random = self.random
        client = random.choice(CLIENTS)
        key = f"form-of-{len(self.keys):08}"
        if self.keys and random.random() < 0.2:
            client, key = random.choice(self.keys)
        else:
            self.keys.append((client, key))
        wanted = random.sample([f"{client}F{n}" for n in (1, 2, 3)], random.choice((0, 1, 1, 2)))
        amount = random.choice((None, None, "60", "100"))
        with suppress(CarteraError):  # refused, by the rules
            self.shop.begin(
                random.choice(self.links[client]), *wanted, amount=amount, key=key,
                overdue=random.random() < 0.3, gross=random.random() < 0.2,
            )  # fmt: skip

    def gateway(self) -> None:
        """Somebody does something at the gateway."""
        random, books = self.random, self.shop.gateway
        if not (payments := self.payments()):
            return
        payment = random.choice(payments)
        found = books.look_up(payment.reference)
        if found is None:
            return
        amount = payment.amount
        if found.stand in ("approved", "reversed"):
            stand, back = random.choice((
                ("approved", Decimal(0)), ("reversed", amount), ("approved", Decimal(10)),
                ("approved", amount - 1),
            ))  # fmt: skip
            self.say(payment, stand, amount, back)
        elif found.stand in ("open", "pending"):
            stand = random.choice(("pending", "approved", "approved", "declined"))
            other = amount + 5 if stand == "approved" and random.random() < 0.1 else amount
            self.say(payment, stand, other, Decimal(0))

    def say(self, payment: OnlinePayment, stand: str, amount: Decimal, back: Decimal) -> None:
        self.shop.gateway.say(payment.reference, stand, amount, refunded=back)
        self.kept[payment.reference] = amount - back if stand == "approved" else Decimal(0)
        # Signed now, delivered whenever.
        body = paper.event(f"e{len(self.events)}", payment.reference, stand=stand,
                           amount=str(amount), currency="COP")  # fmt: skip
        self.events.append(body)

    def event(self) -> None:
        """One of all that were ever sent: late, twice, out of order; or forged."""
        if not self.events:
            return
        body, headers = self.random.choice(self.events)
        store = self.shop.store
        if self.random.random() < 0.1:
            with pytest.raises(Forged):
                events.take(store, COMPANY, paper.NAME, body + b"\n", headers, now=self.shop.now)
            return
        events.take(store, COMPANY, paper.NAME, body, headers, now=self.shop.now)

    def round(self) -> None:
        self.shop.round()
        for payment in self.payments():
            if payment.state == "mismatch" and self.random.random() < 0.3:
                resolving.accept(self.shop.store, COMPANY, payment.public_id, by=ANA,
                                 now=self.shop.now)  # fmt: skip

    def time(self) -> None:
        self.shop.now += timedelta(minutes=self.random.choice((1, 10, 45)))

    def book(self) -> list[tuple[str, dict[str, str]]]:
        """The accounting system books what it sees on the bank's statement."""
        own = own_payments.listed(self.shop.store, COMPANY)
        if not own:
            return []
        mine = self.random.choice(own)
        other = Theirs(
            f"P{len(self.model.theirs)}", mine.client_id, mine.amount,
            TODAY + timedelta(self.random.choice((0, 1, 5, 12))),
            self.random.choice((mine.reference, mine.other_reference, "")),
        )  # fmt: skip
        self.model.theirs[other.id] = other
        return [other.row()]

    def cancel(self) -> list[tuple[str, dict[str, str]]]:
        if not self.model.theirs:
            return []
        other = self.random.choice(list(self.model.theirs.values()))
        other.status = self.random.choice(("void", "received"))
        return [other.row()]

    def apply(self) -> list[tuple[str, dict[str, str]]]:
        """The accounting system applies a credit note or an advance, or takes that back."""
        random = self.random
        if self.applied and random.random() < 0.4:
            row = random.choice(self.applied)
            row["status"] = random.choice(("void", "posted"))
            return [("allocations", dict(row))]
        client, kind = random.choice(CLIENTS), random.choice(("credit", "payment"))
        document, amount = f"{client}F{random.choice((1, 2, 3))}", random.choice(("15", "40", "60"))
        source = f"{client}{'N' if kind == 'credit' else 'A'}"
        nets = [
            (money.kind, money.source_id, document_id, str(money.amount))
            for one in own_payments.every(self.shop.store)
            for document_id, money in one.netted
            if one.counts and not money.taken_from and money.source_id[2:] in "NA"
        ]
        if nets and random.random() < 0.5:  # as a bookkeeper would: what the client chose
            kind, source, document, amount = random.choice(nets)
        row = {
            "allocation_id": f"T{len(self.applied)}", "kind": kind, "status": "posted",
            "source_id": source, "document_id": document, "amount": amount,
        }  # fmt: skip
        self.applied.append(row)
        return [("allocations", dict(row))]

    @contextmanager
    def maybe_cut_off(self) -> Iterator[None]:
        """In one of three times the store breaks before a statement, and nothing says so."""
        if self.random.random() > 0.35:
            yield
            return
        engine, left = self.shop.store.engine, self.random.randrange(1, 30)

        def count(*_: object) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise CutOff

        sa.event.listen(engine, "before_cursor_execute", count)
        try:
            yield
        except CutOff:
            self.cuts += 1
        finally:
            sa.event.remove(engine, "before_cursor_execute", count)

    def settle(self) -> None:
        """Everything that was sent arrives, and what waits is done."""
        shop = self.shop
        for body, headers in self.events:
            events.take(shop.store, COMPANY, paper.NAME, body, headers, now=shop.now)
        shop.now += timedelta(hours=1)
        # An event that was cut off is done again; a payment that is out of turn comes to it.
        shop.round()
        shop.round()

    def agrees(self) -> None:
        """The store against the gateway's books."""
        own = {one.source_id: one for one in own_payments.every(self.shop.store)}
        assert len(own) == len(own_payments.every(self.shop.store))
        for payment in self.payments():
            mine = own.pop(payment.public_id, None)
            ours = mine.amount if mine is not None and mine.status == "received" else Decimal(0)
            kept = self.kept.get(payment.reference, Decimal(0))
            if payment.state == "mismatch":
                assert kept and mine is None
            else:
                assert ours == kept, payment
        assert own == {}
        with self.shop.store.read() as connection:
            taken = connection.execute(sa.select(online_schema.online_claims)).all()
        lines = [
            (payment.id, line.document_id)
            for payment in self.payments()
            # What ended before, and was paid after all, let its documents go.
            if payment.state in TAKEN and payment.ended_at is None
            for line in payment.lines
        ]
        lines += [
            (payment.id, online_payments.favour_of("COP"))
            for payment in self.payments()
            if payment.state in TAKEN and payment.ended_at is None and payment.netted
        ]
        assert sorted((row.payment_id, row.document_id) for row in taken) == sorted(lines)

    def nets(self) -> set[str]:
        """Of the money in favour that was used, the figures have as much applied as there is."""
        with self.shop.lake.open() as connection:
            opens = {
                (kind, item): amount
                for kind, item, amount in connection.execute(
                    "SELECT item_kind, item_id, sum(amount) FROM lake.marts.ledger GROUP BY ALL"
                ).fetchall()
            }
            ours = dict(
                connection.execute(
                    "SELECT allocation_id, if(state = 'posted', amount, 0) "
                    "FROM lake.marts.allocations WHERE allocation_id LIKE 'cartera-%-n%'"
                ).fetchall()
            )
        seen = set()
        for one in own_payments.every(self.shop.store):
            for number, (document, money) in enumerate(one.netted, 1):
                posted = ours.get(f"{one.payment_id}-n{number}", Decimal(0))
                if not one.counts:
                    assert posted == 0
                    continue
                if money.taken_from:
                    continue
                kind = "document" if money.kind == "credit" else "payment"
                needs = opens.get(("document", document), Decimal(0))
                left = -opens.get((kind, money.source_id), Decimal(0))
                if posted:
                    assert min(needs, left) >= 0, (one, document, money)
                assert posted == money.amount or min(needs, left) <= 0, (one, document, money)
                seen.add("netted" if posted else "gave way")
        return seen


@pytest.mark.full
def test_the_balance_is_the_model_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Till(tmp_path / "home", paper.install(monkeypatch, tmp_path / "paper"))
    world = World(shop, Random(1))
    shop.lake.load(list(world.first_rows()))
    shop.publish()
    seen = set()
    for number in range(MOST_ROUNDS):
        rows = [row for _ in range(ACTS_A_ROUND) for row in world.act()]
        if rows:
            shop.lake.load(rows)
        world.settle()
        world.agrees()
        before = {one.public_id: one for one in own_payments.every(shop.store)}
        shop.publish()
        check(shop.lake, world.model, before, CLIENTS)
        seen |= world.nets()
        seen |= {payment.state for payment in world.payments()}
        seen |= {(one.status, one.match) for one in own_payments.every(shop.store)}
        if number + 1 >= ROUNDS and seen >= EVERYTHING and world.cuts > 5:
            break
    else:
        pytest.fail(f"not seen: {EVERYTHING - seen}, or {world.cuts} cuts are too few")
    with shop.lake.open() as connection:
        assert connection.execute("FROM lake.marts.integrity").fetchall() == []
    shop.store.close()
