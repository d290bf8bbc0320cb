"""The door of the staff app: its routes behind the gate, over a real store."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote

import httpx
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.testclient import TestClient
from streamlit.runtime.context import ContextProxy, StreamlitCookies
from streamlit.testing.v1 import AppTest
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from cartera import clock, passwords
from cartera.people import operator
from cartera.store import audit, schema, sessions, users
from streamlit_app.shared import services as module
from streamlit_app.shared.gate import Gate
from streamlit_app.shared.services import Services
from streamlit_app.staff import app, session
from streamlit_app.staff.signin import oidc, returning, throttle
from streamlit_app.staff.signin.checking import AT_ONCE, IN_LINE
from tests.streamlit_app.accounts import PASSWORD, account, signed_in

HOST = "http://127.0.0.1:8501"
PAGE = {"accept": "text/html"}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2id all the same, with little memory."""
    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", hasher)
    passwords._nobodys.cache_clear()


def plain() -> Starlette:
    """The app without Streamlit: its own routes behind the gate."""
    middleware = [Middleware(Gate, policy=app.policy(secure=session.is_secure()))]
    return Starlette(routes=app.routes(), middleware=middleware)


@pytest.fixture
def browser(found: Services, quick: None) -> Callable[..., TestClient]:
    """A new browser, by default at one address of a documentation network."""

    def new(address: str = "198.51.100.7", **more: object) -> TestClient:
        return TestClient(
            plain(), base_url=HOST, follow_redirects=False, client=(address, 50000), **more
        )

    return new


def enter(client: TestClient, login: str = "ana", password: str = PASSWORD, **more: str):
    return client.post("/login", data={"login": login, "password": password, **more})


def form_without_login(html: str) -> str:
    """The page without what was typed, and where the cursor stands because of it."""
    return re.sub(r'value="[^"]*"| autofocus', "", html)


# What needs no session and what does


@pytest.mark.parametrize("path", ["/", "/clientes", "/datos", "/usuarios", "/cartera?bucket=90%2B"])
def test_without_a_session_a_person_is_led_to_the_door(
    browser: Callable[..., TestClient], path: str
) -> None:
    answer = browser().get(path, headers=PAGE)
    back = "" if path == "/" else f"?next={quote(path)}"
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login{back}")
    assert browser().get(path).status_code == 401


