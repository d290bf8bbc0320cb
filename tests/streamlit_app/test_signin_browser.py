"""Signing in as people do: a real process, a real Chromium, and a real OpenID provider.

What the door answers to whom is in test_signin and test_signin_company, without a browser.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from cartera import clock
from cartera.people import operator
from cartera.store import sessions
from streamlit_app.staff import session
from tests.streamlit_app import provider
from tests.streamlit_app.accounts import PASSWORD, account, sign_in
from tests.streamlit_app.staff_server import StaffServer, staff_server

pytestmark = [pytest.mark.browser, pytest.mark.full]

SECRET = "a-secret-of-tests-with-forty-characters."
SECONDS = 20_000
ENDED = "Su sesión terminó"


@pytest.fixture(scope="module")
def staff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StaffServer]:
    with provider.running() as theirs:
        variables = provider.settings(theirs, SECRET)
        with staff_server(tmp_path_factory.mktemp("staff"), **variables) as server:
            account(server.store)
            account(server.store, "reader", login="ana", email="ana@andina.co", password=None)
            yield server


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    with chromium.new_context(locale="es-CO") as found:
        yield found


def live(staff: StaffServer, login: str) -> int:
    return len(sessions.list_sessions(staff.store, "main", login, now=clock.now()))


def cookies(context: BrowserContext) -> dict[str, str]:
    return {cookie["name"]: cookie["value"] for cookie in context.cookies()}


# With a password


def test_in_and_out_again_also_in_the_other_tab(
    staff: StaffServer, context: BrowserContext
) -> None:
    page, other = context.new_page(), context.new_page()
    sign_in(page, f"{staff.url}/?client=C1&status=overdue")
    assert page.url == f"{staff.url}/?client=C1&status=overdue"
    expect(page.get_by_text("FE-1042").first).to_be_visible(timeout=SECONDS)
    other.goto(f"{staff.url}/?client=C2")
    expect(other.get_by_text("FE-2001").first).to_be_visible(timeout=SECONDS)

    page.goto(f"{staff.url}/auth/logout")
    expect(page.get_by_role("status")).to_have_text("Usted cerró la sesión.")
    expect(other.get_by_text(ENDED).first).to_be_visible(timeout=SECONDS)
    # Streamlit takes the old elements away when its run is over, a moment after the new words.
    expect(other.get_by_text("FE-2001")).to_have_count(0)
    assert "FE-2001" not in other.content()
    assert session.COOKIE not in cookies(context)
    other.reload()
    assert other.url.startswith(f"{staff.url}/login?next=")


def test_an_administrator_ends_a_session_on_an_open_page(
    staff: StaffServer, context: BrowserContext
) -> None:
    page = context.new_page()
    sign_in(page, f"{staff.url}/?client=C1")
    expect(page.get_by_text("FE-1042").first).to_be_visible(timeout=SECONDS)
    sessions.end_all(staff.store, "main", "administrator", operator("main"), clock.now())
    expect(page.get_by_text(ENDED).first).to_be_visible(timeout=SECONDS)
    expect(page.get_by_text("FE-1042")).to_have_count(0)
    assert "FE-1042" not in page.content()


def test_a_session_survives_a_restart(tmp_path: Path, context: BrowserContext) -> None:
    with staff_server(tmp_path) as first:
        account(first.store)
        form = {"login": "administrator", "password": PASSWORD}
        answer = context.request.post(f"{first.url}/login", form=form, max_redirects=0)
        assert answer.status == 303
        port = int(first.url.rpartition(":")[2])
    with staff_server(tmp_path, port) as second:
        page = context.new_page()
        page.goto(f"{second.url}/?client=C1")
        expect(page.get_by_text("FE-1042").first).to_be_visible(timeout=SECONDS)


def test_the_page_fits_and_is_accessible(staff: StaffServer, chromium: Browser) -> None:
    """At both widths and in both schemes: the page has no script, its style follows them live."""
    with chromium.new_context() as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.goto(f"{staff.url}/login?next=/clientes")
        look_at(page)
        page.get_by_label("Usuario").fill("x")
        page.get_by_label("Contraseña").fill("y")
        page.get_by_role("button", name="Entrar", exact=True).click()
        expect(page.get_by_role("alert")).to_be_visible()
        look_at(page)
        expect(page).to_have_title(re.compile("^Iniciar sesión · "))
        assert [line for line in complaints if "401" not in line] == []


def look_at(page: Page) -> None:
    for width, scheme in itertools.product((390, 1280), ("light", "dark")):
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page).response["violations"]
        assert [violation["id"] for violation in found] == [], (width, scheme)


def test_a_person_changes_their_password_from_the_menu(
    staff: StaffServer, chromium: Browser
) -> None:
    account(staff.store, "reader", login="marta")
    new = "otra clave que nadie adivina"
    with chromium.new_context(locale="es-CO") as context, chromium.new_context() as elsewhere:
        other = elsewhere.new_page()
        sign_in(other, f"{staff.url}/?client=C1", "marta")
        expect(other.get_by_text("FE-1042").first).to_be_visible(timeout=SECONDS)
        page = context.new_page()
        sign_in(page, f"{staff.url}/?client=C1", "marta")
        page.get_by_text("Marta Pérez").first.click(timeout=SECONDS)
        page.get_by_role("link", name="Cambiar contraseña").click()
        page.get_by_label("Contraseña actual").fill(PASSWORD)
        page.get_by_label("Contraseña nueva", exact=True).fill(new)
        page.get_by_label("Repita la contraseña nueva").fill(new)
        assert [v["id"] for v in Axe().run(page).response["violations"]] == []
        page.get_by_role("button", name="Cambiar contraseña").click()
        expect(page.get_by_role("status")).to_contain_text("quedó cambiada")
        page.get_by_role("link", name="Volver a las cuentas").click()
        expect(page.get_by_text("Marta Pérez").first).to_be_visible(timeout=SECONDS)
        expect(other.get_by_text(ENDED).first).to_be_visible(timeout=SECONDS)
        sign_in(other, f"{staff.url}/", "marta", new)


def post(url: str, headers: dict[str, str], **form: str) -> int:
    request = Request(f"{url}/login", urlencode(form).encode(), headers)
    try:
        return int(urlopen(request).status)
    except HTTPError as error:
        return error.code


def test_a_proxy_on_this_machine_says_who_calls(staff: StaffServer) -> None:
    """Each caller behind it is counted apart, and the last hop alone is believed."""
    guess = {"login": "somebody", "password": "x"}
    ours = {"X-Forwarded-For": "203.0.113.1, 198.51.100.1"}
    assert [post(staff.url, ours, **guess) for _ in range(6)] == [401] * 5 + [429]
    forged = {"X-Forwarded-For": "203.0.113.2, 198.51.100.1"}
    assert post(staff.url, forged, **guess) == 429
    assert post(staff.url, {"X-Forwarded-For": "198.51.100.2"}, **guess) == 401


# With the company's own account


def leave(page: Page, staff: StaffServer, name: str, back: str = "/") -> None:
    """From the door to the provider, and there be `name`."""
    page.goto(f"{staff.url}{back}")
    page.get_by_role("link", name="Entrar con la cuenta de la empresa").click()
    page.get_by_role("button", name=name, exact=True).first.click()


def test_the_companys_account_opens_a_session_and_leads_back(
    staff: StaffServer, context: BrowserContext
) -> None:
    page = context.new_page()
    leave(page, staff, "ana", "/?client=C1&status=overdue")
    page.wait_for_url(f"{staff.url}/?client=C1&status=overdue")
    expect(page.get_by_text("FE-1042").first).to_be_visible(timeout=SECONDS)
    (started,) = sessions.list_sessions(staff.store, "main", "ana", now=clock.now())
    assert (started.method, started.person.role) == ("oidc", "reader")
    # Streamlit's own cookie, which would last thirty days, never came this far.
    assert [name for name in cookies(context) if name.startswith("_streamlit_user")] == []
    assert "cartera_next" not in cookies(context)

    held = cookies(context)
    page.goto(f"{staff.url}/auth/logout")
    assert live(staff, "ana") == 0
    page.goto(f"{staff.url}/")
    assert page.url == f"{staff.url}/login"
    assert set(held) - set(cookies(context)) == {session.COOKIE}


def test_nothing_secret_is_in_the_servers_output(staff: StaffServer) -> None:
    said = staff.log.read_text()
    for secret in (PASSWORD, SECRET, provider.SECRET, "code=", "ana@andina.co"):
        assert secret not in said
