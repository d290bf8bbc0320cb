"""The form with which a client chooses what to pay, as a page that needs no script."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from starlette.responses import HTMLResponse

from cartera.gateways.base import Gateway
from cartera.i18n import Translator
from cartera.mail.refusal import Refusal
from cartera.money import amount_text
from cartera.online.choosing import Payable
from cartera.online.terms import MOST_LINES
from cartera.render import look
from cartera.render.color import palette
from cartera.render.html import Choice
from cartera.render.logo import read_logo
from cartera.render.templates import html_environment
from cartera.render.text import clip
from cartera.render.words import Words
from cartera.statement import Statement
from cartera.store.pay_settings import PaySettings
from streamlit_app.client.desk import Desk

#: Adds up what is ticked; the page works without it.
SCRIPT = "/assets/pay.js"


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form says. `documents` None: nobody ticked anything yet."""

    key: str = ""
    gateway: str = ""
    amount: str = ""
    documents: tuple[str, ...] | None = None
    wants_all: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A document, in words. `units` is what is open of it, in digits for the page's script."""

    id: str
    number: str
    due: str
    late: str
    notes: str
    open: str
    units: str
    on: bool
    is_taken: bool


@dataclass(frozen=True, slots=True)
class Method:
    """A way to pay."""

    name: str
    title: str
    is_simulation: bool
    on: bool


@dataclass(frozen=True, slots=True)
class PayPage:
    """All that the template shows."""

    language: str
    back: str
    action: str
    key: str
    currency: str
    currencies: tuple[Choice, ...]
    rows: tuple[Row, ...]
    #: All that is free, where that is more than what is ticked; else empty.
    whole: str
    #: Money in favour that is not applied yet; empty: none.
    favour: str
    #: An amount of a thousand, by which the script writes others.
    sample: str
    with_parts: bool
    least: str
    methods: tuple[Method, ...]
    amount: str
    wrong: Mapping[str, str] = field(default_factory=dict)
    script: str = SCRIPT


def answer(
    desk: Desk,
    currency: str,
    documents: list[Payable],
    methods: tuple[Gateway, ...],
    settings: PaySettings,
    *,
    currencies: tuple[Choice, ...],
    action: str,
    under_way: Collection[str] = (),
    typed: Typed | None = None,
    chosen: Collection[str] = (),
    wrong: Mapping[str, Refusal] | None = None,
    status: int = 200,
) -> HTMLResponse:
    """The page. `under_way` are documents with a payment that did not end yet, `chosen` what the
    address names, `typed` what was sent before, and `wrong` why that cannot be taken.
    """
    words, typed = Words.of(desk.statement), typed or Typed()
    tr = Translator(desk.statement.language, desk.statement.country)
    ticked = _ticked(documents, chosen) if typed.documents is None else set(typed.documents)
    free = [one for one in documents if not one.is_taken]
    names = {method.name for method in methods}
    picked = typed.gateway if typed.gateway in names else methods[0].name if methods else ""
    page = PayPage(
        language=words.language,
        back=desk.back(),
        action=action,
        key=typed.key or secrets.token_hex(16),
        currency=clip(currency, 8),
        currencies=currencies,
        rows=tuple(_row(one, currency, words, ticked, under_way) for one in documents),
        whole=""
        if ticked >= {one.document_id for one in free}
        else words.amount(sum((one.open for one in free), Decimal()), currency),
        favour=_favour(desk.statement, currency, words),
        sample=words.money(Decimal(1000), currency),
        with_parts=settings.parts,
        least=_least(settings, methods, currency, words),
        methods=tuple(
            Method(one.name, one.title, one.is_simulation, one.name == picked) for one in methods
        ),
        amount=typed.amount[:40],
        wrong={name: one.said(tr) for name, one in (wrong or {}).items()},
    )
    return rendered(desk, "client/pay.html", status, page=page)


def rendered(desk: Desk, template: str, status: int, **values: object) -> HTMLResponse:
    """A page of this company's."""
    logo = read_logo(desk.company.logo)
    html = (
        html_environment()
        .get_template(template)
        .render(
            company=desk.company,
            t=desk.translator.t,
            tokens=look.tokens(palette(desk.company.color)),
            logo=logo.data_uri if logo else "",
            **values,
        )
    )
    return HTMLResponse(html, status)


def _ticked(documents: list[Payable], chosen: Collection[str]) -> set[str]:
    """What the address names; else all that the client did not say anything about, the oldest."""
    free = [one for one in documents if not one.is_taken]
    named = {one.document_id for one in free} & set(chosen)
    plain = [one.document_id for one in free if not (one.reported or one.disputed)]
    return named or set(plain[:MOST_LINES])


def _row(
    one: Payable, currency: str, words: Words, ticked: Collection[str], under_way: Collection[str]
) -> Row:
    notes = []
    if one.is_taken:
        is_open = one.document_id in under_way
        notes.append(
            words.t("A payment of it is under way" if is_open else "Your payment is being booked")
        )
    if one.reported:
        notes.append(words.t("Payment reported, to be confirmed"))
    if one.disputed:
        notes.append(words.t("Disputed"))
    return Row(
        id=one.document_id,
        number=clip(one.number, 60),
        due=words.t("Falls due on {day}", day=words.day(one.due_date)) if one.due_date else "",
        late=words.overdue_by(one.days_overdue) if one.days_overdue > 0 else "",
        notes=" · ".join(notes),
        open=words.amount(one.open, currency),
        units=amount_text(one.open, currency),
        on=one.document_id in ticked and not one.is_taken,
        is_taken=one.is_taken,
    )


def _favour(statement: Statement, currency: str, words: Words) -> str:
    found = (s.unapplied for s in statement.sections if s.currency == currency and s.unapplied < 0)
    return next((words.amount(-amount, currency) for amount in found), "")


def _least(settings: PaySettings, methods: tuple[Gateway, ...], currency: str, words: Words) -> str:
    """The least that can be paid, in words; empty where anything can."""
    least = min((one.least(currency) for one in methods), default=Decimal())
    if currency == settings.currency:
        least = max(least, settings.minimum)
    return words.amount(least, currency) if least else ""
