"""What the pipeline's tests share: a home of their own, and definitions loaded once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from cartera.config import Settings, settings
from cartera.store.db import Store
from tests.pipelines.drops import CLIENTS, DOCUMENTS, drop_complete
from tests.shared import made_once
from tests.stores import new_store


@pytest.fixture
def here(home: Path) -> Settings:
    return settings()


@pytest.fixture
def loaded(home: Path, definitions: dg.Definitions) -> Settings:
    """A home whose first files are loaded and published: that builds everything and takes seconds,
    so it is done once in a run of tests.
    """
    shutil.copytree(made_once("pipelines-home", lambda folder: _publish(folder, definitions)), home)
    return settings()


def _publish(folder: Path, definitions: dg.Definitions) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARTERA_HOME", str(folder))
        drop_complete(settings(), {"clients.csv": CLIENTS, "documents.csv": DOCUMENTS})
        assert definitions.resolve_job_def("fast_lane").execute_in_process().success


@pytest.fixture
def store(here: Settings) -> Iterator[Store]:
    store = new_store(here)
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
