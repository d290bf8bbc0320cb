"""The one thing this app reads: the account of a link's own client, as it stands today.

Both the first paint and Streamlit's page come from here, so they show the same statement object;
opening a page asks for it twice within a second, and the second time it is at hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from cartera.config import Company
from cartera.errors import FiguresOutdated, NotFound
from cartera.filters import Filters
from cartera.i18n import LANGUAGES, Translator
from cartera.notices.rights import Rights
from cartera.notices.terms import KINDS as NOTICE_KINDS
from cartera.notices.terms import Kind as NoticeKind
from cartera.render.html import Choice, Frame, to_html
from cartera.statement import Kind, Statement
from cartera.store import client_rights
from cartera.store.links import Link
from cartera.warehouse.reader import NothingPublished
from streamlit_app.client import news, pay_offers, pay_told, told
from streamlit_app.client.refusals import Reason
from streamlit_app.shared import live
from streamlit_app.shared.downloads import FORMATS
from streamlit_app.shared.kept import Kept
from streamlit_app.shared.services import services

#: What `statement_of` raises where the account has nothing to show yet.
NOTHING_YET = (NotFound, NothingPublished, FiguresOutdated)
#: How far back settled documents and payments, and movements, are listed.
HISTORY = timedelta(days=365)
#: Accounts kept at hand: those of the clients who open their pages right now. A page of a usual
#: account is 40 KB, the largest one 700 KB.
MOST_KEPT = 100
_PAID = re.compile("[0-9a-f]{16}")
LANGUAGE_NAMES = {"es": "Español", "en": "English"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a client's page asks for, beside whose it is."""

    kind: Kind = "open"
    language: str | None = None
    filters: Filters = field(default_factory=Filters)
    #: What was written a moment ago, and the payment (public id) that somebody comes back from.
    said: NoticeKind | None = None
    paid: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Asked:
        """Hostile as it may be: what makes no sense asks for nothing."""
        language, paid = query.get("lang"), query.get("paid", "")
        return cls(
            kind="activity" if query.get("view") == "movements" else "open",
            language=language if language in LANGUAGES else None,
            filters=Filters.from_query(query),
            said=next((kind for kind in NOTICE_KINDS if kind == query.get("said")), None),
            paid=paid if _PAID.fullmatch(paid) else "",
        )

    def query(self) -> dict[str, str]:
        """The same as an address says it, without the filters."""
        found = {"view": "movements"} if self.kind == "activity" else {}
        return found | ({"lang": self.language} if self.language else {})


def why_nothing(error: Exception) -> Reason:
    """What to say where one of `NOTHING_YET` was raised."""
    return "upgrading" if isinstance(error, FiguresOutdated) else "live"


def company_of(link: Link) -> Company:
    """Profile of the company that made the link."""
    return services().company_of(link.company_id)


def translator(link: Link, asked: Asked) -> Translator:
    """Sentences in the language asked for, or else the company's."""
    company = company_of(link)
    return Translator(asked.language or company.language, company.country)


def statement_of(link: Link, asked: Asked) -> Statement:
    """The account as it stands now; raises one of `NOTHING_YET` before its first document."""
    return _statement(_key(link, asked, live.Figures.now(company_of(link).timezone)))


class Drawn(NamedTuple):
    """The statement as a part of a page, and the language that it speaks."""

    html: str
    language: str


def page_of(link: Link, asked: Asked) -> Drawn:
    """The statement with its filters, views, languages, files, and what the client can do."""
    figures = live.Figures.now(company_of(link).timezone)
    key, rights = _key(link, asked, figures), rights_of(link)
    currencies = tuple(pay_offers.of(link, rights, _statement(key)).methods)
    return _pages.get(
        (key, link.public_id, asked, rights, currencies),
        lambda: _page(link, asked, figures, key, rights, currencies),
    )


def rights_of(link: Link) -> Rights:
    """What the link's client may do here."""
    return client_rights.of_client(services().store, link.company_id, link.client_id)


def _page(
    link: Link,
    asked: Asked,
    figures: live.Figures,
    key: _Key,
    rights: Rights,
    currencies: tuple[str, ...],
) -> Drawn:
    statement, company, language = _statement(key), company_of(link), asked.language
    said, tone = pay_told.result(link, company, statement, asked.paid)
    acts = pay_told.button(link, statement, currencies, language)
    frame = Frame(
        address=address(link, asked),
        filters=asked.filters,
        version=live.with_news(figures.version, key.news),
        updated_at=figures.publication.published_at if figures.publication else None,
        views=_views(link, asked),
        languages=_languages(link, asked, statement.language),
        links={form: _file(link, asked, form) for form in FORMATS} if rights.download else {},
        acts=(*acts, *told.acts(link, rights, statement, language, is_first=not acts)),
        dispute=told.disputes(link, language) if rights.dispute else None,
        pay=pay_told.items(link, statement, currencies, language) if currencies else None,
        notices=told.cards(link, company, statement, language),
        payments=pay_told.cards(link, company, statement, language),
        said=said or told.said(asked.said, translator(link, asked)),
        tone=tone if said else "credit",
    )
    html = to_html(statement, standalone=False, styled=False, frame=frame)
    return Drawn(html, statement.language)


def address(link: Link, asked: Asked, path: str = "/", **more: str) -> str:
    """A page of this link's."""
    return f"{path}?{urlencode({'l': link.public_id, **asked.query(), **more})}"


def _file(link: Link, asked: Asked, form: str) -> str:
    query = urlencode({**asked.query(), **asked.filters.to_query()}, safe=",")
    return f"/download/{link.public_id}.{form}" + (f"?{query}" if query else "")


def _views(link: Link, asked: Asked) -> tuple[Choice, ...]:
    tr = translator(link, asked)
    names: tuple[tuple[Kind, str], ...] = (
        ("open", "Documents and payments"),
        ("activity", "Movements"),
    )
    return tuple(
        Choice(tr.t(name), address(link, Asked(kind, asked.language)), asked.kind == kind)
        for kind, name in names
    )


def _languages(link: Link, asked: Asked, spoken: str) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            LANGUAGE_NAMES[language],
            address(link, Asked(asked.kind), lang=language),
            language == spoken,
            language,
        )
        for language in LANGUAGES
    )


@dataclass(frozen=True, slots=True)
class _Key:
    """Everything that a statement depends on."""

    company_id: str
    client_id: str
    kind: Kind
    language: str | None
    today: date
    publication: int
    news: str


def _key(link: Link, asked: Asked, figures: live.Figures) -> _Key:
    publication = figures.publication.id if figures.publication else 0
    return _Key(
        link.company_id, link.client_id, asked.kind, asked.language, figures.today, publication,
        news.changed(link),
    )  # fmt: skip


def _statement(key: _Key) -> Statement:
    return _statements.get(key, lambda: _read(key))


def _read(key: _Key) -> Statement:
    return services().reader.statement(
        key.company_id,
        key.client_id,
        kind=key.kind,
        as_of=key.today,
        from_date=key.today - HISTORY if key.kind == "activity" else None,
        include_paid=True,
        paid_from=key.today - HISTORY,
        language=key.language,
    )


_statements: Kept[_Key, Statement] = Kept(MOST_KEPT)
_pages: Kept[tuple[_Key, str, Asked, Rights, tuple[str, ...]], Drawn] = Kept(MOST_KEPT)


def forget() -> None:
    """Forget every account."""
    _statements.clear()
    _pages.clear()
