"""The staff app as the company's people meet it: the sample company, a server, a real Chromium."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from openpyxl import load_workbook
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pypdf import PdfReader

from cartera import clock
from cartera.filters import Filters, select
from cartera.people import operator
from cartera.portfolio import ClientBalance
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from cartera.statement import Statement
from cartera.store import audit, links, sessions, users
from tests.sample_home import SampleHome, build, serving
from tests.streamlit_app.accounts import account, sign_in, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
REFUSED = "clients_malos.csv"
#: Every page, with something on it.
PAGES = {
    "start": "/",
    "statement": f"/?client={PEDRO}",
    "settled": f"/?client={PEDRO}&paid=1&type=payment,invoice&days_from=1",
    "activity": f"/?client={PEDRO}&kind=activity",
    "forward": f"/?client={PEDRO}&kind=forward",
    "clients": "/clientes",
    "client": f"/cliente?client={PEDRO}",
    "portfolio": "/cartera",
    "documents": "/documentos?range=overdue&currency=COP",
    "links": "/enlaces",
    "data": "/datos",
    "refused": "/datos?show=refused",
    "waiting": "/datos?show=waiting",
    "warnings": "/datos?show=warnings",
    "users": "/usuarios",
    "dialog": f"/cliente?client={PEDRO}&create=1",
}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleHome:
    """The sample company with a refused row, one that waits, and two people."""
    home = build(tmp_path_factory.mktemp("sample") / "home")
    bad = home.folder / "bad"
    bad.mkdir()
    (bad / REFUSED).write_text(
        "client_id,name,credit_limit\n,Sin código S.A.S.,\nbueno,Cliente Bueno S.A.S.,muchísimo\n"
    )
    (bad / "allocations_solas.csv").write_text(
        "allocation_id,kind,amount,document_id\nespera-1,discount,10.00,documento-que-no-llega\n"
    )
    home.load(bad / REFUSED, bad / "allocations_solas.csv")
    for role in ("administrator", "reader"):
        account(home.store, role, company_id=COMPANY_ID)
    return home


@pytest.fixture(scope="module")
def url(sample: SampleHome) -> Iterator[str]:
    with serving("staff", sample) as address:
        yield address


class Desk:
    """One signed-in browser, and what its console complained about."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda m: self.complaints.append(m.text) if m.type == "error" else None,
        )

    def open(self, path: str) -> Page:
        self.page.goto(self.url + path)
        return self.drawn()

    def drawn(self) -> Page:
        """Wait until the page stands."""
        idle = "[data-testid=stApp][data-test-script-state=notRunning]"
        expect(self.page.locator(idle)).to_be_attached(timeout=30_000)
        expect(self.page.locator("#root .ct-frame")).to_be_visible(timeout=30_000)
        expect(self.page.locator("#root h1:visible").first).to_be_visible(timeout=30_000)
        deadline = time.monotonic() + 20
        while self._shown() != self.query:
            assert time.monotonic() < deadline, (self._shown(), self.query)
            self.page.wait_for_timeout(30)
        expect(self.page.locator(idle)).to_be_attached(timeout=30_000)
        return self.page

    def _shown(self) -> dict[str, str]:
        """The query of the address that the page was drawn for."""
        back = self.page.locator("#root .ct-frame input[name=back]").get_attribute("value") or ""
        return {k: v[0] for k, v in parse_qs(urlsplit(back).query).items()}

    def numbers(self) -> list[str]:
        """Numbers of the documents and payments that the statement shows."""
        rows = self.page.locator("#root .statement tbody[data-states]:visible th")
        return [text.split("\n")[0].strip() for text in rows.all_inner_texts()]

    @property
    def query(self) -> dict[str, str]:
        return {k: v[0] for k, v in parse_qs(urlsplit(self.page.url).query).items()}


def desk(
    chromium: Browser, sample: SampleHome, url: str, role: str = "administrator", **options: object
) -> Desk:
    context = chromium.new_context(**({"viewport": DESKTOP, "locale": "es-CO"} | options))
    cookies = signed_in(sample.store, role, company_id=COMPANY_ID)  # type: ignore[arg-type]
    context.add_cookies([{"name": k, "value": v, "url": url} for k, v in cookies.items()])
    return Desk(context, url)


