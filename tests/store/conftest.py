"""Stores to test on: a SQLite file, and a real PostgreSQL where its binaries are installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from cartera.config import Settings
from cartera.store.db import Store
from tests.postgres import Missing, temporary_cluster
from tests.stores import Cluster, new_store


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with ExitStack() as stack:
        try:
            url = stack.enter_context(temporary_cluster())
        except Missing as missing:
            pytest.skip(str(missing))
        yield Cluster(url)


@pytest.fixture
def postgres_url(cluster: Cluster) -> Iterator[str]:
    """A database of the test's own, with the store's tables."""
    url = cluster.migrated()
    yield url
    cluster.drop(url)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    return Settings(home=tmp_path / "home", store=url)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = new_store(settings)
    yield opened
    opened.close()