@pytest.mark.parametrize(
    "path",
    ["/download/statement.pdf", "/upload", "/live", "/_stcore/stream", "/_stcore/host-config",
     "/suggest", "/language"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_without_a_session_a_program_gets_nothing(
    browser: Callable[..., TestClient], path: str, method: str
) -> None:
    assert browser().request(method, path).status_code == 401


@pytest.mark.parametrize(
    "path",
    ["/enter", "/oauth2callback", "/auth/login", "/login/company", "/_stcore/upload_file/a/b",
     "/_stcore/metrics", "/media/x", "/component/x"],
)  # fmt: skip
def test_what_the_app_does_not_use_does_not_exist(
    browser: Callable[..., TestClient], found: Services, path: str
) -> None:
    assert browser().get(path).status_code == 404
    assert browser(cookies=signed_in(found.store)).get(path).status_code == 404


def test_only_who_may_upload_reaches_the_upload(
    browser: Callable[..., TestClient], found: Services
) -> None:
    reader = browser(cookies=signed_in(found.store, "reader"))
    assert reader.post("/upload", content=b"x").status_code == 403
    administrator = browser(cookies=signed_in(found.store))
    assert administrator.post("/upload", content=b"x").status_code != 403


# Signing in


def test_a_password_opens_a_session_and_leads_to_the_page_asked_for(
    browser: Callable[..., TestClient], found: Services
) -> None:
    account(found.store, login="ana")
    client = browser()
    view = "/clientes?only=overdue&text=se%C3%B1or&sort=total"
    door = client.get(client.get(view, headers=PAGE).headers["location"])
    assert door.status_code == 200
    kept = re.search(r'name="next" value="([^"]*)"', door.text)
    assert kept is not None
    answer = enter(client, next=kept[1].replace("&amp;", "&"))
    assert (answer.status_code, answer.headers["location"]) == (303, view)
    parts = answer.headers["set-cookie"].split("; ")
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"} <= set(parts)
    assert "Secure" not in parts
    (started,) = sessions.list_sessions(found.store, "main", now=clock.now())
    assert (started.person.login, started.address) == ("ana", "198.51.100.7")
    assert client.get("/", headers=PAGE).status_code == 200
    assert client.get("/login?next=/clientes").headers["location"] == "/clientes"


def test_the_cookie_is_secure_behind_https(
    browser: Callable[..., TestClient], found: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "is_secure", lambda: True)
    account(found.store, login="ana")
    assert "Secure" in enter(browser()).headers["set-cookie"].split("; ")


def test_every_sign_in_gets_a_token_of_its_own_and_ends_the_one_before(
    browser: Callable[..., TestClient], found: Services
) -> None:
    account(found.store, login="ana")
    planted = signed_in(found.store, "reader")[session.COOKIE]
    client = browser(cookies={session.COOKIE: planted})
    first = enter(client).cookies[session.COOKIE]
    assert first != planted
    assert sessions.person_of(found.store, planted, clock.now()) is None
    again = enter(browser(cookies={session.COOKIE: "chosen-by-a-stranger"}))
    assert again.cookies[session.COOKIE] not in ("chosen-by-a-stranger", first)
    assert sessions.person_of(found.store, "chosen-by-a-stranger", clock.now()) is None


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("ana", "wrong"),
        ("nobody", PASSWORD),
        ("out", PASSWORD),
        ("rosa", ""),
        ("rosa", "nobody's password"),
        ("", ""),
        ("ana\0", PASSWORD),
        ("ana' or '1'='1", PASSWORD),
        ("ana", PASSWORD.upper()),
        ("ana", PASSWORD + " "),
    ],
)
def test_every_wrong_sign_in_is_answered_the_same(
    browser: Callable[..., TestClient], found: Services, login: str, password: str
) -> None:
    account(found.store, login="ana"), account(found.store, login="out")
    account(found.store, login="rosa", password=None, email="rosa@andina.co")
    users.disable(found.store, "main", "out", operator("main"), clock.now())
    answer = enter(browser(), login, password)
    assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)
    other = enter(browser(), "somebody", "else")
    assert form_without_login(answer.text) == form_without_login(other.text)
    assert 'role="alert"' in answer.text
    assert not password or len(password) < 5 or password not in answer.text.replace("&#39;", "'")


def test_what_a_stranger_types_is_shown_as_text(
    browser: Callable[..., TestClient], found: Services
) -> None:
    login = '"><script>alert(1)</script>'
    answer = enter(browser(), login, "x", next='/"><script>')
    assert "<script>" not in answer.text
    assert enter(browser(), "x" * 65, "y").text.count("xxxx") == 0


def test_refusals_are_in_the_trail_of_who_exists(
    browser: Callable[..., TestClient], found: Services
) -> None:
    account(found.store, login="ana")
    enter(browser(), "ana", "wrong"), enter(browser(), "nobody", "wrong")
    actions = [entry.action for entry in audit.entries(found.store, "main")]
    assert actions.count("session.refused") == 1


