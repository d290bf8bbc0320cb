"""What a client and staff do between them on the running demo: paid and told, ended and renewed."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from cartera import clock
from cartera.config import Settings
from cartera.mail.transports import folder
from cartera.sample import COMPANY_ID
from cartera.store.db import open_store
from cartera.store.schema import links
from tests.images import png
from tests.streamlit_app.accounts import sign_in

PEDRO = "pedro.gomez@example.com"
SECONDS = 90


def mailed(home: Path, subject: str) -> EmailMessage:
    """Pedro's newest message with that in its subject, once the pipeline has written it."""
    box = folder.box(Settings(home=home, mail="folder"), COMPANY_ID)
    deadline = time.monotonic() + SECONDS
    while True:
        for message in folder.messages(box):
            if subject in message.subject and PEDRO in message.to:
                return folder.read(box, message.name)
        assert time.monotonic() < deadline, [m.subject for m in folder.messages(box)]
        time.sleep(0.5)


def link_in(message: EmailMessage) -> str:
    """The address of the private page that a message brings."""
    body = message.get_body(("plain",))
    assert body is not None
    found = re.search(r"http://127\.0\.0\.1:\d+/e/[\w-]+", body.get_content())
    assert found is not None
    return found[0]


def report(page: Page, scratch: Path) -> str:
    """Report the payment of one whole invoice, with a proof; its number."""
    proof = scratch / "soporte.png"
    proof.write_bytes(png())
    page.get_by_role("link", name="Reportar un pago").first.click()
    page.wait_for_url("**/avisar**")
    chosen = page.locator(".choices label").first
    number = chosen.locator(".what").inner_text().split()[0]
    chosen.locator("input").check()
    page.locator("#amount").fill(re.sub(r"[^\d.,]", "", chosen.locator("b").inner_text()))
    page.locator("#day").fill(clock.today("America/Bogota").isoformat())
    page.locator("#method").select_option("transfer")
    page.locator("#reference").fill("TRX-4477")
    page.locator("#file").set_input_files(proof)
    page.get_by_role("button", name="Enviar el reporte").click()
    page.wait_for_url("**said=payment**")
    told = page.locator("#root .st-key-live .told").first
    expect(told).to_contain_text("Reportado, por confirmar", timeout=SECONDS * 1000)
    row = page.locator("#root .st-key-live tbody").filter(has_text=number).first
    expect(row).to_contain_text("Pago reportado, por confirmar")
    return number


def accept(browser: Browser, staff: str, password: str) -> None:
    """Staff open the queue, look at the payment and accept it."""
    page = browser.new_page(locale="es-CO")
    sign_in(page, f"{staff}/avisos", "demo", password)
    page.get_by_role("link", name=re.compile("pagado el")).first.click(timeout=SECONDS * 1000)
    page.get_by_role("button", name="Aceptar el pago").click(timeout=SECONDS * 1000)
    expect(page.get_by_text("Aceptado: COP").first).to_be_visible(timeout=SECONDS * 1000)
    page.close()


def turns_to_paid(page: Page, number: str) -> None:
    """The open page says so by itself."""
    told = page.locator("#root .st-key-live .told").first
    expect(told).to_contain_text("Confirmado", timeout=SECONDS * 1000)
    row = page.locator("#root .st-key-live tbody").filter(has_text=number).first
    expect(row).to_contain_text("Cancelada", timeout=SECONDS * 1000)


def renew(browser: Browser, home: Path, address: str) -> None:
    """The link runs out; Pedro asks for another one, which opens; the old one never does again."""
    store = open_store(Settings(home=home))
    with store.write() as connection:
        connection.execute(sa.update(links).values(expires_at=clock.now() - timedelta(minutes=1)))
    store.close()
    page = browser.new_page(locale="es-CO")
    page.goto(address)
    expect(page.get_by_text("Este enlace venció")).to_be_visible()
    page.get_by_label("Su correo electrónico").fill(PEDRO)
    page.get_by_role("button", name="Enviarme un enlace nuevo").click()
    expect(page.get_by_text("Revise su correo")).to_be_visible()
    page.goto(link_in(mailed(home, "nuevo enlace")))
    summary = page.locator("#root .st-key-live article .summary p").first
    expect(summary).to_contain_text("saldo", timeout=SECONDS * 1000)
    page.goto(address)
    expect(page.get_by_text("Este enlace ya no es válido")).to_be_visible()
    page.close()
