"""Pedro pays on the running demo, by `make prove` in every way there is; all three agree.

The page, the store and the ledger are compared after each.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from decimal import Decimal

from playwright.sync_api import Page, expect

from cartera.online.terms import OnlinePayment
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from cartera.store import online_payments
from tests.bounds import EVERY_WAY
from tests.demo.ledger import Ledger

SECONDS = 90
PAUSE_SECONDS = 0.2


class Payer:
    """Pedro at his page; `balance` is what it says."""

    def __init__(self, page: Page, ledger: Ledger, balance: Callable[[], Decimal]) -> None:
        self.page, self.ledger, self.balance = page, ledger, balance
        self.account = page.url

    def newest(self) -> OnlinePayment:
        """His newest payment, as the store has it."""
        store = self.ledger.store
        return online_payments.listed(store, COMPANY_ID, client_id=PEDRO, limit=1)[0]

    def form(self, page: Page | None = None) -> Page:
        """The form, from the button on the page."""
        page = page or self.page
        page.goto(self.account)
        page.locator("#root .st-key-live a", has_text=re.compile(r"^\s*Pagar\s*$")).first.click(
            timeout=SECONDS * 1000
        )
        page.wait_for_url("**/pagar?**")
        return page

    def choose(self, page: Page, count: int, amount: str = "") -> None:
        """Tick so many documents and go on to the gateway. One alone is paid whole: what is in
        favour may cover it.
        """
        page.locator("[name=what][value=chosen]").check()
        if count == 1 and page.locator("[name=gross]").count():
            page.locator("[name=gross]").check()
        boxes = page.locator(".choices label:not(.every) input:enabled")
        for number in range(boxes.count()):
            boxes.nth(number).set_checked(number < count)
        if amount:
            page.locator("#amount").fill(amount)
        page.locator("button.go").click()

    def answer(self, what: str, page: Page | None = None) -> None:
        """What the bank says; back at the account."""
        page = page or self.page
        page.wait_for_url("**/pagar?*signature*")
        page.locator(f"button[value={what}]").click()
        if what == "expire":
            page.locator("a.button").click()
        page.wait_for_url("**/?l=**")

    def agrees(self, balance: Decimal, state: str) -> OnlinePayment:
        """Page, store and ledger say the same, once the pipeline has done its part."""
        deadline = time.monotonic() + SECONDS
        while True:
            payment = self.newest()
            seen = (payment.state, payment.is_settled, self.balance())
            if seen == (state, True, balance) and self.ledger.balance() == balance:
                return payment
            assert time.monotonic() < deadline, (seen, balance, self.ledger.balance())
            time.sleep(PAUSE_SECONDS)


def pays(payer: Payer, desk: Page, sandbox: str) -> None:
    """Two invoices in one payment; by `make prove` every other way, and that this one goes back."""
    page, ledger = payer.page, payer.ledger
    owed = ledger.balance()

    payer.choose(payer.form(), 2)
    payer.answer("approve")
    expect(page.locator("#root .st-key-live .said")).to_contain_text("Aprobado")
    paid = payer.newest()
    assert len(paid.lines) == 2
    owed -= paid.amount
    payer.agrees(owed, "approved")
    expect(page.locator("#root .st-key-live")).to_contain_text(paid.reference)

    if EVERY_WAY:
        owed = _other_ways(payer, owed)
        _goes_back(payer, paid, owed, desk, sandbox)


def _goes_back(payer: Payer, paid: OnlinePayment, owed: Decimal, desk: Page, sandbox: str) -> None:
    """The gateway returns it: its invoices are owed again."""
    desk.goto(sandbox)
    row = desk.locator("article", has_text=paid.reference)
    row.locator("button[value=void]").click()
    owed += paid.amount
    deadline = time.monotonic() + SECONDS
    while (payer.balance(), payer.ledger.balance()) != (owed, owed):
        assert time.monotonic() < deadline, (payer.balance(), payer.ledger.balance(), owed)
        time.sleep(PAUSE_SECONDS)
    expect(payer.page.locator("#root .st-key-live")).to_contain_text("Devuelto")


def _other_ways(payer: Payer, owed: Decimal) -> Decimal:
    """A part, declined, too late, closed half way, pressed twice, two tabs; what is then owed."""
    page = payer.page
    payer.choose(payer.form(), 1, amount="20.000")
    payer.answer("approve")
    owed -= Decimal(20_000)
    part = payer.agrees(owed, "approved")
    assert part.amount == Decimal(20_000)

    for answer, state in (("decline", "declined"), ("expire", "expired")):
        payer.choose(payer.form(), 1)
        payer.answer(answer)
        payer.agrees(owed, state)

    # The window is closed half way; the other tab may not pay the same, but go on with it.
    payer.choose(payer.form(), 1)
    page.wait_for_url("**/pagar?*signature*")
    begun = payer.newest()
    other = page.context.new_page()
    form = payer.form(other)
    number = begun.lines[0].number
    expect(form.locator("label.taken", has_text=number).locator("input")).to_be_disabled()
    other.close()
    page.goto(payer.account)
    page.locator("#root .st-key-live").get_by_role("link", name="Continuar").first.click()
    payer.answer("approve")
    owed -= begun.amount
    assert payer.agrees(owed, "approved").reference == begun.reference

    # Two tabs with the same form open: one payment.
    other = page.context.new_page()
    for tab in (payer.form(), payer.form(other)):
        tab.locator("[name=what][value=chosen]").check()
        if tab.locator("[name=gross]").count():
            tab.locator("[name=gross]").check()
        boxes = tab.locator(".choices label:not(.every) input:enabled")
        for which in range(boxes.count()):
            boxes.nth(which).set_checked(which == 0)
    page.locator("button.go").dblclick(no_wait_after=True)
    page.wait_for_url("**/pagar?*signature*")
    other.locator("button.go").click()
    expect(other.get_by_role("heading", name="Ya hay un pago en curso")).to_be_visible()
    other.close()
    payer.answer("approve")
    owed -= payer.newest().amount
    payer.agrees(owed, "approved")
    return owed