@pytest.mark.parametrize(
    "content",
    [b"login=" + b"a" * 20_000, "login=ñ".encode("latin-1"), b"&".join([b"a=1"] * 20)],
)
def test_what_no_form_of_ours_sends_is_refused(
    browser: Callable[..., TestClient], content: bytes
) -> None:
    assert browser().post("/login", content=content).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.test"},
        {"origin": "null"},
        {"origin": "null", "sec-fetch-site": "cross-site"},
        {"origin": "http://127.0.0.1:9999", "sec-fetch-site": "same-site"},
    ],
)
def test_another_sites_page_signs_nobody_in_or_out(
    browser: Callable[..., TestClient], found: Services, headers: dict[str, str]
) -> None:
    account(found.store, login="ana")
    client = browser(cookies=signed_in(found.store))
    form = {"login": "ana", "password": PASSWORD}
    assert client.post("/login", data=form, headers=headers).status_code == 403
    assert client.post("/auth/logout", headers=headers).status_code == 403
    assert len(sessions.list_sessions(found.store, "main", now=clock.now())) == 1


# Where it leads


@pytest.mark.parametrize(
    "address",
    [
        "", "clientes", "//evil.test", "///evil.test", "/\\evil.test", "\\\\evil.test",
        "/\t/evil.test", "/\n/evil.test", "\t//evil.test", "http://evil.test", "https:/evil.test",
        "javascript:alert(1)", "/\x00", "/a b", "/login", "/login?next=/", "/auth/logout",
        "/oauth2callback?code=1", "/live", "/_stcore/stream", "/" + "a" * 2001, "//[",
    ],
)  # fmt: skip
def test_no_address_leads_elsewhere(
    browser: Callable[..., TestClient], found: Services, address: str
) -> None:
    assert returning.safe(address) == "/"
    account(found.store, login="ana")
    assert enter(browser(), next=address).headers["location"] == "/"


@pytest.mark.parametrize(
    "address",
    ["/", "/clientes", "/cliente?client=C1", "/?client=a%2Fb&kind=forward&as_of=2026-01-31",
     "/cartera?bucket=90%2B", "/documentos?text=http://x"],
)  # fmt: skip
def test_every_view_of_ours_survives(address: str) -> None:
    assert returning.safe(address) == address
    assert returning.safe(f"{address}#part") == address


def test_other_letters_in_an_address_are_encoded() -> None:
    assert returning.safe("/clientes?text=Ñandú €") == "/"  # a blank is in no address
    assert returning.safe("/clientes?text=Ñ€") == "/clientes?text=%C3%91%E2%82%AC"


# Throttled


def test_after_five_guesses_a_login_rests_at_that_address(
    browser: Callable[..., TestClient], found: Services
) -> None:
    account(found.store, login="ana"), account(found.store, login="luis")
    assert [enter(browser(), "ana", "wrong").status_code for _ in range(5)] == [401] * 5
    refused = enter(browser())
    assert (refused.status_code, "set-cookie" in refused.headers) == (429, False)
    assert 880 <= int(refused.headers["retry-after"]) <= 900
    assert "Intente de nuevo en 15 minutos." in refused.text
    assert enter(browser(), "ANA ").status_code == 429
    # neither another person there, nor the same one elsewhere
    assert enter(browser(), "luis").status_code == 303
    assert enter(browser("198.51.100.8")).status_code == 303


def test_a_right_password_forgets_the_wrong_ones(
    browser: Callable[..., TestClient], found: Services
) -> None:
    account(found.store, login="ana")
    for _ in range(3):
        assert [enter(browser(), "ana", "wrong").status_code for _ in range(4)] == [401] * 4
        assert enter(browser()).status_code == 303


def test_one_address_does_not_try_many_logins(
    browser: Callable[..., TestClient], found: Services
) -> None:
    account(found.store, login="ana")
    codes = [enter(browser(), f"login{n}", "x").status_code for n in range(61)]
    assert codes == [401] * 60 + [429]
    assert enter(browser()).status_code == 429
    assert enter(browser("198.51.100.8")).status_code == 303


