"""A statement as it is read: every figure, date and word as text, for the page and the PDF.

Both templates get this one object and decide only where things stand, so a page and a PDF of
one statement cannot say different things. Plain frozen values: `dataclasses.asdict` is the JSON
that the PDF's template reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from cartera.render import selection
from cartera.render.color import Palette, palette
from cartera.render.labels import LABELS
from cartera.render.text import clip, safe_url
from cartera.render.words import Words
from cartera.statement import Instalment, Item, Line, Party, Section, Statement


@dataclass(frozen=True, slots=True)
class PartyView:
    """Name, tax id and the lines of an address block."""

    name: str
    tax_id: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """One small line under an item: a day, what it was, how much."""

    day: str
    text: str
    amount: str


@dataclass(frozen=True, slots=True)
class ItemView:
    """One document or payment. `tone` picks the look; the words alone say the same.

    `states` and `buckets` are codes, by which a page's filters know the item; each open
    instalment has a bucket of its own.
    """

    is_payment: bool
    states: tuple[str, ...]
    buckets: tuple[str, ...]
    type: str
    number: str
    reference: str
    purchase_order: str
    issued: str
    due: str
    days: str
    total: str
    applied: str
    open: str
    status: str
    overdue: str
    #: Disputed, reported as paid, promised.
    marks: str
    tone: str
    url: str
    payments_heading: str
    payments: tuple[Detail, ...]
    more: str
    instalments: tuple[Detail, ...]


@dataclass(frozen=True, slots=True)
class LineView:
    """One movement, with the balance after it."""

    day: str
    type: str
    number: str
    reference: str
    amount: str
    balance: str
    void: str


@dataclass(frozen=True, slots=True)
class BucketView:
    """One aging range; `tone` is `overdue`, `credit` or empty, `code` the warehouse's name."""

    code: str
    name: str
    amount: str
    tone: str


@dataclass(frozen=True, slots=True)
class SectionView:
    """All of one currency."""

    currency: str
    heading: str
    detail_heading: str
    sentence: str
    buckets: tuple[BucketView, ...]
    total: str
    overdue: str
    opening: str
    opening_day: str
    closing: str
    items: tuple[ItemView, ...]
    lines: tuple[LineView, ...]
    later: tuple[LineView, ...]


@dataclass(frozen=True, slots=True)
class View:
    """The whole statement."""

    language: str
    kind: str
    title: str
    as_of: str
    as_of_sentence: str
    period: str
    basis: str
    several: str
    selection: str
    issued_by: str
    company: PartyView
    client: PartyView
    palette: Palette
    sections: tuple[SectionView, ...]
    summary: tuple[str, ...]
    labels: dict[str, str]


def to_view(statement: Statement, *, longest_detail: int = 1000) -> View:
    """The statement as text; `longest_detail` bounds the lines under one item."""
    words = Words.of(statement)
    day = words.day(statement.as_of)
    summary = tuple(words.summary(statement))
    sections = zip(statement.sections, summary, strict=False)  # no sections: one sentence alone
    several = (
        "Each currency stands by itself; amounts in different currencies are not added together."
    )
    company = clip(statement.company.name)
    return View(
        language=words.language,
        kind=statement.kind,
        title=words.title(statement.kind),
        as_of=day,
        as_of_sentence=words.t("As of {day}", day=day),
        period=words.period(statement.from_date, statement.to_date),
        basis=words.basis(statement.basis),
        several=words.t(several) if len(statement.sections) > 1 else "",
        selection=selection.sentence(statement, words),
        issued_by=words.t("Issued by {company} from its accounts receivable.", company=company),
        company=_party(statement.company),
        client=_party(statement.client),
        palette=palette(statement.company.color),
        sections=tuple(
            _SectionWriter(words, section, longest_detail).view(statement, sentence)
            for section, sentence in sections
        ),
        summary=summary,
        labels={name: words.t(text) for name, text in LABELS.items()},
    )


def _party(party: Party) -> PartyView:
    contact = (party.address, party.phone, party.email, party.website)
    return PartyView(
        name=clip(party.name),
        tax_id=clip(party.tax_id),
        lines=tuple(line for line in map(clip, contact) if line),
    )


