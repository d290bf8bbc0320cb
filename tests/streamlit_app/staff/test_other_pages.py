"""What else the company's people do: clients, portfolio, links, data, users; and who may not."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from cartera import clock
from cartera.people import operator
from cartera.portfolio import ClientBalance
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from cartera.store import audit, links, sessions, users
from tests.sample_home import SampleHome
from tests.streamlit_app.desks import REFUSED, TODAY, Desk, amount, cells, desk

pytestmark = [pytest.mark.browser, pytest.mark.full]


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
    expect(page.get_by_text("pedro.gomez@example.com", exact=True).first).to_be_visible()
    page.get_by_text("Más acciones").click()
    page.get_by_role("link", name="Ver estado de cuenta cliente").click()
    page.wait_for_url(f"**/?client={PEDRO}")
    ana.drawn()
    expect(page.locator(".statement")).to_contain_text("su saldo es")
    page.go_back()
    expect(page.get_by_text("pedro.gomez@example.com", exact=True).first).to_be_visible()
    assert ana.complaints == []


def test_a_figure_of_the_portfolio_opens_documents_of_that_sum(ana: Desk) -> None:
    """One of the whole, one of a client; all of them are in test_statement_pages."""
    for place in ("a.ct-figure.late b", ".ct-scroll td.money a"):
        page = ana.open("/cartera")
        figure = page.locator(place).first
        text = figure.inner_text()
        figure.click()
        page.wait_for_url("**/documentos?**")
        ana.drawn()
        assert amount(page.locator(".ct-totals b").inner_text()) == amount(text)
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
    assert "Pedro Gómez" in cells(Path(download.value.path()).read_bytes())


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
    expect(said).to_contain_text("fotos.csv: el nombre no dice de qué tabla es")
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
    expect(page.get_by_text("FE-")).to_have_count(0)
    assert "FE-" not in page.content()
