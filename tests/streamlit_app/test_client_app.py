from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from cartera import clock
from cartera.errors import FiguresOutdated
from cartera.store import links
from cartera.store.links import NewLink
from streamlit_app.client import access, opens
from streamlit_app.shared.services import Services
from tests.people import ANA
from tests.streamlit_app.client_server import in_process
from tests.streamlit_app.fakes import FakeReader


@pytest.fixture
def browser(found: Services) -> TestClient:
    return in_process()


def make(found: Services, client_id: str = "C1", **changes: object) -> NewLink:
    values = {
        "company_id": "main",
        "client_id": client_id,
        "days": 30,
        "by": ANA,
        "now": clock.now(),
    }
    return links.create(found.store, **(values | changes))  # type: ignore[arg-type]


def enter(browser: TestClient, new: NewLink) -> str:
    """Open the link as a client does; the clean address."""
    return str(browser.get(f"/e/{new.token}").headers["location"])


def test_entering_leaves_the_token_in_the_cookie_only(found: Services, browser: TestClient) -> None:
    new = make(found)
    answer = browser.get(f"/e/{new.token}")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/?l={new.link.public_id}"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{access.COOKIE_PREFIX}{new.link.public_id}={new.token};")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    page = browser.get(answer.headers["location"])
    assert page.status_code == 200
    assert new.token not in page.text
    assert new.token not in str(page.headers)


def test_first_paint_is_the_whole_statement(found: Services, browser: TestClient) -> None:
    page = browser.get(enter(browser, make(found))).text
    assert "Ferretería El Tornillo" in page
    assert "FE-1042" in page
    assert '<html lang="es">' in page
    assert "<script>" not in page
    assert "agent" not in page


def test_fetching_the_address_counts_as_no_open(found: Services, browser: TestClient) -> None:
    new = make(found)
    enter(browser, new)
    browser.get(f"/?l={new.link.public_id}")
    opens.write()
    (link,) = links.list_links(found.store, "main")
    assert link.opens == 0


def test_unknown_expired_and_revoked_links_say_so(found: Services, browser: TestClient) -> None:
    assert browser.get("/e/unknown").status_code == 404
    old = make(found, days=1, now=clock.now() - timedelta(days=2))
    expired = browser.get(f"/e/{old.token}")
    assert (expired.status_code, "venció" in expired.text) == (410, True)
    closed = make(found)
    links.revoke(found.store, "main", closed.link.public_id, ANA, clock.now())
    revoked = browser.get(f"/e/{closed.token}")
    assert (revoked.status_code, "ya no es válido" in revoked.text) == (410, True)
    for answer in (expired, revoked):
        # What proves who asks for a new link, there and nowhere else; it opens nothing.
        assert "Path=/renovar" in answer.headers["set-cookie"].split("; ")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "Ferretería" not in answer.text


def test_what_never_was_and_guesses_are_told_apart(found: Services, browser: TestClient) -> None:
    for path, words in (("/nothing/here", "no existe"), ("/e/" + "x" * 43, "No pudimos abrir")):
        answer = browser.get(path, headers={"accept": "text/html"})
        assert (answer.status_code, words in answer.text) == (404, True), path
        # Nothing that opens a page: at most what proves who asks for a new link.
        assert "Path=/renovar" in answer.headers.get("set-cookie", "Path=/renovar")
        assert "Ferretería" not in answer.text
    answers = [browser.get(f"/e/{'y' * 40}{n:03d}") for n in range(30)]
    assert {answer.status_code for answer in answers[:15]} == {404}
    last = answers[-1]
    assert last.status_code == 429
    assert last.headers["retry-after"] == "60"
    assert "Demasiados intentos" in last.text