@pytest.fixture
def ana(chromium: Browser, sample: SampleHome, url: str) -> Iterator[Desk]:
    """An administrator at a desk."""
    found = desk(chromium, sample, url)
    yield found
    found.context.close()


@pytest.fixture
def luis(chromium: Browser, sample: SampleHome, url: str) -> Iterator[Desk]:
    """Somebody who may only look."""
    found = desk(chromium, sample, url, "reader")
    yield found
    found.context.close()


def whole(sample: SampleHome, client_id: str = PEDRO, *, paid: bool = False) -> Statement:
    today = clock.today("America/Bogota")
    return sample.reader().statement(COMPANY_ID, client_id, as_of=today, include_paid=paid)


def listed(statement: Statement, query: dict[str, str]) -> list[str]:
    """What a page with these filters lists: documents, then payments."""
    chosen = select(statement, Filters.from_query(query))
    items = [item for section in chosen.sections for item in section.items]
    later = ("payment", "refund")
    return [i.number for i in items if i.type not in later] + [
        i.number for i in items if i.type in later
    ]


def amount(text: str) -> Decimal:
    """The figure in `COP 1.234,50`."""
    found = re.search(r"-?\d{1,3}(?:\.\d{3})*(?:,\d+)?", text.replace("\u2212", "-"))
    assert found is not None, text
    return Decimal(found[0].replace(".", "").replace(",", "."))


TODAY = clock.today("America/Bogota")
FILTERS: list[dict[str, str]] = [
    {"number": "fe-22"},
    {"number": "oc-1", "type": "invoice"},
    {"type": "invoice"},
    {"type": "payment,credit_note"},
    {"issued_from": (TODAY - timedelta(days=60)).isoformat()},
    {"issued_to": (TODAY - timedelta(days=60)).isoformat()},
    {"due_from": (TODAY - timedelta(days=40)).isoformat(), "due_to": TODAY.isoformat()},
    {"days_from": "1", "days_to": "50"},
    {"days_to": "0"},
    {"status": "paid"},
    {"status": "void,overdue"},
    {"range": "31-60,90+"},
    {"paid": "1"},
    {"paid": "1", "type": "invoice", "status": "paid", "number": "fe-1"},
    {"status": "overdue", "range": "1-30", "type": "invoice", "days_from": "5", "number": "2",
     "issued_from": "2020-01-01", "due_to": TODAY.isoformat()},
]  # fmt: skip


def test_every_filter_lists_what_the_core_lists(sample: SampleHome, ana: Desk) -> None:
    for query in FILTERS:
        lists_the_same(sample, ana, query)
    assert ana.complaints == []


def lists_the_same(sample: SampleHome, ana: Desk, query: dict[str, str]) -> None:
    paid = query.get("paid") == "1" or bool(
        {"paid", "void"} & set(query.get("status", "").split(","))
    )
    wanted = listed(whole(sample, paid=paid), query)
    page = ana.open(f"/?{urlencode({'client': PEDRO, **query})}")
    assert ana.numbers() == wanted, query
    total = page.locator(".statement .figure.total b").first
    assert amount(total.inner_text()) == whole(sample).sections[0].total


