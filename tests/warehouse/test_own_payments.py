"""An accepted payment reaches the ledger, and leaves it once the accounting system has it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from cartera.errors import RefreshFailed
from cartera.mail.refusal import Refusal
from cartera.store import own_payments
from cartera.store.own_payments import OwnPayment
from cartera.store.publications import current
from cartera.warehouse import own_matches, reminder_items
from cartera.warehouse import own_payments as carrying
from cartera.warehouse import refresh as refreshing
from cartera.warehouse.reader import Reader
from tests.ledger.lakes import Lake
from tests.people import ANA
from tests.reported import DAY, NOW, accept, report

TODAY = date(2026, 12, 31)
#: Reference of ours and of theirs, days from ours to theirs, their amount, what is made of it.
CASES = [
    ("TR-0045", "tr 45", 0, "100", "replaced"),
    ("TR-0045", "TR0045", 7, "100", "replaced"),
    ("0045", "45", -7, "100", "replaced"),
    ("TR-0045", "TR0045", 8, "100", "doubt"),
    ("TR-0045", "TR0045", 60, "100", "doubt"),
    ("TR-0045", "TR0045", 61, "100", "ours"),
    ("", "", 3, "100", "replaced"),
    ("", "9911", -3, "100", "replaced"),
    ("9911", "", 3, "100", "replaced"),
    ("9911", "PSE 9911 Bancolombia", 3, "100", "replaced"),
    ("9911", "PSE 9911 Bancolombia", 4, "100", "doubt"),
    ("", "", 4, "100", "doubt"),
    ("", "", 10, "100", "doubt"),
    ("", "", 11, "100", "ours"),
    ("9911", "8822", 0, "100", "doubt"),
    ("91", "4910", 0, "100", "doubt"),  # two digits stand in any number
    ("9911", "9911", 0, "95", "doubt"),
    ("transferencia", "Transferencia", 0, "95", "ours"),
    ("transferencia", "Transferencia", 0, "100", "replaced"),
    ("9911", "8822", 0, "99.99", "ours"),
]
NOT_THE_SAME = [
    {"client_id": "somebody else"}, {"currency": "USD"}, {"status": "pending"},
    {"status": "void"}, {"direction": "out"},
]  # fmt: skip


class Client:
    """A client of its own in the lake that all tests here share, with two invoices of 100."""

    def __init__(self, lake: Lake, name: str) -> None:
        self.lake = lake
        self.name = name

    def arrive(self):
        row = {"client_id": self.name, "name": self.name}
        self.load(("clients", row), *map(self.invoice, ("F1", "F2")))
        return self

    def load(self, *rows):
        self.lake.load(rows)

    def invoice(self, number, total="100", **values):
        return "documents", {
            "document_id": self.name + number, "client_id": self.name, "type": "invoice",
            "number": number, "issue_date": "2026-11-01", "due_date": "2026-11-30",
            "currency": "COP", "total": total, **values,
        }  # fmt: skip

    def payment(self, number, amount="100", days=0, **values):
        """One of the accounting system's, so many days after the client paid."""
        return "payments", {
            "payment_id": self.name + number, "client_id": self.name,
            "date": (DAY + timedelta(days=days)).isoformat(), "amount": amount,
            "currency": "COP", "reference": "", "status": "received", "direction": "in", **values,
        }  # fmt: skip

    def allocation(self, payment, number, amount="100"):
        return "allocations", {
            "allocation_id": self.name + payment + number, "kind": "payment", "amount": amount,
            "source_id": self.name + payment, "document_id": self.name + number,
            "status": "posted",
        }  # fmt: skip

    def received(self, amount="100", documents=None, **what) -> OwnPayment:
        """Reported by the client, and accepted."""
        given = {"F1": amount} if documents is None else documents
        notice = report(
            self.lake.store, amount, client_id=self.name,
            documents={self.name + number: part for number, part in given.items()}, **what,
        )  # fmt: skip
        return accept(self.lake.store, notice)

    def balance(self):
        """After a refresh."""
        self.lake.refresh()
        return sum((section.total for section in self.sections()), Decimal())

    def sections(self):
        reader = Reader(self.lake.settings, self.lake.store)
        return reader.statement("main", self.name, as_of=TODAY).sections

    def open_items(self):
        return {item.number: item.open for section in self.sections() for item in section.items}

    def stands(self, one: OwnPayment) -> tuple[str, str]:
        """What it is matched with."""
        found = own_payments.get(self.lake.store, "main", one.public_id)
        return found.match, found.matched_id.removeprefix(self.name)

    def void(self, one: OwnPayment) -> None:
        own_payments.void(self.lake.store, "main", one.public_id, by=ANA, now=NOW)

    def decide(self, act, one: OwnPayment, number: str) -> None:
        act(self.lake.store, "main", one.public_id, self.name + number, by=ANA, now=NOW)


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    made = Lake(tmp_path_factory.mktemp("own") / "lake")
    yield made
    with made.open() as connection:
        assert connection.execute("FROM lake.marts.integrity").fetchall() == []
    made.store.close()


