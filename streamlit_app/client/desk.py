"""One client's page as a form needs it, proved by the link's own cookie at every request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from cartera import clock
from cartera.config import Company
from cartera.i18n import Translator
from cartera.notices.rights import Rights
from cartera.statement import Statement
from cartera.store.links import Link
from streamlit_app.client import access, account
from streamlit_app.client.account import Asked
from streamlit_app.client.refusals import Reason
from streamlit_app.shared.services import services

#: How a page refuses: `app.py` knows the words.
Refuse = Callable[[Request, Reason, access.Access], Response]


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose page it is, what they may do, and what they owe now."""

    link: Link
    company: Company
    asked: Asked
    rights: Rights
    statement: Statement

    @property
    def translator(self) -> Translator:
        """Sentences in the page's language."""
        return Translator(self.statement.language, self.statement.country)

    @property
    def access(self) -> access.Access:
        """The live link, for whoever refuses."""
        return access.Access("live", self.link)

    def back(self, **more: str) -> str:
        """The account's own page."""
        return f"/?{urlencode({'l': self.link.public_id, **self.asked.query(), **more})}"


def at(request: Request, refuse: Refuse) -> Desk | Response:
    """The page of a live link that this browser holds, or the answer to any other."""
    public_id = request.query_params.get("l", "")
    seen = access.look(services().store, request.cookies, public_id, clock.now())
    if seen.state != "live" or seen.link is None:
        return refuse(request, seen.state, seen)
    asked = Asked(language=Asked.of(request.query_params).language)
    try:
        statement = account.statement_of(seen.link, asked)
    except account.NOTHING_YET as error:
        return refuse(request, account.why_nothing(error), seen)
    company, rights = account.company_of(seen.link), account.rights_of(seen.link)
    return Desk(seen.link, company, asked, rights, statement)