def test_filters_are_filled_in_and_taken_away_again(sample: SampleHome, ana: Desk) -> None:
    page = ana.open(f"/?client={PEDRO}")
    everything = ana.numbers()
    page.get_by_text("Filtros", exact=True).click()
    form = page.locator("form.ct-form")
    form.get_by_label("Número de documento").fill("FE-2")
    form.get_by_label("Factura").check()
    form.get_by_role("group", name="Días vencidos").get_by_label("Desde").fill("20")
    form.get_by_label("Vencida").check()
    form.get_by_role("button", name="Aplicar").click()
    expect(page.get_by_role("link", name="Quitar el filtro Factura")).to_be_visible()
    query = {"status": "overdue", "type": "invoice", "number": "FE-2", "days_from": "20"}
    assert ana.query == {"client": PEDRO, **query}
    wanted = listed(whole(sample), query)
    ana.drawn()
    assert ana.numbers() == wanted != everything
    total = len(listed(whole(sample), {}))
    expect(page.get_by_text(f"Se muestran {len(wanted)} de {total}")).to_be_visible()

    page.get_by_role("link", name="Quitar el filtro Días de mora: desde 20").click()
    expect(page.get_by_role("link", name="Quitar el filtro Días de mora")).to_have_count(0)
    assert "days_from" not in ana.query
    page.go_back()
    expect(page.get_by_role("link", name="Quitar el filtro Días de mora: desde 20")).to_be_visible()
    ana.drawn()
    assert ana.numbers() == wanted
    page.locator(".ct-chips").get_by_role("link", name="Quitar filtros").click()
    expect(page.locator(".ct-chips")).to_have_count(0)
    ana.drawn()
    assert ana.numbers() == everything
    assert ana.complaints == []


def test_a_view_sent_to_a_colleague_opens_after_signing_in(
    chromium: Browser, sample: SampleHome, url: str
) -> None:
    context = chromium.new_context(viewport=DESKTOP, locale="es-CO")  # type: ignore[arg-type]
    mine = Desk(context, url)
    query = {"client": PEDRO, "type": "invoice", "days_from": "1", "paid": "1"}
    sign_in(mine.page, f"{url}/?{urlencode(query)}")
    mine.drawn()
    assert mine.query == query
    assert mine.numbers() == listed(whole(sample, paid=True), query)
    context.close()


def test_payments_and_what_each_settled_can_be_opened(sample: SampleHome, ana: Desk) -> None:
    page = ana.open(f"/?client={PEDRO}&paid=1")
    statement = whole(sample, paid=True)
    items = [item for section in statement.sections for item in section.items]
    invoice = next(i for i in items if i.type == "invoice" and i.allocations)
    payment = next(i for i in items if i.type == "payment" and i.allocations)
    for item, other in ((invoice, None), (payment, payment.allocations[0].number)):
        row = page.locator("tbody[data-states]", has=page.get_by_text(item.number, exact=True))
        row.locator("summary").first.click()
        line = row.locator("details li").first
        expect(line).to_be_visible()
        assert other is None or other in line.inner_text()


def test_the_files_hold_what_is_on_the_screen(sample: SampleHome, ana: Desk) -> None:
    page = ana.open(f"/?client={PEDRO}&type=invoice&days_from=1")
    page.locator("a[data-filter=range][data-value='31-60']").click()
    page.wait_for_url("**range=31-60**")
    ana.drawn()
    shown = ana.numbers()
    others = set(listed(whole(sample), {})) - set(shown)
    assert shown
    assert others
    for name, read in (("Excel", _cells), ("PDF", _text)):
        with page.expect_download() as download:
            page.get_by_role("link", name=f"Descargar {name}").click()
        content = read(Path(download.value.path()).read_bytes())
        assert [number for number in shown if number not in content] == []
        assert [number for number in others if re.search(rf"{re.escape(number)}\b", content)] == []
    assert ana.complaints == []


def _cells(content: bytes) -> str:
    book = load_workbook(io.BytesIO(content))
    return "\n".join(str(cell) for sheet in book for row in sheet.values for cell in row if cell)


def _text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


@pytest.mark.parametrize("kind", ["activity", "forward"])
def test_movements_of_a_period_tie_on_the_page(sample: SampleHome, ana: Desk, kind: str) -> None:
    start = (TODAY - timedelta(days=90)).isoformat()
    page = ana.open(f"/?client={PEDRO}&kind={kind}")
    page.get_by_label("Desde").fill(start)
    page.wait_for_url(f"**from={start}**")
    ana.drawn()
    closing = page.locator(".statement table.lines tfoot .money").inner_text()
    assert amount(closing) == whole(sample).sections[0].total
    assert ana.complaints == []


