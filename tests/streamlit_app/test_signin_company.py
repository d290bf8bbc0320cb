"""Signing in with the company's own account: a real OpenID provider, Streamlit's part and ours in
this process. How it looks in a browser is in test_signin_browser.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator

import httpx
import pytest
from starlette.testclient import TestClient
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from cartera import clock
from cartera.people import operator
from cartera.store import sessions, users
from streamlit_app.shared.services import Services
from streamlit_app.staff import session
from streamlit_app.staff.signin import oidc
from tests.streamlit_app import provider
from tests.streamlit_app.accounts import account
from tests.streamlit_app.door import HOST, PAGE, with_streamlits_login

SECRET = "a-secret-of-tests-with-forty-characters."
INTERRUPTED = "No pudimos comprobar quién es usted"


@pytest.fixture(scope="module")
def theirs() -> Iterator[str]:
    with provider.running() as address:
        yield address


@pytest.fixture(autouse=True)
def with_provider(theirs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the services are opened."""
    monkeypatch.setenv("CARTERA_STAFF_URL", HOST)
    for name, value in provider.settings(theirs, SECRET).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def browser(
    with_provider: None, found: Services, quick: None, monkeypatch: pytest.MonkeyPatch
) -> TestClient:
    account(found.store, "reader", login="ana", email="ana@andina.co", password=None)
    account(found.store, "reader", login="out", email="out@andina.co", password=None)
    users.disable(found.store, "main", "out", operator("main"), clock.now())
    secrets = oidc.secrets(found.settings)
    assert secrets is not None
    # What Streamlit keeps for the process is as it was afterwards.
    for name in ("_secrets", "_programmatic_secrets"):
        monkeypatch.setattr(secrets_singleton, name, None)
    secrets_singleton.merge_programmatic_secrets(secrets)
    return TestClient(with_streamlits_login(), base_url=HOST, follow_redirects=False, headers=PAGE)


@pytest.fixture(autouse=True)
def nothing_secret_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """At the level at which the app logs (`server.options`)."""
    caplog.set_level(logging.WARNING)
    yield
    for secret in (SECRET, provider.SECRET, "code=", "ana@andina.co"):
        assert secret not in caplog.text


def leave(browser: TestClient, name: str, back: str = "/") -> str:
    """From the door to the provider, and there be `name`: where the provider sends back to."""
    door = browser.get(browser.get(back).headers["location"])
    assert "Entrar con la cuenta de la empresa" in door.text
    there = browser.get(browser.get(f"/login/company?next={back}").headers["location"])
    assert there.status_code == 302
    with httpx.Client(trust_env=False) as client:
        back_again = client.post(there.headers["location"], data={"sub": name})
    address = back_again.headers["location"]
    assert address.startswith(f"{HOST}/oauth2callback?")
    return str(address)


def live(found: Services, login: str = "ana") -> int:
    return len(sessions.list_sessions(found.store, "main", login, now=clock.now()))


def streamlits(browser: TestClient) -> list[str]:
    return [name for name in browser.cookies if name.startswith("_streamlit_user")]


def test_the_companys_account_opens_a_session_and_leads_back(
    browser: TestClient, found: Services
) -> None:
    answer = browser.get(leave(browser, "ana", "/clientes?only=overdue"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/clientes?only=overdue")
    (started,) = sessions.list_sessions(found.store, "main", "ana", now=clock.now())
    assert (started.method, started.person.role) == ("oidc", "reader")
    assert streamlits(browser) == []
    assert "cartera_next" not in browser.cookies
    assert browser.get("/clientes").status_code == 200


@pytest.mark.parametrize("name", ["unknown", "out", "unverified", "nameless"])
def test_who_has_no_access_is_told_so_kindly(
    browser: TestClient, found: Services, name: str
) -> None:
    answer = browser.get(leave(browser, name))
    assert answer.status_code == 403
    assert "<h1>Esta cuenta no tiene acceso</h1>" in answer.text
    assert streamlits(browser) == []
    assert session.COOKIE not in browser.cookies
    back = re.search(r'<form action="([^"]*)"><button>Volver a iniciar sesión<', answer.text)
    assert back is not None
    assert 'name="login"' in browser.get(back[1]).text
    assert live(found) == 0


def test_a_way_back_that_was_not_begun_here_opens_nothing(browser: TestClient) -> None:
    for query in ("", "?code=abc&state=def", "?error=access_denied&error_description=no"):
        answer = browser.get(f"/oauth2callback{query}")
        assert f"<h1>{INTERRUPTED}</h1>" in answer.text
    answer = browser.get("/auth/login?provider=abc")
    while answer.is_redirect and "/login" not in answer.headers["location"]:
        answer = browser.get(answer.headers["location"])
    assert answer.headers["location"].startswith("/login")
    assert session.COOKIE not in browser.cookies


def test_an_address_used_before_opens_nothing_again(browser: TestClient, found: Services) -> None:
    used = leave(browser, "ana")
    assert browser.get(used).headers["location"] == "/"
    assert live(found) == 1
    browser.post("/auth/logout")
    assert f"<h1>{INTERRUPTED}</h1>" in browser.get(used).text
    assert live(found) == 0


def test_streamlits_own_cookie_admits_nobody(browser: TestClient) -> None:
    """Even signed rightly, as a version before ours might have left it."""
    claims = {
        "email": "ana@andina.co", "email_verified": True, "is_logged_in": True,
        "provider": "default", "origin": HOST, "iat": clock.now().timestamp(),
    }  # fmt: skip
    value = create_signed_value(SECRET, "_streamlit_user", json.dumps(claims)).decode()
    browser.cookies.set("_streamlit_user", value, domain="127.0.0.1")
    for path in ("/", "/clientes"):
        assert browser.get(path).headers["location"].startswith("/login")
    answer = browser.get("/oauth2callback")
    assert f"<h1>{INTERRUPTED}</h1>" in answer.text
    assert session.COOKIE not in browser.cookies
    assert "_streamlit_user" not in browser.cookies
