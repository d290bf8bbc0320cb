"""A message as it is read: every word and figure as text, for its HTML and its plain text alike.

Both templates get this one object and decide only where things stand. Figures are the
statement's, written by the same words as its page and its PDF.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cartera.config import Company
from cartera.mail import clean, placeholders, plain, values
from cartera.mail.logo import MailLogo, mail_logo
from cartera.mail.outgoing import AS_WRITTEN, Order
from cartera.mail.reminded import RemindedView, StillDue, views
from cartera.portfolio import Document
from cartera.render.color import Palette, palette
from cartera.render.text import clip, safe_url
from cartera.render.view import BucketView, ItemView, to_view
from cartera.render.words import Words
from cartera.statement import Section, Statement

#: Open documents listed in a message for each currency; the page and the files have them all.
MOST_ITEMS = 30
#: What a subject becomes at most once a client's name is in it.
LONGEST_SUBJECT = 250


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the invoice's table."""

    name: str
    text: str
    is_total: bool = False
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """The invoice that a message is about."""

    heading: str
    rows: tuple[Row, ...]
    url: str
    url_words: str


@dataclass(frozen=True, slots=True)
class SectionView:
    """One currency of the account."""

    heading: str
    detail_heading: str
    total: str
    overdue: str
    is_late: bool
    buckets: tuple[BucketView, ...]
    items: tuple[ItemView, ...]
    more: str


@dataclass(frozen=True, slots=True)
class Letter:
    """The whole message."""

    language: str
    subject: str
    body: str
    text: str
    preview: str
    company: Company
    company_lines: tuple[str, ...]
    palette: Palette
    logo: MailLogo | None
    copy_of: str
    invoice: InvoiceView | None
    reminded: tuple[RemindedView, ...]
    sections: tuple[SectionView, ...]
    nothing: str
    several: str
    link: str
    link_words: str
    foot: tuple[str, ...]
    unsubscribe: str
    unsubscribe_words: str
    labels: dict[str, str]


def letter(
    company: Company,
    order: Order,
    statement: Statement,
    document: Document | None = None,
    due: Sequence[StillDue] = (),
) -> Letter:
    """The message of an order, over the statement as it is now; `due`: what a reminder is about.

    A reminder always has the account's summary; its open documents only where `statement` is set.

    Subject and body are cleaned again: they come from the store, and a message is for good.
    """
    words = Words(order.language, company.country)
    link = safe_url(order.link)
    filled = values.of(
        statement,
        words,
        currency=company.currency,
        link=link,
        invoice=document.number if document else "",
    )
    body = clean.body(order.content.body)
    subject = clean.subject(order.content.subject)
    text = plain.text_of(body)
    if order.kind not in AS_WRITTEN:
        subject = placeholders.fill_text(subject, filled)
        body, text = placeholders.fill_html(body, filled), placeholders.fill_text(text, filled)
    with_statement = order.content.statement
    sections: tuple[SectionView, ...] = ()
    if with_statement or due:
        sections = tuple(_sections(statement, words))
    if not with_statement:
        sections = tuple(replace(section, items=(), more="") for section in sections)
    unsubscribe = safe_url(order.unsubscribe)
    lines = _company_lines(company, words)
    t = words.t
    return Letter(
        language=words.language,
        subject=clip(subject, LONGEST_SUBJECT),
        body=body,
        text=text,
        preview=" ".join(words.summary(statement)) if with_statement else "",
        company=company.model_copy(update={"name": clip(company.name)}),
        company_lines=lines,
        palette=palette(company.color),
        logo=mail_logo(company.logo),
        copy_of=_copy_of(order, statement, words),
        invoice=_invoice(document, words) if document else None,
        reminded=views(due, words),
        sections=sections,
        nothing=words.summary(statement)[0] if with_statement and not sections else "",
        several=(
            t(
                "Each currency stands by itself; amounts in different currencies are not added "
                "together."
            )
            if len(sections) > 1
            else ""
        ),
        link=link,
        link_words=t("See the account on its page"),
        foot=(clip(company.name), *lines),
        unsubscribe=unsubscribe,
        unsubscribe_words=t("Stop receiving these messages"),
        labels={name: t(text) for name, text in LABELS.items()},
    )