def test_a_past_day_is_shown_as_it_was(sample: SampleHome, ana: Desk) -> None:
    day = TODAY - timedelta(days=100)
    page = ana.open(f"/?client={PEDRO}")
    page.get_by_label("Fecha de corte").fill(day.isoformat())
    page.wait_for_url(f"**as_of={day}**")
    ana.drawn()
    past = sample.reader().statement(COMPANY_ID, PEDRO, as_of=day)
    assert amount(page.locator(".statement .figure.total b").first.inner_text()) == (
        past.sections[0].total
    )


def test_a_client_is_found_while_typing(ana: Desk) -> None:
    page = ana.open("/")
    box = page.get_by_role("main").get_by_role("combobox").first
    box = page.locator("#ct-start") if page.locator("#ct-start").count() else box
    box.press_sequentially("gómez ped")
    expect(page.get_by_role("option").first).to_contain_text("Pedro Gómez")
    box.press("ArrowDown")
    box.press("Enter")
    page.wait_for_url(f"**/?client={PEDRO}")
    expect(page.get_by_role("heading", name="Pedro Gómez")).to_be_visible()
    search = page.locator("#ct-find")
    search.fill("nadie se llama así")
    expect(page.get_by_text("Ningún cliente coincide")).to_be_visible()
    search.fill("999")
    expect(page.get_by_role("option").nth(5)).to_be_visible()
    assert ana.complaints == []


def rows_of(page: Page) -> list[str]:
    names = page.locator("#root .ct-table tbody th").all_inner_texts()
    return [name.split("\n")[0].strip() for name in names]


def names(rows: tuple[ClientBalance, ...]) -> list[str]:
    return [row.name for row in rows]


def test_clients_are_searched_narrowed_and_sorted(sample: SampleHome, ana: Desk) -> None:
    reader = sample.reader()
    page = ana.open("/clientes")
    page.get_by_label("Mostrar").select_option("overdue")
    page.wait_for_url("**only=overdue**")
    ana.drawn()
    page.locator("thead").get_by_role("link", name="Vencida").click()
    page.wait_for_url("**sort=overdue**")
    ana.drawn()
    wanted = reader.clients(
        COMPANY_ID, as_of=TODAY, only="overdue", sort="overdue", descending=True
    )
    assert rows_of(page) == names(wanted.rows)
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Vencida")
    group = next(row.group for row in wanted.rows if row.group)
    page.get_by_label("Grupo").select_option(group)
    page.wait_for_url("**group=**")
    ana.drawn()
    wanted = reader.clients(
        COMPANY_ID, as_of=TODAY, only="overdue", group=group, sort="overdue", descending=True
    )
    assert rows_of(page) == names(wanted.rows)
    page.get_by_role("link", name="Quitar filtros").click()
    page.wait_for_url("**/clientes")
    ana.drawn()
    page.get_by_role("link", name="Siguiente").click()
    page.wait_for_url("**page=2**")
    ana.drawn()
    assert rows_of(page) == names(reader.clients(COMPANY_ID, as_of=TODAY, offset=50).rows)
    assert ana.complaints == []


def test_the_record_leads_to_the_statement(ana: Desk) -> None:
    page = ana.open("/clientes?text=pedro")
    page.locator("tbody th a").first.click()
    expect(page.get_by_text("pedro.gomez@example.com")).to_be_visible()
    page.get_by_text("Más acciones").click()
    page.get_by_role("link", name="Ver estado de cuenta cliente").click()
    page.wait_for_url(f"**/?client={PEDRO}")
    ana.drawn()
    expect(page.locator(".statement")).to_contain_text("su saldo es")
    page.go_back()
    expect(page.get_by_text("pedro.gomez@example.com")).to_be_visible()
    assert ana.complaints == []


def test_every_figure_of_the_portfolio_opens_documents_of_that_sum(
    sample: SampleHome, ana: Desk
) -> None:
    aging = sample.reader().aging(COMPANY_ID, as_of=TODAY)
    page = ana.open("/cartera")
    figures = page.locator("a.ct-figure")
    found = [(f.get_attribute("href"), f.locator("b").inner_text()) for f in figures.all()]
    assert len(found) == sum(len(t.buckets) + 3 for t in aging.totals)
    totals = [amount(text) for href, text in found if href and "range" not in href]
    assert totals == [total.total for total in aging.totals]
    cells = page.locator(".ct-scroll td.money a").all()[:6]
    found += [(cell.get_attribute("href"), cell.inner_text()) for cell in cells]
    for href, text in found:
        assert href is not None
        ana.open(href)
        shown = page.locator(".ct-totals b")
        figure = amount(text)
        assert (amount(shown.inner_text()) if shown.count() else 0) == figure, href
    assert ana.complaints == []


