"""What the staff app answers besides pages: files, suggestions, uploads, languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pytest
from openpyxl import load_workbook
from starlette.testclient import TestClient

from cartera.store import audit
from streamlit_app.shared.services import Services
from streamlit_app.staff import language, pages
from tests.streamlit_app import fakes
from tests.streamlit_app.door import new_browser
from tests.streamlit_app.fakes import FakeReader

Enter = Callable[..., TestClient]


@pytest.fixture
def enter(found: Services, staff_cookies: Callable[..., dict[str, str]]) -> Enter:
    """A browser in front of the gate, with somebody signed in."""

    def entered(role: str = "administrator", **changes: object) -> TestClient:
        cookies = staff_cookies(role, **changes) if role else {}
        return new_browser(cookies=cookies)

    return entered


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.path)
def test_every_page_has_its_address_and_title(enter: Enter, page: pages.Page) -> None:
    browser = enter()
    answer = browser.get(page.path)
    assert answer.status_code == 200
    assert '<html lang="es">' in answer.text
    assert pages.SCRIPT in answer.text
    browser.cookies.set(language.COOKIE, "en")
    english = browser.get(page.path).text
    assert '<html lang="en">' in english
    assert f"<title>{page.title} ·" in english


def test_what_is_no_page_does_not_exist(enter: Enter) -> None:
    browser = enter()
    for path in ("/Clientes", "/clientes/", "/clientes/x", "/admin", "/_stcore/upload_file/x/y"):
        assert browser.get(path).status_code == 404, path


def test_without_a_session_only_the_door_answers(enter: Enter) -> None:
    browser = enter("")
    files = ("/download/aging.xlsx", "/download/statement.pdf?client=C1")
    for path in (*pages.PATHS, "/suggest?text=a", *files):
        assert browser.get(path).status_code in (303, 401), path
    assert browser.post("/upload").status_code == 401
    assert browser.get(pages.STYLE).status_code == 200


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, {"FE-1001", "FE-1042", "FE-1077", "FE-1093"}),
        ({"days_from": "20"}, {"FE-1001", "FE-1042"}),
        ({"status": "partial"}, {"FE-1042"}),
        ({"number": "1093", "as_of": "soon", "kind": "all"}, {"FE-1093"}),
        ({"number": "nothing"}, set()),
    ],
)
def test_a_workbook_holds_what_its_address_asks_for(
    enter: Enter, query: dict[str, str], wanted: set[str]
) -> None:
    answer = enter().get("/download/statement.xlsx", params={"client": "C1", **query})
    assert answer.status_code == 200
    sheets = load_workbook(BytesIO(answer.content))
    cells = {str(cell) for sheet in sheets for row in sheet.values for cell in row if cell}
    assert {f"FE-{n}" for n in (1001, 1042, 1077, 1093) if f"FE-{n}" in cells} == wanted


def test_files_are_of_the_person_s_own_company(enter: Enter, reader: FakeReader) -> None:
    eve = enter(login="eve", company_id="other")
    assert eve.get("/download/statement.pdf?client=C1").status_code == 404
    assert eve.get("/suggest?text=tornillo").json()["clients"] == []
    assert {company for company, _ in reader.asked} == {"other"}


def test_files_that_make_no_sense_do_not_exist(enter: Enter) -> None:
    browser = enter()
    for path in ("statement.exe?client=C1", "statement.pdf?client=C9", "statement.pdf", "x.pdf"):
        assert browser.get(f"/download/{path}").status_code == 404, path


def test_suggestions_say_where_they_lead_and_when_there_are_more(
    enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = enter()
    (found,) = browser.get("/suggest?text=tornillo").json()["clients"]
    assert found == {
        "href": "/?client=C1",
        "name": "Ferretería El Tornillo Ltda.",
        "about": "800.111.222-3 · C1",
    }
    assert browser.get("/suggest?text=zzz").json()["note"] == "Ningún cliente coincide"
    many = {f"C{n}": replace(fakes.CLIENTS["C1"], client_id=f"C{n}&x={n}") for n in range(99)}
    monkeypatch.setattr(fakes, "CLIENTS", many)
    answer = browser.get("/suggest?text=tornillo").json()
    assert len(answer["clients"]) == 50
    assert answer["note"] == "Se muestran solo los primeros 50; escriba más letras."
    assert answer["clients"][7]["href"] == "/?client=C7%26x%3D7"


def test_an_upload_lands_in_the_inbox_of_the_person_s_company(
    found: Services, enter: Enter
) -> None:
    browser = enter()
    files = [
        ("files", ("clients_1.csv", b"client_id,name\nx,X\n", "text/csv")),
        ("files", ("../../clients_2.csv", b"client_id,name\ny,Y\n", "text/csv")),
        ("files", ("foto.png", b"x", "image/png")),
        ("files", ("payments.csv", b"", "text/csv")),
    ]
    answer = browser.post("/upload", files=files).json()
    assert answer["taken"] == 2
    assert answer["lines"][0] == "clients_1.csv: recibido; se carga en un momento"
    assert answer["lines"][2].startswith("foto.png: no es un archivo CSV")
    assert answer["lines"][3] == "payments.csv: el archivo está vacío"
    inside = sorted(path.name for path in found.settings.inbox.iterdir())
    assert inside == ["clients_1.csv", "clients_2.csv"]
    assert {entry.action for entry in audit.entries(found.store, "main", subject="clients_1.csv")}


def test_an_upload_needs_the_right_and_our_own_page(found: Services, enter: Enter) -> None:
    files = [("files", ("clients.csv", b"client_id,name\nx,X\n", "text/csv"))]
    assert enter("reader").post("/upload", files=files).status_code == 403
    foreign = {"sec-fetch-site": "cross-site", "origin": "https://elsewhere.test"}
    assert enter().post("/upload", files=files, headers=foreign).status_code == 403
    assert enter().post("/upload", content=b"no form").json()["taken"] == 0
    broken = {"content-type": "multipart/form-data; boundary=x"}
    cut_off = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="clients.csv"\r\n\r\na'
    )
    assert enter().post("/upload", content=cut_off, headers=broken).json()["taken"] == 0
    no_boundary = {"content-type": "multipart/form-data"}
    assert enter().post("/upload", content=b"x", headers=no_boundary).status_code == 400
    huge = {"content-length": str(1 << 40)}
    assert enter().post("/upload", content=b"x", headers=huge).status_code == 413
    assert enter().post("/upload", content=iter([b"x"])).status_code == 411
    many = [("files", (f"clients_{n}.csv", b"x", "text/csv")) for n in range(21)]
    assert enter().post("/upload", files=many).status_code == 400
    assert not found.settings.inbox.exists() or not list(found.settings.inbox.iterdir())


@pytest.mark.parametrize(
    ("back", "leads"),
    [
        ("/clientes?text=a,b", "/clientes?text=a,b"),
        ("", "/"),
        ("https://elsewhere.test/", "/"),
        ("//elsewhere.test/", "/"),
        ("/\\elsewhere.test", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_a_language_is_kept_and_leads_back_to_our_own_pages(
    enter: Enter, back: str, leads: str
) -> None:
    answer = enter().post("/language", data={"language": "en", "back": back})
    assert (answer.status_code, answer.headers["location"]) == (303, leads)
    assert answer.headers["set-cookie"].startswith(f"{language.COOKIE}=en;")
    assert "HttpOnly" in answer.headers["set-cookie"]


def test_no_other_language_and_no_other_site_s_choice(enter: Enter) -> None:
    assert enter().post("/language", data={"language": "fr", "back": "/"}).status_code == 400
    foreign = {"sec-fetch-site": "cross-site"}
    data = {"language": "en", "back": "/"}
    assert enter().post("/language", data=data, headers=foreign).status_code == 403
    assert enter().get("/language").status_code in (404, 405)


def test_an_address_that_does_not_exist_is_a_page_for_people(found: Services) -> None:
    browser = new_browser()
    answer = browser.get("/nowhere", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "no existe" in answer.text
    assert browser.get("/nowhere", headers={"accept": "*/*"}).text == "Not found"