def test_two_links_in_one_browser_stay_apart(
    found: Services, browser: TestClient, reader: FakeReader
) -> None:
    first, second = enter(browser, make(found, "C1")), enter(browser, make(found, "C2"))
    assert "Ferretería" in browser.get(first).text
    assert "Ñandú" in browser.get(second).text
    assert "Ñandú" not in browser.get(first).text
    assert reader.asked == [("main", "C1"), ("main", "C2")]  # the third look is at hand


def test_one_link_does_not_open_another(
    found: Services, browser: TestClient, reader: FakeReader
) -> None:
    enter(browser, make(found, "C1"))
    other = make(found, "C2").link.public_id
    for path in (f"/?l={other}", f"/download/{other}.pdf", "/", "/?l=", "/?l=nothing"):
        assert browser.get(path).status_code == 404
    assert reader.asked == []


def test_a_cookie_under_another_links_name_proves_nothing(
    found: Services, browser: TestClient
) -> None:
    mine, other = make(found, "C1"), make(found, "C2")
    browser.cookies.set(access.COOKIE_PREFIX + other.link.public_id, mine.token)
    assert browser.get(f"/?l={other.link.public_id}").status_code == 404


def test_a_revoked_link_is_over_at_once(found: Services, browser: TestClient) -> None:
    new = make(found)
    address = enter(browser, new)
    assert browser.get(address).status_code == 200
    links.revoke(found.store, "main", new.link.public_id, ANA, clock.now())
    for path in (address, f"/download/{new.link.public_id}.xlsx"):
        assert browser.get(path).status_code == 410


def test_downloads_need_the_links_own_cookie(found: Services, browser: TestClient) -> None:
    new = make(found)
    address = f"/download/{new.link.public_id}"
    assert browser.get(f"{address}.pdf").status_code == 404
    enter(browser, new)
    pdf, xlsx = browser.get(f"{address}.pdf"), browser.get(f"{address}.xlsx")
    assert pdf.content.startswith(b"%PDF")
    assert xlsx.content.startswith(b"PK")
    assert (
        pdf.headers["content-disposition"]
        == 'attachment; filename="estado-de-cuenta-ferreteria-el-tornillo-ltda-2026-11-24.pdf"'
    )
    assert browser.get(f"{address}.exe").status_code == 404


def test_a_client_without_documents_gets_a_kind_page(found: Services, browser: TestClient) -> None:
    page = browser.get(enter(browser, make(found, "C9")))
    assert page.status_code == 200
    assert "Todavía no hay nada" in page.text
    assert page.headers["refresh"]


def test_the_session_is_the_set_of_live_links(found: Services) -> None:
    first, second = make(found), make(found, "C2")
    now = clock.now()
    one = {access.COOKIE_PREFIX + first.link.public_id: first.token}
    both = one | {access.COOKIE_PREFIX + second.link.public_id: second.token}
    assert access.session(found.store, {}, now) is None
    alone = access.session(found.store, one, now)
    assert alone is not None
    assert access.session(found.store, both, now) not in (None, alone)
    links.revoke(found.store, "main", second.link.public_id, ANA, now)
    assert access.session(found.store, both, now) == alone


def test_a_fault_of_ours_is_said_in_words(
    found: Services, browser: TestClient, reader: FakeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = enter(browser, make(found))

    def fail(*_: object, **__: object) -> None:
        raise OSError("/srv/lake is gone")

    monkeypatch.setattr(reader, "statement", fail)
    answer = browser.get(address)
    assert answer.status_code == 500
    assert "no podemos mostrar su cuenta" in answer.text
    assert "/srv/lake" not in answer.text
    assert answer.headers["refresh"]


def test_figures_of_another_version_are_said_to_be_on_their_way(
    found: Services, browser: TestClient, reader: FakeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = enter(browser, make(found))

    def outdated(*_: object, **__: object) -> None:
        raise FiguresOutdated

    monkeypatch.setattr(reader, "statement", outdated)
    answer = browser.get(address)
    assert answer.status_code == 503
    assert "Estamos poniendo al día su cuenta" in answer.text
    assert answer.headers["refresh"]