def test_the_trend_is_a_chart_and_a_table_and_the_aging_a_workbook(
    sample: SampleHome, ana: Desk
) -> None:
    page = ana.open("/cartera")
    expect(page.locator("[data-testid=stVegaLiteChart]").first).to_be_visible()
    page.get_by_text("Las mismas cifras en una tabla").first.click()
    newest = page.locator("details[open] tbody tr").first
    (total, *_) = sample.reader().aging(COMPANY_ID, as_of=TODAY).totals
    assert amount(newest.locator("td").last.inner_text()) == total.total
    with page.expect_download() as download:
        page.get_by_role("link", name="Descargar Excel").click()
    assert Path(download.value.path()).read_bytes()[:2] == b"PK"
    assert "Pedro Gómez" in _cells(Path(download.value.path()).read_bytes())


def test_a_link_is_made_renewed_and_revoked(sample: SampleHome, ana: Desk) -> None:
    page = ana.open(f"/cliente?client={PEDRO}")
    page.get_by_text("Más acciones").click()
    page.get_by_role("link", name="Crear enlace").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Crear enlace").click()
    code = page.locator("code", has_text="/e/")
    expect(code).to_be_visible()
    assert "create" not in ana.query
    first = links.by_token(sample.store, code.inner_text().rpartition("/")[2])
    assert first is not None
    assert (first.contact, first.created_by) == ("pedro.gomez@example.com", "administrator")
    page.get_by_role("button", name="Ya lo copié").click()
    expect(code).to_have_count(0)

    page = ana.open(f"/enlaces?client={PEDRO}&state=live")
    page.get_by_role("link", name=f"Renovar enlace {first.public_id}").click()
    dialog.get_by_role("button", name="Renovar enlace").click()
    expect(code).to_be_visible()
    second = links.by_token(sample.store, code.inner_text().rpartition("/")[2])
    assert second is not None
    assert second.contact == first.contact
    old = links.by_id(sample.store, first.public_id)
    assert old is not None
    assert old.revoked_by == "administrator"
    expect(page.get_by_text(first.public_id)).to_have_count(0)  # only those in force are listed

    page.get_by_role("link", name=f"Revocar enlace {second.public_id}").click()
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    left = links.by_id(sample.store, second.public_id)
    assert left is not None
    assert left.revoked_at is None
    page.get_by_role("link", name="Revocar todos").click()
    dialog.get_by_role("button", name="Revocar todos los enlaces").click()
    expect(
        page.get_by_text("Todos los enlaces de este cliente quedaron revocados.")
    ).to_be_visible()
    assert links.count_links(sample.store, COMPANY_ID, PEDRO, state="live", now=clock.now()) == 0
    assert ana.complaints == []


def test_refused_rows_are_told_with_reason_and_row(ana: Desk) -> None:
    page = ana.open("/datos")
    page.get_by_role("link", name="Filas rechazadas").click()
    refused = page.locator(".ct-rejects > li")
    expect(refused).to_have_count(2)
    expect(refused.first).to_contain_text(REFUSED)
    expect(page.get_by_text("client_id: es obligatorio")).to_be_visible()
    refused.filter(has_text="credit_limit").get_by_text("La fila completa").click()
    expect(page.get_by_text("muchísimo", exact=True)).to_be_visible()
    page.get_by_role("link", name="Filas en espera").click()
    expect(page.get_by_text("documento-que-no-llega")).to_be_visible()
    page.get_by_role("link", name="Advertencias").click()
    expect(page.locator("table.ct-table tbody tr").first).to_be_visible()
    assert ana.complaints == []