@pytest.fixture
def client(lake, request):
    number = request.session.items.index(request.node)
    return Client(lake, f"C{number}").arrive()


def test_an_accepted_payment_is_in_the_ledger_after_a_refresh(lake, client):
    assert client.balance() == 200
    made = client.received("130", {"F1": "100", "F2": "20"}, reference="TR 1")
    unnamed = client.received("7", {})
    assert own_payments.are_waiting(lake.store)
    with Reader(lake.settings, lake.store).cursor() as cursor:
        before = reminder_items.payments_at(cursor, "main")
    assert client.balance() == 63
    assert not current(lake.store).full
    # One without a reference is called by a short code.
    assert client.open_items() == {"F2": 80, "TR 1": -10, unnamed.public_id[:8].upper(): -7}
    assert not own_payments.are_waiting(lake.store)
    with Reader(lake.settings, lake.store).cursor() as cursor:
        rows = cursor.execute("SELECT payment_id, unapplied FROM lake.marts.payments").fetchall()
        assert (made.payment_id, Decimal(-10)) in rows
        # What staff accepted is no news from the accounting system.
        assert reminder_items.payments_at(cursor, "main") == before


@pytest.mark.full
def test_a_payment_taken_back_opens_its_documents(lake, client):
    made = client.received()
    early = client.received("5", {})
    client.void(early)
    assert client.balance() == 100
    client.void(made)
    assert own_payments.are_waiting(lake.store)
    assert client.balance() == 200
    assert client.open_items() == {"F1": 100, "F2": 100}
    assert not own_payments.are_waiting(lake.store)
    with lake.open() as connection:
        # What never counted never comes.
        ids = connection.execute("SELECT payment_id FROM lake.raw.payments").fetchall()
    assert (made.payment_id,) in ids and (early.payment_id,) not in ids


def test_what_is_the_same_payment(lake):
    expected, made, rows = [], [], []
    for number, (mine, theirs, days, amount, match) in enumerate(CASES):
        one = Client(lake, f"same-{number}-")
        made.append((one, one.received(documents={}, reference=mine)))
        rows.append(one.payment("P1", amount, days, reference=theirs))
        expected.append((match, "" if match == "ours" else "P1"))
    for number, other in enumerate(NOT_THE_SAME):
        one = Client(lake, f"other-{number}-")
        made.append((one, one.received(documents={})))
        rows.append(one.payment("P1", **other))
        expected.append(("ours", ""))
    lake.load(rows)
    carrying.carry(lake.settings, lake.store)
    found = [one.stands(payment) for one, payment in made]
    assert list(zip([*CASES, *NOT_THE_SAME], found, strict=True)) == list(
        zip([*CASES, *NOT_THE_SAME], expected, strict=True)
    )


@pytest.mark.full
def test_the_accounting_systems_replaces_it_until_it_takes_its_own_back(client):
    made = client.received()
    assert client.balance() == 100
    client.load(client.payment("P1"), client.allocation("P1", "F2"))
    assert client.balance() == 100
    assert client.stands(made) == ("replaced", "P1")
    assert client.open_items() == {"F1": 100}
    client.load(client.payment("P1", status="void"))
    assert client.balance() == 100
    assert client.stands(made) == ("ours", "")
    assert client.open_items() == {"F2": 100}
    with pytest.raises(Refusal):
        client.decide(own_payments.different, made, "P1")


@pytest.mark.full
def test_a_correction_keeps_it_replaced_and_another_client_does_not(lake, client):
    made = client.received()
    client.load(client.payment("P1"))
    carrying.carry(lake.settings, lake.store)
    client.load(client.payment("P1", "90", days=20))
    assert client.balance() == 110
    assert client.stands(made) == ("replaced", "P1")
    other = Client(lake, client.name + "bis").arrive()
    client.load(client.payment("P1", "90", client_id=other.name))
    assert (client.balance(), other.balance()) == (100, 110)
    assert client.stands(made) == ("ours", "")


