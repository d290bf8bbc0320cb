"""The apps' services over a store of the test's own and a reader in memory."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from argon2 import PasswordHasher
from streamlit.components.v2 import manifest_scanner

from cartera import passwords
from streamlit_app.shared import services as module
from streamlit_app.shared.services import Services
from streamlit_app.staff.signin.checking import desk
from tests.stores import place
from tests.streamlit_app.accounts import signed_in
from tests.streamlit_app.client_server import client_url, sample, sample_app
from tests.streamlit_app.door import StaffBrowser, new_browser
from tests.streamlit_app.fakes import FakeReader

__all__ = ["client_url", "sample", "sample_app"]


@pytest.fixture(autouse=True)
def main_module() -> Iterator[None]:
    """AppTest puts its script in the place of `__main__` and leaves it there: processes that a
    later test spawns would run that script instead of the test's function.
    """
    kept = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = kept


@pytest.fixture(scope="session", autouse=True)
def scanned_once() -> Iterator[None]:
    """Each run of an AppTest reads the metadata of every installed package, which costs ten times
    what the page does. None is installed meanwhile: it is read once.
    """
    with pytest.MonkeyPatch.context() as patch:
        scan = cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture
def reader() -> FakeReader:
    return FakeReader()


@pytest.fixture
def found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reader: FakeReader
) -> Iterator[Services]:
    place(tmp_path)
    monkeypatch.setenv("CARTERA_HOME", str(tmp_path))
    monkeypatch.setenv("CARTERA_TODAY", "2026-11-24")
    monkeypatch.setattr(module, "open_reader", lambda _settings: reader)
    module.services.cache_clear()
    desk.cache_clear()
    yield module.services()
    module.services().store.close()
    module.services.cache_clear()
    desk.cache_clear()


@pytest.fixture
def within_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits' clock stands: a busy machine may take longer to reach one than it counts for."""
    moment = time.time()
    monkeypatch.setattr("limits.storage.memory.time", SimpleNamespace(time=lambda: moment))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2id all the same, with little memory."""
    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", hasher)
    passwords._nobodys.cache_clear()


@pytest.fixture
def staff_browser(found: Services, quick: None) -> StaffBrowser:
    """Makes browsers that know the staff app's door."""
    return new_browser


@pytest.fixture
def staff_cookies(found: Services) -> Callable[..., dict[str, str]]:
    """Cookies of somebody signed in: `staff_cookies()`, `staff_cookies("reader")`."""
    return lambda role="administrator", **changes: signed_in(found.store, role, **changes)
