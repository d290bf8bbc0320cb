"""What every staff page stands on: who looks, whose books, in which words, on what day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import streamlit as st

from cartera import clock
from cartera.config import Company, Settings
from cartera.i18n import Translator
from cartera.people import Person
from cartera.render.words import Words
from cartera.store.db import Store
from cartera.warehouse.reader import NothingPublished, Reader
from streamlit_app.shared.services import services
from streamlit_app.staff import language

#: What is said where another version made the figures (`FiguresOutdated`).
OUTDATED = "The figures are being brought up to this version. Try again in a moment."


@dataclass(frozen=True, slots=True)
class Here:
    """One run of a page, for one person."""

    person: Person
    company: Company
    tr: Translator
    words: Words
    today: date
    now: datetime
    #: The address's query, the only place where what is chosen is kept.
    asked: Mapping[str, str]

    @property
    def settings(self) -> Settings:
        """Settings of the process."""
        return services().settings

    @property
    def store(self) -> Store:
        """The process's store."""
        return services().store

    @property
    def reader(self) -> Reader:
        """The process's reader."""
        return services().reader

    def t(self, text: str, **values: object) -> str:
        """The sentence in the person's language."""
        return self.tr.t(text, **values)

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount as people there write it."""
        return self.words.amount(amount, currency)

    def client_names(self, client_ids: Iterable[str]) -> Mapping[str, str]:
        """Names by id, for a list that knows only ids; empty before the first load."""
        wanted = sorted(set(client_ids))
        try:
            return self.reader.client_names(self.company.id, wanted) if wanted else {}
        except NothingPublished:
            return {}

    def moment(self, at: datetime | None) -> str:
        """Day and time in the company's time zone; empty for none. The lake's moments are UTC."""
        if at is None:
            return ""
        if at.tzinfo is None:
            at = at.replace(tzinfo=UTC)
        there = at.astimezone(ZoneInfo(self.company.timezone))
        return f"{self.tr.day(there.date())} {there:%H:%M}"


def here(person: Person) -> Here:
    """What a page of this run stands on."""
    company = services().company_of(person.company_id)
    tr = language.translator(company, st.context.cookies)
    return of(person, company, tr, st.query_params.to_dict())


def of(person: Person, company: Company, tr: Translator, asked: Mapping[str, str]) -> Here:
    """The same for whoever is no page of Streamlit's: a file with a page's query."""
    return Here(
        person=person,
        company=company,
        tr=tr,
        words=Words(tr.language, company.country),
        today=clock.today(company.timezone),
        now=clock.now(),
        asked=asked,
    )
