"""The page behind a message's unsubscribe link, for people and for mail providers."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from cartera import clock
from cartera.mail.outgoing import Content, Draft
from cartera.store import outbox, stopped
from streamlit_app.client import account, app, limits
from streamlit_app.shared.gate import Gate
from streamlit_app.shared.services import Services
from tests.people import ANA

HOST = "http://portal.test"
ADDRESS = "compras@tornillo.co"
NEVER = "0" * 32


@pytest.fixture
def browser(found: Services) -> TestClient:
    account.forget()
    limits.forget()
    middleware = [Middleware(Gate, policy=app.policy(secure=False))]
    return TestClient(Starlette(routes=app.routes(), middleware=middleware), base_url=HOST)


@pytest.fixture
def public_id(found: Services) -> str:
    draft = Draft(
        key="statement:1", kind="statement", client_id="C1", address=ADDRESS,
        is_periodic=True, content=Content("Estado", "<p>Hola</p>"),
    )  # fmt: skip
    (made,) = outbox.queue(found.store, "main", [draft], by=ANA, now=clock.now())
    return made


def kinds(found: Services) -> list[str]:
    stops = stopped.stopped(found.store, "main", [ADDRESS])
    return [stop.kind for stop in stops.get(ADDRESS, [])]


def test_looking_changes_nothing(found: Services, browser: TestClient, public_id: str) -> None:
    page = browser.get(f"/baja/{public_id}")
    assert page.status_code == 200
    assert '<form method="post"><button>' in page.text
    assert ADDRESS not in page.text
    browser.head(f"/baja/{public_id}")
    assert kinds(found) == []


def test_the_button_stops_that_kind_once(
    found: Services, browser: TestClient, public_id: str
) -> None:
    said = [
        browser.post(f"/baja/{public_id}", headers={"Sec-Fetch-Site": "same-origin"})
        for _ in range(2)
    ]
    assert [(answer.status_code, "Listo" in answer.text) for answer in said] == [(200, True)] * 2
    assert kinds(found) == ["statement"]
    whats = [event.what for event in outbox.events(found.store, "main", public_id)]
    assert whats == ["queued", "unsubscribed"]


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "https://mail.test", "Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}],
)
def test_mail_providers_unsubscribe_with_one_click(
    found: Services, browser: TestClient, public_id: str, headers: dict[str, str]
) -> None:
    answer = browser.post(
        f"/baja/{public_id}", data={"List-Unsubscribe": "One-Click"}, headers=headers
    )
    assert answer.status_code == 200
    assert kinds(found) == ["statement"]


def test_an_id_that_never_was_gets_the_same_answers(browser: TestClient, public_id: str) -> None:
    for ask in (browser.get, browser.post):
        known, unknown = (ask(f"/baja/{name}") for name in (public_id, NEVER))
        assert (known.status_code, known.text) == (unknown.status_code, unknown.text)


def test_who_tries_many_is_told_to_wait(browser: TestClient, public_id: str) -> None:
    answers = [browser.post(f"/baja/{n:032x}").status_code for n in range(25)]
    assert answers[:20] == [200] * 20
    assert set(answers[20:]) == {429}
    assert browser.get(f"/baja/{public_id}").status_code == 200


def test_only_this_path_is_written_to_from_elsewhere(browser: TestClient) -> None:
    foreign = {"Origin": "https://mail.test", "Sec-Fetch-Site": "cross-site"}
    assert browser.post("/e/abc", headers=foreign).status_code == 403
    assert browser.post("/baja", headers=foreign).status_code == 404
