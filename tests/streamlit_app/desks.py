"""A signed-in person's browser over the sample company, and what a statement must list."""

from __future__ import annotations

import io
import re
import time
from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

from openpyxl import load_workbook
from playwright.sync_api import Browser, BrowserContext, Page, expect

from cartera import clock
from cartera.filters import Filters, select
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from cartera.statement import Statement
from tests.sample_home import SampleHome
from tests.screens import DESKTOP
from tests.streamlit_app.accounts import signed_in

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
    "changes": "/cifras",
    "refused": "/datos?show=refused",
    "waiting": "/datos?show=waiting",
    "warnings": "/datos?show=warnings",
    "users": "/usuarios",
    "dialog": f"/cliente?client={PEDRO}&create=1",
    "send": f"/?client={PEDRO}&send=1",
    "settings": "/configuracion",
    "mail": "/configuracion?section=mail",
    "texts": "/configuracion?section=texts",
    "mailings": "/envios",
    "bulk": "/envio-masivo",
    "mailbox": "/buzon",
    "schedule": "/programados?new=1",
    "reminders": "/recordatorios",
    "rules": "/recordatorios?view=rules",
    "notices": "/avisos",
    "timeline": f"/historia?client={PEDRO}",
    "rights": "/configuracion?section=clients",
    "online": "/pagos",
    "gateways": "/configuracion?section=payments",
}
#: Those of them that are built like another one.
ALIKE = {
    "settled", "forward", "documents", "waiting", "warnings", "settings", "mail", "mailbox",
    "reminders", "dialog", "rights", "timeline",
}  # fmt: skip
#: Words of ours that no page in English has.
SPANISH = re.compile(
    r"\b(Clientes|Cartera|Enlaces|Datos|Usuarios|Saldo|Vencid[ao]|Buscar|Estado|Mostrar|"
    r"Filtros|Cliente|Cerrar|Agregar|Página|Moneda|Cargado)\b"
)
TODAY = clock.today("America/Bogota")
#: Queries of a statement: every filter alone, and some together.
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
    """A desk with a context of its own, which whoever asks for it closes."""
    context = chromium.new_context(**({"viewport": DESKTOP, "locale": "es-CO"} | options))
    return usual_desk(context, sample, url, role)


def usual_desk(
    context: BrowserContext, sample: SampleHome, url: str, role: str = "administrator"
) -> Desk:
    """A desk in a context that is there."""
    cookies = signed_in(sample.store, role, company_id=COMPANY_ID)  # type: ignore[arg-type]
    context.add_cookies([{"name": k, "value": v, "url": url} for k, v in cookies.items()])
    return Desk(context, url)


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


def wants_settled(query: dict[str, str]) -> bool:
    """Whether a page of this address shows settled lines."""
    statuses = set(query.get("status", "").split(","))
    return query.get("paid") == "1" or bool({"paid", "void"} & statuses)


def amount(text: str) -> Decimal:
    """The figure in `COP 1.234,50`."""
    found = re.search(r"-?\d{1,3}(?:\.\d{3})*(?:,\d+)?", text.replace("\u2212", "-"))
    assert found is not None, text
    return Decimal(found[0].replace(".", "").replace(",", "."))


def cells(content: bytes) -> str:
    """Everything that stands in a workbook."""
    book = load_workbook(io.BytesIO(content))
    return "\n".join(str(cell) for sheet in book for row in sheet.values for cell in row if cell)


def rgb(colour: str) -> str:
    """`#rrggbb` as a browser says it."""
    return f"rgb({', '.join(str(byte) for byte in bytes.fromhex(colour[1:]))})"
