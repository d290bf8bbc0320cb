"""Pages around Streamlit: its index page made ours, and the plain pages that need no Streamlit.

The index page that Streamlit ships holds one inline script (which our content policy refuses),
is in English, and invites programs to an interface that we keep shut. We serve our own: the same
bundles, our language and title, and the statement already in it as the first paint.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import jinja2
import streamlit
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from cartera.config import Company
from cartera.render import look
from cartera.render.color import palette
from cartera.render.logo import read_logo
from streamlit_app.shared.bundles import takes_brotli

HERE = Path(__file__).parent
ASSETS = HERE / "assets"
SCRIPT = "/assets/page.js"
#: Streamlit's own name for it, which its script asks for by itself; ours is an SVG all the same.
ICON = "/favicon.png"
#: A statement of 60 lines in 1 ms; higher ones make it 5 % smaller in ten times that.
PAGE_QUALITY = 5
BUNDLE = re.compile(
    r'<link rel="(?:stylesheet|modulepreload)"[^>]*>|<script type="module"[^>]*></script>'
)
INDEX = Path(streamlit.__file__).parent / "static" / "index.html"

#: Streamlit draws beneath the first paint, unseen, until `page.js` takes the class away. The
#: button that asks for the page again is pressed by a script and seen by nobody.
STYLE = """
body { margin: 0; background: var(--ct-paper); color: var(--ct-ink); font-family: var(--ct-font); }
body.waiting #root { visibility: hidden; position: fixed; inset: 0; pointer-events: none; }
.st-key-refresh { display: none; }
[data-testid="stHtml"] article :is(ul, ol, dl, dd) { margin-left: 0; padding-left: 0; }
@media print {
  [data-testid="stHeader"], [data-testid="stToolbar"] { display: none; }
  :is(#root, [data-testid="stApp"], [data-testid="stAppViewContainer"], [data-testid="stMain"]) {
    position: static !important; display: block !important; height: auto !important;
    overflow: visible !important;
  }
}
"""


def index(
    company: Company,
    *,
    title: str,
    language: str,
    style: str = "",
    first_paint: str = "",
    noscript: str = "",
) -> str:
    """Streamlit's page with our words and look.

    `first_paint` is trusted HTML, shown until Streamlit is ready; `style` is an app's own CSS.
    """
    page = _template()
    css = f"<style>{look.tokens(palette(company.color))}{STYLE}{style}</style>"
    page = page.replace("</title>", f"</title>{css}", 1)
    page = page.replace('lang="en"', f'lang="{escape(language)}"', 1)
    page = page.replace("<title>Streamlit</title>", f"<title>{escape(title)}</title>", 1)
    body = "<body>"
    if first_paint:
        body = f'<body class="waiting"><div id="first">{first_paint}</div>'
    elif noscript:
        body = f"<body><noscript><p>{escape(noscript)}</p></noscript>"
    return page.replace("<body>", body, 1)


def page(request: Request, html: str, status: int = 200) -> Response:
    """A page as the browser takes it: Streamlit leaves `/` uncompressed, and phones are slow."""
    if not takes_brotli(request.headers):
        return HTMLResponse(html, status)
    headers = {"Content-Encoding": "br", "Vary": "Accept-Encoding"}
    return HTMLResponse(brotli.compress(html.encode(), quality=PAGE_QUALITY), status, headers)


def message(
    company: Company,
    title: str,
    *paragraphs: str,
    status: int = 200,
    language: str = "",
    button: str = "",
    action: str = "",
    field: str = "",
    value: str = "",
    wrong: str = "",
) -> HTMLResponse:
    """A plain page that says one thing, in the company's colours.

    `button` posts to `action`, or to the page's own address. `field` asks for a mail address
    (sent as `address`) under that name; `value` was typed before, and `wrong` says why it cannot
    be used.
    """
    page = _pages().get_template("message.html")
    logo = read_logo(company.logo)
    html = page.render(
        company=company,
        title=title,
        paragraphs=paragraphs,
        button=button,
        action=action,
        field=field,
        value=value,
        wrong=wrong,
        language=language or company.language,
        tokens=look.tokens(palette(company.color)),
        logo=logo.data_uri if logo else "",
    )
    return HTMLResponse(html, status)


def asset_routes(company: Company) -> list[Route]:
    """Every page's script and icon. Not under `/static/`: that path is Streamlit's."""

    async def script(_request: object) -> FileResponse:
        return FileResponse(ASSETS / "page.js", media_type="text/javascript")

    async def icon(_request: object) -> Response:
        letter = escape(company.name[:1].upper())
        return Response(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
            f'<rect width="32" height="32" rx="7" fill="{company.color}"/>'
            '<text x="16" y="23" font-family="sans-serif" font-size="20" font-weight="700"'
            f' fill="#fff" text-anchor="middle">{letter}</text></svg>',
            media_type="image/svg+xml",
        )

    return [Route(SCRIPT, script), Route(ICON, icon)]


@lru_cache(maxsize=1)
def _template() -> str:
    page = INDEX.read_text(encoding="utf-8")
    page = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    page = re.sub(r"<noscript>.*?</noscript>", "", page, flags=re.DOTALL)
    page = re.sub(r"<!--.*?-->", "", page, flags=re.DOTALL)
    page = re.sub(r'<link rel="service-desc"[^>]*>', "", page)
    page = page.replace("./favicon.png", ICON)
    if '<div id="root">' not in page or "<body>" not in page:
        raise RuntimeError(f"{INDEX} is not the page that this release of Streamlit had")
    # A style sheet in the head holds back the first paint until it is there, and sixty preloads
    # keep a slow phone from reading on: they come after what is to be read, which needs none.
    bundles = "".join(BUNDLE.findall(page))
    page = re.sub(r'<link\s+rel="preload"[^>]*>', "", BUNDLE.sub("", page))
    page = re.sub(r"\n\s*", "\n", page.replace("</body>", f"{bundles}</body>", 1))
    return page.replace("</title>", f'</title><script defer src="{SCRIPT}"></script>', 1)


@lru_cache(maxsize=1)
def _pages() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
