"""A message as it is read: every word and figure as text, for its HTML and its plain text alike.

Both templates get this one object and decide only where things stand. Figures are the
statement's, written by the same words as its page and its PDF.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cartera.config import Company
from cartera.mail import account, clean, placeholders, plain, values
from cartera.mail.account import SectionView
from cartera.mail.logo import MailLogo, mail_logo
from cartera.mail.offers import Offers
from cartera.mail.open_items import OpenItem, open_items
from cartera.mail.outgoing import AS_WRITTEN, Order
from cartera.mail.reminded import RemindedView, views
from cartera.portfolio import Document
from cartera.render.color import Palette, palette
from cartera.render.text import clip, safe_url
from cartera.render.words import Words
from cartera.statement import Statement

#: Messages that say what can be done on the page; the others are a conversation of their own.
OFFERING = ("statement", "invoice", "reminder")
#: What a subject becomes at most once a client's name is in it.
LONGEST_SUBJECT = 250


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the invoice's table. `is_long`: words or a number, which may need more lines."""

    name: str
    text: str
    is_total: bool = False
    is_late: bool = False
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """The invoice that a message is about."""

    heading: str
    rows: tuple[Row, ...]
    url: str
    url_words: str


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
    #: What can be done on the page, in a sentence.
    offers: str
    foot: tuple[str, ...]
    unsubscribe: str
    unsubscribe_words: str
    labels: dict[str, str]


def letter(
    company: Company,
    order: Order,
    statement: Statement,
    document: Document | None = None,
    due: Sequence[OpenItem] = (),
    offers: Offers | None = None,
) -> Letter:
    """The message of an order, over the statement as it is now; `due`: what a reminder is about.

    A reminder always has the account's summary; its open documents only where `statement` is set.
    `offers`: what the client can do on the page; None: the message says nothing of it.

    Subject and body are cleaned again: they come from the store, and a message is for good.
    """
    words = Words(order.language, company.country)
    link = safe_url(order.link)
    filled = values.of(
        statement,
        words,
        currency=company.currency,
        link=link,
        document=document,
        due=due,
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
        sections = tuple(account.sections(statement, words, with_rows=with_statement))
    unsubscribe = safe_url(order.unsubscribe)
    lines = _company_lines(company, words)
    t = words.t
    return Letter(
        language=words.language,
        subject=clip(subject, LONGEST_SUBJECT),
        body=body,
        text=text,
        # A reminder begins with what it is about, not with the whole account.
        preview=" ".join(words.summary(statement)) if with_statement and not due else "",
        company=company.model_copy(update={"name": clip(company.name)}),
        company_lines=lines,
        palette=palette(company.color),
        logo=mail_logo(company.logo),
        copy_of=_copy_of(order, statement, words),
        invoice=_invoice(document, statement, words) if document else None,
        reminded=views(due, statement, words),
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
        offers=(
            offers.sentence(statement, words) if offers and link and order.kind in OFFERING else ""
        ),
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
        offers="",
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
    "sum": "Total",
}


def _invoice(document: Document, statement: Statement, words: Words) -> InvoiceView:
    t, currency = words.t, document.currency
    open_ones = list(_open_of(document, statement))
    marks = words.marks(open_ones[0].item) if open_ones else ""
    rows = [
        Row(t("Number"), clip(document.number), is_long=True),
        Row(t("Date"), words.day(document.issue_date)),
        *([Row(t("Due date"), words.day(document.due_date))] if document.due_date else ()),
        *([Row(t("Remarks"), marks, is_long=True)] if marks else ()),
        Row(t("Total"), words.amount(document.total, currency)),
        *(_instalment(one, words) for one in open_ones if one.instalment),
        Row(
            t("Open balance"),
            values.owed(document.open, currency, words),
            is_total=True,
            is_late=document.is_overdue,
        ),
    ]
    return InvoiceView(
        heading=f"{words.type(document.type)} {clip(document.number)}",
        rows=tuple(rows),
        url=safe_url(document.url),
        url_words=t("See the invoice"),
    )


def _open_of(document: Document, statement: Statement) -> Iterator[OpenItem]:
    """What is open of a document, by instalments where it has them."""
    for section in statement.sections:
        for item in section.items:
            # A payment may have the same id.
            if (item.document_id, item.type) == (document.document_id, document.type):
                yield from open_items(item, section.currency)


def _instalment(one: OpenItem, words: Words) -> Row:
    day = values.unbroken(words.day(one.due_date))
    return Row(
        words.t("Instalment {number}, due {day}", number=one.instalment, day=day),
        words.amount(one.open, one.currency),
        is_late=one.is_overdue,
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
