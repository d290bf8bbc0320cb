"""Sending to many, looking at what became of it, and the demo's mailbox, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import TimeoutError as Timeout

from cartera import clock
from cartera.config import Settings
from cartera.mail.outgoing import Content, Draft, State
from cartera.mail.sender import Sender
from cartera.people import operator
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from cartera.store import mailings, outbox, stopped
from cartera.store.schema import messages
from tests.sample_home import SampleHome, serving
from tests.screens import PHONE
from tests.streamlit_app.desks import Desk, desk
from tests.streamlit_app.staff.homes import own

pytestmark = [pytest.mark.browser, pytest.mark.full]
BY = operator(COMPANY_ID)
HOSTILE = "<script>document.title='taken'</script><b onclick=alert(1)>Hola</b>"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleHome:
    """Its mail goes into a folder, and out."""
    return own(tmp_path_factory)


@pytest.fixture(scope="module")
def client_url(sample: SampleHome) -> Iterator[str]:
    with serving("client", sample) as address:
        yield address


@pytest.fixture(scope="module")
def url(sample: SampleHome, client_url: str) -> Iterator[str]:
    """The staff app where mail goes into a folder."""
    with serving("staff", sample, CARTERA_MAIL="folder", CARTERA_CLIENT_URL=client_url) as address:
        yield address


@pytest.fixture
def post(sample: SampleHome, client_url: str) -> Sender:
    settings = Settings(
        home=sample.folder, company=COMPANY_ID, mail="folder", client_url=client_url
    )
    return Sender(settings, sample.store, sample.reader())


def queue(sample: SampleHome, *keys: str, state: State = "waiting", to: str = "") -> list[str]:
    """Pedro's statement, once for each key."""
    content = Content("Cuenta de {cliente}: {saldo}", f"<p>{HOSTILE} {{saldo}}</p>", ("pdf",))
    drafts = [
        Draft(
            key, "statement", PEDRO, to or f"{key}@example.com", "Pedro",
            is_periodic=True, content=content,
        )
        for key in keys
    ]  # fmt: skip
    made = outbox.queue(sample.store, COMPANY_ID, drafts, by=BY, now=clock.now())
    if state != "waiting":
        with sample.store.write() as connection:
            which = messages.c.public_id.in_(made)
            connection.execute(sa.update(messages).where(which).values(state=state, attempts=1))
    return made


def states(sample: SampleHome, *public_ids: str) -> list[State]:
    return [outbox.get(sample.store, COMPANY_ID, public_id).state for public_id in public_ids]


def confirm(page: Page, name: str) -> None:
    page.get_by_role("dialog").get_by_role("button", name=name).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_many_are_chosen_looked_at_and_sent(sample: SampleHome, ana: Desk, post: Sender) -> None:
    page = ana.open("/envio-masivo?only=overdue&minimum=10.000.000")
    chosen = page.locator(".ct-plan tbody th").all_inner_texts()
    assert chosen
    page.get_by_label("Asunto").first.fill("Cuenta de {cliente}: {vencido}")
    page.get_by_label("Asunto").first.press("Tab")
    prepare = page.get_by_role("button", name="Preparar")
    count = int(re.sub(r"\D", "", prepare.inner_text()))
    assert count >= len(chosen)
    prepare.dblclick()  # twice, as people do: it is prepared once
    page.wait_for_url("**mailing=*")
    ana.drawn()
    assert len(mailings.list_mailings(sample.store, COMPANY_ID)) == 1

    # One is held back, another is looked at: the real message, with its figures.
    held = page.locator(".ct-mails tbody th").first.inner_text()
    page.get_by_role("button", name=f"Apartar: {held}").first.click()
    expect(page.get_by_role("button", name=f"Incluir: {held}")).to_have_count(1)
    page.get_by_role("link", name="Vista previa").nth(1).click()
    ana.drawn()
    figure = page.locator(".ct-letter dd b").inner_text().partition(": ")[2]
    frame = page.frame_locator(".ct-message iframe")
    expect(frame.locator("body")).to_contain_text(figure)
    page.locator(".ct-back a").first.click()
    ana.drawn()

    # It leaves, and the open page says so by itself.
    page.get_by_role("link", name="Enviar").first.click()
    confirm(page, "Enviar")
    expect(page.locator(".ct-sending")).to_contain_text(f"1 de {count}")
    mailing = ana.query["mailing"]
    assert post.run(mailing=mailing).counts == {"sent": count - 1}
    expect(page.locator(".ct-sending")).to_contain_text("Terminado", timeout=15_000)
    expect(page.locator(".ct-mails .ct-badge", has_text="Enviado")).to_have_count(count - 1)
    counts = outbox.counts(sample.store, COMPANY_ID, mailing=mailing)
    assert (counts["sent"], counts["held"]) == (count - 1, 1)
    assert ana.complaints == []


