"""The staff app's pages: their addresses, their names, and the page around Streamlit."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from cartera.people import Act
from streamlit_app.shared import shell
from streamlit_app.shared.services import services
from streamlit_app.staff import language, session

ASSETS = Path(__file__).with_name("assets")
#: One script and one style for all staff pages, beside what both apps share.
SCRIPT, STYLE = "/assets/staff.js", "/assets/staff.css"


@dataclass(frozen=True, slots=True)
class Page:
    """One page: `path` is its address, `act` what a person must be allowed to do to see it."""

    path: str
    title: str
    act: Act = "read"
    #: Path of the entry of the navigation that it belongs to; empty: it is an entry itself.
    under: str = ""


STATEMENT = Page("/", "Client account statement")
CLIENTS = Page("/clientes", "Clients")
CLIENT = Page("/cliente", "Client", under="/clientes")
PORTFOLIO = Page("/cartera", "Portfolio")
DOCUMENTS = Page("/documentos", "Documents", under="/cartera")
MAILINGS = Page("/envios", "Mailings")
BULK = Page("/envio-masivo", "Bulk mailing", act="mail", under="/envios")
SCHEDULES = Page("/programados", "Scheduled mailings", under="/envios")
MAILBOX = Page("/buzon", "Demo mailbox", act="mail", under="/envios")
REMINDERS = Page("/recordatorios", "Reminders")
NOTICES = Page("/avisos", "Client notices")
PAYMENTS = Page("/pagos", "Payments")
TIMELINE = Page("/historia", "Time line", under="/clientes")
LINKS = Page("/enlaces", "Links")
DATA = Page("/datos", "Data")
CHANGES = Page("/cifras", "Changed figures", under="/datos")
USERS = Page("/usuarios", "Users", act="users")
SETTINGS = Page("/configuracion", "Settings", act="settings")
PAGES = (
    STATEMENT, CLIENTS, CLIENT, PORTFOLIO, DOCUMENTS, MAILINGS, BULK, SCHEDULES, MAILBOX,
    REMINDERS, NOTICES, PAYMENTS, LINKS, DATA, USERS, SETTINGS, TIMELINE, CHANGES,
)  # fmt: skip

#: For the gate: what anyone may have, and what needs a session.
OPEN_PATHS = (SCRIPT, STYLE)
PATHS = (*(page.path for page in PAGES), language.ROUTE)


def routes() -> list[BaseRoute]:
    """Streamlit's index page under every page's address, our script and style, the languages."""
    index_routes = [Route(page.path, index) for page in PAGES]
    return [
        *index_routes,
        Route(SCRIPT, _script),
        Route(STYLE, _style),
        Route(language.ROUTE, language.choose, methods=["POST"]),
    ]


def index(request: Request) -> Response:
    """The page that Streamlit fills, in the language of who asks."""
    person = session.person_of_request(request)
    if person is None:
        return PlainTextResponse("Unauthorized", 401)
    company = services().company_of(person.company_id)
    tr = language.translator(company, request.cookies)
    page = next(page for page in PAGES if page.path == request.url.path)
    html = shell.index(
        company,
        title=f"{tr.t(page.title)} · {company.name}",
        language=tr.language,
        # Not a form of the page to come, so that nothing jumps: a line that says what happens.
        first_paint=f'<p class="ct-loading" role="status">{escape(tr.t("Loading…"))}</p>',
        noscript=tr.t("This page needs JavaScript."),
    )
    ours = f'<script src="{SCRIPT}"></script><link rel="stylesheet" href="{STYLE}"></head>'
    return shell.page(request, html.replace("</head>", ours, 1))


async def _script(_request: Request) -> Response:
    return FileResponse(ASSETS / "staff.js", media_type="text/javascript")


async def _style(_request: Request) -> Response:
    return FileResponse(ASSETS / "staff.css", media_type="text/css")
