"""The product is alive: a few walks in a real browser that every change is tried with.

One home, its two apps, the simulated gateway and the pipeline, each started as people start it.
What each page does beyond that is proved in tests/streamlit_app, most of it in the full tier.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from cartera import clock
from cartera.filters import Filters, select
from cartera.mail.transports import folder
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from tests.days import in_the_present
from tests.demo import loop
from tests.demo.test_demo import balance_of
from tests.ports import free_port
from tests.sample_home import SampleHome, build, serving
from tests.streamlit_app.accounts import account, sign_in
from tests.streamlit_app.pay_home import Shop, shop

pytestmark = pytest.mark.browser

#: Each thing waited for happens within a second or two; a busy machine is no failure.
PATIENCE_MS = 60_000
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Product:
    """Where the apps of one home answer."""

    shop: Shop
    staff: str

    @property
    def home(self) -> SampleHome:
        return self.shop.home

    def balance(self) -> Decimal:
        """What Pedro owes, as the core says."""
        today = clock.today("America/Bogota")
        statement = self.home.reader().statement(COMPANY_ID, PEDRO, as_of=today)
        return statement.sections[0].total


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    home = build(tmp_path_factory.mktemp("walks") / "home")
    account(home.store, "administrator", company_id=COMPANY_ID)
    with shop(home) as till, serving("staff", home, CARTERA_MAIL="folder") as staff:
        yield Product(till, staff)


@pytest.fixture
def page(profile: BrowserContext) -> Iterator[Page]:
    expect.set_options(timeout=PATIENCE_MS)
    page = profile.new_page()
    page.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    yield page
    expect.set_options(timeout=None)
    assert complaints == []


def opened(page: Page, product: Product) -> Locator:
    """Pedro's page by a link of its own; the sentence with his balance."""
    page.goto(f"{product.shop.url}/e/{product.home.link().token}")
    summary = page.locator("#root .st-key-live article .summary p").first
    expect(summary).to_contain_text("saldo")
    return summary


def shown(amount: Decimal) -> str:
    """As a page in Spanish writes whole pesos."""
    return f"{amount:,.0f}".replace(",", ".")


def test_a_client_filters_reports_and_pays(product: Product, page: Page, tmp_path: Path) -> None:
    summary = opened(page, product)
    assert balance_of(summary.inner_text()) == product.balance()

    today = clock.today("America/Bogota")
    statement = product.home.reader().statement(COMPANY_ID, PEDRO, as_of=today)
    overdue = select(statement, Filters.from_query({"status": "overdue"}))
    page.locator("#root [data-filter=status][data-value=overdue]").first.click()
    rows = page.locator("#root tbody[data-states]:visible th")
    expect(rows).to_have_count(sum(len(section.items) for section in overdue.sections))

    account_page = page.url
    reported = loop.report(page, tmp_path)

    page.goto(account_page)
    payable = page.locator("#root tbody[data-states]", has=page.locator("a.pay"))
    row = payable.filter(has_not_text=reported).first
    number = row.locator("th").inner_text().split("\n")[0].strip()
    row.locator("a.pay").click()
    if page.locator("[name=gross]").is_visible():
        page.locator("[name=gross]").check()  # what is in favour may cover this one
    page.locator("button.go").click()
    page.wait_for_url(f"{product.shop.gateway}/pagar?**")
    page.locator("button[value=approve]").click()
    expect(page.locator("#root article .said")).to_contain_text("Aprobado")
    (payment,) = product.shop.payments()
    assert payment.numbers == (number,)
    owed = product.balance()
    product.shop.round()
    product.shop.refresh()
    expect(page.locator("#root .said")).to_contain_text("Pagado y registrado")
    assert product.balance() == owed - payment.amount
    expect(summary).to_contain_text(shown(product.balance()))


def test_staff_sign_in_find_a_client_and_send(product: Product, page: Page) -> None:
    sign_in(page, f"{product.staff}/")
    page.locator("#ct-start").press_sequentially("gómez ped")
    page.get_by_role("option").first.click()
    expect(page.get_by_role("heading", name="Pedro Gómez")).to_be_visible()
    page.get_by_role("link", name="Enviar estado de cuenta").click()
    page.get_by_role("button", name="Enviar", exact=True).click()
    expect(page.locator(".ct-results li")).to_contain_text("Enviado")
    box = folder.box(product.home.settings.model_copy(update={"mail": "folder"}), COMPANY_ID)
    assert [loop.PEDRO in message.to for message in folder.messages(box)] == [True]


def test_a_dropped_file_reaches_an_open_page(product: Product, page: Page) -> None:
    summary = opened(page, product)
    before = summary.inner_text()
    command = [sys.executable, "-m", "pipelines", "--port", str(free_port())]
    environment = in_the_present(product.home.environment)
    with subprocess.Popen(command, cwd=ROOT, env=environment) as pipeline:
        try:
            for news in sorted((product.home.folder / "sample" / "novedades").glob("*")):
                shutil.copy(news, product.home.folder / "inbox")
            expect(summary).not_to_have_text(before, timeout=2 * PATIENCE_MS)
            pipeline.send_signal(signal.SIGTERM)
            assert pipeline.wait(60) == 0
        finally:
            pipeline.kill()
    # The files may have come in two publications; the page follows the newest.
    expect(summary).to_contain_text(shown(product.balance()))