def notice(company: Company, order: Order) -> Letter:
    """A message to somebody who works here: subject and body as they are, and nothing else."""
    words = Words(order.language, company.country)
    body = clean.body(order.content.body)
    shown = company.model_copy(update={"name": clip(company.name)})
    return Letter(
        language=words.language,
        subject=clip(clean.subject(order.content.subject), LONGEST_SUBJECT),
        body=body,
        text=plain.text_of(body),
        preview="",
        company=shown,
        company_lines=(),
        palette=palette(company.color),
        logo=mail_logo(company.logo),
        copy_of="",
        invoice=None,
        reminded=(),
        sections=(),
        nothing="",
        several="",
        link="",
        link_words="",
        foot=(_why_you(order, words, shown.name),),
        unsubscribe="",
        unsubscribe_words="",
        labels={},
    )


def _why_you(order: Order, words: Words, company: str) -> str:
    """Why somebody who works here gets this, at its foot."""
    if order.content.is_daily:
        return words.t(
            "Cartera writes this to you because your account of {company} asks for it; "
            "you can change that in your menu, under “Daily mail”.",
            company=company,
        )
    return words.t(
        "You manage the accounts of {company} in Cartera; that is why this came to you.",
        company=company,
    )


#: Fixed texts of the templates: name in the template, English text.
LABELS = {
    "total": "Total balance",
    "overdue": "Total overdue",
    "document": "Document",
    "due": "Due date",
    "balance": "Balance",
}


def _sections(statement: Statement, words: Words) -> Iterator[SectionView]:
    """The currencies in which something is open; settled ones are on the page."""
    open_ones = [_open(section) for section in statement.sections]
    shown = [section for section in open_ones if section.items or section.total]
    cut = [replace(section, items=section.items[:MOST_ITEMS]) for section in shown]
    view = to_view(replace(statement, language=words.language, sections=tuple(cut)))
    day = words.day(statement.as_of)
    for section, seen in zip(shown, view.sections, strict=True):
        hidden = len(section.items) - len(seen.items)
        yield SectionView(
            heading=words.t("Account in {currency} as of {day}", currency=seen.currency, day=day),
            detail_heading=words.t("Open documents in {currency}", currency=seen.currency),
            total=words.amount(section.total, section.currency),
            overdue=words.amount(section.overdue, section.currency),
            is_late=section.overdue > 0,
            buckets=tuple(b for b in seen.buckets if b.code != "unapplied" or b.tone),
            items=tuple(map(_line, seen.items)),
            more=words.t("and {count} more on the page", count=hidden) if hidden else "",
        )


def _line(item: ItemView) -> ItemView:
    """A row of the message: money in favour is due on no day, so it shows its own."""
    return replace(item, due="") if item.tone == "credit" else item


def _open(section: Section) -> Section:
    """The section with what is open of it: void documents are the page's. Payments keep last."""
    # What was applied is not shown here, and turning it into words would be most of the work.
    items = (replace(item, allocations=()) for item in section.items if item.open)
    return replace(section, items=tuple(items), future_payments=())


def _invoice(document: Document, words: Words) -> InvoiceView:
    t = words.t

    def money(amount: object) -> str:
        return words.amount(amount, document.currency)  # type: ignore[arg-type]

    rows = [
        Row(t("Number"), clip(document.number)),
        Row(t("Date"), words.day(document.issue_date)),
        *([Row(t("Due date"), words.day(document.due_date))] if document.due_date else ()),
        Row(t("Total"), money(document.total)),
        Row(t("Open balance"), money(document.open), True, document.is_overdue),
    ]
    return InvoiceView(
        heading=f"{words.type(document.type)} {clip(document.number)}",
        rows=tuple(rows),
        url=safe_url(document.url),
        url_words=t("See the invoice"),
    )


def _company_lines(company: Company, words: Words) -> tuple[str, ...]:
    """Tax id and where to find the company, as it stands in a heading or at the foot."""
    tax_id = f"{words.t('Tax ID')} {clip(company.tax_id)}" if company.tax_id else ""
    contact = (clip(company.phone), clip(company.email), clip(company.website))
    lines = (tax_id, clip(company.address), " · ".join(part for part in contact if part))
    return tuple(line for line in lines if line)


def _copy_of(order: Order, statement: Statement, words: Words) -> str:
    """That this is a copy, and of what; empty for the client's own message."""
    if not order.is_copy:
        return ""
    to = clip(order.contact or statement.client.name)
    return words.t("Copy for your records of the message to {contact}", contact=to)
