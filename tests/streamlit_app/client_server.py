"""The sample company's client app: one server a worker, and the same app in this process.

Tests that share a home have links of their own; none changes what another one's link shows.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from streamlit_app.client import account, app, limits
from streamlit_app.shared import services as module
from streamlit_app.shared.gate import Gate
from tests.sample_home import SampleHome, build, serving

HOST = "http://portal.test"


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleHome]:
    """The home of this worker's client tests."""
    made = build(tmp_path_factory.mktemp("clients") / "home")
    yield made
    made.store.close()


@pytest.fixture(scope="session")
def client_url(sample: SampleHome) -> Iterator[str]:
    """Where the client app answers over it."""
    with serving("client", sample) as address:
        yield address


def in_process() -> TestClient:
    """The app without Streamlit: its own routes behind the gate, nothing of a test before."""
    account.forget()
    limits.forget()
    middleware = [Middleware(Gate, policy=app.policy(secure=False))]
    plain = Starlette(routes=app.routes(), middleware=middleware)
    return TestClient(plain, base_url=HOST, follow_redirects=False)


@pytest.fixture
def sample_app(sample: SampleHome, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The app over the sample company."""
    for name in ("CARTERA_HOME", "CARTERA_COMPANY"):
        monkeypatch.setenv(name, sample.environment[name])
    module.services.cache_clear()
    yield in_process()
    module.services().store.close()
    module.services.cache_clear()
