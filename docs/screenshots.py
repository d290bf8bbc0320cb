"""`make screenshots`: every page of both apps over the sample company, into `docs/images/`.

Pictures are for people who read the repository; nothing is tested here. What the pages must do
is in tests/streamlit_app.
"""

from __future__ import annotations

import io
import os
import subprocess
import tempfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page

from benchmarks import homes
from benchmarks.browser import chromium, signed_in
from cartera import clock
from cartera.mail.transports import folder
from cartera.notices.proofs import checked
from cartera.notices.terms import Kind, Notice, NoticeDocument, NoticeDraft
from cartera.online import round as rounds
from cartera.people import operator
from cartera.sample.clients import PEDRO
from cartera.statement import Item
from cartera.store import companies, links, notices, online_payments, pay_settings
from cartera.store.db import open_store
from cartera.store.pay_settings import PaySettings
from cartera.warehouse.reader import Reader
from tests.sandbox import machine

IMAGES = Path(__file__).parent / "images"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
STAFF = {
    "staff-statement": f"/?client={PEDRO}",
    "staff-send": f"/?client={PEDRO}&send=1",
    "staff-clients": "/clientes",
    "staff-client": f"/cliente?client={PEDRO}",
    "staff-portfolio": "/cartera",
    "staff-documents": "/documentos?range=90%2B&currency=COP",
    "staff-mailings": "/envios",
    "staff-bulk": "/envio-masivo?only=overdue",
    "staff-schedules": "/programados",
    "staff-schedule": "/programados?new=1",
    "staff-mailbox": "/buzon",
    "staff-reminders": "/recordatorios",
    "staff-reminder": f"/recordatorios?preview={PEDRO}",
    "staff-pauses": "/recordatorios?view=pauses&pause=1",
    "staff-reminder-rules": "/recordatorios?view=rules",
    "staff-notices": "/avisos",
    "staff-notice": "/avisos?kind=payment&notice={notice}",
    "staff-payments": "/pagos",
    "staff-payment": "/pagos?payment={payment}",
    "staff-payment-settings": "/configuracion?section=payments",
    "staff-timeline": f"/historia?client={PEDRO}",
    "staff-rights": "/configuracion?section=clients",
    "staff-links": f"/enlaces?client={PEDRO}",
    "staff-data": "/datos",
    "staff-users": "/usuarios",
    "staff-settings": "/configuracion",
    "staff-texts": "/configuracion?section=texts",
}
#: What a phone shows of them.
STAFF_PHONE = (
    "staff-statement", "staff-portfolio", "staff-send", "staff-mailings", "staff-reminders",
    "staff-notice", "staff-payments",
)  # fmt: skip
#: Until fonts, charts and the page's own small steps are done.
SETTLE_MS = 2500


def main() -> None:
    """Take them all."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cartera-screens-") as scratch, chromium() as browser:
        home = homes.sample(Path(scratch) / "home")
        # Whatever this machine's mail settings are: nothing leaves it.
        os.environ["CARTERA_MAIL"] = "folder"
        for command in (
            ["send", "--overdue", "--yes"],
            ["schedule", "add", "Cierre de mes", "--day", "31", "--only", "overdue"],
        ):
            subprocess.run(
                [*homes.CARTERA, *command], env=home.environment, check=True,
                stdout=subprocess.DEVNULL,
            )  # fmt: skip
        _mail(home, browser)
        notice = _notices(home)
        with machine.running(Path(scratch)) as gateway:
            os.environ.update(machine.keys(gateway.url))
            _client(home, browser)
            shown = {"notice": notice, "payment": _paid(home, browser, gateway.url)}
            _staff(home, browser, shown)


def _mail(home: homes.Home, browser: Browser) -> None:
    """Pedro's message as his mail program shows it."""
    box = folder.box(home.settings, home.company)
    found = next(m for m in folder.messages(box) if "pedro" in m.to)
    message = folder.read(box, found.name)
    html = message.get_body(("html",))
    if html is None:
        raise SystemExit("the message has no HTML")
    for name, size, scheme in (
        ("mail", DESKTOP, "light"),
        ("mail-phone", PHONE, "light"),
        ("mail-phone-dark", PHONE, "dark"),
    ):
        page = _page(browser, size, scheme)
        page.set_content(html.get_content())
        _take(page, name)
        page.context.close()


def _notices(home: homes.Home) -> str:
    """Pedro reports a payment with a proof, disputes an invoice and writes; id of the payment."""
    store = open_store(home.settings)
    now, who = clock.now(), operator(home.company)
    company = companies.profile(home.settings, store, home.company)
    today = clock.today(company.timezone)
    statement = Reader(home.settings, store).statement(home.company, PEDRO, as_of=today)
    (section,) = statement.sections
    paid, wrong = [item for item in section.items if item.open > 0 and not item.disputed][:2]
    link = links.create(
        store, company_id=home.company, client_id=PEDRO, days=30,
        contact="pedro.gomez@example.com", by=who, now=now,
    ).link  # fmt: skip

    def say(kind: Kind, item: Item | None, **more: Any) -> Notice:
        about = (NoticeDocument(item.document_id, item.number, item.open),) if item else ()
        draft = NoticeDraft(kind, f"{kind}-of-the-pictures", about, **more)
        return notices.add(store, link, draft, language="es", now=now)

    made = say(
        "payment", paid, amount=paid.open, currency=section.currency, day=today,
        method="transfer", reference="TRX 88120", proof=checked("soporte.png", _receipt()),
    )  # fmt: skip
    say("dispute", wrong, reason="goods", text="Llegaron dos cajas menos de las facturadas.")
    asked = say("comment", None, text="¿Me pueden enviar la factura del mes pasado?")
    notices.answer(
        store, home.company, asked.public_id, "Con gusto, se la enviamos hoy.", by=who, now=now
    )
    store.close()
    return made.public_id


