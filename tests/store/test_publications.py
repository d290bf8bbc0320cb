from __future__ import annotations

from datetime import UTC, datetime

from cartera.store import publications
from cartera.store.db import Store

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_none_before_the_first_load(store: Store) -> None:
    assert publications.current(store) is None
    assert publications.history(store) == []


def test_the_newest_is_current(store: Store) -> None:
    first = publications.publish(store, snapshot_id=7, batch_seq=1, full=True, now=NOON)
    second = publications.publish(store, snapshot_id=9, batch_seq=2)
    assert second.id > first.id
    assert publications.current(store) == second
    assert publications.history(store) == [second, first]
    assert first.published_at == NOON
    assert (first.full, second.full) == (True, False)


def test_history_is_limited(store: Store) -> None:
    for number in range(5):
        publications.publish(store, snapshot_id=number, batch_seq=number)
    assert [p.snapshot_id for p in publications.history(store, limit=2)] == [4, 3]
