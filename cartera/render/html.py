"""A statement as one HTML page, or as a fragment to put into another page.

Nothing is loaded from elsewhere and nothing needs JavaScript: what arrives first is the whole
account. Everything is escaped by Jinja; addresses of documents are links only when http(s).
"""

from __future__ import annotations

from collections.abc import Mapping

from cartera.render.logo import read_logo
from cartera.render.templates import html_environment
from cartera.render.text import safe_url
from cartera.render.view import to_view
from cartera.statement import Statement

#: What `links` may offer, in the order of the buttons.
DOWNLOADS = ("pdf", "xlsx")


def to_html(
    statement: Statement, *, standalone: bool = True, links: Mapping[str, str] | None = None
) -> str:
    """The statement as a whole page (`standalone`) or as a `<style>` and an `<article>`.

    `links` may hold addresses for the buttons `pdf` and `xlsx`: http(s), or a path of this site.
    """
    offered = {name: safe_url((links or {}).get(name), relative=True) for name in DOWNLOADS}
    logo = read_logo(statement.company.logo)
    name = "statement/page.html" if standalone else "statement/fragment.html"
    template = html_environment().get_template(name)
    return template.render(
        view=to_view(statement),
        logo=logo.data_uri if logo else "",
        links={name: address for name, address in offered.items() if address},
    )
