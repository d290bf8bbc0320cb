"""kill -9 before every step of beginning a payment, taking an event and settling: one of each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cartera.store import gateway_events, online_payments, own_payments, schema
from cartera.store.db import Store
from cartera.store.online_schema import gateway_events as kept
from cartera.store.online_schema import online_claims
from cartera.store.online_schema import online_payments as table
from cartera.warehouse import own_payments as carrying
from tests.bounds import STRIDE
from tests.online.test_netting import allocation, credit
from tests.online.tills import COMPANY, Till, till
from tests.store.conftest import cluster, postgres_url  # noqa: F401  # fixtures
from tests.warehouse.test_own_payments_kill import Killer, at_every_step

#: A receipt to who paid it, and a mail to whoever works here and has an address: nobody has.
PAID = ("approved", 1, "received", 1)


@pytest.fixture(scope="module")
def killer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killer]:
    made = Killer(tmp_path_factory.mktemp("killer") / "errors.txt", "tests.online.killed")
    yield made
    made.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Till]:
    with till(tmp_path) as made:
        if request.param == "postgres":
            made.move_store(request.getfixturevalue("postgres_url"))
        yield made


def count(store: Store, what: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    with store.read() as connection:
        query = sa.select(sa.func.count()).select_from(what).where(*where)
        return connection.execute(query).scalar_one()


def mails(store: Store) -> int:
    return count(store, schema.messages, schema.messages.c.client_id == "C1")


@pytest.mark.full
def test_killed_before_every_step(shop: Till, killer: Killer) -> None:
    shop.lake.load([credit("N1", "30")])
    shop.publish()
    store, link = shop.store, shop.link()

    def run(act: str, at: int, **more: str) -> int:
        more |= {"paper": str(shop.gateway.folder), "now": shop.now.isoformat()}
        return killer.run(shop.lake.settings, act, at, **more)

    def begun() -> tuple[int, int, int]:
        opened = count(store, table, table.c.url != "")
        return count(store, table), count(store, online_claims), opened

    def is_whole(found: Any) -> None:
        # Two documents and the money in favour are taken.
        assert found in [(0, 0, 0), (1, 3, 0), (1, 3, 1)]

    kills = at_every_step(lambda at: run("begin", at, link=link.public_id), begun, is_whole)
    assert kills > 5 // STRIDE
    assert begun() == (1, 3, 1)
    (payment,) = online_payments.listed(store, COMPANY)
    assert (payment.amount, payment.netted) == (Decimal("120.50"), Decimal(30))

    def settled() -> tuple[str, int, str, int]:
        (now,) = online_payments.listed(store, COMPANY)
        own = own_payments.every(store)
        assert all(sum(money.amount for _, money in one.netted) == 30 for one in own)
        return now.state, len(own), "".join(one.status for one in own), mails(store)

    def arrives(key: str, states: list[tuple[str, int, str, int]]) -> None:
        """An event comes, and is handled; each state on the way is the old one or the new one."""
        at_every_step(
            lambda at: run("take", at, key=key, reference=payment.reference),
            lambda: count(store, kept, kept.c.key == key),
            lambda many: None if many in (0, 1) else pytest.fail("it is there twice"),
        )

        def is_one_of(found: Any) -> None:
            assert found in states

        def state() -> Any:
            (now,) = online_payments.listed(store, COMPANY)
            left = len(gateway_events.waiting(store, shop.now))
            return settled(), now.revision, left

        kills = at_every_step(lambda at: run("round", at), state, lambda seen: is_one_of(seen[0]))
        assert kills > 5 // STRIDE
        assert settled() == states[-1]
        assert gateway_events.waiting(store, shop.now) == []
        assert not online_payments.are_waiting(store, shop.now)

    shop.gateway.say(payment.reference, "approved", payment.amount)
    arrives("paid", [("pending", 0, "", 0), PAID])
    shop.publish()
    assert (shop.balance(), shop.open()) == (Decimal(200), {"C1F3": Decimal(200)})
    assert count(store, online_claims) == 0
    if not store.is_sqlite:  # the same code over the other store
        return

    shop.now += timedelta(hours=1)
    shop.gateway.say(payment.reference, "reversed", payment.amount, refunded=payment.amount)
    arrives("back", [PAID, ("reversed", 1, "void", 2)])
    shop.publish()
    assert shop.balance() == Decimal("320.50")


@pytest.mark.full
def test_killed_while_ours_gives_way(
    shop: Till, killer: Killer, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not shop.store.is_sqlite:  # the lake is the same over the other store
        return
    shop.lake.load([credit("N1", "30")])
    shop.publish()
    payment = shop.begin(shop.link())
    shop.gateway.say(payment.reference, "approved", payment.amount)
    shop.now += timedelta(minutes=3)
    shop.round()
    shop.publish()
    shop.lake.load([allocation("A1", "N1", "C1F3", "20")])
    # The figures are computed, and what of ours is too much for them is still there.
    with monkeypatch.context() as patch:
        patch.setattr(carrying, "fit", lambda *_: False)
        shop.publish()

    def versions() -> list[tuple[str, Decimal]]:
        with shop.lake.open() as connection:
            return connection.execute(
                "SELECT status, amount FROM lake.raw.allocations "
                "WHERE allocation_id LIKE 'cartera-%-n%' ORDER BY batch_id"
            ).fetchall()

    old, new = [("posted", Decimal(30))], [("posted", Decimal(30)), ("posted", Decimal(10))]

    def is_whole(found: Any) -> None:
        assert found in (old, new)

    more = {"paper": str(shop.gateway.folder), "now": shop.now.isoformat()}
    settings = shop.lake.settings
    kills = at_every_step(
        lambda at: killer.run(settings, "fit", at, **more), versions, is_whole
    )  # fmt: skip
    assert kills > 2 // STRIDE
    assert versions() == new
    shop.publish()
    assert shop.balance() == 0
    assert shop.open() == {"C1F1": Decimal(20)}
