"""The form with which a client chooses what to pay, as a page that needs no script."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, get_args

from starlette.responses import HTMLResponse

from cartera.gateways.base import Gateway
from cartera.i18n import Translator
from cartera.mail.refusal import Refusal
from cartera.money import amount_text
from cartera.online import choosing
from cartera.online.cards import MOST_NAMED
from cartera.online.choosing import Payable, Sum
from cartera.online.terms import MOST_LINES, InFavour
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
#: What can be paid: what is overdue, all, documents (or a part of them), an amount.
What = Literal["overdue", "all", "chosen", "amount"]
WHATS: tuple[What, ...] = get_args(What)


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form says. `documents` None: nobody ticked anything yet. `what` empty: nobody chose,
    or a form of an earlier version did. `gross`: money in favour is to stay where it is.
    """

    key: str = ""
    gateway: str = ""
    amount: str = ""
    documents: tuple[str, ...] | None = None
    what: What | Literal[""] = ""
    gross: bool = False


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
class Whole:
    """A choice without ticks, in words: what it comes to (`net`, and without money in favour
    `gross`), and of what. Where money in favour covers it, `net` is empty.
    """

    what: What
    name: str
    net: str
    gross: str
    notes: str
    on: bool


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
    #: Which choice is made; empty: none yet.
    what: str
    wholes: tuple[Whole, ...]
    #: What is not in them unless it is ticked; empty: all is.
    left_out: str
    #: Money in favour that goes off; empty: none. `favour_units` is it in digits for the script.
    favour: str
    favour_units: str
    #: What else is said of money in favour.
    favour_notes: tuple[str, ...]
    gross: bool
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
    favour: Sequence[InFavour] = (),
    under_way: Collection[str] = (),
    typed: Typed | None = None,
    chosen: Collection[str] = (),
    wrong: Mapping[str, Refusal] | None = None,
    status: int = 200,
) -> HTMLResponse:
    """The page. `favour` is what goes off what is paid, `under_way` are documents with a payment
    that did not end yet, `chosen` what the address names, `typed` what was sent before, and `wrong`
    why that cannot be taken.
    """
    words, typed = Words.of(desk.statement), typed or Typed()
    tr = Translator(desk.statement.language, desk.statement.country)
    ticked = _ticked(documents, chosen) if typed.documents is None else set(typed.documents)
    whole = sum((one.amount for one in favour), Decimal())
    sums: dict[What, Sum] = {
        "overdue": choosing.sums(documents, favour, overdue=True),
        "all": choosing.sums(documents, favour, overdue=False),
    }
    what = typed.what or _what(documents, sums, chosen)
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
        what=what,
        wholes=_wholes(sums, what, currency, words),
        left_out=_left_out(documents, words),
        favour=words.amount(whole, currency) if whole else "",
        favour_units=amount_text(whole, currency),
        favour_notes=tuple(_favour_notes(desk.statement, currency, whole, sums, words)),
        gross=typed.gross,
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


def _named(documents: list[Payable], chosen: Collection[str]) -> set[str]:
    """What the address names, as far as it can be paid."""
    return {one.document_id for one in documents if not one.is_taken} & set(chosen)


def _ticked(documents: list[Payable], chosen: Collection[str]) -> set[str]:
    """What the address names; else what is overdue, all of it, and nothing was said against, the
    oldest.
    """
    due = [one.document_id for one in documents if one.is_asked_for and one.overdue == one.open]
    return _named(documents, chosen) or set(due[:MOST_LINES])


def _what(
    documents: list[Payable], sums: Mapping[What, Sum], chosen: Collection[str]
) -> What | Literal[""]:
    """What is chosen before anybody does: nothing that is not due."""
    if _named(documents, chosen):
        return "chosen"
    return "overdue" if sums["overdue"].amount > 0 else ""


def _wholes(
    sums: Mapping[What, Sum], what: str, currency: str, words: Words
) -> tuple[Whole, ...]:  # fmt: skip
    names: dict[What, str] = {
        "overdue": words.t("What is overdue"), "all": words.t("All that you owe"),
    }  # fmt: skip
    return tuple(
        Whole(
            what=one,
            name=name,
            net=words.amount(sums[one].amount, currency) if sums[one].amount else "",
            gross=words.amount(sums[one].gross, currency),
            notes=_about(sums[one], currency, words),
            on=one == what,
        )
        for one, name in names.items()
        # All is what is overdue: one choice, under the name that says more.
        if sums[one].gross and not (one == "all" and sums[one] == sums["overdue"])
    )


def _about(total: Sum, currency: str, words: Words) -> str:
    """Of what a sum is."""
    gross = words.amount(total.gross, currency)
    count = words.t("One document")
    if total.documents != 1:
        count = words.t("{count} documents", count=total.documents)
    if not total.netted:
        return count
    if not total.amount:
        return f"{count} · " + words.t(
            "your money in favour covers the {amount}: there is nothing to pay", amount=gross
        )
    netted = words.amount(total.netted, currency)
    return f"{count} · " + words.t(
        "{amount} less {favour} in your favour", amount=gross, favour=netted
    )


def _left_out(documents: Sequence[Payable], words: Words) -> str:
    """What is only paid by itself, and why."""
    disputed = [one.number for one in documents if one.disputed and not one.is_taken]
    reported = [one.number for one in documents
                if one.reported and not (one.disputed or one.is_taken)]  # fmt: skip
    found = []
    if disputed:
        found.append(words.t("Without what is in dispute: {numbers}.", numbers=_some(disputed)))
    if reported:
        sentence = "Without what you reported as paid: {numbers}."
        found.append(words.t(sentence, numbers=_some(reported)))
    if found:
        found.append(words.t("To pay it too, choose the documents."))
    return " ".join(found)


def _some(numbers: Sequence[str]) -> str:
    shown = ", ".join(clip(number, 40) for number in numbers[:MOST_NAMED])
    return f"{shown} …" if len(numbers) > MOST_NAMED else shown


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


def _favour_notes(
    statement: Statement, currency: str, used: Decimal, sums: Mapping[What, Sum], words: Words
) -> Iterator[str]:
    """What there is to know of the money in favour."""
    found = (s.unapplied for s in statement.sections if s.currency == currency and s.unapplied < 0)
    whole = -next(found, Decimal())
    if used and not sums["all"].amount and sums["all"].gross:
        sentence = "There is nothing to pay: the {amount} in your favour cover what you owe."
        yield words.t(sentence, amount=words.amount(whole, currency))
    if whole > used:
        sentence = (
            "{amount} in your favour do not go off here: a payment under way uses them, or a "
            "person has to apply them. Write to us if you have a question."
        )
        yield words.t(sentence, amount=words.amount(whole - used, currency))


def _least(settings: PaySettings, methods: tuple[Gateway, ...], currency: str, words: Words) -> str:
    """The least that can be paid, in words; empty where anything can."""
    least = min((one.least(currency) for one in methods), default=Decimal())
    if currency == settings.currency:
        least = max(least, settings.minimum)
    return words.amount(least, currency) if least else ""
