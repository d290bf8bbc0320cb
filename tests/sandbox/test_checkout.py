"""What the simulated gateway takes, and that it answers once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from cartera.gateways.base import Order
from cartera.gateways.sandbox import of
from cartera.sandbox.account import Account
from cartera.sandbox.orders import BadOrder, read
from tests.gateways.serving import until
from tests.sandbox.machine import KEY, ORDER, SIGNING, Machine, keys, running, signed

ACCOUNT = Account(KEY, SIGNING, "e" * 20, "")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with running(tmp_path_factory.mktemp("sandbox")) as found:
        yield found


def test_the_signature_is_the_one_that_openssl_computes() -> None:
    # printf 'CT22334455BCDF\n125000.50\n…' | openssl dgst -sha256 -hmac sandbox-signing-0123456789
    values = ORDER | {
        "expires_at": "2026-11-26T15:04:05Z",
        "return_url": "http://127.0.0.1:8502/pagos/abc",
        "signature": "62e2affa7da1067b99e727dae348d12e66ba070e38b9cc58f60271f8b7708e90",
    }
    assert read(values.items(), ACCOUNT).reference == "CT22334455BCDF"


def test_our_orders_are_signed_as_the_protocol_says(machine: Machine) -> None:
    order = Order(
        reference=ORDER["reference"],
        amount=Decimal(ORDER["amount"]),
        currency="COP",
        expires_at=datetime(2099, 11, 26, 15, 4, 5, tzinfo=UTC),
        return_url=ORDER["return_url"],
        description=ORDER["description"],
        email=ORDER["email"],
    )
    url = machine.client().start(order).url
    assert dict(parse_qsl(urlsplit(url).query)) == signed()
    assert machine.client().start(order).url == url


@pytest.mark.parametrize("name", ORDER)
def test_nothing_that_is_signed_can_be_changed(name: str) -> None:
    good = signed()
    changed = {"currency": "USD", "language": "en", "expires_at": "2099-11-26T15:04:06Z"}
    other = good | {name: changed.get(name, good[name] + "1")}
    with pytest.raises(BadOrder) as refusal:
        read(other.items(), ACCOUNT)
    assert refusal.value.why == "unsigned"


def test_text_does_not_move_from_one_value_to_the_next() -> None:
    good = signed()
    moved = good | {"reference": good["reference"][:-1], "amount": "F" + good["amount"]}
    with pytest.raises(BadOrder):
        read(moved.items(), ACCOUNT)


@pytest.mark.parametrize(
    "values",
    [
        signed(amount="-1"), signed(amount="0"), signed(amount="0.00"), signed(amount="1e3"),
        signed(amount="NaN"), signed(amount="1.23456"), signed(amount="٣"), signed(amount=""),
        signed(currency="cop"), signed(reference="a b"), signed(reference=""),
        signed(reference="x" * 65), signed(expires_at="tomorrow"),
        signed(expires_at="2099-13-01T00:00:00Z"), signed(return_url="javascript:alert(1)"),
        signed(return_url="http://a.example;script-src *"), signed(return_url="//a.example"),
        signed(language="xx"), signed(description="two\nlines"), signed(email="x" * 2001),
        {k: v for k, v in signed().items() if k != "email"}, signed() | {"signature": "ñ"},
        {},
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_though_signed(values: dict[str, str]) -> None:
    with pytest.raises(BadOrder):
        read(values.items(), ACCOUNT)


def test_a_value_that_stands_twice_is_refused() -> None:
    for pairs in ([*signed().items(), ("amount", "1.00")], [("amount", "1.00"), *signed().items()]):
        with pytest.raises(BadOrder) as refusal:
            read(pairs, ACCOUNT)
        assert refusal.value.why == "malformed"


def test_a_changed_amount_is_refused_by_page_and_button(machine: Machine) -> None:
    values = signed(reference="CHANGED") | {"amount": "1.00"}
    for answer in (machine.open(values), machine.press("approve", values)):
        assert answer.status_code == 403
        assert "La firma no corresponde" in answer.text
    assert machine.ask("transactions?reference=CHANGED").status_code == 404


def test_the_page_says_that_it_is_a_simulation(machine: Machine) -> None:
    spanish = machine.open(signed())
    assert "Esto es una simulación" in spanish.text
    assert "COP 125.000,50" in spanish.text
    english = machine.open(signed(language="en"))
    assert "This is a simulation" in english.text
    policy = spanish.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://127.0.0.1:8502" in policy
    assert "<script" not in spanish.text


def test_what_a_merchant_writes_is_never_markup(machine: Machine) -> None:
    page = machine.open(signed(description="<script>alert(1)</script>")).text
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_looking_at_the_page_changes_nothing(machine: Machine) -> None:
    machine.open(signed(reference="LOOKED"))
    assert machine.client().look_up("LOOKED") is None


@pytest.mark.parametrize(
    ("choice", "stand"), [("approve", "approved"), ("decline", "declined"), ("wait", "pending")]
)
def test_a_button_answers_and_the_browser_goes_back(
    machine: Machine, choice: str, stand: str
) -> None:
    answer = machine.press(choice, signed(reference=f"GO-{choice}"))
    found = machine.client().look_up(f"GO-{choice}")
    assert found is not None
    assert (found.stand, found.amount, found.currency) == (stand, Decimal("125000.50"), "COP")
    assert answer.status_code == 303
    back = "http://127.0.0.1:8502/pagos/abc?de=1"
    assert answer.headers["location"] == f"{back}&id={found.gateway_id}&env=sandbox"


def test_the_first_answer_stays(machine: Machine) -> None:
    values = signed(reference="ONCE")
    machine.press("decline", values)
    second = machine.press("approve", values)
    assert second.status_code == 200
    assert "Este pago fue rechazado" in second.text
    assert "Este pago fue rechazado" in machine.open(values).text
    assert "<form" not in machine.open(values).text
    found = machine.client().look_up("ONCE")
    assert found is not None and found.stand == "declined"


def test_after_its_time_nothing_can_be_paid(machine: Machine) -> None:
    values = signed(reference="LATE", expires_at="2026-01-01T00:00:00Z")
    assert "El tiempo para pagar se terminó" in machine.open(values).text
    assert "El tiempo para pagar se terminó" in machine.press("approve", values).text
    found = machine.client().look_up("LATE")
    assert found is not None and found.stand == "expired"


def test_let_it_expire(machine: Machine) -> None:
    values = signed(reference="LAPSED")
    assert "El tiempo para pagar se terminó" in machine.press("expire", values).text
    assert "El tiempo para pagar se terminó" in machine.press("approve", values).text


def test_a_pending_one_is_approved_by_the_bank_later(machine: Machine) -> None:
    machine.press("wait", signed(reference="SLOW"))

    def is_approved() -> bool:
        found = machine.client().look_up("SLOW")
        return found is not None and found.stand == "approved"

    until(is_approved)


def test_an_ended_order_is_not_paid_and_a_paid_one_not_ended(machine: Machine) -> None:
    client = machine.client()
    assert client.close("ENDED", "") is True
    assert client.close("ENDED", "") is True
    assert "se cerró" in machine.press("approve", signed(reference="ENDED")).text
    found = client.look_up("ENDED")
    assert found is not None and found.stand == "expired"
    machine.press("approve", signed(reference="PAID"))
    assert client.close("PAID", "") is False
    machine.press("wait", signed(reference="WAITS"))
    assert client.close("WAITS", "") is False


def test_only_the_key_opens_the_interface(machine: Machine) -> None:
    machine.press("approve", signed(reference="SECRET"))
    identity = machine.ask("transactions?reference=SECRET").json()["data"]["id"]
    assert machine.ask(f"transactions/{identity}").json()["data"]["reference"] == "SECRET"
    for path in ("transactions?reference=SECRET", f"transactions/{identity}", "account"):
        assert machine.ask(path, key="another").status_code == 401
    assert machine.ask("transactions/nothing").status_code == 404


def test_both_sides_prove_their_secrets(machine: Machine) -> None:
    assert machine.client().check().is_good
    for name, text in {
        "SANDBOX_KEY": "does not know this key",
        "SANDBOX_SIGNING_SECRET": "other secrets",
        "SANDBOX_EVENTS_SECRET": "other secrets",
    }.items():
        values = {k.removeprefix("CARTERA_"): SecretStr(v) for k, v in keys(machine.url).items()}
        checked = of("acme", values | {name: SecretStr("of-somebody-else-entirely")}).check()
        assert not checked.is_good
        assert text in checked.text


def test_another_name_of_this_machine_is_refused(machine: Machine) -> None:
    answer = httpx.get(machine.url, headers={"Host": "evil.example"}, trust_env=False)
    assert answer.status_code == 400


def test_the_reference_is_never_two_things(machine: Machine) -> None:
    ids = {
        re.search(r"id=(sbx-\w+)", found.headers.get("location", "") or found.text)[1]
        for found in (
            machine.press("approve", signed(reference="TABS")),
            machine.press("approve", signed(reference="TABS")),
            machine.open(signed(reference="TABS")),
        )
    }
    assert len(ids) == 1


def test_pressed_in_many_tabs_at_once_it_is_one_answer(machine: Machine) -> None:
    values = signed(reference="CROWD")
    choices = ["approve", "decline", "wait", "expire"] * 4
    with ThreadPoolExecutor(len(choices)) as pool:
        answers = list(pool.map(lambda choice: machine.press(choice, values), choices))
    assert all(answer.status_code in (200, 303) for answer in answers)
    assert (
        sum(answer.status_code == 303 for answer in answers) <= 4
    )  # one choice, perhaps by 4 tabs
    first = machine.client().look_up("CROWD")
    machine.press("approve", values)
    again = machine.client().look_up("CROWD")
    assert first is not None and again is not None
    assert first.gateway_id == again.gateway_id
