"""The forms with which clients write, in a real browser: readable, narrow, and without a script."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from cartera.notices.terms import KINDS
from tests.sample_home import SampleHome
from tests.screens import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.full]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forms_are_readable_by_everybody_and_work_without_a_script(
    sample: SampleHome, client_url: str, chromium: Browser, scheme: str
) -> None:
    new = sample.link()
    context = chromium.new_context(viewport=PHONE, color_scheme=scheme)
    plain = chromium.new_context(java_script_enabled=False)
    for one in (context, plain):
        one.request.get(f"{client_url}/e/{new.token}", max_redirects=0)
    page, bare = context.new_page(), plain.new_page()
    for kind in KINDS:
        address = f"{client_url}/avisar?l={new.link.public_id}&kind={kind}"
        page.goto(address)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        bare.goto(address)
        bare.locator("main button").click()
        expect(bare.locator(".wrong").first).to_be_visible()
    context.close()
    plain.close()