@pytest.mark.full
def test_in_doubt_it_does_not_count_until_a_person_decides(client):
    made = client.received(reference="1122")
    client.load(client.payment("P1", reference="3344"))
    assert client.balance() == 100  # theirs alone
    assert client.stands(made) == ("doubt", "P1")
    client.decide(own_payments.different, made, "P1")
    assert client.balance() == 0
    assert client.stands(made) == ("ours", "")
    # Another one comes, and this time it is the same.
    client.load(client.payment("P2", reference="5566"))
    assert client.balance() == 0  # P1 and P2
    assert client.stands(made) == ("doubt", "P2")
    client.decide(own_payments.same, made, "P2")
    assert client.balance() == 0
    assert client.stands(made) == ("replaced", "P2")


def test_one_of_theirs_is_one_of_ours_at_most_and_the_better_fit_comes_first(lake, client):
    first = client.received(documents={})
    second = client.received(documents={}, reference="777")
    third = client.received(documents={}, reference="888")
    client.load(client.payment("P1", days=3, reference="777"), client.payment("P2", days=1))
    carrying.carry(lake.settings, lake.store)
    found = [client.stands(one) for one in (first, second, third)]
    assert found == [("replaced", "P2"), ("replaced", "P1"), ("ours", "")]
    client.load(client.payment("P3", days=2))
    carrying.carry(lake.settings, lake.store)
    assert client.stands(third) == ("replaced", "P3")


@pytest.mark.full
def test_what_the_accounting_system_had_before_never_comes(lake, client):
    client.load(client.payment("P1", reference="TR-1"), client.allocation("P1", "F1"))
    made = client.received(reference="TR-1", documents={"F2": "100"})
    assert client.balance() == 100
    assert client.stands(made) == ("replaced", "P1")
    with lake.open() as connection:
        ids = connection.execute("SELECT payment_id FROM lake.raw.payments").fetchall()
    assert (made.payment_id,) not in ids


def test_a_document_that_is_void_or_paid_meanwhile_takes_what_the_contract_says(lake, client):
    client.load(client.payment("P1", "60", days=-90), client.allocation("P1", "F1", "60"))
    client.received(documents={"F1": "100"})
    client.received(documents={"F2": "100"})
    client.load(client.invoice("F2", status="void"))
    # 100 - 160 of F1, and 100 in favour that F2 does not take.
    assert client.balance() == -160
    with lake.open() as connection:
        found = connection.execute("SELECT warning, client_id FROM lake.marts.warnings").fetchall()
    assert ("over_allocated", client.name) in found


@pytest.mark.full
def test_what_is_there_already_is_not_added_again_and_no_file_changes_ours(lake, client):
    lake.refresh()
    made = client.received("100", {"F1": "60", "F2": "40"})
    for _ in range(2):
        assert [one.public_id for one in carrying.carry(lake.settings, lake.store)] == [
            made.public_id
        ]
    with lake.open() as connection:
        last = "SELECT row_count, loaded, file FROM lake.raw.batches ORDER BY batch_id DESC LIMIT 1"
        assert connection.execute(last).fetchone() == (3, 3, "")
    # Not before it is published.
    assert own_payments.are_waiting(lake.store)
    client.load(client.payment("", "5", payment_id=made.payment_id))
    assert client.balance() == 100
    assert not own_payments.are_waiting(lake.store)


def test_a_decision_taken_while_it_is_matched_holds(lake, client, monkeypatch):
    """Somebody takes the payment back between looking for its like and noting that."""
    made = client.received()
    client.load(client.payment("P1"))
    pairs = own_matches.pairs

    def slow(*given):
        found = pairs(*given)
        client.void(made)
        return found

    monkeypatch.setattr(own_matches, "pairs", slow)
    carrying.carry(lake.settings, lake.store)
    now = own_payments.get(lake.store, "main", made.public_id)
    assert (now.status, now.match, now.revision) == ("void", "ours", 2)


def test_they_wait_for_figures_that_could_not_be_made(lake, client, monkeypatch):
    client.received()

    def broken(*_):
        raise RefreshFailed("dbt: no")

    with monkeypatch.context() as patched:
        patched.setattr(refreshing, "run_dbt", broken)
        with pytest.raises(RefreshFailed):
            lake.refresh()
    assert own_payments.are_waiting(lake.store)
    assert client.balance() == 100
    assert not own_payments.are_waiting(lake.store)
