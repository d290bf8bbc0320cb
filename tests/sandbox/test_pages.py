"""The simulated gateway's pages in a real browser: no script, no complaint, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.gateways.serving import serving
from tests.sandbox.machine import Machine, running, signed

pytestmark = [pytest.mark.browser, pytest.mark.full]

SIZES = ({"width": 1280, "height": 900}, {"width": 390, "height": 844})


async def shop(_request: object) -> PlainTextResponse:
    return PlainTextResponse("the shop")


@pytest.fixture(scope="module")
def back() -> Iterator[str]:
    """A shop at another origin, where the browser is sent back to."""
    with serving(Starlette(routes=[Route("/back", shop), Route("/favicon.ico", shop)])) as url:
        yield f"{url}/back"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with running(tmp_path_factory.mktemp("sandbox")) as found:
        yield found


@pytest.fixture(params=["light", "dark"])
def context(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    made = chromium.new_context(locale="es-CO", color_scheme=request.param)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []


def address(machine: Machine, values: dict[str, str]) -> str:
    return f"{machine.url}/pagar?{urlencode(values)}"


def looks_right(page: Page) -> None:
    for size in SIZES:
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize(("button", "choice"), [("Aprobar", "approved"), ("Rechazar", "declined")])
def test_a_button_leads_back_to_the_shop(
    machine: Machine, page: Page, back: str, context: BrowserContext, button: str, choice: str
) -> None:
    reference = f"{button}-{id(context)}"
    page.goto(address(machine, signed(reference=reference, return_url=back)))
    looks_right(page)
    expect(page.get_by_role("note")).to_contain_text("Esto es una simulación")
    page.get_by_role("button", name=button).click()
    page.wait_for_url(f"{back}?id=sbx-*")
    assert page.get_by_text("the shop").is_visible()
    found = machine.client().look_up(reference)
    assert found is not None and found.stand == choice
    page.go_back()
    page.reload()
    expect(page.get_by_role("status")).to_be_visible()
    expect(page.get_by_role("button", name=button)).to_have_count(0)
    looks_right(page)


def test_leaving_without_paying(machine: Machine, page: Page, back: str) -> None:
    page.goto(address(machine, signed(reference="LEFT", return_url=back)))
    page.get_by_role("link", name="Cerrar sin pagar").click()
    page.wait_for_url(back)
    assert machine.client().look_up("LEFT") is None


def test_the_desk_takes_money_back(
    machine: Machine, page: Page, back: str, context: BrowserContext
) -> None:
    reference = f"DESK-{id(context)}"
    machine.press("approve", signed(reference=reference))
    page.goto(machine.url)
    looks_right(page)
    row = page.locator("article").filter(has_text=reference)
    row.get_by_label("Valor a reembolsar").fill("25.000,50")
    row.get_by_role("button", name="Reembolsar").click()
    expect(page.get_by_role("alert")).to_be_visible()  # a point for thousands: not guessed at
    row.get_by_label("Valor a reembolsar").fill("25000,50")
    row.get_by_role("button", name="Reembolsar").click()
    expect(row).to_contain_text("Reembolsado hasta ahora: 25.000,50")
    row.get_by_role("button", name="El cliente lo disputa").click()
    expect(row).to_contain_text("En disputa")
    row.get_by_role("button", name="Contracargo perdido").click()
    expect(row).to_contain_text("Contracargo")
    expect(row.get_by_role("button")).to_have_count(0)
    found = machine.client().look_up(reference)
    assert found is not None and found.stand == "reversed"
    page.goto(f"{machine.url}/?lang=en")
    expect(row).to_contain_text("Charged back")