def test_a_file_is_uploaded_and_waits_in_the_inbox(
    sample: SampleHome, ana: Desk, tmp_path: Path
) -> None:
    good, odd = tmp_path / "clients_nuevos.csv", tmp_path / "fotos.csv"
    good.write_text("client_id,name\nnuevo,Cliente Nuevo S.A.S.\n")
    odd.write_text("a,b\n1,2\n")
    page = ana.open("/datos")
    page.locator("input[type=file]").set_input_files([good, odd])
    page.get_by_role("button", name="Subir").click()
    said = page.locator("output")
    expect(said).to_contain_text("clients_nuevos.csv: recibido")
    expect(said).to_contain_text("fotos.csv: El nombre no dice de qué tabla es")
    expect(
        page.get_by_text("Recibidos, a la espera de cargarse: clients_nuevos.csv")
    ).to_be_visible()
    waiting = sample.settings.inbox / "clients_nuevos.csv"
    assert waiting.read_text() == good.read_text()
    (entry,) = audit.entries(sample.store, COMPANY_ID, subject="clients_nuevos.csv")
    assert (entry.who, entry.action) == ("administrator", "file.uploaded")
    sample.load(waiting)
    waiting.unlink()
    # loaded: the open page notices by itself
    expect(page.locator("tbody th", has_text="clients_nuevos.csv")).to_be_visible(timeout=20_000)
    assert ana.complaints == []


def test_people_are_added_changed_and_shut_out(sample: SampleHome, ana: Desk) -> None:
    page = ana.open("/usuarios")
    page.get_by_role("link", name="Agregar usuario").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Usuario").fill("marta")
    dialog.get_by_label("Nombre completo").fill("Marta Díaz")
    dialog.get_by_label("Contraseña").fill("corta")
    dialog.get_by_role("button", name="Agregar usuario").click()
    expect(dialog.get_by_text("La contraseña es muy corta")).to_be_visible()
    dialog.get_by_label("Contraseña").fill("Tranvia-Verde-77")
    dialog.get_by_role("button", name="Agregar usuario").click()
    expect(page.get_by_role("row", name="Marta Díaz")).to_be_visible()
    marta = users.get(sample.store, COMPANY_ID, "marta")
    assert (marta.role, marta.name) == ("reader", "Marta Díaz")
    sessions.start(sample.store, marta, clock.now())

    page.get_by_role("link", name="Cambiar marta").click()
    dialog.get_by_text("Administrador", exact=True).click()
    dialog.get_by_role("button", name="Guardar rol").click()
    expect(page.get_by_text("El rol quedó cambiado.")).to_be_visible()
    assert users.get(sample.store, COMPANY_ID, "marta").role == "administrator"
    page.get_by_role("link", name="Cambiar marta").click()
    dialog.get_by_role("button", name="Cerrar sesiones (1)").click()
    expect(page.get_by_text("Las sesiones quedaron cerradas.")).to_be_visible()
    assert sessions.list_sessions(sample.store, COMPANY_ID, "marta", now=clock.now()) == []
    page.get_by_role("link", name="Cambiar marta").click()
    dialog.get_by_role("button", name="Desactivar").click()
    expect(page.get_by_role("row", name="Marta Díaz")).to_contain_text("Desactivado")
    assert users.get(sample.store, COMPANY_ID, "marta").disabled_at is not None
    assert ana.complaints == []


def test_a_reader_looks_at_everything_and_changes_nothing(
    sample: SampleHome, luis: Desk, url: str
) -> None:
    page = luis.open(f"/cliente?client={PEDRO}")
    page.get_by_text("Más acciones").click()
    expect(page.get_by_role("link", name="Crear enlace")).to_have_count(0)
    expect(page.get_by_role("link", name="Usuarios")).to_have_count(0)
    before = links.count_links(sample.store, COMPANY_ID)
    for path in (
        f"/cliente?client={PEDRO}&create=1",
        f"/enlaces?client={PEDRO}&revoke_all=1",
        f"/?client={PEDRO}&create=1",
    ):
        page = luis.open(path)
        expect(page.get_by_text("Su rol no permite hacer esto.")).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)
    assert links.count_links(sample.store, COMPANY_ID) == before
    page = luis.open("/datos")
    expect(page.locator("input[type=file]")).to_have_count(0)
    assert luis.complaints == []
    answer = luis.context.request.post(
        f"{url}/upload",
        multipart={"files": {"name": "clients.csv", "mimeType": "text/csv", "buffer": b"x"}},
    )
    assert answer.status == 403
    assert not list(sample.settings.inbox.glob("clients.csv"))
    page.goto(f"{url}/usuarios")
    expect(page.get_by_text("Agregar usuario")).to_have_count(0)


