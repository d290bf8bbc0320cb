"""Staff pages over the sample company as AppTest draws them, and what stands in their HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from streamlit.runtime.context import ContextProxy, StreamlitCookies
from streamlit.testing.v1 import AppTest

from cartera.people import Role
from cartera.sample import COMPANY_ID
from tests.sample_home import SampleHome
from tests.streamlit_app.accounts import signed_in
from tests.streamlit_app.desks import amount
from tests.streamlit_app.test_staff_pages import draw, html

_ROW = re.compile(
    r'<tbody class="[^"]*" data-states="[^"]*"([^>]*)>.*?class="number"[^>]*>([^<]*)<', re.DOTALL
)
_TOTAL = re.compile(r'class="figure total".*?<b>([^<]*)</b>', re.DOTALL)


@dataclass(frozen=True)
class Pages:
    """The pages, for whoever is signed in."""

    home: SampleHome
    patch: pytest.MonkeyPatch

    def enter(self, role: Role = "administrator", **cookies: str) -> dict[str, str]:
        """Sign somebody in; what the browser holds from then on."""
        held = signed_in(self.home.store, role, company_id=COMPANY_ID) | cookies
        kept = StreamlitCookies(held)
        self.patch.setattr(ContextProxy, "cookies", property(lambda _self: kept))
        return held

    def open(self, address: str) -> AppTest:
        """The page of an address with its query."""
        parts = urlsplit(address)
        return draw(parts.path, **dict(parse_qsl(parts.query)))

    def html(self, address: str) -> str:
        """What it shows, apart from Streamlit's own elements."""
        return html(self.open(address))


def numbers(page: str) -> list[str]:
    """Numbers of the documents and payments that a statement shows."""
    return [unescape(number).strip() for tag, number in _ROW.findall(page) if "hidden" not in tag]


def total(page: str) -> Decimal:
    """The first balance of a statement."""
    found = _TOTAL.search(page)
    assert found is not None
    return amount(found[1])


def links(page: str, pattern: str) -> list[str]:
    """Addresses of the links whose tag fits."""
    tags = re.findall(rf"<a (?=[^>]*{pattern})[^>]*>", page)
    return [unescape(re.findall(r'href="([^"]*)"', tag)[0]) for tag in tags]


def errors(page: AppTest) -> str:
    """What it refuses or could not do."""
    assert not page.exception
    return " ".join(one.value for one in page.error)


def windows(page: AppTest) -> int:
    """How many dialogs are open."""
    return len(page.get("dialog"))