def test_who_does_not_get_it_is_said_and_nonsense_is_explained(
    sample: SampleHome, ana: Desk
) -> None:
    (public_id,) = queue(sample, "baja", to="pedro.gomez@example.com")
    stopped.unsubscribe(sample.store, public_id, now=clock.now())
    try:
        page = ana.open("/envio-masivo?show=not&text=Pedro+G")
        expect(page.locator(".ct-plan")).to_contain_text("pidió no recibir")
        expect(page.get_by_role("button", name="Preparar 0 mensajes")).to_be_disabled()
    finally:
        stopped.resume(sample.store, COMPANY_ID, "pedro.gomez@example.com", by=BY, now=clock.now())
    page = ana.open("/envio-masivo?minimum=mucho")
    expect(page.get_by_role("alert")).to_contain_text("1.500.000")


def test_a_message_is_shown_as_it_went(sample: SampleHome, ana: Desk, post: Sender) -> None:
    (public_id,) = queue(sample, "como-salio")
    page = ana.open(f"/envios?message={public_id}")
    # Before: as it would be sent now. What staff wrote has lost whatever could run.
    expect(page.frame_locator(".ct-message iframe").get_by_text("Hola")).to_be_visible()
    post.run(public_ids=[public_id])
    expect(page.locator(".ct-story")).to_contain_text("lo aceptó", timeout=15_000)
    page = ana.open(f"/envios?message={public_id}")
    frame = page.locator(".ct-message iframe")
    assert frame.get_attribute("sandbox") == "allow-popups allow-popups-to-escape-sandbox"
    subject = outbox.get(sample.store, COMPANY_ID, public_id).subject
    expect(page.locator("h1")).to_have_text(subject)
    balance = subject.partition(": ")[2]
    expect(page.frame_locator(".ct-message iframe").locator("body")).to_contain_text(balance)
    with page.expect_download() as got:
        page.locator(".ct-files a").click()
    assert Path(got.value.path()).read_bytes().startswith(b"%PDF")
    with page.expect_download() as got:
        page.get_by_role("link", name="Descargar (.eml)").click()
    assert got.value.suggested_filename == f"{public_id}.eml"
    page.get_by_role("link", name="Encabezados").click()
    ana.drawn()
    expect(page.locator(".ct-headers")).to_contain_text("List-Unsubscribe")
    expect(page.locator(".ct-headers")).to_contain_text("/baja/")
    assert "taken" not in page.title()


def test_failed_ones_are_sent_again_and_those_in_doubt_settled(
    sample: SampleHome, ana: Desk
) -> None:
    failed = queue(sample, "f1", "f2", state="failed")
    other, doubted = queue(sample, "fuera", state="failed") + queue(sample, "duda", state="unknown")
    page = ana.open("/envios?state=problems&text=f1")
    page.get_by_role("link", name="Reintentar los fallidos (1)").click()
    confirm(page, "Reintentar los fallidos")
    assert states(sample, *failed, other) == ["waiting", "failed", "failed"]

    page = ana.open("/envios?state=pending&text=f1")
    page.get_by_role("link", name="Cancelar los que esperan (1)").click()
    confirm(page, "Cancelar los que esperan")
    assert states(sample, failed[0]) == ["cancelled"]

    page = ana.open(f"/envios?message={doubted}")
    expect(page.locator(".ct-notice.warn")).to_contain_text("pudo haber llegado, o no")
    page.get_by_role("link", name="Marcar como enviado").click()
    confirm(page, "Marcar como enviado")
    assert states(sample, doubted) == ["sent"]
    story = page.locator(".ct-story")
    expect(story).to_contain_text("Marcado como enviado")
    expect(story).to_contain_text("por administrator")


