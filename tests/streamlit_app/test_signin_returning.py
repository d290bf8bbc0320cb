"""Where signing in leads: the page asked for, and never another site's."""

from __future__ import annotations

import pytest

from streamlit_app.shared.services import Services
from streamlit_app.staff.signin import returning
from tests.streamlit_app.accounts import account
from tests.streamlit_app.door import StaffBrowser, enter


@pytest.mark.parametrize(
    "address",
    [
        "", "clientes", "//evil.test", "///evil.test", "/\\evil.test", "\\\\evil.test",
        "/\t/evil.test", "/\n/evil.test", "\t//evil.test", "http://evil.test", "https:/evil.test",
        "javascript:alert(1)", "/\x00", "/a b", "/login", "/login?next=/", "/auth/logout",
        "/oauth2callback?code=1", "/live", "/_stcore/stream", "/" + "a" * 2001, "//[",
    ],
)  # fmt: skip
def test_no_address_leads_elsewhere(
    staff_browser: StaffBrowser, found: Services, address: str
) -> None:
    assert returning.safe(address) == "/"
    account(found.store, login="ana")
    assert enter(staff_browser(), next=address).headers["location"] == "/"


@pytest.mark.parametrize(
    "address",
    ["/", "/clientes", "/cliente?client=C1", "/?client=a%2Fb&kind=forward&as_of=2026-01-31",
     "/cartera?bucket=90%2B", "/documentos?text=http://x"],
)  # fmt: skip
def test_every_view_of_ours_survives(address: str) -> None:
    assert returning.safe(address) == address
    assert returning.safe(f"{address}#part") == address


def test_other_letters_in_an_address_are_encoded() -> None:
    assert returning.safe("/clientes?text=Ñandú €") == "/"  # a blank is in no address
    assert returning.safe("/clientes?text=Ñ€") == "/clientes?text=%C3%91%E2%82%AC"
