"""Events of the simulated gateway: signed, late, twice, out of order, and never lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cartera import clock
from cartera.gateways.base import Signal
from tests.gateways.serving import Received, serving, until
from tests.ports import free_port
from tests.sandbox.machine import Machine, running, signed


@pytest.fixture(scope="module")
def received() -> Received:
    return Received()


@pytest.fixture(scope="module")
def machine(received: Received, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    home = tmp_path_factory.mktemp("sandbox")
    with serving(received.app()) as url, running(home, f"{url}/events") as found:
        yield found


def signals(machine: Machine, received: Received, reference: str = "") -> list[Signal]:
    """What came about a reference, each verified by our side."""
    client = machine.client()
    found = [client.signal(body, headers, now=clock.now()) for body, headers in received.posts]
    return [one for one in found if not reference or one.reference == reference]


def test_an_approval_comes_twice_with_an_older_state_in_between(
    machine: Machine, received: Received
) -> None:
    machine.press("approve", signed(reference="TWICE"))
    until(lambda: len(signals(machine, received, "TWICE")) == 3)
    found = signals(machine, received, "TWICE")
    assert [one.stand for one in found] == ["approved", "pending", "approved"]
    assert found[0].key == found[2].key != found[1].key
    assert {(str(one.amount), one.currency) for one in found} == {("125000.50", "COP")}
    (asked,) = {machine.client().look_up("TWICE").gateway_id}
    assert {one.gateway_id for one in found} == {asked}


def test_a_transaction_left_pending_tells_of_both_answers(
    machine: Machine, received: Received
) -> None:
    machine.press("wait", signed(reference="WAIT"))
    until(lambda: len(signals(machine, received, "WAIT")) == 5)
    stands = [one.stand for one in signals(machine, received, "WAIT")]
    assert Counter(stands) == {"pending": 3, "approved": 2}
    assert stands[0] == "pending"


def test_an_expired_order_tells_nothing(machine: Machine, received: Received) -> None:
    machine.press("expire", signed(reference="SILENT-1"))
    machine.press("approve", signed(reference="SILENT-2"), silent="yes")
    machine.press("approve", signed(reference="LOUD"))
    until(lambda: len(signals(machine, received, "LOUD")) == 3)
    told = {one.reference for one in signals(machine, received)}
    assert not told & {"SILENT-1", "SILENT-2"}
    assert machine.client().look_up("SILENT-2").stand == "approved"


def test_what_is_not_taken_comes_again(home: Path) -> None:
    received = Received(answers=[500, 302])
    with serving(received.app()) as url, running(home, f"{url}/events") as machine:
        machine.press("approve", signed())
        until(lambda: len(received.posts) == 5)
        bodies = Counter(body for body, _ in received.posts)
        assert sorted(json.loads(body)["transaction"]["status"] for body in bodies) == [
            "APPROVED", "PENDING",
        ]  # fmt: skip
        assert len(signals(machine, received)) == 5


def test_events_survive_kill_9(home: Path) -> None:
    """Killed with nobody listening: the next process delivers what this one owes."""
    port = free_port()
    address = f"http://127.0.0.1:{port}/events"
    with running(home, address, settles=3600) as machine:
        machine.press("approve", signed(reference="KILLED"))
        machine.press("wait", signed(reference="WAITING"))
        machine.process.kill()
        machine.process.wait()
    received = Received()
    with serving(received.app(), port), running(home, address) as machine:
        until(lambda: len(received.posts) >= 5)
        found = Counter((one.reference, one.stand) for one in signals(machine, received))
        assert found[("KILLED", "approved")] == 2
        assert found[("KILLED", "pending")] == 1
        assert found[("WAITING", "pending")] == 2
        known = machine.client().look_up("KILLED")
        assert known is not None and known.stand == "approved"


@pytest.mark.parametrize(
    ("acts", "stand", "refunded"),
    [
        (["void"], "reversed", "125000.50"),
        (["dispute"], "reversed", "125000.50"),
        (["dispute", "lost"], "reversed", "125000.50"),
        (["dispute", "won"], "approved", "0"),
        (["dispute", "won", "void"], "reversed", "125000.50"),
        (["void", "dispute"], "reversed", "125000.50"),
        (["won"], "approved", "0"),
    ],
)
def test_what_the_desk_does_shows_in_the_answer(
    machine: Machine, received: Received, acts: list[str], stand: str, refunded: str
) -> None:
    reference = "-".join(["DESK", *acts])
    machine.press("approve", signed(reference=reference))
    client = machine.client()
    identity = client.look_up(reference).gateway_id
    for act in acts:
        machine.act(act, identity)
    found = client.look_up(reference)
    assert (found.stand, str(found.refunded)) == (stand, refunded)
    until(lambda: stand in [one.stand for one in signals(machine, received, reference)])


def test_a_refund_of_a_part_is_done_once(machine: Machine) -> None:
    machine.press("approve", signed(reference="REFUND"))
    client = machine.client()
    identity = client.look_up("REFUND").gateway_id
    for amount in ("0", "-5", "125000.51", "x", "NaN", "1.00001"):
        answer = machine.act("refund", identity, amount=amount, was="0")
        assert "wrong=1" in answer.headers["location"]
    machine.act("refund", identity, amount="25000,50", was="0")
    machine.act("refund", identity, amount="25000,50", was="0")
    found = client.look_up("REFUND")
    assert (found.stand, str(found.refunded)) == ("approved", "25000.50")
    machine.act("refund", identity, amount="100000", was="25000.50")
    found = client.look_up("REFUND")
    assert (found.stand, str(found.refunded)) == ("reversed", "125000.50")


def test_another_page_cannot_press_the_desk_s_buttons(machine: Machine) -> None:
    machine.press("approve", signed(reference="ORIGIN"))
    identity = machine.client().look_up("ORIGIN").gateway_id
    for origin in ("http://evil.example", "null"):
        answer = httpx.post(
            machine.url,
            data={"act": "void", "id": identity},
            headers={"Origin": origin},
            trust_env=False,
        )
        assert answer.status_code == 403
    assert machine.client().look_up("ORIGIN").stand == "approved"
