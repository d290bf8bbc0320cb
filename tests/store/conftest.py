"""Stores to test on: a SQLite file, and a real PostgreSQL where its binaries are installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from cartera.config import Settings
from cartera.store.db import Store, open_store
from tests.postgres import Missing, temporary_cluster


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    with ExitStack() as stack:
        try:
            url = stack.enter_context(temporary_cluster())
        except Missing as missing:
            pytest.skip(str(missing))
        yield url


@pytest.fixture
def postgres_url(cluster: str) -> str:
    """An empty database of the test's own."""
    with psycopg.connect(cluster, autocommit=True) as connection:
        number = connection.execute("select count(*) from pg_database").fetchone()[0]
        connection.execute(f"create database test_{number}")
    return cluster.removesuffix("/postgres") + f"/test_{number}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    return Settings(home=tmp_path / "home", store=url)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = open_store(settings)
    yield opened
    opened.close()
