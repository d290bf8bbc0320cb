"""The whole loop on the sample company, in a real browser: a mail, a report, a payment, a renewal.

What the pipeline does a moment later is done here by the same functions, at once.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from cartera import clock
from cartera.config import Settings
from cartera.mail import texts
from cartera.mail.outgoing import Draft
from cartera.mail.sender import Sender
from cartera.mail.transports import folder
from cartera.notices import access, decisions, owed
from cartera.notices.terms import KINDS
from cartera.people import operator
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from cartera.store import companies, notices, outbox
from cartera.warehouse.reader import Reader
from cartera.warehouse.refresh import refresh
from tests.sample_home import SampleHome, build, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BY = operator(COMPANY_ID)
ADDRESS = "pedro.gomez@example.com"
PHONE = {"width": 390, "height": 844}
LATER = 30_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> SampleHome:
    return build(tmp_path_factory.mktemp("loop") / "home")


@pytest.fixture(scope="module")
def url(home: SampleHome) -> Iterator[str]:
    with serving("client", home) as address:
        yield address


class Office:
    """The company's side: it sends what waits and reads what was sent."""

    def __init__(self, home: SampleHome, url: str) -> None:
        self.store = home.store
        self.settings: Settings = home.settings.model_copy(
            update={"mail_folder": home.folder / "mailbox", "mail": "folder", "client_url": url}
        )
        self.reader = Reader(self.settings, self.store)
        self.company = companies.profile(self.settings, self.store, COMPANY_ID)

    def link_of_the_newest_mail(self) -> str:
        """Send what waits; the address in the message that came last."""
        before = {one.name for one in folder.messages(self.box)}
        Sender(self.settings, self.store, self.reader).run()
        (new,) = {one.name for one in folder.messages(self.box)} - before
        letter = folder.read(self.box, new)
        assert letter["To"].addresses[0].addr_spec == ADDRESS
        found = re.search(r"https?://\S+/e/[\w-]+", letter.get_body(("plain",)).get_content())
        assert found is not None
        return found[0]

    @property
    def box(self):
        return folder.box(self.settings, COMPANY_ID)


def shown(page: Page):
    """The statement, once Streamlit has drawn it."""
    article = page.locator("#root article")
    expect(article).to_be_visible(timeout=LATER)
    return article


def receipt() -> dict[str, object]:
    out = io.BytesIO()
    Image.new("RGB", (600, 900), "white").save(out, "JPEG")
    return {"name": "recibo.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def test_the_whole_loop(home: SampleHome, url: str, chromium: Browser) -> None:
    office = Office(home, url)
    content = texts.default("statement", "es")
    outbox.queue(
        office.store, COMPANY_ID, [Draft("s1", "statement", PEDRO, ADDRESS, content=content)],
        by=BY, now=clock.now(),
    )  # fmt: skip
    first = office.link_of_the_newest_mail()
    context = chromium.new_context(viewport=PHONE, locale="es-CO")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(first)
    shown(page)

    # The client reports a payment of one invoice, with its proof.
    page.get_by_role("link", name="Reportar un pago").click()
    row = page.locator(".choices label").nth(1)
    number = row.locator(".what").inner_text().split("\n")[0].strip()
    amount = row.locator("b").inner_text().removeprefix("COP").strip()
    row.locator("input").check()
    page.get_by_label("Valor pagado").fill(amount)
    page.get_by_label("Fecha del pago").fill(clock.today("America/Bogota").isoformat())
    page.get_by_label("Cómo pagó").select_option("transfer")
    page.get_by_label("Soporte del pago").set_input_files(receipt())  # type: ignore[arg-type]
    page.get_by_role("button", name="Enviar el reporte").click()
    article = shown(page)
    expect(article.locator(".said")).to_contain_text("Recibimos su reporte")
    expect(article.locator(".told")).to_contain_text("Reportado, por confirmar")
    document = article.locator("tbody[data-states]", has_text=number).first
    expect(document).to_contain_text("Pago reportado, por confirmar")

    # Staff accept it; the pipeline carries it; the open page turns by itself.
    (notice,) = notices.listed(office.store, COMPANY_ID, client_id=PEDRO, states=("open",))
    assert notice.proof is not None
    assert notice.amount is not None
    today = clock.today(office.company.timezone)
    rows = owed.owed(office.reader, notice, as_of=today)
    decisions.accept(
        office.store, office.company, notice.public_id, amount=notice.amount, day=today,
        allocations=list(owed.spread(notice, rows, notice.amount).items()),
        open_documents={one.document_id: one.open for one in rows}, by=BY, now=clock.now(),
    )  # fmt: skip
    refresh(office.settings, office.store)
    expect(article.locator(".told")).to_contain_text("Confirmado", timeout=LATER)
    expect(document).to_contain_text("Cancelada", timeout=LATER)

    # Weeks later the link is over; the client asks for another, on the page that says so.
    office.link_of_the_newest_mail()  # of what was decided
    with office.store.write() as connection:
        connection.execute(
            sa.text("UPDATE links SET expires_at = :then"),
            {"then": clock.now() - timedelta(minutes=1)},
        )
    page.goto(first)
    expect(page.get_by_role("heading", name="Este enlace venció")).to_be_visible()
    page.get_by_label("Su correo electrónico").fill(ADDRESS)
    page.get_by_role("button", name="Enviarme un enlace nuevo").click()
    expect(page.get_by_role("heading", name="Revise su correo")).to_be_visible()
    assert access.resolve(office.settings, office.store, office.reader, now=clock.now()) == {
        "mailed": 1
    }
    second = office.link_of_the_newest_mail()
    assert second != first
    page.goto(second)
    expect(shown(page)).to_contain_text(number)
    page.goto(first)
    expect(page.get_by_role("heading", name="Este enlace ya no es válido")).to_be_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forms_are_readable_by_everybody_and_work_without_a_script(
    home: SampleHome, url: str, chromium: Browser, scheme: str
) -> None:
    new = home.link()
    context = chromium.new_context(viewport=PHONE, color_scheme=scheme)  # type: ignore[arg-type]
    plain = chromium.new_context(java_script_enabled=False)
    for one in (context, plain):
        one.request.get(f"{url}/e/{new.token}", max_redirects=0)
    page, bare = context.new_page(), plain.new_page()
    for kind in KINDS:
        address = f"{url}/avisar?l={new.link.public_id}&kind={kind}"
        page.goto(address)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        bare.goto(address)
        bare.locator("main button").click()
        expect(bare.locator(".wrong").first).to_be_visible()
    context.close()
    plain.close()
