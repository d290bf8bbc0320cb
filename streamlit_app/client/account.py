"""The one thing this app reads: the open statement of a link's own client, as of today."""

from __future__ import annotations

from cartera import clock
from cartera.config import Company
from cartera.errors import NotFound
from cartera.render.html import to_html
from cartera.statement import Statement
from cartera.store.links import Link
from cartera.warehouse.reader import NothingPublished
from streamlit_app.shared.downloads import FORMATS
from streamlit_app.shared.services import services

#: What `statement_of` raises where the account has nothing to show yet.
NOTHING_YET = (NotFound, NothingPublished)


def company_of(link: Link) -> Company:
    """Profile of the company that made the link."""
    return services().settings.company_profile(link.company_id)


def statement_of(link: Link) -> Statement:
    """The account as it stands now; raises one of `NOTHING_YET` before its first document."""
    today = clock.today(company_of(link).timezone)
    return services().reader.statement(link.company_id, link.client_id, kind="open", as_of=today)


def html_of(link: Link) -> str:
    """The statement as a part of a page, with where to download it."""
    downloads = {form: f"/download/{link.public_id}.{form}" for form in FORMATS}
    return to_html(statement_of(link), standalone=False, links=downloads)
