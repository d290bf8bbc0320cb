"""What clients tell us, in a browser: accepted whole and in part, rejected, answered; the proof;
unknown addresses; what clients may do.
"""

from __future__ import annotations

import io
import re
import secrets
from collections.abc import Iterator
from decimal import Decimal

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from cartera import clock
from cartera.notices import decisions
from cartera.notices.terms import Kind, Notice, NoticeDocument, NoticeDraft, Proof
from cartera.people import operator
from cartera.sample import COMPANY_ID
from cartera.store import access_requests, client_rights, contacts, notices, outbox, own_payments
from cartera.warehouse import history
from tests.sample_home import SampleHome
from tests.screens import PHONE
from tests.streamlit_app.desks import TODAY, Desk

pytestmark = [pytest.mark.browser, pytest.mark.full]
WAIT = 20_000
#: With a handful of open documents; what Pedro owes is looked at by other tests of this home.
CLIENT = "obras-pavimentos-quindio"
HOSTILE = '<img src=x onerror="document.title=1"> **negrita**'


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "#88aaff").save(out, "PNG")
    return out.getvalue()


def wrote(sample: SampleHome, kind: Kind, **said: object) -> Notice:
    link = sample.link(CLIENT, contact="caja@cliente.example.com").link
    draft = NoticeDraft(kind, key=secrets.token_hex(8), **said)  # type: ignore[arg-type]
    return notices.add(sample.store, link, draft, language="es", now=clock.now())


def reported(sample: SampleHome, many: int = 2) -> Notice:
    """The client says that it paid some of its documents, to the cent."""
    found = sample.reader().open_documents(
        COMPANY_ID, as_of=TODAY, client_id=CLIENT, currency="COP"
    )
    chosen = [
        NoticeDocument(one.document_id, one.number, one.open) for one in found.rows if one.open > 0
    ][:many]
    return wrote(
        sample, "payment", documents=tuple(chosen), currency="COP", day=TODAY, method="transfer",
        amount=sum((one.open for one in chosen), Decimal()), reference="TR-77", text=HOSTILE,
        proof=Proof("soporte <b>.png", "image/png", picture()),
    )  # fmt: skip


def path(notice: Notice) -> str:
    return f"/avisos?kind={notice.kind}&notice={notice.public_id}"


def payment_of(sample: SampleHome, notice: Notice) -> own_payments.OwnPayment | None:
    mine = own_payments.listed(sample.store, COMPANY_ID, client_id=CLIENT)
    return next((one for one in mine if one.source_id == notice.public_id), None)


def said(page: Page, words: str) -> None:
    expect(page.get_by_text(words).first).to_be_visible(timeout=WAIT)


def now_of(sample: SampleHome, notice: Notice) -> Notice:
    return notices.get(sample.store, COMPANY_ID, notice.public_id)


def test_a_payment_is_found_and_accepted_as_it_was_reported(ana: Desk, sample: SampleHome) -> None:
    notice = reported(sample)
    page = ana.open("/avisos")
    row = page.locator("tbody tr").filter(has=page.locator(f'a[href*="{notice.public_id}"]'))
    expect(row).to_contain_text("Con soporte")
    row.locator(f'a[href*="{notice.public_id}"]').click()
    expect(page.get_by_role("heading", name=re.compile("Pago reportado"))).to_be_visible()
    # What the client wrote is text, and the proof is a picture painted anew.
    expect(page.get_by_text(HOSTILE)).to_be_visible()
    source = page.locator(".ct-proof img").get_attribute("src") or ""
    assert source.startswith("data:image/jpeg;base64,")
    page.get_by_role("button", name="Aceptar el pago").click()
    said(page, "El pago quedó aceptado")
    made = payment_of(sample, notice)
    assert made is not None
    assert (made.amount, made.day, made.reference) == (notice.amount, TODAY, "TR-77")
    assert {one.document_id: one.amount for one in made.allocations} == {
        one.document_id: one.open for one in notice.documents
    }
    said(page, "En camino a la cuenta")
    mail = outbox.list_messages(sample.store, COMPANY_ID, kind="answer", limit=1)[0]
    assert mail.address == "caja@cliente.example.com"
    assert ana.complaints == []


