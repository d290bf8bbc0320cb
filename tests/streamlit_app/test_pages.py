"""The client's page, run by Streamlit's AppTest over the reader in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.runtime.context import ContextProxy, StreamlitCookies
from streamlit.testing.v1 import AppTest

import streamlit_app
from cartera import clock
from cartera.errors import FiguresOutdated
from cartera.store import links
from streamlit_app.client import access, account
from streamlit_app.shared.services import Services
from tests.people import ANA
from tests.streamlit_app.fakes import FakeReader

APPS = Path(streamlit_app.__file__).parent
Hold = Callable[[dict[str, str]], None]


@pytest.fixture(autouse=True)
def nothing_at_hand() -> None:
    """The app keeps accounts of clients who look: not from one test to the next."""
    account.forget()


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Hold:
    """Set the cookies of the connection. Unset, AppTest gives a mock that is always true."""

    def set_cookies(cookies: dict[str, str]) -> None:
        held = StreamlitCookies(cookies)
        monkeypatch.setattr(ContextProxy, "cookies", property(lambda _self: held))

    set_cookies({})
    return set_cookies


def html(page: AppTest) -> str:
    assert not page.exception
    return "\n".join(element.proto.body for element in page.get("html"))


def open_client(public_id: str) -> AppTest:
    page = AppTest.from_file(str(APPS / "client" / "page.py"))
    page.query_params["l"] = public_id
    return page.run(timeout=20)


def test_client_sees_their_account_and_how_fresh_it_is(found: Services, hold: Hold) -> None:
    new = links.create(
        found.store, company_id="main", client_id="C1", days=1, by=ANA, now=clock.now()
    )
    hold({access.COOKIE_PREFIX + new.link.public_id: new.token})
    page = open_client(new.link.public_id)
    assert "FE-1042" in html(page)
    assert f"/download/{new.link.public_id}.pdf" in html(page)
    assert "Actualizado hace {n} s" in html(page)  # a script fills it in and goes on counting


def test_client_without_the_cookie_sees_nothing(
    found: Services, hold: Hold, reader: FakeReader
) -> None:
    new = links.create(
        found.store, company_id="main", client_id="C1", days=1, by=ANA, now=clock.now()
    )
    page = open_client(new.link.public_id)
    assert page.subheader[0].value == "No pudimos abrir esta página"
    assert reader.asked == []


def test_a_revoked_link_leaves_an_open_page(
    found: Services, hold: Hold, reader: FakeReader
) -> None:
    new = links.create(
        found.store, company_id="main", client_id="C1", days=1, by=ANA, now=clock.now()
    )
    hold({access.COOKIE_PREFIX + new.link.public_id: new.token})
    page = open_client(new.link.public_id)
    links.revoke(found.store, "main", new.link.public_id, ANA, clock.now())
    page.run()
    assert page.subheader[0].value == "Este enlace ya no es válido"
    assert "FE-1042" not in html(page)


def test_session_state_decides_nothing(found: Services, hold: Hold, reader: FakeReader) -> None:
    mine = links.create(
        found.store, company_id="main", client_id="C1", days=1, by=ANA, now=clock.now()
    )
    hold({access.COOKIE_PREFIX + mine.link.public_id: mine.token})
    page = AppTest.from_file(str(APPS / "client" / "page.py"))
    page.query_params["l"] = mine.link.public_id
    page.session_state["client_id"] = "C2"
    page.session_state["link"] = "C2"
    page.run(timeout=20)
    assert {client for _company, client in reader.asked} == {"C1"}


def test_a_fault_of_ours_is_said_in_words(
    found: Services, hold: Hold, reader: FakeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = links.create(
        found.store, company_id="main", client_id="C1", days=1, by=ANA, now=clock.now()
    )
    hold({access.COOKIE_PREFIX + new.link.public_id: new.token})

    def fail(*_: object, **__: object) -> None:
        raise OSError("/srv/lake is gone")

    monkeypatch.setattr(reader, "statement", fail)
    page = open_client(new.link.public_id)
    assert not page.exception
    assert page.subheader[0].value == "En este momento no podemos mostrar su cuenta"


def test_figures_of_another_version_are_said_to_be_on_their_way(
    found: Services, hold: Hold, reader: FakeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = links.create(
        found.store, company_id="main", client_id="C1", days=1, by=ANA, now=clock.now()
    )
    hold({access.COOKIE_PREFIX + new.link.public_id: new.token})

    def outdated(*_: object, **__: object) -> None:
        raise FiguresOutdated

    monkeypatch.setattr(reader, "statement", outdated)
    page = open_client(new.link.public_id)
    assert not page.exception
    assert page.subheader[0].value == "Estamos poniendo al día su cuenta"
