"""Stores of earlier days, opened today: the tables of a new one, their rows, nothing sent twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cartera.config import Settings
from cartera.store import claims
from cartera.store.db import Store, newest_version
from cartera.store.drift import differences
from cartera.store.schema import client_edits, messages
from tests.store.old_stores import HOMES, ROWS, STATES, Home, make, rows
from tests.store.schemas import schema
from tests.stores import Cluster, new_store

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
#: With everything that was ever edited afterwards, before and after it went on to 0006.
WORST = [Home("0003", "922ac83"), Home("0006", "922ac83", "8e700ce")]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(Settings(home=tmp_path).store_url)
    yield opened
    opened.close()


@pytest.fixture
def postgres_store(cluster: Cluster) -> Iterator[Store]:
    url = cluster.empty()
    opened = Store(url)
    yield opened
    opened.close()
    cluster.drop(url)


@pytest.mark.parametrize("home", HOMES, ids=str)
def test_an_old_store_is_brought_right(home: Home, store: Store, fresh: dict[str, Any]) -> None:
    _brought_right(store, home, fresh)


@pytest.mark.postgres
@pytest.mark.parametrize("home", WORST, ids=str)
def test_an_old_postgresql_store_is_brought_right(
    home: Home, postgres_store: Store, postgres_url: str
) -> None:
    new = Store(postgres_url)
    fresh = schema(new)
    new.close()
    _brought_right(postgres_store, home, fresh)


def _brought_right(store: Store, home: Home, fresh: dict[str, Any]) -> None:
    before = make(store, home)
    store.migrate()
    assert schema(store) == fresh
    assert differences(store) == []
    assert rows(store, before) == before
    if "messages" in before:
        _leaves_once(store, had_transport="transport" in before["messages"][0])
        _edits_reach_the_lake(store, had_revision="revision" in before["client_edits"][0])
    with store.read() as connection:
        version = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    assert version == newest_version()


def _leaves_once(store: Store, *, had_transport: bool) -> None:
    """Only the message that waited is given to a sender, and it can be written to."""
    taken = claims.claim(
        store, claims.Wanted(), sender="a", now=NOW, lease=timedelta(hours=1), limit=9, per_minute=9
    )
    assert [message.public_id for message in taken.messages] == ["public_id-3"]
    with store.read() as connection:
        found = connection.execute(
            sa.select(messages.c.id, messages.c.state, messages.c.transport).order_by(messages.c.id)
        ).all()
    assert [row.state for row in found] == [*list(STATES.values())[:-1], "claimed"]
    if not had_transport:
        assert {row.transport for row in found} == {""}


def _edits_reach_the_lake(store: Store, *, had_revision: bool) -> None:
    with store.read() as connection:
        found = connection.execute(sa.select(client_edits.c.revision, client_edits.c.carried)).all()
    expected = [(n, n) for n in range(1, ROWS + 1)] if had_revision else [(1, 0)] * ROWS
    assert sorted(map(tuple, found)) == expected


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The schema of a new store."""
    store = new_store(Settings(home=tmp_path_factory.mktemp("fresh")))
    found = schema(store)
    store.close()
    return found