def test_a_part_is_accepted_on_a_phone(ana: Desk, sample: SampleHome) -> None:
    notice = reported(sample)
    ana.page.set_viewport_size(PHONE)
    page = ana.open(path(notice))
    first, second = notice.documents
    page.get_by_label("Valor recibido en COP").fill("1.500")
    page.get_by_label(re.compile(re.escape(first.number))).fill("1.000,50")
    page.get_by_label(re.compile(re.escape(second.number))).fill("")
    page.get_by_label("Mensaje para el cliente (opcional)").fill("Falta el resto")
    page.get_by_role("button", name="Aceptar el pago").click()
    said(page, "El pago quedó aceptado")
    made = payment_of(sample, notice)
    assert made is not None
    assert made.amount == Decimal(1500)
    assert made.allocations == ((first.document_id, Decimal("1000.50")),)
    assert [one.text for one in now_of(sample, notice).answers] == ["Falta el resto"]


def test_more_than_is_open_is_refused_and_nothing_is_lost(ana: Desk, sample: SampleHome) -> None:
    notice = reported(sample)
    page = ana.open(path(notice))
    field = page.get_by_label(re.compile(re.escape(notice.documents[0].number)))
    field.fill("99.999.999.999")
    page.get_by_role("button", name="Aceptar el pago").click()
    expect(page.locator("[data-testid=stAlert]").last).to_be_visible(timeout=WAIT)
    expect(field).to_have_value("99.999.999.999")
    assert now_of(sample, notice).state == "open"
    assert payment_of(sample, notice) is None


def test_a_payment_is_rejected_only_with_a_reason(ana: Desk, sample: SampleHome) -> None:
    notice = reported(sample)
    page = ana.open(path(notice))
    reject = page.get_by_role("button", name="Rechazar el pago")
    reject.click()
    expect(page.locator("[data-testid=stAlert]").last).to_be_visible(timeout=WAIT)
    assert now_of(sample, notice).state == "open"
    page.get_by_label("Mensaje para el cliente", exact=True).fill("No aparece en el banco")
    reject.click()
    said(page, "El pago quedó rechazado")
    found = now_of(sample, notice)
    assert (found.state, found.decided_by) == ("rejected", "administrator")
    assert payment_of(sample, notice) is None


def test_a_proof_is_only_ever_a_download_and_only_ours(
    ana: Desk, sample: SampleHome, url: str
) -> None:
    notice = reported(sample)
    answer = ana.context.request.get(f"{url}/download/proof/{notice.public_id}")
    assert answer.body() == picture()
    headers = answer.headers_array
    policies = [one["value"] for one in headers if one["name"].lower() == "content-security-policy"]
    assert any("sandbox" in one for one in policies)
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert ana.context.request.get(f"{url}/download/proof/0000").status == 404
    ana.context.clear_cookies()
    nobody = ana.context.request.get(f"{url}/download/proof/{notice.public_id}", max_redirects=0)
    assert nobody.status != 200
    assert picture() not in nobody.body()


def test_a_dispute_is_answered_and_decided(ana: Desk, sample: SampleHome) -> None:
    document = reported(sample, 1).documents
    notice = wrote(sample, "dispute", documents=document, reason="goods", text=HOSTILE)
    page = ana.open(path(notice))
    page.get_by_label("Mensaje para el cliente").fill("Lo estamos mirando")
    page.get_by_role("button", name="Solo enviar el mensaje").click()
    said(page, "Se le escribe al cliente")
    said(page, "Lo estamos mirando")
    assert now_of(sample, notice).state == "open"
    page.get_by_role("button", name="El cliente tiene razón").click()
    said(page, "Se le avisa al cliente que tiene razón")
    assert now_of(sample, notice).state == "accepted"
    page = ana.open(f"/historia?client={CLIENT}")
    said(page, "Reclamo: aceptado")
    page = ana.open(f"/cliente?client={CLIENT}")
    said(page, "Todos los avisos de este cliente")
    assert ana.complaints == []


