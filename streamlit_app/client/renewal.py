"""`/renovar`: whoever's link opens no longer asks for a new one, mailed to an address on record.

The form is on every page that says that a link does not open. Sending it writes one row and says
the same thing, whatever the address: whether somebody knows it is looked up later, by the
pipeline. Nothing here can tell, so nothing here can be asked.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from limits import RateLimitItemPerHour
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cartera import clock
from cartera.config import Company
from cartera.i18n import LANGUAGES, Translator
from cartera.mail import addresses
from cartera.mail.refusal import Refusal
from cartera.store import access_requests
from cartera.store.links import Link
from streamlit_app.client import access, limits
from streamlit_app.shared import shell
from streamlit_app.shared.services import services

PATH = "/renovar"
#: Requests that one network may send in an hour: an office of many, never a flood.
ASKS = RateLimitItemPerHour(20)
WAIT_SECONDS = 3_600
#: How long a link that is over proves who held it, on its refusal page.
PROOF_SECONDS = 3_600
#: A form with one address in it is far shorter.
LONGEST_FORM = 4_096


def routes() -> list[Route]:
    """The form alone, and sending it."""
    return [Route(PATH, form, methods=["GET"]), Route(PATH, ask, methods=["POST"])]


def address_of(public_id: str) -> str:
    """Where the form is sent that stands on a page about this link ("": about none)."""
    return f"{PATH}?l={public_id}" if public_id else PATH


def page(
    company: Company, tr: Translator, link: Link | None, title: str, sentence: str, *, status: int
) -> Response:
    """The page that says why a link does not open, with the form on it."""
    return _page(company, tr, link.public_id if link else "", title, sentence, status=status)


def form(request: Request) -> Response:
    """The form, for whoever comes from a page that is open while its link ends."""
    return _form(*_around(request))


async def ask(request: Request) -> Response:
    """Take the request down; the answer is always the same."""
    return await run_in_threadpool(_asked, request, await _body(request))


def _asked(request: Request, body: str | None) -> Response:
    company, tr, link_id = _around(request)
    network = limits.network_of(request)
    if not limits.take(ASKS, "access", network):
        said = tr.t("Wait an hour and try again, or write to us.")
        return limits.page(company, tr, said, WAIT_SECONDS)
    try:
        address = addresses.normal(body or "")
    except Refusal as refusal:
        return _form(company, tr, link_id, value=(body or "")[:254], wrong=refusal.said(tr))
    access_requests.ask(
        services().store,
        company.id,
        link_id=link_id,
        address=address,
        network=network,
        language=tr.language,
        now=clock.now(),
    )
    return shell.message(
        company,
        tr.t("Look into your mailbox"),
        tr.t(
            "If {address} is one of the addresses that we have of you, a new link is on its way to"
            " it. It takes a few minutes at most.",
            address=address,
        ),
        tr.t("Nothing came? Look among unwanted mail, or ask us to add your address."),
        language=tr.language,
    )


def _form(
    company: Company, tr: Translator, link_id: str, *, value: str = "", wrong: str = ""
) -> Response:
    return _page(
        company,
        tr,
        link_id,
        tr.t("Ask for a new link"),
        tr.t("We send it to your address, if it is one of those that we have of you."),
        status=400 if wrong else 200,
        value=value,
        wrong=wrong,
    )


def _page(
    company: Company,
    tr: Translator,
    link_id: str,
    title: str,
    sentence: str,
    *,
    status: int,
    value: str = "",
    wrong: str = "",
) -> Response:
    return shell.message(
        company,
        title,
        sentence,
        status=status,
        language=tr.language,
        button=tr.t("Send me a new link"),
        action=address_of(link_id),
        field=tr.t("Your mail address"),
        value=value,
        wrong=wrong,
    )


def _around(request: Request) -> tuple[Company, Translator, str]:
    """Whose page it is, its language, and the link that the browser proves to have held."""
    seen = access.look(
        services().store, request.cookies, request.query_params.get("l", ""), clock.now()
    )
    company = services().company_of(seen.link.company_id if seen.link else None)
    asked = request.query_params.get("lang", "")
    language = asked if asked in LANGUAGES else company.language
    return company, Translator(language, company.country), seen.link.public_id if seen.link else ""


async def _body(request: Request) -> str | None:
    """The address in the form; None for what is no such form."""
    taken = b""
    async for part in request.stream():
        taken += part
        if len(taken) > LONGEST_FORM:
            return None
    try:
        fields = parse_qs(taken.decode("utf-8", "replace"), max_num_fields=5)
    except ValueError:
        return None
    return fields.get("address", [""])[0]
