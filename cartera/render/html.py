"""A statement as one HTML page, or as a fragment to put into another page.

Nothing is loaded from elsewhere and nothing needs JavaScript: what arrives first is the whole
account. Everything is escaped by Jinja; addresses of documents are links only when http(s).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

from cartera.filters import Filters, select
from cartera.notices.cards import Card
from cartera.online.cards import PayCard
from cartera.render import look
from cartera.render.color import palette
from cartera.render.controls import Controls
from cartera.render.logo import read_logo
from cartera.render.templates import html_environment
from cartera.render.text import safe_url
from cartera.render.view import to_view
from cartera.render.words import Words
from cartera.statement import Item, Statement

#: What `links` may offer, in the order of the buttons.
DOWNLOADS = ("pdf", "xlsx")
#: More lines than this no page holds: the filters are then the server's work, and the files
#: have them all.
LONGEST_PAGE = 1000
_LINE_END = re.compile(r"\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several views of the same account, such as a language."""

    name: str
    href: str
    on: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """What an app puts around a statement.

    `address` is the page's own path and query without filters ("" for no filters), `version`
    names the figures shown and `updated_at` the moment they became so, `views` and `languages`
    are where else one can go. `mail` gives the address where an item can be sent by mail, `dispute`
    the one where it can be disputed, `pay` the one where it can be paid; "" for one that cannot.
    `acts` are what else can be done here, `notices` what was said and `payments` what was paid
    here before, and `said` what was done just now, in the tone `tone`.
    """

    address: str = ""
    filters: Filters = field(default_factory=Filters)
    version: str = ""
    updated_at: datetime | None = None
    views: Sequence[Choice] = ()
    languages: Sequence[Choice] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    mail: Callable[[Item], str] | None = None
    dispute: Callable[[Item], str] | None = None
    pay: Callable[[Item], str] | None = None
    acts: Sequence[Choice] = ()
    notices: Sequence[Card] = ()
    payments: Sequence[PayCard] = ()
    said: str = ""
    tone: str = "credit"


def to_html(
    statement: Statement,
    *,
    standalone: bool = True,
    styled: bool = True,
    links: Mapping[str, str] | None = None,
    frame: Frame | None = None,
) -> str:
    """The statement as a whole page (`standalone`) or as a `<style>` and an `<article>`.

    Without `styled` the style is left to the page around it, which has it from `style`. `links`
    may hold addresses for the buttons `pdf` and `xlsx`: http(s), or a path of this site.
    """
    around = frame or Frame()
    offered = {
        name: safe_url((links or around.links).get(name), relative=True) for name in DOWNLOADS
    }
    logo = read_logo(statement.company.logo)
    listed, hidden, left_out = _lines(statement, around.filters)
    view = to_view(listed)
    words = Words.of(statement)
    name = "statement/page.html" if standalone else "statement/fragment.html"
    template = html_environment().get_template(name)
    html = template.render(
        view=view,
        look=look.tokens(view.palette, ".statement"),
        styled=styled or standalone,
        logo=logo.data_uri if logo else "",
        links={name: address for name, address in offered.items() if address},
        frame=around,
        controls=_controls(around, statement, words),
        hidden=hidden,
        mail=_addresses(around.mail, listed),
        dispute=_addresses(around.dispute, listed),
        pay=_addresses(around.pay, listed),
        left_out=left_out,
        selection=_selection(hidden, words),
        fresh=_fresh(around.updated_at, words),
        t=words.t,
    )
    # Lines are indented for whoever reads the template; a phone need not download that.
    return _LINE_END.sub("\n" if standalone else " ", html)


def _addresses(of: Callable[[Item], str] | None, statement: Statement) -> list[list[str]]:
    """What an item leads to, section by section."""
    return [[of(item) if of else "" for item in s.items] for s in statement.sections]


@lru_cache(maxsize=64)
def style(color: str) -> str:
    """The statement's style sheet with a company's accent colour, for a page around it."""
    sheet = html_environment().get_template("statement/statement.css").render()
    return _LINE_END.sub(" ", f"{look.tokens(palette(color), '.statement')}\n{sheet}")


def _controls(frame: Frame, statement: Statement, words: Words) -> Controls | None:
    if not frame.address or statement.kind != "open":
        return None
    return Controls(frame.address, frame.filters, words)


def _lines(statement: Statement, filters: Filters) -> tuple[Statement, list[list[bool]], int]:
    """What is on the page, which of its lines are hidden, and how many did not fit.

    Status and range hide a line, so that the page can show it again by itself; every other
    filter leaves it out.
    """
    total = sum(len(section.items) for section in statement.sections)
    if total > LONGEST_PAGE:
        statement = select(statement, filters)
        room = LONGEST_PAGE
        sections = []
        for section in statement.sections:
            sections.append(replace(section, items=section.items[:room]))
            room -= len(sections[-1].items)
        left = sum(len(s.items) for s in statement.sections) - (LONGEST_PAGE - room)
        statement = replace(statement, sections=tuple(sections))
        return statement, [[False] * len(s.items) for s in statement.sections], left
    statement = select(statement, replace(filters, statuses=(), buckets=()))
    hidden = [[not filters.take(item) for item in s.items] for s in statement.sections]
    return statement, hidden, 0


def _selection(hidden: list[list[bool]], words: Words) -> dict[str, str]:
    """How many lines are listed: in words, and as the sentence that the page's script fills in."""
    lines = [line for section in hidden for line in section]
    text = words.t(
        "Showing {listed} of {total} lines; the totals are those of the whole account.",
        listed="{listed}",
        total=len(lines),
    )
    listed = lines.count(False)
    return {"template": text, "text": text.replace("{listed}", str(listed)) if any(lines) else ""}


def _fresh(updated_at: datetime | None, words: Words) -> dict[str, str]:
    """The sentences about the figures' age that the page's script chooses from."""
    if updated_at is None:
        return {}
    return {
        "at": updated_at.isoformat(timespec="seconds"),
        "s": words.t("Updated {n} s ago", n="{n}"),
        "min": words.t("Updated {n} min ago", n="{n}"),
        "h": words.t("Updated {n} h ago", n="{n}"),
        "d": words.t("Updated {n} days ago", n="{n}"),
        "offline": words.t("No connection: these are the figures of {n} min ago", n="{n}"),
    }