def test_guesses_from_many_addresses_do_not_shut_a_person_out(
    browser: Callable[..., TestClient], found: Services
) -> None:
    account(found.store, login="ana")
    assert enter(browser("203.0.113.5")).status_code == 303
    codes = [enter(browser(f"192.0.2.{n}"), "ana", "wrong").status_code for n in range(31)]
    assert codes == [401] * 30 + [429]
    assert enter(browser("192.0.2.99")).status_code == 429
    # where she has been before she still enters
    assert enter(browser("203.0.113.5")).status_code == 303


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("testclient", "unknown"),
        (None, "unknown"),
    ],
)
def test_addresses_are_counted_by_line(host: str | None, counted: str) -> None:
    assert throttle.network(host) == counted


def test_a_crowd_is_told_to_come_back_and_everyone_else_is_served(found: Services) -> None:
    """With the real cost of a check: two run, some wait, the rest are answered at once."""
    account(found.store, login="ana")

    async def crowd() -> list[int]:
        async def one(number: int) -> int:
            place = httpx.ASGITransport(app=plain(), client=(f"192.0.2.{number}", 1))
            async with httpx.AsyncClient(transport=place, base_url=HOST) as client:
                form = {"login": f"login{number}", "password": "x"}
                answer = await client.post("/login", data=form)
                assert answer.status_code != 503 or answer.headers["retry-after"]
                return answer.status_code

        return list(await asyncio.gather(*(one(number) for number in range(60))))

    codes = asyncio.run(crowd())
    assert set(codes) == {401, 503}
    assert codes.count(401) >= AT_ONCE + IN_LINE


# The end of a session


def test_signing_out_ends_the_session_and_takes_the_cookie(
    browser: Callable[..., TestClient], found: Services
) -> None:
    held = signed_in(found.store)
    client = browser(cookies=held)
    answer = client.post("/auth/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?out=1")
    assert 'cartera_staff=""; ' in answer.headers["set-cookie"]
    assert browser(cookies=held).get("/", headers=PAGE).status_code == 303
    assert "Usted cerró la sesión." in browser().get("/login?out=1").text


