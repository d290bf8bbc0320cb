"""The form with which a client writes to the company, as a page."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from starlette.responses import HTMLResponse

from cartera.config import Company
from cartera.i18n import Translator
from cartera.mail.refusal import Refusal
from cartera.notices.proofs import LARGEST
from cartera.notices.rights import Rights
from cartera.notices.terms import METHODS, OLDEST_DAYS, WHYS, Kind
from cartera.notices.writing import Form, open_items
from cartera.render import look
from cartera.render.color import palette
from cartera.render.logo import read_logo
from cartera.render.templates import html_environment
from cartera.render.text import clip
from cartera.render.words import Words
from cartera.statement import Statement

#: Title, what it is for, what the documents are chosen for, and the button; English texts of
#: `cartera/locale/*/acts.po`.
WORDS: Mapping[Kind, tuple[str, str, str, str]] = {
    "payment": (
        "Report a payment",
        "Tell us of a payment that you made. We confirm it, and it shows in your account.",
        "What did you pay?",
        "Send the report",
    ),
    "promise": (
        "Promise a payment day",
        "Tell us by which day you will pay. We send you no reminders of it until then.",
        "What will you pay?",
        "Send the day",
    ),
    "dispute": (
        "Dispute a document",
        "Tell us what is wrong. We look into it, and remind you of nothing meanwhile.",
        "Which document?",
        "Send the dispute",
    ),
    "comment": (
        "Write to us",
        "We answer here on your page, and by mail.",
        "",
        "Send",
    ),
}
FIELDS = ("amount", "currency", "day", "method", "reference", "reason", "text")


@dataclass(frozen=True, slots=True)
class Choosable:
    """A document to choose, in words."""

    id: str
    number: str
    type: str
    due: str
    late: str
    open: str
    on: bool


@dataclass(frozen=True, slots=True)
class ActPage:
    """All that the template shows."""

    kind: Kind
    language: str
    title: str
    intro: str
    ask: str
    button: str
    back: str
    action: str
    key: str
    documents: tuple[Choosable, ...]
    totals: tuple[str, ...]
    currencies: tuple[str, ...]
    first: str
    last: str
    methods: tuple[tuple[str, str], ...]
    whys: tuple[tuple[str, str], ...]
    values: Mapping[str, str]
    wrong: Mapping[str, str] = field(default_factory=dict)
    #: A file came with the form that is shown again: a browser sends it anew only if it is chosen.
    had_file: bool = False
    most_mb: int = LARGEST >> 20


def answer(
    company: Company,
    statement: Statement,
    kind: Kind,
    *,
    rights: Rights,
    today: date,
    back: str,
    action: str,
    form: Form | None = None,
    chosen: Collection[str] = (),
    wrong: Mapping[str, Refusal] | None = None,
    status: int = 200,
) -> HTMLResponse:
    """The page; `form` is what was typed before, and `wrong` why it cannot be taken."""
    words = Words.of(statement)
    tr = Translator(statement.language, statement.country)
    title, intro, ask, button = (words.t(text) if text else "" for text in WORDS[kind])
    ahead = timedelta(days=rights.promise_days)
    said = {name: one.said(tr) for name, one in (wrong or {}).items()}
    page = ActPage(
        kind=kind,
        language=words.language,
        title=title,
        intro=intro,
        ask=ask,
        button=button,
        back=back,
        action=action,
        # A form that was refused was not written down: its key is still free.
        key=form.key if form and form.key else secrets.token_hex(16),
        documents=_documents(statement, words, set(form.documents if form else chosen)),
        totals=tuple(words.amount(s.total, s.currency) for s in statement.sections),
        currencies=tuple(dict.fromkeys(c for c, _ in open_items(statement).values())),
        first=(today - timedelta(days=OLDEST_DAYS) if kind == "payment" else today).isoformat(),
        last=(today if kind == "payment" else today + ahead).isoformat(),
        methods=tuple((code, words.t(name)) for code, name in METHODS.items()),
        whys=tuple((code, words.t(name)) for code, name in WHYS.items()),
        values={name: form.text(name) if form else "" for name in FIELDS},
        wrong=said,
        had_file=bool(form and form.file_name),
    )
    logo = read_logo(company.logo)
    html = (
        html_environment()
        .get_template("client/act.html")
        .render(
            page=page,
            company=company,
            t=words.t,
            tokens=look.tokens(palette(company.color)),
            logo=logo.data_uri if logo else "",
        )
    )
    return HTMLResponse(html, status)


def _documents(
    statement: Statement, words: Words, chosen: Collection[str]
) -> tuple[Choosable, ...]:
    """What is open; what is chosen already stands first, where it is seen."""
    found = (
        Choosable(
            id=document_id,
            number=clip(item.number, 60),
            type=" · ".join(filter(None, (words.type(item.type), words.marks(item)))),
            due=words.day(item.due_date) if item.due_date else "",
            late=words.days(item) if item.overdue else "",
            open=words.amount(item.open, currency),
            on=document_id in chosen,
        )
        for document_id, (currency, item) in open_items(statement).items()
    )
    return tuple(sorted(found, key=lambda one: not one.on))
