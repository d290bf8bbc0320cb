"""What the pipeline's tests share: a home of their own, and definitions loaded once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from cartera.config import Settings, settings
from cartera.store.db import Store, open_store


@pytest.fixture
def here(home: Path) -> Settings:
    return settings()


@pytest.fixture
def store(here: Settings) -> Iterator[Store]:
    store = open_store(here)
    yield store
    store.close()


@pytest.fixture(scope="session")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    """Loaded once, with nothing in the environment but a home: parsing the models takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARTERA_HOME", str(tmp_path_factory.mktemp("definitions")))
        from pipelines.definitions import defs
    return defs


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance
