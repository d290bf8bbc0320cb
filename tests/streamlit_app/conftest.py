"""The apps' services over a store of the test's own and a reader in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from streamlit_app.shared import services as module
from streamlit_app.shared.services import Services
from streamlit_app.staff import app as staff_app
from tests.streamlit_app.fakes import FakeReader

STAFF_KEY = "a-key-that-only-tests-know"


@pytest.fixture
def reader() -> FakeReader:
    return FakeReader()


@pytest.fixture
def found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: FakeReader
) -> Iterator[Services]:
    monkeypatch.setenv("CARTERA_HOME", str(tmp_path))
    monkeypatch.setenv("CARTERA_STAFF_KEY", STAFF_KEY)
    monkeypatch.setenv("CARTERA_TODAY", "2026-11-24")
    monkeypatch.setattr(module, "open_reader", lambda _settings: reader)
    module.services.cache_clear()
    staff_app.access_key.cache_clear()
    yield module.services()
    module.services().store.close()
    module.services.cache_clear()
    staff_app.access_key.cache_clear()
