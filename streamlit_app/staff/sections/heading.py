"""The frame of every staff page: whose books these are, where one can go, who is signed in."""

from __future__ import annotations

from cartera.people import Role
from cartera.render.logo import read_logo
from streamlit_app.shared import live
from streamlit_app.staff import language
from streamlit_app.staff.address import href
from streamlit_app.staff.here import Here
from streamlit_app.staff.pages import NOTICES, PAGES, PAYMENTS, Page
from streamlit_app.staff.sections import waiting
from streamlit_app.staff.sections.html import show

ROLE_WORDS: dict[Role, str] = {"administrator": "Administrator", "reader": "Reader"}


def heading(here: Here, page: Page) -> None:
    """Brand, search, person and navigation; `page` is the one that is open."""
    person, company = here.person, here.company
    logo = read_logo(company.logo)
    words = (person.name or person.login).split()
    entries = [
        {
            "path": one.path,
            "title": here.t(one.title),
            "on": one.path in (page.path, page.under),
            "waiting": _waiting(here, one),
        }
        for one in PAGES
        if not one.under and person.may(one.act)
    ]
    show(
        here,
        "frame",
        company=company,
        logo=logo.data_uri if logo else "",
        person=person,
        initials="".join(word[0] for word in words[:2]).upper(),
        role=here.t(ROLE_WORDS.get(person.role, person.role)),
        language=here.tr.language,
        languages=language.NAMES,
        back=href(page.path, here.asked),
        daily=href(page.path, here.asked, daily="1"),
        entries=entries,
        version=live.version(company.timezone),
        fresh=_fresh(here),
    )


def _waiting(here: Here, page: Page) -> int:
    """How much of a page waits for somebody."""
    if page is NOTICES:
        return sum(waiting.counts(here).values())
    return waiting.payments(here) if page is PAYMENTS else 0


def _fresh(here: Here) -> dict[str, str]:
    """When the figures became as they are; `page.js` says how long ago that is, and goes on."""
    publication = here.reader.publication()
    if publication is None:
        return {}
    return {
        "at": publication.published_at.isoformat(timespec="seconds"),
        "said": here.t("Updated {day}", day=here.moment(publication.published_at)),
        "s": here.t("Updated {n} s ago", n="{n}"),
        "min": here.t("Updated {n} min ago", n="{n}"),
        "h": here.t("Updated {n} h ago", n="{n}"),
        "d": here.t("Updated {n} days ago", n="{n}"),
        "offline": here.t("No connection: these are the figures of {n} min ago", n="{n}"),
    }
