"""`cartera payments`: what clients pay on their pages, looked at and decided from a shell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cartera.online.terms import OnlinePayment
from cartera.store import own_payments
from tests.cli.conftest import Cartera
from tests.online.tills import Till, till


@pytest.fixture
def shop(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Till]:
    with till(tmp_path_factory.mktemp("till")) as made:
        # Commands ask the clock; on another day than the till's its payments would be old ones.
        monkeypatch.setattr("cartera.clock.now", lambda: made.now)
        yield made


@pytest.fixture
def cartera(shop: Till) -> Cartera:
    return Cartera(shop.lake.settings.home)


def mismatched(shop: Till) -> OnlinePayment:
    """40 were paid where 100 were asked for."""
    begun = shop.begin(shop.link(), "C1F1")
    shop.gateway.say(begun.reference, "approved", "40")
    assert begun.ask_at is not None
    shop.now = begun.ask_at
    shop.round()
    found = shop.of(begun)
    assert found.state == "mismatch"
    return found


def test_listed_shown_and_asked(cartera: Cartera, shop: Till) -> None:
    begun = shop.begin(shop.link(), "C1F1")
    (row,) = cartera.json("payments", "list")
    assert (row["payment"], row["state"], row["says"]) == (begun.public_id, "pending", "")
    shop.gateway.say(begun.reference, "approved", "100")
    asked = cartera("payments", "ask", begun.public_id)
    assert (asked.code, asked.out) == (
        0,
        f"{begun.public_id}: pending, the gateway says approved\n",
    )
    again = cartera("payments", "ask", begun.public_id)
    assert again.code != 0
    assert "a moment ago" in again.err
    shop.round()
    values = cartera.json("payments", "show", begun.public_id)
    assert (values["state"], values["said_amount"], values["own_status"]) == (
        "approved", "100", "received",
    )  # fmt: skip
    assert [one["number"] for one in values["documents"]] == ["F1"]
    shown = cartera("payments", "show", begun.public_id)
    assert shown.code == 0
    assert begun.reference in shown.out


def test_another_amount_is_taken_once(cartera: Cartera, shop: Till) -> None:
    odd = mismatched(shop)
    (row,) = cartera.json("payments", "list", "--differences")
    assert row["differences"] == "mismatch"
    done = cartera("payments", "accept", odd.public_id)
    assert done.code == 0, done.err
    shop.round()
    assert shop.of(odd).state == "approved"
    mine = own_payments.of_sources(shop.store, odd.company_id, "online", [odd.public_id])
    assert f"{mine[odd.public_id].amount:f}" == "40"
    again = cartera("payments", "dismiss", odd.public_id)
    assert again.code != 0
    assert "changed meanwhile" in again.err


def test_another_amount_is_left_out(cartera: Cartera, shop: Till) -> None:
    odd = mismatched(shop)
    done = cartera("payments", "dismiss", odd.public_id)
    assert (done.code, done.out) == (0, f"{odd.public_id}: left out\n")
    shop.round()
    assert shop.of(odd).state == "closed"
    assert not own_payments.of_sources(shop.store, odd.company_id, "online", [odd.public_id])
    assert cartera("payments", "accept", odd.public_id).code != 0


@pytest.mark.parametrize("act", ["show", "ask", "accept", "dismiss"])
def test_what_is_not_there_is_said(cartera: Cartera, act: str) -> None:
    outcome = cartera("payments", act, "nothing")
    assert outcome.code != 0
    assert "Traceback" not in outcome.err