def test_an_unknown_address_becomes_a_contact(ana: Desk, sample: SampleHome) -> None:
    address = "nueva@cliente.example.com"
    access_requests.ask(
        sample.store, COMPANY_ID, link_id="", address=address, network="127.0.0.1",
        language="es", now=clock.now(),
    )  # fmt: skip
    (request,) = access_requests.waiting(sample.store)
    with sample.store.write() as connection:
        access_requests.answer(connection, request, "unknown", now=clock.now())
    page = ana.open("/avisos?kind=access")
    page.get_by_role("link", name="Atender").click()
    dialog = page.get_by_role("dialog")
    search = dialog.get_by_label("Buscar cliente: nombre, NIT o código")
    search.fill(CLIENT)
    search.press("Enter")
    dialog.get_by_role("button", name="Agregar como contacto de este cliente").click()
    expect(dialog).to_have_count(0, timeout=WAIT)
    found = contacts.contacts_of(sample.store, COMPANY_ID, {CLIENT: ("", "es")})[CLIENT]
    assert address in {one.address for one in found}
    assert access_requests.listed(sample.store, COMPANY_ID)[0].state == "seen"


@pytest.mark.parametrize(
    ("button", "match"), [("Es el mismo", "replaced"), ("Son dos pagos", "ours")]
)
def test_a_person_says_whether_two_payments_are_one(
    ana: Desk, sample: SampleHome, button: str, match: str
) -> None:
    notice = reported(sample, 1)
    made = decisions.accept(
        sample.store, sample.settings.company_profile(COMPANY_ID), notice.public_id,
        amount=notice.amount or Decimal(), day=TODAY, allocations=[], open_documents={},
        by=operator(COMPANY_ID), now=clock.now(),
    )  # fmt: skip
    with sample.reader().cursor() as cursor:
        theirs = next(
            one for one in history.items(cursor, COMPANY_ID, CLIENT, limit=100)
            if one.kind == "payment"
        )  # fmt: skip
    doubt = own_payments.Matched(made.public_id, made.revision, "doubt", theirs.item_id)
    assert own_payments.match(sample.store, [doubt], now=clock.now())
    page = ana.open("/avisos")
    said(page, "¿Es el mismo pago?")
    expect(page.locator("tbody tr").filter(has_text="Sistema contable")).to_contain_text(
        theirs.number
    )
    page.get_by_role("button", name=button).click()
    expect(page.get_by_text("¿Es el mismo pago?")).to_have_count(0, timeout=WAIT)
    found = own_payments.get(sample.store, COMPANY_ID, made.public_id)
    assert (found.match, found.not_these) == (
        match, () if match == "replaced" else (theirs.item_id,),
    )  # fmt: skip


@pytest.fixture
def rights_as_they_were(sample: SampleHome) -> Iterator[None]:
    before = client_rights.of_company(sample.store, COMPANY_ID)
    yield
    who, now = operator(COMPANY_ID), clock.now()
    client_rights.save_company(sample.store, COMPANY_ID, before, by=who, now=now)


@pytest.mark.usefixtures("rights_as_they_were")
def test_what_clients_may_do_is_set_for_all_and_for_one(ana: Desk, sample: SampleHome) -> None:
    page = ana.open("/configuracion?section=clients")
    page.get_by_text("Reclamar documentos").click()
    page.get_by_label("Días de plazo que puede tener una promesa").fill("45")
    page.get_by_role("button", name="Guardar").click()
    said(page, "guardada")
    rights = client_rights.of_company(sample.store, COMPANY_ID)
    assert (rights.dispute, rights.report, rights.promise_days) == (False, True, 45)
    page = ana.open(f"/cliente?client={CLIENT}&rights=1")
    dialog = page.get_by_role("dialog")
    disputes = dialog.get_by_role("radiogroup", name="Reclamar documentos")
    disputes.get_by_text("Sí", exact=True).click()
    dialog.get_by_role("button", name="Guardar").click()
    expect(dialog).to_have_count(0, timeout=WAIT)
    assert client_rights.own_of(sample.store, COMPANY_ID, CLIENT) == {"dispute": True}
    assert client_rights.of_client(sample.store, COMPANY_ID, CLIENT).dispute
