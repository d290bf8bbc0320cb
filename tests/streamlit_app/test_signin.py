"""The door of the staff app: its routes behind the gate, over a real store."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from cartera import clock
from cartera.people import operator
from cartera.store import audit, sessions, users
from streamlit_app.shared.services import Services
from streamlit_app.staff import session
from tests.streamlit_app.accounts import PASSWORD, account, signed_in
from tests.streamlit_app.door import PAGE, StaffBrowser, enter


def form_without_login(html: str) -> str:
    """The page without what was typed, and where the cursor stands because of it."""
    return re.sub(r'value="[^"]*"| autofocus', "", html)


# What needs no session and what does


@pytest.mark.parametrize("path", ["/", "/clientes", "/datos", "/usuarios", "/cartera?bucket=90%2B"])
def test_without_a_session_a_person_is_led_to_the_door(
    staff_browser: StaffBrowser, path: str
) -> None:
    answer = staff_browser().get(path, headers=PAGE)
    back = "" if path == "/" else f"?next={quote(path)}"
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login{back}")
    assert staff_browser().get(path).status_code == 401


@pytest.mark.parametrize(
    "path",
    ["/download/statement.pdf", "/upload", "/live", "/_stcore/stream", "/_stcore/host-config",
     "/suggest", "/language"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_without_a_session_a_program_gets_nothing(
    staff_browser: StaffBrowser, path: str, method: str
) -> None:
    assert staff_browser().request(method, path).status_code == 401


@pytest.mark.parametrize(
    "path",
    ["/enter", "/oauth2callback", "/auth/login", "/login/company", "/_stcore/upload_file/a/b",
     "/_stcore/metrics", "/media/x", "/component/x"],
)  # fmt: skip
def test_what_the_app_does_not_use_does_not_exist(
    staff_browser: StaffBrowser, found: Services, path: str
) -> None:
    assert staff_browser().get(path).status_code == 404
    assert staff_browser(cookies=signed_in(found.store)).get(path).status_code == 404


def test_only_who_may_upload_reaches_the_upload(
    staff_browser: StaffBrowser, found: Services
) -> None:
    reader = staff_browser(cookies=signed_in(found.store, "reader"))
    assert reader.post("/upload", content=b"x").status_code == 403
    administrator = staff_browser(cookies=signed_in(found.store))
    assert administrator.post("/upload", content=b"x").status_code != 403


# Signing in


def test_a_password_opens_a_session_and_leads_to_the_page_asked_for(
    staff_browser: StaffBrowser, found: Services
) -> None:
    account(found.store, login="ana")
    client = staff_browser()
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


def test_the_form_alone_is_enough(staff_browser: StaffBrowser, found: Services) -> None:
    """No script: what the form has in it is sent, and a wrong password is typed once more."""
    account(found.store)
    client = staff_browser(headers=PAGE)
    page = client.get(client.get("/datos").headers["location"]).text
    for password in ("not this one", PASSWORD):
        assert '<form method="post" action="/login">' in page
        kept = re.search(r'<input type="hidden" name="next" value="([^"]*)"', page)
        assert kept is not None
        answer = enter(client, "administrator", password, next=kept[1])
        page = answer.text
        if password != PASSWORD:
            assert re.search(r'role="alert"[^>]*>[^<]*no son correctos', page)
            fields = re.findall(r"<input name[^>]*>", page)
            assert 'name="login" value="administrator"' in fields[0]
            assert ["autofocus" in field for field in fields] == [False, True]
            assert 'name="password"' in fields[1]
    assert (answer.status_code, answer.headers["location"]) == (303, "/datos")
    assert client.get("/datos").status_code == 200


def test_the_cookie_is_secure_behind_https(
    staff_browser: StaffBrowser, found: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "is_secure", lambda: True)
    account(found.store, login="ana")
    assert "Secure" in enter(staff_browser()).headers["set-cookie"].split("; ")


def test_every_sign_in_gets_a_token_of_its_own_and_ends_the_one_before(
    staff_browser: StaffBrowser, found: Services
) -> None:
    account(found.store, login="ana")
    planted = signed_in(found.store, "reader")[session.COOKIE]
    client = staff_browser(cookies={session.COOKIE: planted})
    first = enter(client).cookies[session.COOKIE]
    assert first != planted
    assert sessions.person_of(found.store, planted, clock.now()) is None
    again = enter(staff_browser(cookies={session.COOKIE: "chosen-by-a-stranger"}))
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
    staff_browser: StaffBrowser, found: Services, login: str, password: str
) -> None:
    account(found.store, login="ana"), account(found.store, login="out")
    account(found.store, login="rosa", password=None, email="rosa@andina.co")
    users.disable(found.store, "main", "out", operator("main"), clock.now())
    answer = enter(staff_browser(), login, password)
    assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)
    other = enter(staff_browser(), "somebody", "else")
    assert form_without_login(answer.text) == form_without_login(other.text)
    assert 'role="alert"' in answer.text
    assert not password or len(password) < 5 or password not in answer.text.replace("&#39;", "'")


def test_what_a_stranger_types_is_shown_as_text(
    staff_browser: StaffBrowser, found: Services
) -> None:
    login = '"><script>alert(1)</script>'
    answer = enter(staff_browser(), login, "x", next='/"><script>')
    assert "<script>" not in answer.text
    assert enter(staff_browser(), "x" * 65, "y").text.count("xxxx") == 0


def test_refusals_are_in_the_trail_of_who_exists(
    staff_browser: StaffBrowser, found: Services
) -> None:
    account(found.store, login="ana")
    enter(staff_browser(), "ana", "wrong"), enter(staff_browser(), "nobody", "wrong")
    actions = [entry.action for entry in audit.entries(found.store, "main")]
    assert actions.count("session.refused") == 1


@pytest.mark.parametrize(
    "content",
    [b"login=" + b"a" * 20_000, "login=ñ".encode("latin-1"), b"&".join([b"a=1"] * 20)],
)
def test_what_no_form_of_ours_sends_is_refused(staff_browser: StaffBrowser, content: bytes) -> None:
    assert staff_browser().post("/login", content=content).status_code == 400


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
    staff_browser: StaffBrowser, found: Services, headers: dict[str, str]
) -> None:
    account(found.store, login="ana")
    client = staff_browser(cookies=signed_in(found.store))
    form = {"login": "ana", "password": PASSWORD}
    assert client.post("/login", data=form, headers=headers).status_code == 403
    assert client.post("/auth/logout", headers=headers).status_code == 403
    assert len(sessions.list_sessions(found.store, "main", now=clock.now())) == 1


# The page itself


def test_the_page_needs_no_script_and_names_its_fields(
    staff_browser: StaffBrowser, found: Services
) -> None:
    account(found.store)
    html = staff_browser().get("/login").text
    assert "<script" not in html
    assert 'autocomplete="username"' in html
    assert 'autocomplete="current-password"' in html
    assert '<html lang="es">' in html
    assert "cuenta de la empresa" not in html
    english = staff_browser(cookies={"cartera_language": "en"}).get("/login").text
    assert "Sign in" in english
    assert "Contraseña" not in english


def test_before_the_first_account_the_page_says_how_to_make_one(
    staff_browser: StaffBrowser, found: Services
) -> None:
    assert "cartera user add" in staff_browser().get("/login").text
    account(found.store)
    assert "cartera user add" not in staff_browser().get("/login").text
