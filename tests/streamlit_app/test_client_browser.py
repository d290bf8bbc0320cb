"""The client's page as clients meet it: the sample company, a real server, a real Chromium."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from cartera.filters import Filters
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from tests.bounds import EVERY_PAGE
from tests.sample_home import SampleHome
from tests.screens import EVERY_LOOK, LOOKS, PHONE
from tests.streamlit_app.statements import excel_numbers, numbers, pdf_text, statement

pytestmark = [pytest.mark.browser, pytest.mark.full]


@dataclass
class Seen:
    """A page, and all that its browser asked for, complained about or kept."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)

    def open(self, address: str) -> None:
        self.page.goto(address)
        expect(self.page.locator("#root article")).to_be_visible(timeout=30_000)

    @property
    def article(self) -> Locator:
        return self.page.locator("#root article")

    def numbers(self) -> list[str]:
        """Numbers of the documents and payments that can be seen."""
        rows = self.page.locator("#root tbody[data-states]:visible th")
        return [text.split("\n")[0].strip() for text in rows.all_inner_texts()]

    def shows(self, wanted: list[str], why: object = "") -> None:
        """These and no others can be seen, once the page has been drawn."""
        deadline = time.monotonic() + 10
        while (seen := self.numbers()) != wanted and time.monotonic() < deadline:
            self.page.wait_for_timeout(50)
        assert seen == wanted, why

    @contextmanager
    def drawn_anew(self) -> Iterator[None]:
        """Press a filter inside; leaves once the server's answer stands.

        The page hides rows at once; when the answer comes, the article is another one, and a click
        that presses the old one and lets go of the new one is nobody's.
        """
        self.article.evaluate("article => article.classList.add('old')")
        yield
        expect(self.page.locator("#root article:not(.old)")).to_be_visible(timeout=30_000)


def look(context: BrowserContext) -> Seen:
    seen = Seen(context.new_page())
    page = seen.page
    page.on("request", lambda r: seen.requests.append((r.url, r.headers.get("referer", ""))))
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on(
        "console",
        lambda m: seen.complaints.append(m.text) if m.type in ("error", "warning") else None,
    )
    return seen


@pytest.fixture
def desktop(profile: BrowserContext) -> Seen:
    return look(profile)


def test_the_page_says_what_is_owed_and_leaves_no_secret(
    sample: SampleHome, client_url: str, desktop: Seen
) -> None:
    new = sample.link()
    desktop.open(f"{client_url}/e/{new.token}")
    page = desktop.page
    assert page.url == f"{client_url}/?l={new.link.public_id}"
    expect(desktop.article).to_contain_text("Empresa Ejemplar")
    expect(desktop.article.locator(".summary")).to_contain_text("su saldo es de")
    expect(desktop.article.locator(".fresh")).to_contain_text("Actualizado hace")
    assert desktop.numbers() == numbers(statement(sample))
    holding = [url for url, referer in desktop.requests if new.token in url + referer]
    assert holding == [f"{client_url}/e/{new.token}"]
    assert new.token not in page.content()
    assert new.token not in page.evaluate("JSON.stringify([history.state, document.referrer])")
    assert PEDRO not in page.content()  # the id that the company's own system gives them
    assert desktop.complaints == []


#: All of them: test_client_sample.py, without a script.
FILTERS = [{"status": "overdue"}, {"range": "31-60"}, {"status": "overdue", "range": "31-60"}]


def test_filters_work_by_script_and_by_address(
    sample: SampleHome, client_url: str, desktop: Seen
) -> None:
    whole = statement(sample)
    desktop.open(f"{client_url}/e/{sample.link().token}")
    for chosen in FILTERS:
        wanted = numbers(whole, Filters.from_query(chosen))
        desktop.page.locator("#root .filters a").first.click()
        for name, value in chosen.items():
            control = f"[data-filter={name}][data-value='{value}']"
            desktop.page.locator(f"#root {control}").first.click()
        expect(desktop.page.locator("#root .filters [aria-current]")).to_have_count(
            int("status" in chosen)
        )
        desktop.shows(wanted, chosen)
        assert Filters.from_query(dict(httpx.URL(desktop.page.url).params)) == Filters.from_query(
            chosen
        )
        assert wanted != numbers(whole)
        expect(desktop.article.locator(".selection")).to_contain_text(
            f"Se muestran {len(wanted)} de {len(numbers(whole))}"
        )
    address = desktop.page.url
    desktop.open(address)
    desktop.shows(numbers(whole, Filters.from_query(FILTERS[-1])))
    desktop.page.go_back()
    expect(desktop.page.locator("#root .selection")).not_to_be_empty()
    assert desktop.complaints == []