class _SectionWriter:
    """Writes the figures of one section in its currency."""

    def __init__(self, words: Words, section: Section, longest_detail: int) -> None:
        self.words = words
        self.section = section
        self.currency = section.currency
        self.longest_detail = longest_detail

    def view(self, statement: Statement, sentence: str) -> SectionView:
        words, section = self.words, self.section
        currency = clip(section.currency, 8)
        is_open = statement.kind == "open"
        heading = "Documents in {currency}" if is_open else "Movements in {currency}"
        opening = section.opening
        return SectionView(
            currency=currency,
            heading=words.t("Statement in {currency}", currency=currency),
            detail_heading=words.t(heading, currency=currency),
            sentence=sentence,
            buckets=self._buckets(statement.basis),
            total=words.money(section.total, self.currency),
            overdue=words.money(section.overdue, self.currency),
            opening="" if opening is None else words.money(opening, self.currency),
            opening_day=words.day(statement.from_date),
            closing=words.money(section.closing, self.currency),
            items=tuple(map(self._item, section.items)) if is_open else (),
            lines=tuple(map(self._line, section.lines)) if not is_open else (),
            later=tuple(map(self._line, section.future_payments)),
        )

    def _buckets(self, basis: str) -> tuple[BucketView, ...]:
        # By issue date a range says how old a debt is, not that it is late.
        late = {n for n, amount in self.section.aging.items() if n != "current" and amount}
        late = set() if basis == "issue_date" else late
        shown = (
            self._bucket(name, amount, "overdue" if name in late else "")
            for name, amount in self.section.aging.items()
        )
        unapplied = self.section.unapplied
        return (*shown, self._bucket("unapplied", unapplied, "credit" if unapplied else ""))

    def _bucket(self, name: str, amount: Decimal, tone: str) -> BucketView:
        amount_text = self.words.money(amount, self.currency)
        return BucketView(name, self.words.bucket(name), amount_text, tone)

    def _item(self, item: Item) -> ItemView:
        words, currency = self.words, self.currency
        shown = item.allocations[: self.longest_detail]
        hidden = len(item.allocations) - len(shown)
        in_favour = item.type in ("payment", "credit_note")
        return ItemView(
            is_payment=item.type in ("payment", "refund"),
            states=(item.status, "overdue") if item.overdue else (item.status,),
            buckets=tuple({part.bucket: 0 for part in item.instalments or (item,)}),
            type=words.type(item.type),
            number=clip(item.number),
            reference="" if item.reference == item.number else clip(item.reference),
            purchase_order=words.purchase_order(item.purchase_order),
            issued=words.day(item.issue_date),
            due=words.day(item.due_date),
            days=words.days(item),
            total=words.money(item.total, currency),
            applied=words.money(item.applied, currency),
            open=words.money(item.open, currency),
            status=words.status(item),
            overdue=words.overdue(item),
            marks=words.marks(item),
            tone=_tone(item),
            url=safe_url(item.url),
            payments_heading=words.t("Applied to" if in_favour else "Applied payments"),
            payments=tuple(
                Detail(words.day(a.date), words.applied(a, item), words.money(a.amount, currency))
                for a in shown
            ),
            more=words.t("and {count} more", count=hidden) if hidden else "",
            instalments=tuple(map(self._instalment, item.instalments)),
        )

    def _instalment(self, part: Instalment) -> Detail:
        words = self.words
        open_amount = words.money(part.open, self.currency)
        return Detail(
            day=words.day(part.due_date),
            text=words.t("Instalment {number}", number=part.instalment)
            + " · "
            + (words.t("{open} open", open=open_amount) if part.open else words.t("settled"))
            + (f" · {words.t('Overdue')}" if part.open and part.days_overdue > 0 else ""),
            amount=words.money(part.amount, self.currency),
        )

    def _line(self, line: Line) -> LineView:
        words = self.words
        reference = "" if line.reference == line.number else clip(line.reference)
        about = (reference, words.purchase_order(line.purchase_order), clip(line.label))
        return LineView(
            day=words.day(line.date),
            type=words.type(line.type),
            number=clip(line.number),
            reference=" · ".join(dict.fromkeys(part for part in about if part)),
            amount=words.money(line.amount, self.currency),
            balance=words.money(line.balance, self.currency),
            void=words.void(line),
        )


def _tone(item: Item) -> str:
    if item.status == "void":
        return "void"
    if item.overdue:
        return "overdue"
    if item.bucket == "unapplied":
        return "credit"
    return "paid" if item.status == "paid" else "open"