def test_everything_speaks_english_too(ana: Desk) -> None:
    page = ana.open(f"/?client={PEDRO}")
    page.locator(".ct-person summary").click()
    page.get_by_role("button", name="English").click()
    page.wait_for_url(f"**/?client={PEDRO}")
    ana.drawn()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    spanish = re.compile(
        r"\b(Clientes|Cartera|Enlaces|Datos|Usuarios|Saldo|Vencid[ao]|Buscar|Estado|Mostrar|"
        r"Filtros|Cliente|Cerrar|Agregar|Página|Moneda|Cargado)\b"
    )
    for name, path in PAGES.items():
        page = ana.open(path)
        # what people wrote, and the sample's names, stay as they are
        ours = page.locator("#root :is(h1, h2, th[scope=col], label, button, summary, nav a)")
        texts = [text for text in ours.all_inner_texts() if "S.A.S." not in text]
        assert [text for text in texts if spanish.search(text)] == [], name
    page = ana.open("/")
    page.locator(".ct-person summary").click()
    page.get_by_role("button", name="Español").click()
    ana.drawn()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    assert ana.complaints == []


def test_signing_out_closes_the_pages_that_are_open(
    chromium: Browser, sample: SampleHome, url: str
) -> None:
    mine = desk(chromium, sample, url)
    mine.open(f"/?client={PEDRO}")
    other = mine.context.new_page()
    other.goto(f"{url}/clientes")
    expect(other.get_by_role("heading", name="Clientes")).to_be_visible(timeout=20_000)
    mine.page.locator(".ct-person summary").click()
    mine.page.get_by_role("button", name="Cerrar sesión").click()
    expect(mine.page.get_by_text("Usted cerró la sesión.")).to_be_visible()
    expect(other.get_by_text("Su sesión terminó")).to_be_visible(timeout=10_000)
    expect(other.locator(".ct-table")).to_have_count(0)
    mine.context.close()


def test_a_session_ended_by_an_administrator_leaves_an_open_page(
    sample: SampleHome, luis: Desk
) -> None:
    page = luis.open(f"/?client={PEDRO}")
    sessions.end_all(sample.store, COMPANY_ID, "reader", by=operator(COMPANY_ID), now=clock.now())
    expect(page.get_by_text("Su sesión terminó")).to_be_visible(timeout=10_000)
    assert "FE-" not in page.content()


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_every_page_is_accessible_and_fits(
    chromium: Browser, sample: SampleHome, url: str, scheme: str, size: str
) -> None:
    links.create(
        sample.store, company_id=COMPANY_ID, client_id=PEDRO, days=3,
        by=operator(COMPANY_ID), now=clock.now(),
    )  # fmt: skip
    viewport = DESKTOP if size == "desktop" else PHONE
    # axe is put into the page as a script, which our content policy refuses
    mine = desk(chromium, sample, url, color_scheme=scheme, viewport=viewport, bypass_csp=True)
    for name, path in PAGES.items():
        page = mine.open(path)
        page.wait_for_timeout(300)  # whatever fades in has done so
        assert violations(page) == [], (name, scheme)
        wide = page.evaluate(
            "[document.documentElement.scrollWidth,"
            " document.querySelector('[data-testid=stMain]').scrollWidth]"
        )
        assert max(wide) <= viewport["width"], name
    mine.context.close()


def test_whoever_has_no_session_gets_nothing(chromium: Browser, url: str) -> None:
    context = chromium.new_context()
    for path in (
        "/suggest?text=a",
        f"/download/statement.pdf?client={PEDRO}",
        "/download/aging.xlsx",
    ):
        assert context.request.get(url + path, max_redirects=0).status in (303, 401)
    context.close()
