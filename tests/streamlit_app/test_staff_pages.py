"""The staff pages, run by Streamlit's AppTest over a small lake and a store of their own."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.runtime.context import ContextProxy, StreamlitCookies
from streamlit.testing.v1 import AppTest

import streamlit_app
from cartera import clock
from cartera.config import Settings
from cartera.errors import FiguresOutdated, LakeNewerThanProgram
from cartera.sources import formats
from cartera.store import audit, figure_changes, links, outbox, users
from cartera.store.db import Store, open_store
from streamlit_app.shared import services as module
from streamlit_app.shared.services import Services
from streamlit_app.staff import session
from tests.ledger.lakes import built
from tests.people import ANA
from tests.store import changed
from tests.store.mails import a_draft, put
from tests.streamlit_app.accounts import account, signed_in
from tests.streamlit_app.door import new_browser
from tests.warehouse.small import fill, write_tables

HOME = Path(streamlit_app.__file__).parent / "staff" / "home.py"
PROFILES = """
[company.main]
name = "Distribuidora Andina S.A.S."
[company.other]
name = "Otra Empresa S.A.S."
"""
Enter = Callable[..., None]
#: What stands for what could not be drawn.
BROKEN = ("No se pudo mostrar esta página.", "This page could not be shown.")


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Store]]:
    """Two companies in one lake."""
    home = tmp_path_factory.mktemp("books")
    folder = write_tables(
        home / "in",
        clients="""
            company_id, client_id, name,                   emails,                 tax_id
            main,       C1,        Ferretería El Tornillo, pagos@tornillo.example, 800.111.222-3
            main,       C2,        Papelería Ñandú,        no tiene <b>correo,     900.333.444-5
            other,      X1,        Secreta Ltda.,          tampoco tiene,          1
        """,
        documents="""
            company_id, document_id, client_id, type, number, issue_date, due_date, total, \
                currency, purchase_order
            main,  1, C1, invoice, FE-1042, 2026-08-01, 2026-08-31, 3800000, COP, 4500-77
            main,  2, C1, invoice, FE-1093, 2026-11-10, 2026-12-10, 975300,  COP,
            main,  3, C2, invoice, FE-2001, 2026-10-01, 2026-10-31, 640,     USD,
            other, 9, X1, invoice, OT-1,    2026-10-01, 2026-10-31, 777,     COP,
        """,
        payments="""
            company_id, payment_id, client_id, date,       amount,  currency
            main,       P1,         C1,        2026-09-15, 1500000, COP
        """,
        allocations="""
            company_id, allocation_id, kind,    amount,  source_id, document_id
            main,       A1,            payment, 1500000, P1,        1
        """,
    )  # fmt: skip
    (home / "cartera.toml").write_text(PROFILES, encoding="utf-8")
    settings = Settings(home=built(home), company="main", threads=1)
    store = open_store(settings)
    fill(settings, store, folder)
    yield home, store
    store.close()


@pytest.fixture
def found(books: tuple[Path, Store], monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setenv("CARTERA_HOME", str(books[0]))
    monkeypatch.setenv("CARTERA_COMPANY", "main")
    monkeypatch.setenv("CARTERA_TODAY", "2026-11-24")
    module.services.cache_clear()
    yield module.services()
    module.services().store.close()
    module.services.cache_clear()


@pytest.fixture
def enter(found: Services, monkeypatch: pytest.MonkeyPatch) -> Enter:
    """Sign somebody in on the browser of this test; unset, nobody is."""

    def hold(cookies: dict[str, str]) -> None:
        held = StreamlitCookies(cookies)
        monkeypatch.setattr(ContextProxy, "cookies", property(lambda _self: held))

    hold({})
    return lambda role="administrator", **changes: hold(signed_in(found.store, role, **changes))


def script(path: str) -> None:
    """What `home.py` does once it knows which page is open."""
    from streamlit_app.staff import pages, session
    from streamlit_app.staff.here import here
    from streamlit_app.staff.home import draw_page

    person = session.person()
    assert person is not None
    draw_page(here(person), next(page for page in pages.PAGES if page.path == path))


def draw(path: str, **query: str) -> AppTest:
    page = AppTest.from_function(script, kwargs={"path": path})
    for name, value in query.items():
        page.query_params[name] = value
    return page.run(timeout=30)


def html(page: AppTest) -> str:
    """Its own HTML; nothing of it failed while it was drawn."""
    assert not page.exception
    assert not [one.value for one in page.error if one.value.startswith(BROKEN)]
    return "\n".join(element.proto.body for element in page.get("html"))


def button(page: AppTest, label: str) -> AppTest:
    return next(one for one in page.button if one.label == label).click().run(timeout=30)


def test_without_a_session_nothing_is_shown(found: Services, enter: Enter) -> None:
    page = AppTest.from_file(str(HOME)).run(timeout=30)
    assert page.subheader[0].value == "Su sesión terminó"
    assert html(page) == ""


def test_the_frame_names_the_person_s_own_company(found: Services, enter: Enter) -> None:
    enter(login="eva", company_id="other")
    page = html(AppTest.from_file(str(HOME)).run(timeout=30))
    assert "Otra Empresa S.A.S." in page
    assert "Distribuidora Andina" not in page


def test_another_company_s_clients_do_not_exist(found: Services, enter: Enter) -> None:
    enter(login="eva", company_id="other")
    for path in ("/", "/cliente", "/enlaces", "/documentos"):
        page = html(draw(path, client="C1"))
        assert "Ese cliente no existe" in page, path
        assert "Tornillo" not in page, path
    for path in ("/clientes", "/cartera", "/documentos", "/datos", "/usuarios", "/"):
        page = html(draw(path))
        assert not [word for word in ("Tornillo", "Ñandú", "FE-1042") if word in page], path


def test_a_view_comes_from_the_address_and_nonsense_in_it_is_ignored(
    found: Services, enter: Enter
) -> None:
    enter()
    page = html(draw("/", client="C1", type="invoice", days_from="1"))
    assert "FE-1042" in page
    assert "FE-1093" not in page
    assert "Se muestran 1 de 2" in page
    odd = {
        "as_of": "2026-99-99", "kind": "all", "status": "'--", "range": "<script>",
        "days_from": "x", "issued_from": "ayer", "page": "-1", "paid": "yes", "from": "2026-01-01",
    }  # fmt: skip
    page = html(draw("/", client="C1", **odd))
    assert "FE-1042" in page
    assert "FE-1093" in page
    assert "<script>" not in page
    for path in ("/clientes", "/cartera", "/documentos", "/enlaces", "/datos"):
        assert html(draw(path, page="9" * 40, sort="'", order="?", range="\x00", currency="???"))


def test_what_a_person_wrote_is_shown_as_letters(found: Services, enter: Enter) -> None:
    enter()
    page = html(draw("/clientes", text="<img src=x onerror=alert(1)>"))
    assert "<img" not in page
    assert "&lt;img" in page
    assert "Ningún cliente coincide" in page


def test_a_purchase_order_is_shown_and_finds_its_document(found: Services, enter: Enter) -> None:
    enter()
    for page in (
        html(draw("/documentos", text="4500-77")),
        html(draw("/", client="C1", number="4500-77")),
    ):
        assert page.count("Orden de compra 4500-77") == 1
        assert "FE-1042" in page
        assert "FE-1093" not in page


def test_what_was_said_of_a_file_is_shown_to_its_company(found: Services, enter: Enter) -> None:
    enter()
    page = html(draw("/datos"))
    assert "Observaciones: 2" in page
    assert "fila 2: no se puede enviar correo a «no tiene &lt;b&gt;»: no tiene @" in page
    assert "fila 2: no se puede enviar correo a «correo»: no tiene @" in page
    enter(login="eva", company_id="other")
    page = html(draw("/datos"))
    assert "Observaciones: 1" in page
    assert "fila 3: no se puede enviar correo a «tampoco tiene»" in page


def test_portfolio_keeps_currencies_apart(found: Services, enter: Enter) -> None:
    enter()
    page = html(draw("/cartera"))
    assert "3.275.300,00" in page
    assert "640,00" in page
    assert "3.275.940" not in page
    assert "/documentos?currency=COP&amp;range=61-90" in page


def test_a_link_is_made_for_a_contact_and_shown_once(found: Services, enter: Enter) -> None:
    enter()
    page = button(draw("/cliente", client="C1", create="1"), "Crear enlace")
    (link,) = links.list_links(found.store, "main", "C1")
    assert (link.contact, link.created_by) == ("pagos@tornillo.example", "administrator")
    address = page.code[0].value
    assert address.startswith("http://127.0.0.1:8502/e/")
    assert links.holds(link, address.rpartition("/")[2])
    assert "create" not in page.query_params
    page.query_params["client"] = "C2"
    page.run(timeout=30)
    assert not page.code
    links.revoke_all(found.store, "main", "C1", by=ANA, now=clock.now())


def test_a_link_renewed_in_the_list_of_all_is_shown_there(found: Services, enter: Enter) -> None:
    enter()
    old = links.create(
        found.store, company_id="main", client_id="C2", days=3, by=ANA, now=clock.now()
    ).link
    page = button(draw("/enlaces", renew=old.public_id), "Renovar enlace")
    new = links.by_token(found.store, page.code[0].value.rpartition("/")[2])
    assert new is not None
    assert (new.client_id, new.revoked_at) == ("C2", None)
    gone = links.by_id(found.store, old.public_id)
    assert gone is not None
    assert gone.revoked_by == "administrator"
    assert "Papelería Ñandú" in html(page)


def test_looking_at_an_address_changes_nothing(found: Services, enter: Enter) -> None:
    enter()
    new = links.create(
        found.store, company_id="main", client_id="C2", days=3, by=ANA, now=clock.now()
    )
    before = audit.entries(found.store, "main")
    for action in ("revoke", "renew"):
        page = draw("/enlaces", **{action: new.link.public_id})
        assert len(page.button) >= 1
    draw("/enlaces", client="C2", revoke_all="1")
    draw("/usuarios", change="administrator")
    assert audit.entries(found.store, "main") == before


def test_a_right_taken_away_counts_on_a_page_that_is_open(found: Services, enter: Enter) -> None:
    """The dialog was drawn for an administrator, who is none when the button is pressed."""
    account(found.store, "administrator", login="jefe")
    enter(login="rosa")
    page = draw("/cliente", client="C2", create="1")
    count = links.count_links(found.store, "main", "C2")
    users.set_role(found.store, "main", "rosa", "reader", by=ANA, now=clock.now())
    button(page, "Crear enlace")
    assert links.count_links(found.store, "main", "C2") == count


def test_only_administrators_have_users(found: Services, enter: Enter) -> None:
    enter("reader")
    page = draw("/usuarios")
    assert page.error[0].value == "Su rol no permite hacer esto."
    assert html(page) == ""
    enter()
    assert "Administrator Pérez" in html(draw("/usuarios"))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"Usuario": "x y", "Nombre completo": "Equis"}, "El usuario tiene de 2 a 64"),
        ({"Usuario": "equis", "Nombre completo": ""}, "Escriba el nombre completo"),
        ({"Usuario": "equis", "Nombre completo": "Equis"}, "Dé una contraseña o un correo"),
        (
            {"Usuario": "equis", "Nombre completo": "Equis", "Correo": "no es"},
            "Eso no es una dirección de correo.",
        ),
        (
            {"Usuario": "equis", "Nombre completo": "Equis", "Contraseña": "corta"},
            "La contraseña es muy corta",
        ),
        (
            {
                "Usuario": "administrator",
                "Nombre completo": "Otro",
                "Contraseña": "Tranvia-Verde-77",
            },
            "Ese usuario o ese correo ya está en uso.",
        ),
    ],
)
def test_a_user_that_cannot_be_made_is_explained(
    found: Services, enter: Enter, fields: dict[str, str], words: str
) -> None:
    enter()
    page = draw("/usuarios", add="1")
    for label, value in fields.items():
        next(one for one in page.text_input if one.label == label).set_value(value)
    page = button(page, "Agregar usuario")
    assert words in page.error[0].value
    assert "equis" not in {user.login for user in users.list_users(found.store, "main")}


def test_before_the_first_load_every_page_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARTERA_HOME", str(tmp_path / "empty"))
    module.services.cache_clear()
    store = module.services().store
    held = StreamlitCookies(signed_in(store))
    monkeypatch.setattr(ContextProxy, "cookies", property(lambda _self: held))
    for path in ("/", "/clientes", "/cliente", "/cartera", "/documentos"):
        assert draw(path).info[0].value == "Todavía no se han cargado datos.", path
    assert "Todavía no hay enlaces" in html(draw("/enlaces"))
    page = html(draw("/datos"))
    accepted = ",".join((*formats.ENDINGS, ".pdf"))
    assert f'accept="{accepted}"' in page
    assert "CSV, Excel, Parquet o JSON por líneas; el nombre empieza por clients," in page
    assert "Todavía no se ha cargado nada." in page
    assert "Subir archivos" in page
    store.close()
    module.services.cache_clear()


def test_a_page_that_fails_says_so_without_a_trace(
    found: Services, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter()

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("postgres://user:secret@db")

    monkeypatch.setattr(type(found.reader), "clients", broken)
    page = draw("/clientes")
    (said,) = [one.value for one in page.error]
    assert said.startswith(BROKEN)
    assert "secret" not in said + str([element.proto.body for element in page.get("html")])


def test_why_figures_are_not_there_is_said(
    found: Services, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter()

    def outdated(*_: object, **__: object) -> None:
        raise FiguresOutdated

    def newer(*_: object, **__: object) -> None:
        raise LakeNewerThanProgram(9, 3)

    monkeypatch.setattr(type(found.reader), "clients", outdated)
    assert draw("/clientes").info[0].value.startswith("Las cifras se están poniendo al día")
    monkeypatch.setattr(type(found.reader), "clients", newer)
    assert draw("/clientes").error[0].value.startswith("Los datos son de una versión más nueva")


def test_english_for_whoever_chose_it(found: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    held = StreamlitCookies(signed_in(found.store) | {"cartera_language": "en"})
    monkeypatch.setattr(ContextProxy, "cookies", property(lambda _self: held))
    page = html(draw("/", client="C1"))
    assert "Open items" in page
    assert "3,275,300.00" in page
    assert session.COOKIE not in page


@pytest.fixture
def differs(found: Services) -> Iterator[int]:
    """A new version made something else of two accounts; the first was told so last."""
    at = clock.now()
    key = f"told {outbox.count_messages(found.store, 'main')}"
    (told,) = outbox.queue(found.store, "main", [a_draft(key=key)], by=ANA, now=at)
    put(found.store, told, state="sent", sent_at=at, subject="Su <cuenta>", publication_id=1)
    rows = (
        changed.account("C1"),
        changed.account("C2", currency="USD"),
        changed.account("C1", as_of=changed.MONTH_END),
    )
    changed.published(found.store, changed.comparison(accounts=rows), now=clock.now())
    (one,) = figure_changes.unseen(found.store, "main")
    yield one.id
    ids = [each.id for each in figure_changes.unseen(found.store, "main")]
    figure_changes.mark_seen(found.store, "main", ids, by=ANA, now=clock.now())


WAITS = "Los correos automáticos esperan hasta que alguien las revise"


def test_changed_figures_are_said_on_every_page_until_somebody_saw_them(
    found: Services, enter: Enter, differs: int
) -> None:
    enter()
    for path in ("/", "/envios", "/envio-masivo", "/recordatorios", "/datos"):
        page = html(draw(path))
        assert "cambió las cifras de 2 cuentas" in page, path
        assert WAITS in page, path
        assert 'href="/cifras"' in page, path
    # In the window in which somebody writes by hand, too: that goes.
    assert html(draw("/", client="C1", send="1")).count(WAITS) == 2

    page = html(draw("/cifras"))
    assert WAITS not in page
    for shown in ("Ferretería El Tornillo", "Papelería Ñandú", "1.000,00", "900,00", "-"):
        assert shown in page
    assert "Su &lt;cuenta&gt;" in page
    assert "Ninguno con cifras" in page
    # What did not change is not listed: the overdue of the factory's account.
    assert "<dt>Vencida</dt>" not in page
    assert "Papelería" not in html(draw("/cifras", day=str(changed.MONTH_END)))

    done = button(draw("/cifras"), "Ya las revisé: que salgan los correos")
    assert "Las cifras quedaron revisadas" in done.success[0].value
    assert "Revisadas por administrator" in html(done)
    assert not done.button
    assert WAITS not in html(draw("/envios"))
    assert "Papelería Ñandú" in html(draw("/cifras"))


def test_a_reader_sees_them_and_marks_nothing(found: Services, enter: Enter, differs: int) -> None:
    enter("reader")
    page = draw("/cifras")
    assert "Ferretería El Tornillo" in html(page)
    assert not page.button
    assert page.info[0].value == "Un administrador las marca como revisadas."


@pytest.mark.usefixtures("differs")
def test_another_company_s_changed_figures_do_not_exist(found: Services, enter: Enter) -> None:
    enter(login="eva", company_id="other")
    assert WAITS not in html(draw("/envios"))
    page = html(draw("/cifras"))
    assert "Ninguna versión nueva cambió las cifras" in page
    assert "Tornillo" not in page


def test_their_file_is_what_a_spreadsheet_of_the_language_opens(
    found: Services, differs: int
) -> None:
    browser = new_browser(cookies=signed_in(found.store, "reader"))
    answer = browser.get(f"/download/changes.csv?list={differs}")
    assert answer.status_code == 200
    name = f"cifras-que-cambiaron-{clock.now().date()}.csv"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    head, *rows = csv.reader(answer.content.decode("utf-8-sig").splitlines(), delimiter=";")
    assert head[:3] == ["Código", "Cliente", "Moneda"]
    assert len(rows) == 6  # three accounts, two figures of each
    about = ["C1", "Ferretería El Tornillo", "COP", str(changed.TODAY)]
    assert rows[0][:8] == [*about, "Saldo", "1000,00", "900,00", "-100,00"]
    assert rows[1][4:8] == ["Saldo a favor", "0,00", "-100,00", "-100,00"]
    assert (rows[0][8], rows[0][10]) == ("Estado de cuenta", "Su <cuenta>")
    assert rows[2][8:] == []
    eva = new_browser(cookies=signed_in(found.store, login="eva", company_id="other"))
    assert eva.get(f"/download/changes.csv?list={differs}").status_code == 404
    assert new_browser(cookies={}).get("/download/changes.csv").status_code in (303, 401)


def test_figures_that_could_not_be_compared_are_said(found: Services, enter: Enter) -> None:
    enter()
    changed.published(
        found.store, changed.comparison(accounts=(), trouble="no <aging>"), now=clock.now()
    )
    for path in ("/envios", "/cifras"):
        assert "no se pudieron comparar" in html(draw(path))
    assert "no &lt;aging&gt;" in html(draw("/cifras"))
    button(draw("/cifras"), "Ya las revisé: que salgan los correos")
    assert figure_changes.unseen(found.store, "main") == []