def test_the_demos_mailbox_shows_what_clients_would_get(
    sample: SampleHome, ana: Desk, post: Sender, client_url: str
) -> None:
    (public_id,) = queue(sample, "buzon", to="pedro@buzon.co")
    post.run(public_ids=[public_id])
    page = ana.open("/buzon?text=pedro@buzon.co")
    expect(page.locator(".ct-box li")).to_have_count(1)
    page.locator(".ct-box a").click()
    ana.drawn()
    frame = page.frame_locator(".ct-message iframe")
    opened = new_tab(page, frame.locator(f"a[href^='{client_url}/e/']").first)
    expect(opened.locator("article.statement").first).to_contain_text("Pedro Gómez")
    left = new_tab(page, frame.locator(f"a[href^='{client_url}/baja/']").first)
    left.get_by_role("button", name="No enviarme más").click()
    expect(left.locator("h1")).to_contain_text("Listo")
    assert stopped.stopped(sample.store, COMPANY_ID, ["pedro@buzon.co"])
    # What was opened is seen in the list of what was sent.
    page = ana.open("/envios?text=pedro@buzon.co")
    expect(page.locator(".ct-mails tbody tr")).to_have_count(1)
    opened.close()


def new_tab(page: Page, link: Locator) -> Page:
    """The tab that a message's link opens. A page that is drawn anew in the very moment of the
    click puts another frame in the place of this one, and a person clicks again.
    """
    for _ in range(2):
        with suppress(Timeout):
            with page.context.expect_page(timeout=10_000) as opened:
                link.click()
            return opened.value
    with page.context.expect_page() as opened:
        link.click()
    return opened.value


def test_pages_fit_a_phone(chromium: Browser, sample: SampleHome, url: str, post: Sender) -> None:
    (public_id,) = queue(sample, "telefono")
    post.run(public_ids=[public_id])
    ana = desk(chromium, sample, url, viewport=PHONE)
    for path in (
        "/envios",
        f"/envios?message={public_id}",
        f"/envios?message={public_id}&view=headers",
        "/envio-masivo",
        "/buzon",
        f"/buzon?letter={public_id}",
    ):
        page = ana.open(path)
        wider = "e => e.scrollWidth - e.clientWidth"
        assert page.locator("[data-testid=stMain]").evaluate(wider) <= 0, path
    assert ana.complaints == []
    ana.context.close()


def test_nothing_runs_in_a_message(sample: SampleHome, ana: Desk) -> None:
    message = EmailMessage()
    message["Subject"], message["To"] = "<b>Hola</b>", "x@example.com"
    message.set_content("hola")
    message.add_alternative(
        "<!-- <head> --><script>top.taken = 1</script><img src=x onerror='top.taken = 1'>"
        "<body onload='top.taken = 1'><a href='javascript:top.taken = 1'>aquí</a>"
        "<form action='/auth/logout' method='post'><button>Salir</button></form>"
        "<iframe src='/usuarios'></iframe><p id=mark>Soy el mensaje</p>",
        subtype="html",
    )
    folder = sample.folder / "mail" / COMPANY_ID
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{'e' * 32}.eml").write_bytes(message.as_bytes())
    page = ana.open(f"/buzon?letter={'e' * 32}")
    frame = page.frame_locator(".ct-message iframe").first
    expect(frame.locator("#mark")).to_be_visible()
    expect(page.locator(".ct-letter dd b")).to_have_text("<b>Hola</b>")
    frame.get_by_text("aquí").click()
    frame.get_by_role("button", name="Salir").click()
    page.wait_for_timeout(300)
    assert page.evaluate("window.taken") is None
    assert frame.locator("#mark").is_visible()
    expect(ana.open("/usuarios").locator("h1")).to_have_text("Usuarios")  # still signed in
    (folder / f"{'e' * 32}.eml").unlink()
