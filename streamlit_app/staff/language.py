"""The language in which a person of the company reads: their choice, or the company's."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from cartera.config import Company
from cartera.i18n import LANGUAGES, Translator
from streamlit_app.shared.services import services

COOKIE = "cartera_language"
ROUTE = "/language"
#: As each calls itself.
NAMES = {"es": "Español", "en": "English"}
YEAR = 366 * 24 * 3600


def translator(company: Company, cookies: Mapping[str, str]) -> Translator:
    """Sentences in the language that this browser chose; figures as the company's country."""
    chosen = cookies.get(COOKIE, "")
    return Translator(chosen if chosen in LANGUAGES else company.language, company.country)


async def choose(request: Request) -> Response:
    """Keep the choice in a cookie and go back to the page that it was made on."""
    async with request.form(max_files=0, max_fields=4) as form:
        chosen, back = str(form.get("language", "")), str(form.get("back", ""))
    if chosen not in LANGUAGES:
        return PlainTextResponse("Bad request", 400)
    response = RedirectResponse(_own(back), 303)
    response.set_cookie(
        COOKIE,
        chosen,
        max_age=YEAR,
        httponly=True,
        samesite="lax",
        secure=services().settings.staff_url.startswith("https:"),
    )
    return response


def _own(address: str) -> str:
    """The address if it is a path of this site, else the first page."""
    parts = urlsplit(address)
    mine = not parts.scheme and not parts.netloc and address.startswith("/")
    return address if mine and "\\" not in address and address.isprintable() else "/"
