"""What Wompi answers about a reference, from a server that answers like it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from starlette.responses import HTMLResponse, JSONResponse, Response

from cartera.gateways.base import Found, Refused, Unreachable
from cartera.gateways.wompi import Wompi
from tests.gateways.fake_wompi import FakeWompi, to_elsewhere
from tests.gateways.serving import serving
from tests.gateways.test_wompi_checkout import wompi
from tests.ports import free_port

OURS = "CT22334455BCDF"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[FakeWompi, Wompi]]:
    fake = FakeWompi()
    with serving(fake.app()) as url:
        yield fake, wompi(url)


@pytest.fixture
def fake(served: tuple[FakeWompi, Wompi]) -> FakeWompi:
    found = served[0]
    found.transactions, found.asked, found.broken, found.is_active = [], [], None, True
    return found


@pytest.fixture
def ours(served: tuple[FakeWompi, Wompi]) -> Wompi:
    return served[1]


def test_nobody_paid(fake: FakeWompi, ours: Wompi) -> None:
    fake.add("ANOTHER", "APPROVED")
    assert ours.look_up(OURS) is None


@pytest.mark.parametrize(
    ("status", "stand", "refunded"),
    [
        ("PENDING", "pending", 0), ("APPROVED", "approved", 0), ("DECLINED", "declined", 0),
        ("ERROR", "error", 0), ("VOIDED", "reversed", 95_000),
    ],
)  # fmt: skip
def test_one_transaction(
    fake: FakeWompi, ours: Wompi, status: str, stand: Any, refunded: int
) -> None:
    identity = fake.add(OURS, status, status_message="Dicho\npor Wompi")
    assert ours.look_up(OURS) == Found(
        stand=stand,
        reference=OURS,
        amount=Decimal("95000.00"),
        currency="COP",
        gateway_id=identity,
        refunded=Decimal(refunded),
        method="PSE",
        reason="Dicho por Wompi",
    )


@pytest.mark.parametrize(
    ("statuses", "stand", "number"),
    [
        (["DECLINED", "APPROVED"], "approved", 2),
        (["APPROVED", "DECLINED"], "approved", 1),
        (["APPROVED", "PENDING"], "approved", 1),
        (["VOIDED", "APPROVED"], "approved", 2),
        (["PENDING", "DECLINED"], "pending", 1),
        (["VOIDED", "DECLINED"], "reversed", 1),
        (["DECLINED", "ERROR"], "error", 2),
        (["ERROR", "DECLINED"], "declined", 2),
    ],
)
def test_several_of_one_reference(
    fake: FakeWompi, ours: Wompi, statuses: list[str], stand: str, number: int
) -> None:
    ids = [fake.add(OURS, status) for status in statuses]
    for _ in range(2):
        found = ours.look_up(OURS)
        assert found is not None
        assert (found.stand, found.gateway_id) == (stand, ids[number - 1])
        fake.transactions.reverse()  # the order in which they are listed tells nothing


def test_paid_twice_is_the_sum_so_that_people_see_it(fake: FakeWompi, ours: Wompi) -> None:
    first, second = fake.add(OURS, "APPROVED"), fake.add(OURS, "APPROVED", 100)
    found = ours.look_up(OURS)
    assert found is not None
    assert (found.stand, found.amount) == ("approved", Decimal("95001.00"))
    assert first in found.reason and second in found.reason


def test_another_amount_or_currency_is_told_as_it_is(fake: FakeWompi, ours: Wompi) -> None:
    fake.add(OURS, "APPROVED", 1, currency="USD")
    found = ours.look_up(OURS)
    assert found is not None
    assert (found.amount, found.currency) == (Decimal("0.01"), "USD")


def test_a_name_from_outside_leads_only_to_our_own(fake: FakeWompi, ours: Wompi) -> None:
    theirs = fake.add("ANOTHER", "APPROVED")
    hostile = ["../merchants/x", "", "a/b", "x" * 500, "ñ", "1?reference=y", "nothing"]
    assert ours.look_up(OURS, [theirs, *hostile]) is None
    assert not any("merchants" in url for url in fake.asked)


def test_a_name_helps_where_the_list_is_behind(fake: FakeWompi, ours: Wompi) -> None:
    identity = fake.add(OURS, "APPROVED")
    listed = fake.transactions.pop()
    assert ours.look_up(OURS, [identity]) is None
    fake.transactions.append(listed)
    found = ours.look_up(OURS, [identity])
    assert found is not None and found.stand == "approved"
    assert len(found.reason) == 0  # once, though it came by both ways


@pytest.mark.parametrize(
    "answer",
    [
        Response(status_code=500), Response(status_code=503), Response(status_code=429),
        HTMLResponse("<h1>Mantenimiento</h1>"), JSONResponse([]), JSONResponse({"data": 5}),
        JSONResponse({"data": None}), Response(b"[" * 100_000),
        Response(b'{"data": []}' + b" " * 2_000_000),
        JSONResponse({"data": [{"reference": OURS, "status": "PAID", "amount_in_cents": 1}]}),
        JSONResponse({"data": [{"reference": OURS, "status": "APPROVED", "currency": "COP",
                                "amount_in_cents": 95000.5}]}),
        JSONResponse({"data": [{"reference": OURS, "status": ["APPROVED"], "currency": "COP",
                                "amount_in_cents": 1}]}),
    ],
)  # fmt: skip
def test_an_answer_that_says_nothing_is_asked_for_again(
    fake: FakeWompi, ours: Wompi, answer: Response
) -> None:
    fake.broken = answer
    with pytest.raises(Unreachable):
        ours.look_up(OURS)


def test_an_answer_that_leads_elsewhere_is_not_followed(fake: FakeWompi, ours: Wompi) -> None:
    fake.broken = to_elsewhere()
    with pytest.raises(Unreachable):
        ours.look_up(OURS)
    assert "elsewhere" not in fake.asked


def test_nobody_listens() -> None:
    away = wompi(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Unreachable):
        away.look_up(OURS)
    assert not away.check().is_good


def test_a_key_that_wompi_does_not_know(served: tuple[FakeWompi, Wompi], fake: FakeWompi) -> None:
    url = served[1].origin
    other = wompi(url, WOMPI_PRIVATE_KEY="prv_test_Another")
    with pytest.raises(Refused) as refusal:
        other.look_up(OURS)
    assert "prv_test_Another" not in str(refusal.value)
    assert "private key" in other.check().text
    assert "public key" in wompi(url, WOMPI_PUBLIC_KEY="pub_test_Another").check().text


def test_keys_that_wompi_knows(fake: FakeWompi, ours: Wompi) -> None:
    checked = ours.check()
    assert checked.is_good
    assert checked.details == {"name": "Comercio", "environment": "test"}
    fake.is_active = False
    assert not ours.check().is_good
    fake.broken = Response(status_code=500)
    assert "Try again later" in ours.check().text


def test_wompi_ends_nothing(ours: Wompi) -> None:
    assert not ours.can_close
    assert ours.close(OURS, "x") is False
