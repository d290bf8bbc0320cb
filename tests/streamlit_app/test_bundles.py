from __future__ import annotations

import brotli
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from streamlit_app.shared import bundles

SCRIPT = next(bundles.FOLDER.glob("js/index.*.js"))


@pytest.fixture
def browser() -> TestClient:
    behind = Route("/{path:path}", lambda _request: PlainTextResponse("Streamlit"))
    return TestClient(Starlette(routes=[behind], middleware=[Middleware(bundles.Bundles)]))


def test_a_bundle_comes_compressed_and_whole(browser: TestClient) -> None:
    answer = browser.get(f"/static/js/{SCRIPT.name}", headers={"accept-encoding": "gzip, br"})
    assert answer.headers["content-encoding"] == "br"
    assert answer.headers["content-type"].startswith("text/javascript")
    small = bundles.compressed(f"js/{SCRIPT.name}")
    assert small is not None
    assert len(small) == int(answer.headers["content-length"])
    assert len(small) < SCRIPT.stat().st_size / 2
    assert brotli.decompress(small) == SCRIPT.read_bytes()


@pytest.mark.parametrize(
    ("path", "coding"),
    [
        (f"js/{SCRIPT.name}", "gzip"),
        (f"js/{SCRIPT.name}", "vibrant"),
        ("js/none.js", "br"),
        ("../index.html", "br"),
        ("..%2f..%2fconfig.py", "br"),
    ],
)
def test_everything_else_goes_on_to_streamlit(browser: TestClient, path: str, coding: str) -> None:
    assert browser.get(f"/static/{path}", headers={"accept-encoding": coding}).text == "Streamlit"
