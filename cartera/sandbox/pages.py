"""Pages of the simulated gateway: their look, their languages, and the headers of them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from cartera.i18n import Translator
from cartera.render import look
from cartera.render.color import palette
from cartera.render.templates import html_environment, templates_dir

#: No company's: it is nobody's bank.
COLOR = "#5b4a9c"
STYLE = "/assets/sandbox.css"


def page(
    template: str,
    language: str,
    *,
    status: int = 200,
    form_to: str = "",
    **values: Any,
) -> Response:
    """A page from `templates/sandbox/`. `form_to` is where a form may lead besides here."""
    translator = Translator(language)
    html = (
        html_environment()
        .get_template(f"sandbox/{template}")
        .render(
            t=translator.t,
            language=translator.language,
            style=STYLE,
            money=translator.money,
            **values,
        )
    )
    return HTMLResponse(html, status, headers(form_to))


def headers(form_to: str = "") -> Mapping[str, str]:
    """No script at all, no frame around, nothing kept. Browsers hold a form's redirect, too,
    against `form-action`.
    """
    return {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none';"
            f" form-action 'self' {form_to}".rstrip()
        ),
        "Cache-Control": "no-store",
        # Not `no-referrer`: then our own forms would come with `Origin: null`.
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }


def style_route() -> Route:
    """The one style sheet."""
    css = (templates_dir() / "sandbox" / "sandbox.css").read_text(encoding="utf-8")
    text = f"{look.tokens(palette(COLOR))}\n{css}"

    def style(_request: object) -> Response:
        return Response(text, media_type="text/css", headers={"Cache-Control": "max-age=300"})

    return Route(STYLE, style)
