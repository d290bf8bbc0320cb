"""The sign-in page and its sisters, drawn without Streamlit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse

from cartera.config import Company
from cartera.i18n import Translator
from cartera.people import Person
from cartera.render import look
from cartera.render.color import palette
from cartera.render.logo import read_logo
from streamlit_app.shared.services import services
from streamlit_app.staff import language

LOGIN = "/login"
LOGOUT = "/auth/logout"
COMPANY_ACCOUNT = "/login/company"
CHANGE = "/login/password"


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence above the form; an error is read out at once."""

    text: str
    error: bool = False


def translator(request: Request, person: Person | None = None) -> Translator:
    """The language that this browser chose, or the company's of whoever is signed in."""
    profile = services().company_of(person.company_id if person else None)
    return language.translator(profile, request.cookies)


def sign_in(
    request: Request,
    *,
    back: str,
    login: str = "",
    said: Said | None = None,
    first_account: bool = False,
    status: int = 200,
) -> HTMLResponse:
    """The form; `back` is where it leads, `login` what was typed before."""
    has_company_account = services().settings.has_oidc
    return _page(
        request,
        "sign_in.html",
        status,
        back=back,
        login=login,
        said=said,
        first_account=first_account,
        company_account=COMPANY_ACCOUNT if has_company_account else "",
        action=LOGIN,
    )


def sign_out(request: Request) -> HTMLResponse:
    """Asked from elsewhere: a person presses the button, or nothing happens."""
    return _page(request, "sign_out.html", 200, action=LOGOUT)


def own_password(
    request: Request,
    person: Person,
    *,
    said: Said | None = None,
    ask: bool = True,
    status: int = 200,
) -> HTMLResponse:
    """The form for a new password of one's own; without `ask` only what is said."""
    company = services().company_of(person.company_id)
    shown = {"login": person.login, "said": said, "ask": ask, "action": CHANGE}
    return _page(request, "own_password.html", status, company, **shown)


def refused(request: Request, title: str, *paragraphs: str, status: int) -> HTMLResponse:
    """Something that did not work, and the way back to the form."""
    tr = translator(request)
    back = tr.t("Back to sign in")
    return _page(
        request, "refused.html", status, title=title, paragraphs=paragraphs, action=LOGIN, back=back
    )


def missing(request: Request) -> HTMLResponse:
    """An address that does not exist."""
    return _elsewhere(request, "This page does not exist", "The address may be mistyped.", 404)


def broken(request: Request) -> HTMLResponse:
    """Something of ours failed."""
    sentence = "Try again; if it goes on, tell whoever runs this."
    return _elsewhere(request, "This page could not be shown", sentence, 500)


def _elsewhere(request: Request, title: str, sentence: str, status: int) -> HTMLResponse:
    tr = translator(request)
    return _page(
        request, "refused.html", status, title=tr.t(title), paragraphs=[tr.t(sentence)], action="/",
        back=tr.t("Go to the first page"),
    )  # fmt: skip


def _page(
    request: Request, template: str, status: int, of: Company | None = None, **values: object
) -> HTMLResponse:
    company = of or services().company
    logo = read_logo(company.logo)
    tr = language.translator(company, request.cookies)
    html = (
        _pages()
        .get_template(template)
        .render(
            company=company,
            language=tr.language,
            t=tr.t,
            tokens=look.tokens(palette(company.color)),
            logo=logo.data_uri if logo else "",
            **values,
        )
    )
    return HTMLResponse(html, status)


@lru_cache(maxsize=1)
def _pages() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).with_name("pages")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
