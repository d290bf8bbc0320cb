"""Paying from the statement in a real browser, at a gateway in a process of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from cartera import clock
from cartera.online.choosing import payable
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from cartera.store.links import NewLink
from tests.bounds import EVERY_PAGE
from tests.sample_home import build
from tests.screens import PHONE
from tests.streamlit_app.pay_home import Shop, shop

pytestmark = [pytest.mark.browser, pytest.mark.full]


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with shop(build(tmp_path_factory.mktemp("pay") / "home")) as made:
        yield made


class Payer:
    """A client with the link open in a browser."""

    def __init__(self, till: Shop, context: BrowserContext, new: NewLink) -> None:
        self.till, self.context, self.id = till, context, new.link.public_id
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.watch(self.page)
        context.request.get(f"{till.url}/e/{new.token}", max_redirects=0)

    def watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None,
        )

    def account(self) -> Page:
        self.page.goto(f"{self.till.url}/?l={self.id}")
        expect(self.page.locator("#root article")).to_be_visible(timeout=30_000)
        return self.page

    def form(self, *numbers: str, amount: str = "", page: Page | None = None) -> Page:
        """The form with these documents ticked, and no others; paid whole, so that what one test
        leaves in favour is nothing to another. Without any: an amount.
        """
        page = page or self.page
        page.goto(f"{self.till.url}/pagar?l={self.id}")
        page.locator(
            f"[name=what][value={'chosen' if numbers or not amount else 'amount'}]"
        ).check()
        if page.locator("[name=gross]").is_visible():
            page.locator("[name=gross]").check()
        for box in (
            page.locator(".choices label:not(.every)").all() if numbers or not amount else ()
        ):
            number = box.locator(".what").inner_text().split("\n")[0].strip()
            if box.locator("input").is_enabled():
                box.locator("input").set_checked(number in numbers)
        if amount:
            page.locator("#amount").fill(amount)
        return page

    def leave(self, page: Page | None = None) -> Page:
        """Press the button, and arrive at the gateway."""
        page = page or self.page
        page.locator("button.go").click()
        page.wait_for_url(f"{self.till.gateway}/pagar?**")
        return page

    def choose(self, answer: str, *, silent: bool = False, page: Page | None = None) -> None:
        """What the bank says; back at the account afterwards."""
        page = page or self.page
        if silent:
            page.locator("[name=silent]").check()
        page.locator(f"button[value={answer}]").click()
        if answer == "expire":
            page.locator("a.button").click()
        page.wait_for_url(re.compile(re.escape(self.till.url) + r"/\?l=.*paid="))
        expect(page.locator("#root article .said")).to_be_visible(timeout=30_000)

    @property
    def free(self) -> list[tuple[str, Decimal]]:
        """What can be paid: numbers and amounts, the oldest first."""
        today = clock.today("America/Bogota")
        statement = self.till.home.reader().statement(COMPANY_ID, PEDRO, as_of=today)
        return [(one.number, one.open) for one in payable(statement, "COP") if not one.is_taken]

    def card(self, number: int = 0) -> str:
        """What the page says of the newest payments."""
        return (
            self.page.locator("#root section.told[aria-labelledby=paid-here] li")
            .nth(number)
            .inner_text()
        )


@pytest.fixture
def payer(till: Shop, profile: BrowserContext) -> Iterator[Payer]:
    made = Payer(till, profile, till.home.link())
    yield made
    assert made.complaints == []


def test_two_documents_are_paid_and_it_shows_at_once(payer: Payer) -> None:
    (first, one), (second, two) = payer.free[:2]
    page = payer.form(first, second)
    expect(page.locator(".chosen output")).to_have_text(re.compile(r"COP\s[\d.]+,\d\d"))
    total = page.locator(".chosen output").inner_text()
    page = payer.leave()
    figure = total.split()[-1]
    expect(page.locator("h1")).to_contain_text(figure)
    payer.choose("approve")
    expect(payer.page.locator("#root .said")).to_contain_text(f"{figure}: Aprobado, por registrar")
    (payment,) = payer.till.payments()
    assert (payment.said, payment.amount, payment.numbers) == (
        "approved", one + two, (first, second),
    )  # fmt: skip
    row = payer.page.locator("#root tbody", has=payer.page.get_by_text(first, exact=True)).first
    expect(row).to_contain_text("Pago en curso")
    expect(row.locator("a.pay")).to_have_count(0)
    assert first not in [number for number, _ in payer.free]
    payer.till.round()
    payer.till.refresh()  # the page that is open turns by itself
    expect(payer.page.locator("#root .said")).to_contain_text(
        ": Pagado y registrado", timeout=30_000
    )
    assert payment.reference in payer.card()
    expect(payer.page.locator("#root tbody .number", has_text=first)).to_be_visible()
    expect(row).to_contain_text("Cancelada")


def test_an_amount_goes_to_the_oldest_and_a_no_of_the_bank_frees_it(payer: Payer) -> None:
    (first, whole), (second, _) = payer.free[:2]
    part = int(whole) + 10_000
    payer.form(amount=f"{part}")
    payer.leave()
    payment = payer.till.payments()[0]
    assert [(line.number, line.amount) for line in payment.lines] == [
        (first, whole), (second, part - whole),
    ]  # fmt: skip
    payer.choose("decline", silent=True)  # no event ever comes
    expect(payer.page.locator("#root .said")).to_contain_text("Rechazado")
    assert "fondos insuficientes" in payer.card()
    assert payer.till.payments()[0].state == "declined"
    assert payer.free[0] == (first, whole)


def test_a_payment_that_expires_takes_nothing(payer: Payer) -> None:
    first, _ = payer.free[0]
    payer.form(first)
    payer.leave()
    payer.choose("expire")
    expect(payer.page.locator("#root .said")).to_contain_text("Vencido")
    assert payer.till.payments()[0].state == "expired"
    assert payer.free[0][0] == first


def test_a_bank_that_takes_its_time_is_waited_for(payer: Payer) -> None:
    first, _ = payer.free[0]
    payer.form(first)
    payer.leave()
    payer.choose("wait")
    expect(payer.page.locator("#root .said")).to_contain_text("En proceso")
    assert "Su banco todavía no ha respondido" in payer.card()
    payer.till.bank("settle", payer.till.payments()[0])
    # The gateway's event comes, and the open page turns by itself.
    expect(payer.page.locator("#root .said")).to_contain_text("Aprobado", timeout=30_000)
    payer.till.round()
    assert payer.till.payments()[0].state == "approved"
    payer.till.bank("void", payer.till.payments()[0])
    expect(payer.page.locator("#root .said")).to_contain_text("Devuelto", timeout=30_000)
    payer.till.round()
    assert payer.till.payments()[0].state == "reversed"
    assert payer.free[0][0] == first


def test_whoever_closes_the_window_half_way_goes_on_or_ends_it(payer: Payer) -> None:
    first, _ = payer.free[0]
    payer.form(first)
    payer.leave()
    begun = payer.till.payments()[0]
    page = payer.account()
    assert "En curso, sin pagar" in payer.card()
    page.locator("#root a.go").click()
    page.wait_for_url(f"{payer.till.gateway}/pagar?**")
    expect(page.locator("dl")).to_contain_text(begun.reference)
    # In another tab the form does not offer it, and says why.
    form = payer.form()
    taken = form.locator(".choices label.taken", has_text=first)
    expect(taken).to_contain_text("Tiene un pago en curso")
    expect(taken.locator("input")).to_be_disabled()
    # A form that was drawn before is answered with the payment, which can be ended.
    taken.locator("input").evaluate("box => { box.disabled = false; }")
    taken.locator("input").check()
    form.locator("button.go").click()
    expect(form.locator("h1")).to_have_text("Ya hay un pago en curso")
    payer.complaints.clear()  # the browser's own line about 409
    form.locator("button.second").click()
    form.wait_for_url(f"{payer.till.url}/pagar?**")
    assert payer.till.payments()[0].state == "closed"
    page.goto(begun.url)  # nobody can pay it now
    expect(page.locator("button[value=approve]")).to_have_count(0)
    assert payer.free[0][0] == first


def test_pressed_twice_and_in_two_tabs_it_is_paid_once(payer: Payer) -> None:
    first, _ = payer.free[0]
    before = len(payer.till.payments())
    other = payer.context.new_page()
    payer.watch(other)
    payer.form(first)
    payer.form(first, page=other)
    twice = "() => { const b = document.querySelector('button.go'); b.click(); b.click(); }"
    payer.page.evaluate(twice)
    payer.page.wait_for_url(f"{payer.till.gateway}/pagar?**")
    assert len(payer.till.payments()) == before + 1
    payer.page.go_back()  # to the form, which is drawn anew
    payer.page.wait_for_url(f"{payer.till.url}/pagar?**")
    other.locator("button.go").click()
    expect(other.locator("h1")).to_have_text("Ya hay un pago en curso")
    payer.complaints.clear()  # the browser's own line about 409
    assert len(payer.till.payments()) == before + 1
    other.locator("a.button").click()
    other.wait_for_url(f"{payer.till.gateway}/pagar?**")
    payer.choose("decline", page=other)


@pytest.mark.parametrize("scheme", ["light", "dark"] if EVERY_PAGE else ["dark"])
def test_pages_are_readable_by_everybody_and_work_without_a_script(
    till: Shop, chromium: Browser, scheme: str
) -> None:
    new = till.home.link()
    narrow = chromium.new_context(viewport=PHONE, color_scheme=scheme)
    plain = chromium.new_context(java_script_enabled=False)
    seen, bare = Payer(till, narrow, new), Payer(till, plain, new)
    for lang in ("es", "en"):
        seen.page.goto(f"{till.url}/pagar?l={seen.id}&lang={lang}")
        found = Axe().run(seen.page)
        assert found.violations_count == 0, found.generate_report()
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    first, _ = bare.free[0]
    bare.form(first)
    bare.leave()
    seen.page.goto(f"{till.url}/pagar?l={seen.id}&document={first}")
    bare.page.locator("button[value=decline]").click()
    bare.page.wait_for_url(re.compile("paid="))
    expect(bare.page.locator(".said")).to_contain_text("Rechazado")
    seen.account()
    found = Axe().run(seen.page)
    assert found.violations_count == 0, found.generate_report()
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    narrow.close()
    plain.close()