def test_a_file_of_what_the_page_shows_is_a_click_away(
    sample: SampleHome, client_url: str, desktop: Seen
) -> None:
    desktop.open(f"{client_url}/e/{sample.link().token}")
    with desktop.drawn_anew():
        desktop.page.locator("#root [data-value=overdue]").click()
    shown = numbers(statement(sample), Filters.from_query({"status": "overdue"}))
    desktop.shows(shown)
    for form in ("pdf", "xlsx"):
        link = desktop.article.locator(f"a[href*='.{form}']")
        expect(link).to_have_attribute("href", re.compile(r"[?&]status=overdue$"))
    with desktop.page.expect_download() as waiting:
        desktop.article.locator("a[href*='.xlsx']").click()
    assert sorted(excel_numbers(waiting.value.path().read_bytes())) == sorted(shown)
    assert desktop.complaints == []


def test_payments_unfold_and_stay_unfolded_while_figures_move(
    sample: SampleHome, client_url: str, desktop: Seen
) -> None:
    desktop.open(f"{client_url}/e/{sample.link().token}")
    payment = desktop.page.locator(
        "#root table.payments tbody", has=desktop.page.locator("details")
    )
    payment.first.locator("summary").click()
    applied = payment.first.locator("details")
    expect(applied).to_contain_text("a FE-")
    shown = desktop.article.get_attribute("data-version")
    sample.publish_again()
    expect(desktop.article).not_to_have_attribute("data-version", shown or "")
    expect(payment.first.locator("details")).to_have_attribute("open", "")


def test_language_and_movements(sample: SampleHome, client_url: str, desktop: Seen) -> None:
    desktop.open(f"{client_url}/e/{sample.link().token}")
    desktop.page.locator("#root .views a", has_text="Movimientos").click()
    expect(desktop.article.locator("table.lines")).to_be_visible()
    # Streamlit indents every definition list; the statement arranges its own.
    left = [
        round((desktop.article.locator(part).first.bounding_box() or {"x": -1})["x"])
        for part in (".aging", "h2", "table.lines")
    ]
    assert len(set(left)) == 1, left
    closing = desktop.article.locator("tfoot .money").first.inner_text()
    desktop.page.locator("#root a[hreflang=en]").click()
    expect(desktop.page.locator("#root article[lang=en]")).to_be_visible(timeout=30_000)
    assert desktop.page.locator("html").get_attribute("lang") == "en"
    english = desktop.article.locator("tfoot .money").first.inner_text()
    assert re.sub(r"\D", "", english) == re.sub(r"\D", "", closing)
    expect(desktop.article).to_contain_text("Updated")
    assert not re.search(r"Descargar|Vencimiento|Saldo", desktop.article.inner_text())


def test_two_clients_in_two_tabs_stay_apart(
    sample: SampleHome, client_url: str, profile: BrowserContext
) -> None:
    first, second = look(profile), look(profile)
    other = next(row for row in sample.reader().find_clients(COMPANY_ID) if row.client_id != PEDRO)
    first.open(f"{client_url}/e/{sample.link().token}")
    second.open(f"{client_url}/e/{sample.link(other.client_id).token}")
    sample.publish_again()
    for seen, mine, theirs in (
        (first, "Pedro Gómez", other.name),
        (second, other.name, "Pedro Gómez"),
    ):
        seen.page.reload()
        expect(seen.article.locator(".client")).to_contain_text(mine, timeout=30_000)
        assert theirs not in seen.page.content()
    # The cookie of one link says nothing about a link whose cookie is not there.
    foreign = sample.link(other.client_id).link.public_id
    first.page.goto(f"{client_url}/?l={foreign}")
    expect(first.page.locator("h1")).to_have_text("No pudimos abrir esta página")


