"""The pages themselves, run by Streamlit's AppTest over the reader in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.runtime.context import ContextProxy, StreamlitCookies
from streamlit.testing.v1 import AppTest

import streamlit_app
from cartera import clock
from cartera.store import links
from streamlit_app.client import access
from streamlit_app.shared import live
from streamlit_app.shared.services import Services
from tests.people import ANA
from tests.streamlit_app.fakes import FakeReader

APPS = Path(streamlit_app.__file__).parent
Hold = Callable[[dict[str, str]], None]


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
    assert any("Actualizado hace" in caption.value for caption in page.caption)


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


def open_staff() -> AppTest:
    return AppTest.from_file(str(APPS / "staff" / "home.py")).run(timeout=20)


@pytest.fixture
def staff(hold: Hold, staff_cookies: Callable[..., dict[str, str]]) -> None:
    hold(staff_cookies())


def test_staff_page_needs_a_session(found: Services, hold: Hold) -> None:
    page = open_staff()
    assert page.subheader[0].value == "Su sesión terminó"
    assert not page.text_input


def test_staff_finds_a_client_and_filters_the_account(found: Services, staff: None) -> None:
    page = open_staff()
    page.text_input(key="client_search").set_value("800.111").run()
    assert "FE-1093" in html(page)
    page.button_group(key="statuses").set_value(["partial"]).run()
    assert "FE-1042" in html(page)
    assert "FE-1093" not in html(page)
    assert any("Se muestran 1 de 4" in caption.value for caption in page.caption)


def test_staff_makes_a_link_once_and_revokes_it(found: Services, staff: None) -> None:
    page = open_staff()
    page.text_input(key="client_search").set_value("ñandú").run()
    button = next(button for button in page.button if button.label == "Crear enlace")
    button.click().run()
    (link,) = links.list_links(found.store, "main", "C2")
    address = page.code[0].value
    assert address.startswith("http://127.0.0.1:8502/e/")
    assert links.holds(link, address.rpartition("/")[2])
    next(button for button in page.button if button.label == "Ya lo copié").click().run()
    assert not page.code
    assert len(links.list_links(found.store, "main", "C2")) == 1
    page.button(key=f"revoke_{link.public_id}").click().run()
    (revoked,) = links.list_links(found.store, "main", "C2")
    assert revoked.revoked_by == "administrator"


def test_a_new_link_is_not_shown_under_another_client(found: Services, staff: None) -> None:
    page = open_staff()
    page.text_input(key="client_search").set_value("ñandú").run()
    next(button for button in page.button if button.label == "Crear enlace").click().run()
    page.text_input(key="client_search").set_value("tornillo").run()
    assert not page.code


def test_nobody_chosen_and_nothing_found(found: Services, staff: None) -> None:
    page = open_staff()
    assert page.info[0].value == "Elija un cliente para ver su cuenta."
    page.text_input(key="client_search").set_value("zzz").run()
    assert page.info[0].value == "Elija un cliente para ver su cuenta."


def test_before_the_first_load_the_page_says_so(
    found: Services, staff: None, reader: FakeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "publication", lambda: None)
    assert open_staff().info[0].value == "Todavía no se han cargado datos."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "hace 0 s"),
        (59, "hace 59 s"),
        (60, "hace 1 min"),
        (3600, "hace 1 h"),
        (47 * 3600, "hace 47 h"),
        (48 * 3600, "hace 2 días"),
    ],
)
def test_age_in_the_largest_unit_that_fits(seconds: int, words: str, found: Services) -> None:
    assert live.ago(seconds, found.translator) == f"Actualizado {words}"
