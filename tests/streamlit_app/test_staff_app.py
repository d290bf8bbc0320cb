from __future__ import annotations

import stat
import sys
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from cartera import clock
from cartera.errors import ConfigError
from streamlit_app.shared.gate import Gate
from streamlit_app.shared.services import Services
from streamlit_app.staff import __main__ as entry
from streamlit_app.staff import app, key, session
from tests.streamlit_app.conftest import STAFF_KEY

FILE = "/download/statement.pdf?client=C1&kind=open&as_of=2026-11-24"


@pytest.fixture
def browser(found: Services) -> TestClient:
    """The app without Streamlit: its own routes behind the gate."""
    middleware = [Middleware(Gate, policy=app.policy(secure=False))]
    plain = Starlette(routes=app.routes(), middleware=middleware)
    return TestClient(plain, base_url="http://127.0.0.1:8501", follow_redirects=False)


def test_without_a_session_only_the_door_opens(browser: TestClient) -> None:
    page = browser.get("/", headers={"accept": "text/html"})
    assert (page.status_code, "Clave de acceso" in page.text) == (401, True)
    assert browser.get(FILE).status_code == 401


@pytest.mark.parametrize("way", ["address", "form"])
def test_the_key_opens_a_session_that_does_not_hold_it(browser: TestClient, way: str) -> None:
    if way == "form":
        answer = browser.post("/enter", data={"key": STAFF_KEY})
    else:
        answer = browser.get("/enter", params={"key": STAFF_KEY})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))
    assert STAFF_KEY not in cookie
    assert browser.get("/").status_code == 200
    assert browser.get(FILE).content.startswith(b"%PDF")


def test_a_wrong_key_is_refused(browser: TestClient) -> None:
    answer = browser.post("/enter", data={"key": "x" * 20})
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    assert browser.post("/enter", content=b"key=" + b"x" * 9000).status_code == 413


def test_downloads_refuse_what_makes_no_sense(browser: TestClient) -> None:
    browser.get("/enter", params={"key": STAFF_KEY})
    assert browser.get(FILE.replace("2026-11-24", "soon")).status_code == 400
    assert browser.get(FILE.replace("open", "all")).status_code == 404
    assert browser.get(FILE.replace("C1", "C9")).status_code == 404


def test_a_session_ends_by_itself_and_cannot_be_stretched() -> None:
    now = clock.now()
    cookie = session.issue(STAFF_KEY, now)
    expires, session_id, signature = cookie.split(".")
    longer = f"{int(expires) + 9999}.{session_id}.{signature}"
    later = now + timedelta(hours=session.HOURS, seconds=1)

    def name(value: str, moment: object = now) -> str | None:
        return session.name(STAFF_KEY, {session.COOKIE: value}, moment)  # type: ignore[arg-type]

    assert name(cookie) == session_id
    assert name(cookie, later) is None
    assert name(longer) is None
    assert [name(value) for value in ("", ".", "..", "a.b.c", "9.9.ñ")] == [None] * 5
    assert session.name("another key of some length", {session.COOKIE: cookie}, now) is None


def test_a_random_key_is_made_once_for_its_owner_only(
    found: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(key.VARIABLE)
    made = key.load(found.settings)
    path = found.settings.root / key.KEY_FILE
    assert len(made) >= 40
    assert key.load(found.settings) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("")
    with pytest.raises(ConfigError, match="holds no key"):
        key.load(found.settings)


def test_a_short_key_is_refused(found: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(key.VARIABLE, "short")
    with pytest.raises(ConfigError, match="at least 16"):
        key.load(found.settings)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4"])
def test_the_network_is_refused(
    host: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["staff", "--host", host])
    with pytest.raises(SystemExit) as refused:
        entry.main()
    assert refused.value.code == 2
    assert "this machine only" in capsys.readouterr().err
