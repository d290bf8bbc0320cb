"""What staff write: the window to send, the editor and the settings, against the running app."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Locator, Page, expect

from cartera import clock
from cartera.mail import clean, reading
from cartera.people import operator
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from cartera.store import companies, outbox, sessions
from cartera.store.messages import Message
from cartera.store.schema import users
from streamlit_app.staff.editor import build
from tests.sample_home import SampleHome, serving
from tests.screens import PHONE
from tests.streamlit_app.desks import Desk, desk
from tests.streamlit_app.staff.homes import own

pytestmark = [pytest.mark.browser, pytest.mark.full]

MINE = "administrator@example.com"
OTHER = "otra@empresa.co"
SEND = f"/?client={PEDRO}&send=1"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleHome:
    """Its settings and texts are changed."""
    return own(tmp_path_factory)


@pytest.fixture(scope="module")
def url(sample: SampleHome) -> Iterator[str]:
    """The staff app, with a folder instead of a mail server; its people have mail addresses."""
    if not build.bundle().is_file():
        build.build()
    with sample.store.write() as connection:
        connection.execute(sa.update(users).values(email=users.c.login + "@example.com"))
    with serving("staff", sample, CARTERA_MAIL="folder") as address:
        yield address


@pytest.fixture(autouse=True)
def without_settings(sample: SampleHome) -> Iterator[None]:
    """Each test starts from what cartera.toml says."""
    yield
    names = {name for name in companies.changes_of(sample.store, COMPANY_ID) if name != "logo"}
    changes = dict.fromkeys(names - {"new_invoices_since"})
    companies.save(sample.store, COMPANY_ID, changes, by=operator(COMPANY_ID), now=clock.now())


def messages(sample: SampleHome) -> list[Message]:
    return outbox.list_messages(sample.store, COMPANY_ID, limit=1000, offset=0)


def body(page: Page) -> Locator:
    """The place in which the text is written."""
    found = page.locator(".ct-editor .ProseMirror")
    expect(found).to_have_count(1)  # the one before it is there until the page is drawn
    expect(found).to_be_visible()
    return found


def written(page: Page, text: str) -> Locator:
    """The editor with this text; the one before it may be there a moment longer."""
    return page.locator(".ct-editor .ProseMirror").filter(has_text=text)


def at_end(page: Page, text: str) -> None:
    body(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(text)


def preview(page: Page) -> Locator:
    return page.frame_locator(".ct-message iframe").locator("body")


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def section(found: Desk, name: str) -> Page:
    return found.open(f"/configuracion?section={name}")


# The window to send


def test_sends_to_contacts_and_others_once_with_what_the_preview_showed(
    sample: SampleHome, ana: Desk
) -> None:
    before = {message.public_id for message in messages(sample)}
    page = ana.open(f"/?client={PEDRO}")
    page.get_by_role("link", name="Enviar estado de cuenta").click()
    at_end(page, " Con gusto le ayudamos.")
    expect(page.get_by_label("pedro.gomez@example.com")).to_be_checked()
    page.get_by_label("Otros correos, separados por comas").fill(OTHER)
    page.keyboard.press("Tab")
    page.locator("label", has_text="Enviarme una copia").click()
    expect(preview(page)).to_contain_text("Con gusto le ayudamos.")
    shown = dialog(page).locator(".ct-facts b").inner_text()
    page.get_by_role("button", name="Enviar a 2").dblclick()
    results = page.locator(".ct-results li")
    expect(results).to_have_count(3)
    for line in results.all():
        expect(line).to_contain_text("Enviado")
    sent = [message for message in messages(sample) if message.public_id not in before]
    assert {message.address for message in sent} == {"pedro.gomez@example.com", OTHER, MINE}
    assert len(sent) == 3
    assert [message.address for message in sent if message.is_copy] == [MINE]
    for message in sent:
        letter = reading.read(outbox.kept(sample.store, COMPANY_ID, message.public_id) or b"")
        assert letter.subject == message.subject == shown
        assert "Con gusto le ayudamos." in letter.text
        assert [part.media_type for part in letter.parts] == ["application/pdf"]
    page.get_by_role("button", name="Listo").click()
    expect(dialog(page)).to_have_count(0)
    assert "send" not in ana.query
    assert ana.complaints == []


def test_each_wrong_address_is_named_and_nothing_can_be_sent(sample: SampleHome, ana: Desk) -> None:
    count = len(messages(sample))
    page = ana.open(SEND)
    page.get_by_label("Otros correos, separados por comas").fill("a@b.co, pedro, x@@y.co")
    page.keyboard.press("Tab")
    expect(dialog(page)).to_contain_text("pedro no es una dirección de correo")
    expect(dialog(page)).to_contain_text("x@@y.co no es una dirección de correo")
    expect(page.get_by_role("button", name="Enviar a 2")).to_be_disabled()
    page.get_by_label("Otros correos, separados por comas").fill("")
    page.keyboard.press("Tab")
    page.locator("label", has_text="pedro.gomez@example.com").click()
    expect(dialog(page)).to_contain_text("Marque o escriba al menos un correo.")
    expect(page.get_by_role("button", name="Enviar", exact=True)).to_be_disabled()
    assert len(messages(sample)) == count


def test_an_unknown_field_is_said_and_a_script_never_reaches_the_message(
    sample: SampleHome, ana: Desk
) -> None:
    page = ana.open(SEND)
    at_end(page, " {saldito} <script>alert(1)</script>")
    expect(dialog(page)).to_contain_text("No existe el campo {saldito}")
    page.get_by_role("button", name="Enviar", exact=True).click()
    expect(page.locator(".ct-results li")).to_have_count(1)
    (message,) = messages(sample)[:1]
    letter = reading.read(outbox.kept(sample.store, COMPANY_ID, message.public_id) or b"")
    assert "&lt;script&gt;alert(1)" in letter.html
    assert "<script" not in letter.html
    assert "{saldito}" in letter.text


def test_another_language_starts_from_its_own_words(ana: Desk) -> None:
    page = ana.open(SEND)
    expect(body(page)).to_contain_text("Cordial saludo, {cliente}")
    page.get_by_role("radio", name="English").click()
    expect(written(page, "Dear {client}")).to_be_visible()
    expect(preview(page)).to_contain_text("Dear Pedro Gómez")
    expect(preview(page)).to_contain_text("Total balance")


def test_an_invoice_goes_with_the_account_where_that_is_ticked(
    sample: SampleHome, ana: Desk
) -> None:
    page = ana.open(f"/?client={PEDRO}")
    page.locator(".statement a.mail").first.click()
    tick = page.get_by_label("Incluir el estado de cuenta del cliente")
    expect(tick).not_to_be_checked()
    expect(preview(page)).to_contain_text("Saldo pendiente")
    expect(preview(page)).not_to_contain_text("Cuenta en COP")
    page.locator("label", has_text="Incluir el estado de cuenta del cliente").click()
    expect(preview(page)).to_contain_text("Cuenta en COP")
    page.get_by_role("button", name="Enviar", exact=True).click()
    expect(page.locator(".ct-results li")).to_have_count(1)
    (message,) = messages(sample)[:1]
    assert (message.kind, message.document_id) == ("invoice", ana.query["invoice"])


def test_what_is_written_outlives_new_figures(sample: SampleHome, ana: Desk) -> None:
    page = ana.open(SEND)
    at_end(page, " Sigue aquí.")
    page.get_by_label("Otros correos, separados por comas").fill(OTHER)
    page.keyboard.press("Tab")
    expect(preview(page)).to_contain_text("Sigue aquí.")
    version = page.locator("#root .ct-frame").get_attribute("data-version")
    sample.publish_again()
    expect(page.locator("#root .ct-frame")).not_to_have_attribute("data-version", version or "")
    expect(body(page)).to_contain_text("Sigue aquí.")
    expect(page.get_by_role("button", name="Enviar a 2")).to_be_enabled()


def test_a_session_that_ended_sends_nothing(
    sample: SampleHome, chromium: Browser, url: str
) -> None:
    found = desk(chromium, sample, url)
    page = found.open(SEND)
    body(page)
    count = len(messages(sample))
    for one in sessions.list_sessions(sample.store, COMPANY_ID, now=clock.now()):
        sessions.end_all(
            sample.store, COMPANY_ID, one.person.login, operator(COMPANY_ID), clock.now()
        )
    expect(page.get_by_text("Su sesión terminó")).to_be_visible()
    assert len(messages(sample)) == count
    found.context.close()


def test_on_a_phone_the_window_is_the_screen(
    chromium: Browser, sample: SampleHome, url: str
) -> None:
    found = desk(chromium, sample, url, viewport=PHONE)
    page = found.open(SEND)
    body(page)
    box = dialog(page).bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, PHONE["width"])
    inside = dialog(page).locator(".ct-editor").bounding_box()
    assert inside is not None
    assert inside["x"] + inside["width"] <= PHONE["width"]
    page.get_by_text("Insertar un campo").click()
    menu = page.locator(".ct-fields").bounding_box()
    assert menu is not None
    assert menu["x"] >= 0
    assert menu["x"] + menu["width"] <= PHONE["width"]
    page.keyboard.press("Escape")
    expect(page.locator(".ct-fields")).to_be_hidden()
    expect(dialog(page)).to_be_visible()
    assert found.complaints == []
    found.context.close()


# The editor


#: Presses a button; what has the focus before anything else happens.
PRESSED = "button => { button.click(); return document.activeElement.className; }"


def test_what_the_editor_makes_is_what_is_kept(sample: SampleHome, ana: Desk) -> None:
    page = section(ana, "texts")
    body(page).click()
    page.keyboard.press("Control+a")
    page.get_by_label("Letra").select_option(label="Georgia")
    page.get_by_label("Tamaño").select_option("18px")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.get_by_label("Letra").select_option(label="Trebuchet")
    page.get_by_label("Tamaño").select_option("20px")
    page.get_by_role("button", name="Negrita").click()
    page.keyboard.type("Título")
    page.get_by_role("button", name="Negrita").click()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Centrar").click()
    page.get_by_role("button", name="Color", exact=True).click()
    page.get_by_role("button", name="Color #1e7e45").click()
    page.keyboard.type("verde ")
    page.get_by_text("Insertar un campo").click()
    chosen = page.get_by_role("button", name="{saldo}").evaluate(PRESSED)
    assert "ProseMirror" in chosen  # what is typed next is text, and presses no button again
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Lista con viñetas").click()
    page.keyboard.type("uno")
    page.keyboard.press("Enter")
    page.keyboard.type("sitio")
    page.keyboard.press("Shift+Control+ArrowLeft")
    page.get_by_role("button", name="Enlace").click()
    page.get_by_label("Dirección del enlace").fill("ejemplo.co/pago")
    page.keyboard.press("Enter")
    expect(page.locator(".ct-editor .ct-field")).to_have_text("{saldo}")
    page.get_by_role("button", name="Guardar el texto").click()
    expect(page.get_by_text("El texto quedó guardado.")).to_be_visible()
    kept = companies.text(sample.store, COMPANY_ID, "statement", "es")
    assert kept is not None
    html = kept[1]
    assert clean.body(html) == html
    for part in (
        "font-family: &quot;Trebuchet MS&quot;",
        "font-size: 20px",
        "<strong>",
        "text-align: center",
        "{saldo}",
        "<li>",
        'href="https://ejemplo.co/pago"',
    ):
        assert part in html, html
    assert re.search(r"color: (#1e7e45|rgb\(30, 126, 69\))", html), html
    # and the same again: what is kept is what the editor shows and gives back
    page = section(ana, "texts")
    expect(body(page).locator("strong")).to_have_text("Título")
    expect(body(page).locator("li")).to_have_count(2)
    at_end(page, "!")
    page.get_by_role("button", name="Guardar el texto").click()
    expect(page.get_by_text("El texto quedó guardado.")).to_be_visible()
    again = companies.text(sample.store, COMPANY_ID, "statement", "es")
    assert again is not None
    assert again[1] == f"{html}<p>!</p>"
    page.get_by_role("button", name="Volver al texto que trae Cartera").click()
    expect(page.get_by_text("El texto volvió a ser el que trae Cartera.")).to_be_visible()
    expect(written(page, "Cordial saludo")).to_be_visible()
    assert companies.text(sample.store, COMPANY_ID, "statement", "es") is None
    assert ana.complaints == []


def test_the_bar_is_walked_with_arrows_and_a_field_goes_as_one(ana: Desk) -> None:
    page = section(ana, "texts")
    body(page).click()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_label("Letra")).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator(".ct-insert")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Letra")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Negrita")).to_be_focused()
    at_end(page, " {saldo}")
    count = page.locator(".ct-editor .ct-field").count()
    page.keyboard.press("Backspace")
    expect(page.locator(".ct-editor .ct-field")).to_have_count(count - 1)
    assert body(page).inner_text().count("{sal") == body(page).inner_text().count("{saldo}")


# The settings


def test_settings_hold_at_once_and_say_who_changed_them(sample: SampleHome, ana: Desk) -> None:
    page = section(ana, "company")
    page.get_by_label("Nombre de la empresa").fill("Andina de Prueba S.A.S.")
    page.get_by_role("button", name="Guardar", exact=True).first.click()
    expect(page.get_by_text("La configuración quedó guardada.")).to_be_visible()
    expect(page.locator("#root .ct-brand b").first).to_have_text("Andina de Prueba S.A.S.")
    expect(page.get_by_text("Cambiado por administrator")).to_be_visible()
    was_on = companies.mail_profile(sample.store, COMPANY_ID).statement_in_invoices
    page = section(ana, "mail")
    page.locator("label", has_text="Incluir estado de cuenta cliente en facturas").click()
    page.get_by_label("Modo de prueba: todo llega a").fill("pruebas@empresa.co")
    page.get_by_role("button", name="Guardar", exact=True).first.click()
    expect(page.get_by_text("La configuración quedó guardada.")).to_be_visible()
    profile = companies.mail_profile(sample.store, COMPANY_ID)
    assert profile.statement_in_invoices is not was_on
    assert profile.test_address == "pruebas@empresa.co"
    page = section(ana, "history")
    rows = page.locator("tbody tr")
    expect(rows.filter(has_text="Nombre de la empresa")).to_contain_text("Andina de Prueba")
    expect(rows.filter(has_text="Modo de prueba")).to_contain_text("pruebas@empresa.co")
    assert ana.complaints == []


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_saved(
    sample: SampleHome, ana: Desk
) -> None:
    page = section(ana, "company")
    page.get_by_label("País").fill("Colombia")
    page.get_by_label("Rangos de días de mora").fill("30, 20, x")
    page.get_by_label("Moneda").fill("USD")
    page.get_by_role("button", name="Guardar", exact=True).nth(1).click()
    expect(page.get_by_text("No se guardó nada: revise lo que está marcado.")).to_be_visible()
    alerts = page.get_by_role("alert").all_inner_texts()
    assert len(alerts) == 3, alerts
    country = page.get_by_label("País").bounding_box()
    said = page.get_by_role("alert").first.bounding_box()
    assert country
    assert said
    assert 0 < said["y"] - country["y"] < 100
    assert companies.profile(sample.settings, sample.store, COMPANY_ID).currency == "COP"


def test_a_logo_is_sent_shown_and_taken_away(sample: SampleHome, ana: Desk) -> None:
    page = section(ana, "company")
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>'
    active = svg.replace(b"<rect", b"<script>1</script><rect")
    field = page.locator("#ct-logo-file")
    field.set_input_files({"name": "logo.svg", "mimeType": "image/svg+xml", "buffer": active})
    page.get_by_role("button", name="Guardar el logo").click()
    expect(page.locator(".ct-logo output")).to_contain_text("activo")
    field.set_input_files({"name": "logo.svg", "mimeType": "image/svg+xml", "buffer": svg})
    page.get_by_role("button", name="Guardar el logo").click()
    expect(page.locator(".ct-logo img")).to_be_visible()
    expect(page.locator("#root .ct-brand img")).to_be_visible()
    page.get_by_role("button", name="Quitar el logo guardado").click()
    expect(page.locator(".ct-logo img")).to_have_count(0)
    assert ana.complaints == []


def test_a_test_message_reaches_whoever_asks_and_nobody_else(sample: SampleHome, ana: Desk) -> None:
    before = {message.public_id for message in messages(sample)}
    page = section(ana, "mail")
    page.get_by_role("button", name="Enviarme un mensaje de prueba").click()
    expect(page.locator(".ct-results li")).to_contain_text("Enviado")
    (sent,) = [message for message in messages(sample) if message.public_id not in before]
    assert (sent.address, sent.is_copy, sent.state) == (MINE, True, "sent")
