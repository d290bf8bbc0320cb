"""kill -9 before every step of accepting a payment and of carrying it: store and ledger agree."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cartera.config import Settings
from cartera.store import notices, own_payments, schema
from cartera.store.db import Store, open_store
from cartera.warehouse import own_payments as carrying
from tests.bounds import STRIDE
from tests.ledger.lakes import Lake
from tests.reported import DAY, NOW, report
from tests.shared import plain_environment
from tests.store.conftest import cluster, postgres_url  # noqa: F401  # fixtures

ROOT = Path(__file__).parents[2]
#: One report's traces, whole.
TRACES = {"notice.accepted": 1, "payment.received": 1}


class Killer:
    """The process that forks others, and how they end."""

    def __init__(self, errors: Path, module: str = "tests.warehouse.killed_payments") -> None:
        self.errors = errors
        with errors.open("w") as handle:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module],
                cwd=ROOT, env=plain_environment(), text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=handle,
            )  # fmt: skip
        assert self.line() == "ready", errors.read_text()

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def run(self, settings: Settings, act: str, at: int, **more: str) -> int:
        assert self.process.stdin is not None
        order = {
            "home": str(settings.home), "store": settings.store, "act": act, "at": at,
            "now": NOW.isoformat(), **more,
        }  # fmt: skip
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        code = int(self.line())
        assert code in (0, -signal.SIGKILL), self.errors.read_text()
        return code

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


@pytest.fixture(scope="module")
def killer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killer]:
    made = Killer(tmp_path_factory.mktemp("killer") / "errors.txt")
    yield made
    made.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lake]:
    made = Lake(tmp_path / "lake")
    if request.param == "postgres":
        made.store.close()
        url = request.getfixturevalue("postgres_url")
        made.settings = Settings(home=made.settings.home, store=url)
        made.store = open_store(made.settings)
    yield made
    made.store.close()


def at_every_step(
    run: Callable[[int], int], state: Callable[[], Any], check: Callable[[Any], None]
) -> int:
    """Kill before the first step, and each `STRIDE` further; once something was done, begin again.

    So every state that a kill can leave behind is killed in, at steps from there on. Returns how
    often it was killed; the last run came to its end.
    """
    kills, at, before = 0, 1, state()
    while run(at):
        kills += 1
        after = state()
        check(after)
        at = at + STRIDE if after == before else 1
        before = after
    check(state())
    return kills


def traces(store: Store) -> dict[str, int]:
    """How many of each act the trail has, of those that matter here."""
    query = sa.select(schema.audit.c.action, sa.func.count()).group_by(schema.audit.c.action)
    with store.read() as connection:
        found = connection.execute(query).all()
    return {action: count for action, count in found if action in TRACES}


def mails(store: Store) -> int:
    query = sa.select(sa.func.count()).where(schema.messages.c.kind == "answer")
    with store.read() as connection:
        return connection.execute(query).scalar_one()


def versions(lake: Lake) -> tuple[list[Any], list[Any]]:
    """Every version of ours in raw, in order: of payments, and of allocations."""
    with lake.open() as connection:
        return tuple(
            connection.execute(
                f"SELECT {columns} FROM lake.raw.{table}s WHERE {table}_id LIKE 'cartera-%' "
                'ORDER BY batch_id, "row"'
            ).fetchall()
            for table, columns in (
                ("payment", "batch_id, status, amount"),
                ("allocation", "batch_id, status, document_id, amount"),
            )
        )  # type: ignore[return-value]


def load_documents(lake: Lake) -> None:
    document = {
        "client_id": "C1", "type": "invoice", "issue_date": "2026-11-01", "due_date": "2026-11-30",
        "currency": "COP",
    }  # fmt: skip
    lake.load([
        ("clients", {"client_id": "C1", "name": "Uno"}),
        ("documents", {"document_id": "F1", "number": "F1", "total": "80", **document}),
        ("documents", {"document_id": "F2", "number": "F2", "total": "20", **document}),
    ])  # fmt: skip


@pytest.mark.full
def test_killed_before_every_step(lake: Lake, killer: Killer) -> None:
    load_documents(lake)
    store = lake.store
    notice = report(store, "100", documents={"F1": "80", "F2": "20"})

    def state() -> tuple[str, int, dict[str, int], int]:
        found = notices.get(store, "main", notice.public_id).state
        return found, len(own_payments.every(store)), traces(store), mails(store)

    def is_whole_or_nothing(found: Any) -> None:
        assert found in [("open", 0, {}, 0), ("accepted", 1, TRACES, 1)]

    kills = at_every_step(
        lambda at: killer.run(lake.settings, "accept", at, notice=notice.public_id),
        state,
        is_whole_or_nothing,
    )
    assert kills > 5 // STRIDE
    (made,) = own_payments.every(store)

    def carried() -> tuple[Any, ...]:
        (now,) = own_payments.every(store)
        return now.match, now.carried, *versions(lake)

    def is_of_whole_batches(found: Any) -> None:
        """Each batch has the payment and both its allocations, and none came twice."""
        *_, payments, allocations = found
        statuses = {"received": "posted", "pending": "void"}
        expected = [
            (batch_id, statuses[status], document_id, amount)
            for batch_id, status, _ in payments
            for document_id, amount in (("F1", 80), ("F2", 20))
        ]
        assert allocations == expected
        assert [row[1] for row in payments] in ([], ["received"], ["received", "pending"])

    def carries(more_kills_than: int) -> None:
        """Killed on PostgreSQL by `make prove` alone: the lake is the same over both."""
        if store.is_sqlite or STRIDE == 1:
            kills = at_every_step(
                lambda at: killer.run(lake.settings, "carry", at), carried, is_of_whole_batches
            )
            assert kills > more_kills_than // STRIDE
        else:
            own_payments.mark_carried(store, carrying.carry(lake.settings, store))

    carries(more_kills_than=5)
    assert [row[1] for row in versions(lake)[0]] == ["received"]
    assert not own_payments.are_waiting(store)

    # The accounting system has it now.
    theirs = {
        "payment_id": "P1", "client_id": "C1", "date": DAY.isoformat(), "amount": "100",
        "currency": "COP",
    }  # fmt: skip
    lake.load([("payments", theirs)])
    carries(more_kills_than=8)
    (now,) = own_payments.every(store)
    assert (now.public_id, now.match, now.matched_id) == (made.public_id, "replaced", "P1")
    assert [row[1] for row in versions(lake)[0]] == ["received", "pending"]
    assert not own_payments.are_waiting(store)
    assert carrying.carry(lake.settings, store) == []
