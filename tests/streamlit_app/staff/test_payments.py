"""Online payments in front of staff, in a browser, with the simulated gateway behind them: the
list and its file, one payment, what may be done about it and by whom, and the settings.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, expect

from cartera import clock
from cartera.errors import Forbidden
from cartera.gateways.sandbox import SIGNATURE
from cartera.online import events, resolving
from cartera.online.terms import OnlinePayment
from cartera.people import Person
from cartera.sample import COMPANY_ID
from cartera.store import audit, own_payments, pay_settings
from tests.sample_home import SampleHome
from tests.sandbox.machine import EVENTS, KEY, SIGNING, keys, signed
from tests.screens import PHONE
from tests.streamlit_app.desks import Desk, amount
from tests.streamlit_app.staff.homes import own
from tests.streamlit_app.staff.payments import Till, till

pytestmark = [pytest.mark.browser, pytest.mark.full]
WAIT = 20_000
SETTINGS = "/configuracion?section=payments"
HOSTILE = "</code><img src=x onerror=\"document.title='malo'\"> **negrita** :red[rojo]"
#: What another payer paid of what was asked for.
OTHER = "12345.50"
READER = Person("reader", COMPANY_ID, "reader", "Reader Pérez")


@dataclass
class Paid:
    """The home with a payment that all three agree about, and one that somebody has to look at."""

    till: Till
    good: OnlinePayment
    odd: OnlinePayment


def mismatched(shop: Till) -> OnlinePayment:
    """The gateway has another amount under its reference."""
    begun = shop.begin()
    order = signed(reference=begun.reference, amount=OTHER, currency="COP")
    pressed = shop.machine.press("approve", order)
    assert pressed.status_code == 303, pressed.text
    shop.asked(begun)
    shop.round()
    found = shop.of(begun)
    assert found.state == "mismatch"
    return found


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleHome:
    """It is paid at a gateway."""
    return own(tmp_path_factory)


@pytest.fixture(scope="module")
def paid(sample: SampleHome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paid]:
    with till(sample, tmp_path_factory.mktemp("gateway")) as shop:
        good = shop.press(shop.begin(), "approve")
        shop.publish()
        yield Paid(shop, shop.of(good), mismatched(shop))


@pytest.fixture(scope="module")
def url(paid: Paid) -> str:
    return paid.till.url


@pytest.fixture(autouse=True)
def shop(paid: Paid, monkeypatch: pytest.MonkeyPatch) -> Till:
    """Its keys, too: no test starts with the environment of another."""
    for name, value in keys(paid.till.machine.url).items():
        monkeypatch.setenv(name, value)
    return paid.till


def path(payment: OnlinePayment) -> str:
    return f"/pagos?payment={payment.public_id}"


def said(page: Page, words: str) -> None:
    expect(page.get_by_text(words).first).to_be_visible(timeout=WAIT)


def row(page: Page, payment: OnlinePayment) -> Locator:
    return page.locator("tbody tr").filter(has_text=payment.reference)


def in_ledger(shop: Till, payment: OnlinePayment) -> own_payments.OwnPayment | None:
    mine = own_payments.of_sources(shop.home.store, COMPANY_ID, "online", [payment.public_id])
    return mine.get(payment.public_id)


def sent(payment: OnlinePayment, **changed: str) -> tuple[bytes, dict[str, str]]:
    """A notice about it as the gateway makes one, with its signature."""
    transaction = {
        "id": payment.gateway_id, "reference": payment.reference, "status": "APPROVED",
        "amount": f"{payment.amount:f}", "currency": payment.currency, "refunded": "0",
        "method": "SIMULATED", "reason": "",
    } | changed  # fmt: skip
    body = json.dumps(
        {
            "id": f"evt-{secrets.token_hex(8)}", "event": "transaction.updated",
            "sent_at": clock.now().isoformat(), "transaction": transaction,
        }
    ).encode()  # fmt: skip
    return body, {SIGNATURE: hmac.new(EVENTS.encode(), body, hashlib.sha256).hexdigest()}


def test_the_list_says_what_three_say_and_is_narrowed(ana: Desk, paid: Paid) -> None:
    page = ana.open("/pagos")
    good, odd = row(page, paid.good), row(page, paid.odd)
    expect(good).to_have_count(1)
    says, we, ledger, differs = good.locator("td").all_inner_texts()[1:]
    assert [amount(text) for text in (says, we, ledger)] == [paid.good.amount] * 3
    assert ("Aprobado" in says, "Aprobado" in we, "Cuenta" in ledger) == (True, True, True)
    assert differs.strip() == "—"
    expect(odd).to_contain_text("Por decidir")
    expect(odd).to_contain_text("12.345,50")
    page.get_by_label("Mostrar").select_option(label="Sólo diferencias")
    page.wait_for_url("**only=differences**")
    ana.drawn()
    expect(row(page, paid.odd)).to_contain_text("La pasarela dice otro valor")
    expect(row(page, paid.good)).to_have_count(0)
    page = ana.open("/pagos?state=approved")
    expect(row(page, paid.good)).to_have_count(1)
    expect(row(page, paid.odd)).to_have_count(0)
    page = ana.open("/pagos?from=2001-01-01&to=2001-01-31")
    expect(page.get_by_text("Aquí no hay pagos")).to_be_visible()
    # What makes no sense in an address is left aside.
    page = ana.open("/pagos?state=<b>&from=9999-99-99&to=9999-12-31&only=x&page=99")
    expect(row(page, paid.good)).to_have_count(1)
    assert ana.complaints == []


def test_the_file_has_the_rows_of_the_page(ana: Desk, paid: Paid) -> None:
    def rows(content: bytes) -> dict[object, dict[str, object]]:
        lines = [
            list(line) for sheet in load_workbook(io.BytesIO(content)) for line in sheet.values
        ]
        start = next(n for n, line in enumerate(lines) if "Referencia" in line)
        named = [
            dict(zip(map(str, lines[start]), line, strict=True)) for line in lines[start + 1 :]
        ]
        return {one["Referencia"]: one for one in named}

    page = ana.open("/pagos?only=differences")
    with page.expect_download() as caught:
        page.get_by_role("link", name="Descargar Excel").click()
    assert caught.value.suggested_filename.startswith("pagos-")
    only = rows(Path(caught.value.path()).read_bytes())
    whole = ana.context.request.get(f"{ana.url}/download/payments.xlsx")
    every = rows(whole.body())
    good, odd = every[paid.good.reference], every[paid.odd.reference]
    exact = float(paid.good.amount)
    assert [good[name] for name in ("Recibido", "Queda", "En la cartera")] == [exact] * 3
    assert not good["Diferencias"]
    assert (odd["Recibido"], odd["En la cartera"]) == (float(OTHER), None)
    assert "otro valor" in str(odd["Diferencias"])
    assert paid.odd.reference in only
    assert paid.good.reference not in only
    ana.context.clear_cookies()
    nobody = ana.context.request.get(f"{ana.url}/download/payments.xlsx", max_redirects=0)
    assert nobody.status != 200


def test_a_payment_and_what_the_gateway_sent_as_text(ana: Desk, paid: Paid) -> None:
    store = paid.till.home.store
    body, headers = sent(paid.good, reason=HOSTILE, amount="1.00")
    events.take(store, COMPANY_ID, "sandbox", body, headers, now=clock.now())
    strange, signature = sent(paid.good, reference="CT99999999ZZZZ")
    events.take(store, COMPANY_ID, "sandbox", strange, signature, now=clock.now())
    paid.till.round()
    page = ana.open("/pagos")
    said(page, "Avisos de pasarelas que no son de un pago nuestro")
    said(page, "CT99999999ZZZZ")
    row(page, paid.good).get_by_role("link", name=paid.good.reference).click()
    ana.drawn()
    assert ana.query["payment"] == paid.good.public_id
    for line in paid.good.lines:
        cells = page.locator("tr").filter(has_text=line.number).locator("td").all_inner_texts()
        netted = [part.amount for part in line.netted]
        assert [amount(text) for text in cells if text != "—"] == [line.amount] * 2 + netted
    said(page, "Dice algo distinto de lo que responde la pasarela.")
    page.get_by_text("Tal como llegó").click()
    shown = page.locator("[data-testid=stCode]").filter(has_text="negrita")
    expect(shown).to_have_text(body.decode())
    assert shown.locator("img, strong").count() == 0
    assert page.title() != "malo"
    page = ana.open("/pagos?payment=nothing-of-ours")
    said(page, "No existe ese pago")
    assert ana.complaints == []


def test_the_gateway_is_asked_now(ana: Desk, shop: Till) -> None:
    begun = shop.begin()
    page = ana.open(path(begun))
    said(page, "Pago en curso")
    # The client pays meanwhile, and nobody told us.
    shop.machine.press("approve", dict(parse_qsl(urlsplit(begun.url).query)))
    ask = page.get_by_role("button", name="Preguntar ahora")
    ask.click()
    said(page, "Se le preguntó a la pasarela")
    assert (shop.of(begun).said, shop.of(begun).state) == ("approved", "pending")
    ana.drawn()  # a press while the page is still being drawn is nobody's
    ask.click()
    said(page, "A la pasarela se le preguntó hace un momento")


def test_another_amount_is_taken(ana: Desk, shop: Till, paid: Paid) -> None:
    page = ana.open(path(paid.odd))
    page.get_by_role("button", name="Aceptarlo como se pagó").click()
    said(page, "El pago se acepta; al cliente le llega un recibo.")
    assert shop.of(paid.odd).decided_by == "administrator"
    shop.round()
    taken = in_ledger(shop, paid.odd)
    assert taken is not None
    assert f"{taken.amount:f}" == OTHER
    page = ana.open(path(paid.odd))
    said(page, "aceptado por administrator")
    expect(page.get_by_role("button", name="Aceptarlo como se pagó")).to_have_count(0)
    assert ana.complaints == []


def test_another_amount_is_left_out(ana: Desk, shop: Till) -> None:
    odd = mismatched(shop)
    page = ana.open(path(odd))
    page.get_by_role("button", name="Dejarlo por fuera de la cartera").click()
    said(page, "El pago queda por fuera.")
    assert shop.of(odd).state == "closed"
    shop.round()
    assert in_ledger(shop, odd) is None
    page = ana.open(path(odd))
    said(page, "Una persona lo dejó por fuera de la cartera")
    expect(page.get_by_role("button", name="Dejarlo por fuera de la cartera")).to_have_count(0)


def test_a_reader_looks_and_decides_nothing(luis: Desk, shop: Till) -> None:
    odd = mismatched(shop)
    page = luis.open(path(odd))
    said(page, "Su rol no permite hacer esto.")
    for name in ("Preguntar ahora", "Aceptarlo como se pagó", "Dejarlo por fuera de la cartera"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_text("Tal como llegó")).to_have_count(0)
    page = luis.open("/pagos")
    expect(row(page, odd)).to_have_count(1)
    expect(page.get_by_role("link", name="Medios de pago")).to_have_count(0)
    page = luis.open(SETTINGS)
    expect(page.get_by_role("button", name="Probar Simulación")).to_have_count(0)
    expect(page.get_by_role("button", name="Guardar")).to_have_count(0)
    store = shop.home.store
    for act in (resolving.accept, resolving.dismiss):
        with pytest.raises(Forbidden):
            act(store, COMPANY_ID, odd.public_id, by=READER, now=clock.now())
    with pytest.raises(Forbidden):
        resolving.ask_now(store, COMPANY_ID, odd.public_id, by=READER, now=clock.now)
    assert shop.of(odd) == odd


def test_settings_name_what_is_missing_and_test_what_is_there(ana: Desk) -> None:
    page = ana.open(SETTINGS)
    wompi = page.locator("section").filter(has=page.locator("#ct-gateway-wompi"))
    missing = wompi.locator("tr").filter(has_text="CARTERA_WOMPI_PRIVATE_KEY")
    expect(missing).to_contain_text("falta")
    mine = page.locator("section").filter(has=page.locator("#ct-gateway-sandbox"))
    there = mine.locator("tr").filter(has_text="CARTERA_SANDBOX_SIGNING_SECRET")
    expect(there).to_contain_text("puesta")
    expect(mine).to_contain_text(f"/pagos/eventos/sandbox/{COMPANY_ID}")
    expect(page.get_by_role("button", name="Probar Wompi")).to_have_count(0)
    page.get_by_role("button", name="Probar Simulación").click()
    said(page, "La simulación responde")
    whole = page.content()
    assert not [secret for secret in (KEY, SIGNING, EVENTS) if secret in whole]
    assert ana.complaints == []


def test_settings_are_saved_by_whom_and_refused(ana: Desk, shop: Till) -> None:
    store = shop.home.store
    before = pay_settings.of_company(store, COMPANY_ID)
    page = ana.open(SETTINGS)
    least = page.get_by_label("Lo mínimo que se paga de una vez")
    least.fill("mucho")
    page.get_by_role("button", name="Guardar", exact=True).click()
    expect(page.locator("[data-testid=stAlert]").last).to_be_visible(timeout=WAIT)
    assert pay_settings.of_company(store, COMPANY_ID) == before
    for is_on, typed, wanted in ((False, "25.000,50", "25000.50"), (True, "10.000", "10000")):
        page = ana.open(SETTINGS)
        page.locator("label", has_text="Simulación").click()
        page.get_by_label("Lo mínimo que se paga de una vez").fill(typed)
        page.get_by_role("button", name="Guardar", exact=True).click()
        said(page, "La configuración quedó guardada.")
        saved = pay_settings.of_company(store, COMPANY_ID)
        assert saved.gateways == (("sandbox",) if is_on else ())
        assert saved.minimum == Decimal(wanted)
        newest = audit.entries(store, COMPANY_ID, action="pay.changed", limit=1)[0]
        assert newest.who == "administrator"
        assert newest.details["new"]["gateways"] == list(saved.gateways)
    assert pay_settings.of_company(store, COMPANY_ID) == before
    assert ana.complaints == []


def test_a_phone_is_wide_enough_for_payments(ana: Desk, paid: Paid) -> None:
    ana.page.set_viewport_size(PHONE)
    for address in ("/pagos", path(paid.good), path(paid.odd)):
        page = ana.open(address)
        wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert wide <= PHONE["width"], address
