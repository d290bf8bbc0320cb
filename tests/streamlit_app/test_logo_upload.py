"""A logo comes in by our own route, from people who may change settings."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from cartera.config import Settings
from cartera.render.logo import LARGEST
from cartera.store import companies
from streamlit_app.shared.services import Services
from streamlit_app.staff import logo_upload
from tests.streamlit_app.door import new_browser

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>'


def send(browser: TestClient, content: bytes, name: str = "logo.svg") -> dict[str, object]:
    answer = browser.post(logo_upload.PATH, files={"files": (name, content)})
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


@pytest.fixture
def ana(found: Services, staff_cookies: Callable[..., dict[str, str]]) -> TestClient:
    return new_browser(cookies=staff_cookies())


def logo(settings: Settings, found: Services) -> str:
    return companies.profile(settings, found.store).logo


def test_a_logo_is_kept_whatever_its_name(found: Services, ana: TestClient) -> None:
    assert send(ana, SVG, "../../x.exe")["taken"] == 1
    assert logo(found.settings, found).endswith(".svg")


@pytest.mark.parametrize(
    "content",
    [b"", b"MZ\x90", SVG.replace(b"<rect", b"<rect onload='x'"), b"\x89PNG\r\n\x1a\n" + b"x" * 99],
    ids=["nothing", "a program", "active", "damaged"],
)
def test_what_is_no_logo_is_refused_in_words(
    found: Services, ana: TestClient, content: bytes
) -> None:
    answer = send(ana, content)
    assert answer["taken"] == 0
    assert answer["lines"]
    assert logo(found.settings, found) == ""


def test_a_large_one_is_refused_unread(ana: TestClient) -> None:
    answer = send(ana, b"x" * (LARGEST + 100_000))
    assert answer["taken"] == 0
    assert "512 KB" in str(answer["lines"])


def test_only_who_may_change_settings(
    found: Services, staff_cookies: Callable[..., dict[str, str]]
) -> None:
    reader = new_browser(cookies=staff_cookies("reader"))
    assert reader.post(logo_upload.PATH, files={"files": ("l.svg", SVG)}).status_code == 403
    nobody = new_browser()
    assert nobody.post(logo_upload.PATH, files={"files": ("l.svg", SVG)}).status_code == 401
    foreign = new_browser(cookies=staff_cookies())
    answer = foreign.post(
        logo_upload.PATH,
        files={"files": ("l.svg", SVG)},
        headers={"sec-fetch-site": "cross-site"},
    )
    assert answer.status_code == 403
    assert logo(found.settings, found) == ""
