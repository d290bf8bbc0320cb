"""The sample company: behind a running staff app, an administrator and a reader in front of it;
and in this process, where a page is drawn without a browser.

One home and one server a worker. Tests that share them look at a client, a link or a notice of
their own, and put settings back; a module that needs other settings has a home of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from cartera.sample import COMPANY_ID
from streamlit_app.shared import services as module
from tests.sample_home import SampleHome, build, serving
from tests.streamlit_app.desks import Desk, desk, usual_desk
from tests.streamlit_app.staff.drawn import Pages
from tests.streamlit_app.staff.homes import own

#: Each answer draws a page, or a window with an editor and a whole message beside it; the server,
#: the browser and another test's share two cores.
PATIENCE_MS = 20_000


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE_MS)
    yield
    expect.set_options(timeout=None)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleHome:
    """The sample company with a refused row, one that waits, and two people."""
    return own(tmp_path_factory)


@pytest.fixture(scope="session")
def url(sample: SampleHome) -> Iterator[str]:
    with serving("staff", sample) as address:
        yield address


@pytest.fixture
def ana(profile: BrowserContext, sample: SampleHome, url: str) -> Desk:
    """An administrator at a desk."""
    return usual_desk(profile, sample, url)


@pytest.fixture
def luis(chromium: Browser, sample: SampleHome, url: str) -> Iterator[Desk]:
    """Somebody who may only look."""
    found = desk(chromium, sample, url, "reader")
    yield found
    found.context.close()


@pytest.fixture(scope="session")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> SampleHome:
    """The sample company with no server over it; nobody changes its figures."""
    return build(tmp_path_factory.mktemp("ledger") / "home")


@pytest.fixture
def pages(ledger: SampleHome, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pages]:
    """Its pages, drawn in this process."""
    monkeypatch.setenv("CARTERA_HOME", str(ledger.folder))
    monkeypatch.setenv("CARTERA_COMPANY", COMPANY_ID)
    module.services.cache_clear()
    yield Pages(ledger, monkeypatch)
    module.services().store.close()
    module.services.cache_clear()
