"""Asking for a new link on the page of one that does not open: the same for everybody."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from cartera import clock
from cartera.store import access_requests, links
from cartera.store.notice_schema import access_requests as table
from streamlit_app.client import account, app, limits
from streamlit_app.shared.gate import Gate
from streamlit_app.shared.services import Services
from tests.people import ANA

HOST = "http://portal.test"
HERE = {"Sec-Fetch-Site": "same-origin"}
KNOWN, UNKNOWN = "ana@cliente.co", "nadie@otro.co"


@pytest.fixture
def browser(found: Services) -> TestClient:
    account.forget()
    limits.forget()
    middleware = [Middleware(Gate, policy=app.policy(secure=False))]
    plain = Starlette(routes=app.routes(), middleware=middleware)
    return TestClient(plain, base_url=HOST, follow_redirects=False)


def ended(found: Services):
    return links.create(
        found.store, company_id="main", client_id="C1", days=1, contact=KNOWN, by=ANA,
        now=clock.now() - timedelta(days=3),
    )  # fmt: skip


def ask(browser: TestClient, address: str, query: str = ""):
    return browser.post(f"/renovar{query}", data={"address": address}, headers=HERE)


def asked(found: Services) -> list[access_requests.Request]:
    return access_requests.waiting(found.store)


@pytest.mark.parametrize("how", ["expired", "revoked"])
def test_a_link_that_is_over_leads_to_the_form_which_knows_the_link(found, browser, how):
    made = ended(found)
    if how == "revoked":
        links.revoke(found.store, "main", made.link.public_id, ANA, clock.now())
    page = browser.get(f"/e/{made.token}")
    assert page.status_code == 410
    assert f'action="/renovar?l={made.link.public_id}"' in page.text
    assert made.token not in page.text
    answer = ask(browser, KNOWN, f"?l={made.link.public_id}")
    assert answer.status_code == 200
    (request,) = asked(found)
    assert (request.link_id, request.address) == (made.link.public_id, KNOWN)
    # Nothing was decided by a page: the link is as it was, no mail waits.
    with found.store.read() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM messages")).scalar() == 0


def test_a_mistyped_link_leads_to_the_form_that_knows_none(found, browser):
    page = browser.get("/e/mistyped")
    assert page.status_code == 404
    assert 'action="/renovar"' in page.text
    assert ask(browser, KNOWN).status_code == 200
    assert [request.link_id for request in asked(found)] == [""]


def test_a_public_id_alone_proves_nothing(found, browser):
    made = ended(found)
    ask(browser, KNOWN, f"?l={made.link.public_id}")
    assert [request.link_id for request in asked(found)] == [""]


def test_known_and_unknown_get_the_same_words_by_the_same_work(found, browser):
    """Not by a clock, which is a coin toss: by what the server does, statement by statement."""
    made = ended(found)
    browser.get(f"/e/{made.token}")
    seen: list[list[str]] = []

    def note(_c, _cursor, statement, *_rest) -> None:
        seen[-1].append(statement)

    event.listen(found.store.engine, "before_cursor_execute", note)
    answers = []
    for address in (KNOWN, UNKNOWN):
        seen.append([])
        answers.append(ask(browser, address, f"?l={made.link.public_id}"))
    event.remove(found.store.engine, "before_cursor_execute", note)
    assert answers[0].status_code == answers[1].status_code == 200
    assert answers[0].text.replace(KNOWN, "x") == answers[1].text.replace(UNKNOWN, "x")
    assert seen[0] == seen[1]
    assert any("access_requests" in statement for statement in seen[0])


@pytest.mark.parametrize(
    "address", ["", "nadie", "a@b", "a@b.co\r\nBcc: c@d.co", "<script>alert(1)</script>@x.co"]
)
def test_what_is_no_address_is_said_beside_the_field(found, browser, address):
    answer = ask(browser, address)
    assert answer.status_code == 400
    assert 'id="wrong"' in answer.text
    assert "<script>" not in answer.text
    assert asked(found) == []


@pytest.mark.usefixtures("within_a_minute")
def test_a_flood_meets_a_friendly_page_and_leaves_few_rows(found, browser):
    answers = [ask(browser, f"a{n}@x.co").status_code for n in range(60)]
    assert answers == [200] * 20 + [429] * 40
    last = ask(browser, KNOWN)
    assert "Retry-After" in last.headers
    assert "Demasiados intentos" in last.text
    assert len(asked(found)) == 20


def test_a_form_as_large_as_a_book_is_not_read(found, browser):
    answer = browser.post("/renovar", content=b"address=" + b"a" * 5_000_000, headers=HERE)
    assert answer.status_code == 400
    assert asked(found) == []


def test_another_sites_page_cannot_ask(found, browser):
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.test"}):
        answer = browser.post("/renovar", data={"address": KNOWN}, headers=headers)
        assert answer.status_code == 403
    assert asked(found) == []


def test_looking_asks_for_nothing(found, browser):
    page = browser.get("/renovar")
    assert page.status_code == 200
    assert 'name="address"' in page.text
    with found.store.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0
