"""How often somebody may guess, and what a crowd is told."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from streamlit_app.shared import network
from streamlit_app.shared.services import Services
from streamlit_app.staff.signin.checking import AT_ONCE, IN_LINE
from tests import loops
from tests.streamlit_app.accounts import account
from tests.streamlit_app.door import HOST, StaffBrowser, enter, plain


def test_after_five_guesses_a_login_rests_at_that_address(
    staff_browser: StaffBrowser, found: Services
) -> None:
    account(found.store, login="ana"), account(found.store, login="luis")
    assert [enter(staff_browser(), "ana", "wrong").status_code for _ in range(5)] == [401] * 5
    refused = enter(staff_browser())
    assert (refused.status_code, "set-cookie" in refused.headers) == (429, False)
    assert 880 <= int(refused.headers["retry-after"]) <= 900
    assert "Intente de nuevo en 15 minutos." in refused.text
    assert enter(staff_browser(), "ANA ").status_code == 429
    # neither another person there, nor the same one elsewhere
    assert enter(staff_browser(), "luis").status_code == 303
    assert enter(staff_browser("198.51.100.8")).status_code == 303


def test_a_right_password_forgets_the_wrong_ones(
    staff_browser: StaffBrowser, found: Services
) -> None:
    account(found.store, login="ana")
    for _ in range(3):
        assert [enter(staff_browser(), "ana", "wrong").status_code for _ in range(4)] == [401] * 4
        assert enter(staff_browser()).status_code == 303


def test_one_address_does_not_try_many_logins(staff_browser: StaffBrowser, found: Services) -> None:
    account(found.store, login="ana")
    codes = [enter(staff_browser(), f"login{n}", "x").status_code for n in range(61)]
    assert codes == [401] * 60 + [429]
    assert enter(staff_browser()).status_code == 429
    assert enter(staff_browser("198.51.100.8")).status_code == 303


def test_guesses_from_many_addresses_do_not_shut_a_person_out(
    staff_browser: StaffBrowser, found: Services
) -> None:
    account(found.store, login="ana")
    assert enter(staff_browser("203.0.113.5")).status_code == 303
    codes = [enter(staff_browser(f"192.0.2.{n}"), "ana", "wrong").status_code for n in range(31)]
    assert codes == [401] * 30 + [429]
    assert enter(staff_browser("192.0.2.99")).status_code == 429
    # where she has been before she still enters
    assert enter(staff_browser("203.0.113.5")).status_code == 303


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("testclient", "unknown"),
        (None, "unknown"),
    ],
)
def test_addresses_are_counted_by_line(host: str | None, counted: str) -> None:
    assert network.network(host) == counted


@pytest.mark.full
def test_a_crowd_is_told_to_come_back_and_everyone_else_is_served(found: Services) -> None:
    """With the real cost of a check: two run, some wait, the rest are answered at once."""
    account(found.store, login="ana")

    async def crowd() -> list[int]:
        async def one(number: int) -> int:
            place = httpx.ASGITransport(app=plain(), client=(f"192.0.2.{number}", 1))
            async with httpx.AsyncClient(transport=place, base_url=HOST) as client:
                form = {"login": f"login{number}", "password": "x"}
                answer = await client.post("/login", data=form)
                assert answer.status_code != 503 or answer.headers["retry-after"]
                return answer.status_code

        return list(await asyncio.gather(*(one(number) for number in range(60))))

    codes = loops.run(crowd())
    assert set(codes) == {401, 503}
    assert codes.count(401) >= AT_ONCE + IN_LINE