def _receipt() -> bytes:
    """A picture such as a bank's application makes."""
    picture = Image.new("RGB", (540, 380), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 540, 76), fill="#1f6f6b")
    lines = ["Transferencia exitosa", "Comprobante TRX 88120", "Para: Empresa Ejemplar S.A.S."]
    for n, text in enumerate([*lines, "Desde: cuenta 004-88120"]):
        y, ink = (26, "white") if n == 0 else (70 + 50 * n, "#222222")
        draw.text((28, y), text, fill=ink, font_size=24)
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def _client(home: homes.Home, browser: Browser) -> None:
    store = open_store(home.settings)
    now, who = clock.now(), operator(home.company)

    def link(**changes: object) -> str:
        values = {"company_id": home.company, "client_id": PEDRO, "days": 30, "by": who, "now": now}
        return links.create(store, **(values | changes)).token  # type: ignore[arg-type]

    live, old = link(), link(days=1, now=now - timedelta(days=2))
    with homes.serving("client", home) as (url, _process):
        for name, size, scheme, address in (
            ("client", DESKTOP, "light", f"/e/{live}"),
            ("client-dark", DESKTOP, "dark", f"/e/{live}"),
            ("client-phone", PHONE, "light", f"/e/{live}"),
            ("client-expired", PHONE, "light", f"/e/{old}"),
        ):
            page = _page(browser, size, scheme)
            page.goto(url + address)
            _take(page, name)
            if name == "client":
                page.locator("#root [data-filter=status][data-value=overdue]").click()
                _take(page, "client-overdue")
                page.locator("#root .views a").nth(1).click()
                _take(page, "client-movements")
                page.locator("#root .acts a").first.click()
                _take(page, "client-report")
                _on_a_phone(page, "client-report-phone")
            page.context.close()
    store.close()


def _paid(home: homes.Home, browser: Browser, gateway: str) -> str:
    """Pedro pays two documents at the simulated gateway, and is declined once; id of the first."""
    store = open_store(home.settings)
    now, who = clock.now(), operator(home.company)
    terms = PaySettings(gateways=("sandbox",), minimum=Decimal(10_000), currency="COP")
    pay_settings.save(store, home.company, terms, by=who, now=now)
    new = links.create(
        store, company_id=home.company, client_id=PEDRO, days=30,
        contact="pedro.gomez@example.com", by=who, now=now,
    )  # fmt: skip
    with homes.serving("client", home) as (url, _process):
        page = _page(browser, DESKTOP, "light")
        page.goto(f"{url}/e/{new.token}")
        for choice, documents in (("approve", 2), ("decline", 1)):
            page.goto(f"{url}/pagar?l={new.link.public_id}")
            if choice == "approve":
                _take(page, "client-pay")
                _on_a_phone(page, "client-pay-phone")
            page.locator("[name=what][value=chosen]").check()
            boxes = page.locator(".choices label:not(.every) input:enabled").all()
            for number, box in enumerate(boxes):
                box.set_checked(number < documents)
            page.locator("button.go").click()
            page.wait_for_url(f"{gateway}/pagar?**")
            if choice == "approve":
                _take(page, "client-pay-gateway")
            page.locator(f"button[value={choice}]").click()
            page.wait_for_url(f"{url}/**")
            page.wait_for_timeout(SETTLE_MS)
        page.goto(f"{url}/?l={new.link.public_id}")
        _take(page, "client-paid")
        page.context.close()
    rounds.run(home.settings, store, Reader(home.settings, store), now=clock.now)
    command = [*homes.CARTERA, "refresh"]
    subprocess.run(command, env=home.environment, check=True, stdout=subprocess.DEVNULL)
    made = online_payments.listed(store, home.company, client_id=PEDRO)
    store.close()
    return made[-1].public_id


def _staff(home: homes.Home, browser: Browser, shown: dict[str, str]) -> None:
    with homes.serving("staff", home) as (url, _process):
        door = _page(browser, DESKTOP, "light")
        door.goto(f"{url}/login")
        _take(door, "staff-sign-in")
        door.context.close()
        context = signed_in(home, browser, url)
        page = context.new_page()
        for name, address in STAFF.items():
            page.goto(url + address.format_map(shown))
            _take(page, name)
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        for name in STAFF_PHONE:
            page.goto(url + STAFF[name].format_map(shown))
            _take(page, f"{name}-phone")
        context.close()


def _page(browser: Browser, size: dict[str, int], scheme: str) -> Page:
    return browser.new_context(viewport=size, color_scheme=scheme, locale="es-CO").new_page()  # type: ignore[arg-type]


def _on_a_phone(page: Page, name: str) -> None:
    """The same page on a phone, and as it was again."""
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    _take(page, name)
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]


def _take(page: Page, name: str) -> None:
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