def test_a_revoked_link_takes_the_open_page_away(
    sample: SampleHome, client_url: str, desktop: Seen
) -> None:
    new = sample.link()
    desktop.open(f"{client_url}/e/{new.token}")
    sample.revoke(new)
    expect(desktop.page.locator("#root")).to_contain_text("ya no es válido", timeout=5_000)
    # Streamlit takes the old elements away when its run is over, a moment after the new words.
    expect(desktop.page.locator("article")).to_have_count(0)
    assert "Pedro" not in desktop.page.content()
    for path in (f"/?l={new.link.public_id}", f"/download/{new.link.public_id}.pdf"):
        assert desktop.page.request.get(client_url + path).status == 410


def test_a_hidden_tab_is_quiet_and_catches_up(
    sample: SampleHome, client_url: str, desktop: Seen
) -> None:
    desktop.open(f"{client_url}/e/{sample.link().token}")
    expect(desktop.article.locator(".fresh")).to_contain_text("hace")
    page = desktop.page
    hide = (
        "h => { Object.defineProperty(document, 'hidden', {value: h, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )
    page.evaluate(hide, True)
    page.wait_for_timeout(500)
    frames: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda f: frames.append(len(f))))
    asked = len(desktop.requests)
    shown = desktop.article.get_attribute("data-version")
    sample.publish_again()
    page.wait_for_timeout(2_500)
    assert desktop.requests[asked:] == []
    assert frames == []
    assert desktop.article.get_attribute("data-version") == shown
    page.evaluate(hide, False)
    expect(desktop.article).not_to_have_attribute("data-version", shown or "", timeout=5_000)


@pytest.mark.parametrize(("size", "scheme"), EVERY_LOOK if EVERY_PAGE else LOOKS)
def test_right_on_every_screen_and_for_every_reader(
    sample: SampleHome, client_url: str, chromium: Browser, scheme: str, size: dict[str, int]
) -> None:
    context = chromium.new_context(viewport=size, color_scheme=scheme, locale="es-CO")
    seen = look(context)
    seen.open(f"{client_url}/e/{sample.link().token}")
    for address in (seen.page.url, f"{seen.page.url}&view=movements"):
        seen.open(address)
        wide = seen.page.evaluate(
            "Math.max(document.documentElement.scrollWidth,"
            " document.querySelector('#root article').scrollWidth)"
        )
        assert wide <= size["width"]
        assert faults(seen.page) == []
    seen.page.goto(f"{client_url}/e/never-was")
    assert faults(seen.page) == []
    context.close()


def faults(page: Page) -> list[str]:
    """What axe-core holds serious or worse."""
    found = Axe().run(page).response["violations"]
    return [
        f"{v['id']}: {[n['html'][:120] for n in v['nodes']]}"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]


def test_a_keyboard_alone_is_enough(sample: SampleHome, client_url: str, desktop: Seen) -> None:
    desktop.open(f"{client_url}/e/{sample.link().token}")
    page = desktop.page
    whole = desktop.numbers()
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.value") == "overdue":
            break
    with desktop.drawn_anew():
        page.keyboard.press("Enter")
        expect(desktop.article.locator(".selection")).to_contain_text("Se muestran")
        assert len(desktop.numbers()) < len(whole)
    assert page.evaluate("document.activeElement.dataset.value") == "overdue"


def test_first_paint_is_whole_readable_and_printable_without_a_script(
    sample: SampleHome, client_url: str, chromium: Browser
) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="es-CO", viewport=PHONE)
    page = context.new_page()
    page.goto(f"{client_url}/e/{sample.link().token}")
    whole = statement(sample)
    article = page.locator("#first article")
    assert article.is_visible()
    rows = page.locator("tbody[data-states]:visible th")
    assert [t.split("\n")[0].strip() for t in rows.all_inner_texts()] == numbers(whole)
    printed = pdf_text(page.pdf())
    total = article.locator(".grand b").first.inner_text()
    assert total in printed
    page.locator("#first [data-filter=status][data-value=overdue]").click()
    wanted = numbers(whole, Filters.from_query({"status": "overdue"}))
    assert [t.split("\n")[0].strip() for t in rows.all_inner_texts()] == wanted
    context.close()
