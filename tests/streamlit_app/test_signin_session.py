"""The end of a session, and a new password of one's own."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient
from streamlit.runtime.context import ContextProxy, StreamlitCookies
from streamlit.testing.v1 import AppTest

from cartera import clock
from cartera.people import operator
from cartera.store import audit, schema, sessions, users
from streamlit_app.shared import services as module
from streamlit_app.shared.services import Services
from streamlit_app.staff import session
from tests.streamlit_app.accounts import PASSWORD, account, signed_in
from tests.streamlit_app.door import PAGE, StaffBrowser, enter

# The end of a session


def test_signing_out_ends_the_session_and_takes_the_cookie(
    staff_browser: StaffBrowser, found: Services
) -> None:
    held = signed_in(found.store)
    client = staff_browser(cookies=held)
    answer = client.post("/auth/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?out=1")
    assert 'cartera_staff=""; ' in answer.headers["set-cookie"]
    assert staff_browser(cookies=held).get("/", headers=PAGE).status_code == 303
    assert "Usted cerró la sesión." in staff_browser().get("/login?out=1").text


def test_a_link_to_signing_out_works_from_our_pages_only(
    staff_browser: StaffBrowser, found: Services
) -> None:
    held = signed_in(found.store)
    for site in ({}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        asked = staff_browser(cookies=held).get("/auth/logout", headers=site)
        assert (asked.status_code, "<form method=" in asked.text) == (200, True)
        assert staff_browser(cookies=held).get("/", headers=PAGE).status_code == 200
    ours = staff_browser(cookies=held).get(
        "/auth/logout", headers={"sec-fetch-site": "same-origin"}
    )
    assert ours.status_code == 303
    assert staff_browser(cookies=held).get("/", headers=PAGE).status_code == 303


def test_an_ended_session_is_said_and_the_page_kept(
    staff_browser: StaffBrowser, found: Services
) -> None:
    held = signed_in(found.store)
    sessions.end_all(found.store, "main", "administrator", operator("main"), clock.now())
    door = staff_browser(cookies=held).get("/datos", headers=PAGE)
    assert door.headers["location"] == "/login?next=/datos"
    assert "Su sesión terminó" in staff_browser(cookies=held).get("/login?next=/datos").text


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
    staff_browser: StaffBrowser, found: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    account(found.store, login="ana")
    monkeypatch.setenv("CARTERA_SESSION_HOURS", "1")
    monkeypatch.setenv("CARTERA_SESSION_IDLE_MINUTES", "5")
    module.services.cache_clear()
    answer = enter(staff_browser())
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


# One's own password


NEW = "otra clave que nadie adivina"


def change(client: TestClient, old: str = PASSWORD, new: str = NEW, again: str = ""):
    return client.post("/login/password", data={"old": old, "new": new, "again": again or new})


def test_a_new_password_of_ones_own_ends_every_other_session(
    staff_browser: StaffBrowser, found: Services
) -> None:
    client = staff_browser(cookies=signed_in(found.store, "reader"))
    elsewhere = signed_in(found.store, "reader")
    assert 'autocomplete="new-password"' in client.get("/login/password").text
    answer = change(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login/password?done=1")
    fresh = answer.cookies[session.COOKIE]
    (only,) = sessions.list_sessions(found.store, "main", now=clock.now())
    assert sessions.find(found.store, fresh, clock.now()) == only
    assert session.name(elsewhere) is None
    assert (
        "quedó cambiada"
        in staff_browser(cookies={session.COOKIE: fresh}).get("/login/password?done=1").text
    )
    assert users.by_password(found.store, "reader", NEW) is not None
    assert users.by_password(found.store, "reader", PASSWORD) is None
    assert audit.entries(found.store, "main", subject="reader")[0].action == "user.password"


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"old": "wrong"}, 422, "actual no es correcta"),
        ({"again": "another"}, 422, "no coinciden"),
        ({"new": "short"}, 422, "al menos 12"),
        ({"new": "reader pérez"}, 422, "al menos 12"),
        ({"new": "x" * 300}, 422, "al menos 12"),
    ],
)
def test_what_is_no_new_password_changes_nothing(
    staff_browser: StaffBrowser,
    found: Services,
    form: dict[str, str],
    status: int,
    words: str,
) -> None:
    held = signed_in(found.store, "reader")
    answer = change(staff_browser(cookies=held), **form)
    assert (answer.status_code, words in answer.text) == (status, True)
    assert session.name(held) is not None
    assert users.by_password(found.store, "reader", PASSWORD) is not None


def test_guessing_the_present_password_is_throttled_like_signing_in(
    staff_browser: StaffBrowser, found: Services
) -> None:
    held = signed_in(found.store, "reader")
    codes = [change(staff_browser(cookies=held), old="wrong").status_code for _ in range(6)]
    assert codes == [422] * 5 + [429]
    assert enter(staff_browser(), "reader").status_code == 429


def test_only_who_is_signed_in_and_has_a_password_changes_one(
    staff_browser: StaffBrowser, found: Services
) -> None:
    assert staff_browser().get("/login/password", headers=PAGE).status_code == 303
    assert change(staff_browser()).status_code == 401
    account(found.store, login="rosa", password=None, email="rosa@andina.co")
    client = staff_browser(cookies=signed_in(found.store, login="rosa"))
    assert "aquí no tiene contraseña" in client.get("/login/password").text
    assert change(client, old="").status_code == 422
    assert not users.get(found.store, "main", "rosa").has_password