def test_a_link_to_signing_out_works_from_our_pages_only(
    browser: Callable[..., TestClient], found: Services
) -> None:
    held = signed_in(found.store)
    for site in ({}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        asked = browser(cookies=held).get("/auth/logout", headers=site)
        assert (asked.status_code, "<form method=" in asked.text) == (200, True)
        assert browser(cookies=held).get("/", headers=PAGE).status_code == 200
    ours = browser(cookies=held).get("/auth/logout", headers={"sec-fetch-site": "same-origin"})
    assert ours.status_code == 303
    assert browser(cookies=held).get("/", headers=PAGE).status_code == 303


def test_an_ended_session_is_said_and_the_page_kept(
    browser: Callable[..., TestClient], found: Services
) -> None:
    held = signed_in(found.store)
    sessions.end_all(found.store, "main", "administrator", operator("main"), clock.now())
    door = browser(cookies=held).get("/datos", headers=PAGE)
    assert door.headers["location"] == "/login?next=/datos"
    assert "Su sesión terminó" in browser(cookies=held).get("/login?next=/datos").text


def test_the_gate_and_the_watch_know_a_session_by_its_public_id(found: Services) -> None:
    held = signed_in(found.store)
    name = session.name(held)
    assert name is not None
    assert held[session.COOKIE] not in name
    assert session.still_live([name, "x"]) == {name}
    session.end(held)
    assert session.name(held) is None
    assert session.still_live([name]) == set()


def test_lives_as_long_as_the_settings_say(
    browser: Callable[..., TestClient], found: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    account(found.store, login="ana")
    monkeypatch.setenv("CARTERA_SESSION_HOURS", "1")
    monkeypatch.setenv("CARTERA_SESSION_IDLE_MINUTES", "5")
    module.services.cache_clear()
    answer = enter(browser())
    assert "Max-Age=3600" in answer.headers["set-cookie"]
    token = answer.cookies[session.COOKIE]
    started = sessions.find(found.store, token, clock.now())
    assert started is not None
    assert started.expires_at - started.started_at == timedelta(hours=1)
    idle = started.started_at + timedelta(minutes=5)
    assert sessions.person_of(found.store, token, idle) is None


def test_a_page_that_redraws_itself_is_no_use_of_the_session(
    found: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = StreamlitCookies(signed_in(found.store))
    monkeypatch.setattr(ContextProxy, "cookies", property(lambda _self: held))
    before = clock.now() - timedelta(minutes=9)

    def rest() -> None:
        with found.store.write() as connection:
            connection.execute(sa.update(schema.sessions).values(last_seen_at=before))

    def seen() -> datetime:
        (only,) = sessions.list_sessions(found.store, "main", now=clock.now())
        return only.last_seen_at

    def script() -> None:
        import streamlit as st

        from streamlit_app.staff import session

        st.write(session.person().login)
        st.button("by a person", key="pressed")
        st.button("by the page", key="refresh")

    page = AppTest.from_function(script).run()
    rest()
    page.button(key="refresh").click().run()
    assert seen() == before
    page.button(key="pressed").click().run()
    assert seen() > before
    assert not page.exception


# Who somebody is, as Streamlit's callback says it


def signed(claims: dict[str, object], secret: str = "") -> Response:
    answer = Response()
    value = create_signed_value(
        secret or get_cookie_secret(), "_streamlit_user", json.dumps(claims)
    )
    answer.set_cookie("_streamlit_user", value.decode())
    return answer


def test_an_identity_counts_if_it_was_made_just_now_and_signed_here() -> None:
    now = clock.now().timestamp()
    claims = {"email": "ana@andina.co", "iat": now - 60}
    assert oidc._identity(signed(claims)) == claims
    for old in ({"iat": now - 360}, {"iat": now + 360}, {"iat": None}, {"iat": "now"}):
        assert oidc._identity(signed(claims | old)) is None
    assert oidc._identity(signed({"email": "ana@andina.co"})) is None
    assert oidc._identity(signed(claims, secret="somebody else's")) is None
    assert oidc._identity(Response()) is None


@pytest.mark.parametrize(
    ("claims", "accepted"),
    [
        ({"email": "ana@andina.co"}, True),
        ({"email": " Ana@Andina.CO ", "email_verified": True}, True),
        ({"email": "ana@andina.co", "email_verified": "true"}, True),
        ({"email": "ana@andina.co", "email_verified": False}, False),
        ({"email": "ana@andina.co", "email_verified": "false"}, False),
        ({"email": "ana@andina.co", "email_verified": None}, False),
        ({"email": "ana@andina.co\0"}, False),
        ({"email": ["ana@andina.co"]}, False),
        ({"email": ""}, False),
        ({"email": "  "}, False),
        ({"preferred_username": "ana"}, False),
    ],
)
def test_an_identity_is_a_verified_mail_address_of_an_account(
    found: Services, quick: None, claims: dict[str, object], accepted: bool
) -> None:
    account(found.store, login="ana", email="ana@andina.co"), account(found.store, login="bea")
    assert (oidc._account(claims) is not None) is accepted


# The page itself


def test_the_page_needs_no_script_and_names_its_fields(
    browser: Callable[..., TestClient], found: Services
) -> None:
    account(found.store)
    html = browser().get("/login").text
    assert "<script" not in html
    assert 'autocomplete="username"' in html
    assert 'autocomplete="current-password"' in html
    assert '<html lang="es">' in html
    assert "cuenta de la empresa" not in html
    english = browser(cookies={"cartera_language": "en"}).get("/login").text
    assert "Sign in" in english
    assert "Contraseña" not in english


def test_before_the_first_account_the_page_says_how_to_make_one(
    browser: Callable[..., TestClient], found: Services
) -> None:
    assert "cartera user add" in browser().get("/login").text
    account(found.store)
    assert "cartera user add" not in browser().get("/login").text
