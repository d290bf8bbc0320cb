"""A message's figures are the sums of the rows that it names, whatever it is about.

Subject, first sentence, list, table, PDF and Excel of one message are read back and compared.
"""

from __future__ import annotations

import io
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from html import unescape

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cartera.mail import layout, texts
from cartera.mail.account import MOST_ITEMS
from cartera.mail.letter import Letter, letter
from cartera.mail.open_items import OpenItem, open_items
from cartera.mail.outgoing import About
from cartera.mail.reminded import still_due
from cartera.reminders.rules import LEVELS
from cartera.render.pdf import to_pdf
from cartera.render.view import to_view
from cartera.render.words import Words
from cartera.render.xlsx import write_xlsx
from cartera.statement import Statement
from tests.bounds import examples
from tests.factories import make_item, make_section, make_statement
from tests.mail.accounts import accounts
from tests.mail.orders import make_company, make_order
from tests.mail.seen import amounts, html_rows, sums, text_rows
from tests.mail.test_sample_mails import pdf_text, xlsx_totals

ZERO = Decimal(0)
CLIENT = "pagos@condor.example"
some = settings(max_examples=examples(25), deadline=None)


def reminder(of: Statement, level: str, *wanted: About, statement: bool = True) -> Letter | None:
    """The reminder of these items; None: nothing of them is to be paid."""
    said = texts.default(f"reminder-{level}", of.language)  # type: ignore[arg-type]
    content = replace(said, documents=wanted, statement=statement)
    order = replace(make_order(language=of.language), kind="reminder", content=content)
    due = still_due(of, wanted, (), CLIENT)
    return letter(make_company(), order, of, None, due) if due else None


def sum_of(entries: list[OpenItem]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for one in entries:
        found[one.currency] += one.open
    return dict(found)


@some
@given(of=accounts(), level=st.sampled_from(LEVELS), data=st.data())
def test_a_reminders_figure_is_the_sum_of_what_it_names(
    of: Statement, level: str, data: st.DataObject
) -> None:
    everything = still_due(of, (), (), CLIENT)
    assume(everything)
    due = data.draw(st.lists(st.sampled_from(everything), unique_by=lambda one: one.about))
    due = due or list(everything)
    made = reminder(of, level, *(one.about for one in due))
    assert made is not None
    owed, text, page = sum_of(due), layout.text(made), layout.html(made)
    assert amounts(made.text, of.language) == owed
    has_figure = level in ("first", "second", "final")
    assert amounts(made.subject, of.language) == (owed if has_figure else {})
    for view, (currency, amount) in zip(
        made.reminded, sorted(owed.items(), key=lambda pair: _order(made, pair[0])), strict=True
    ):
        rows = text_rows(text, view.heading, of.language)
        assert sums(rows) == amount
        assert [row.amount for row in html_rows(page, view.heading, of.language)] == [
            row.amount for row in rows
        ]
        if view.sum:
            assert amounts(view.sum, of.language) == {currency: amount}
        late = sum((one.open for one in due if one.currency == currency and one.is_overdue), ZERO)
        section = next(s for s in of.sections if s.currency == currency)
        assert amounts(view.others, of.language).get(currency, ZERO) == section.overdue - late


def _order(made: Letter, currency: str) -> int:
    """The place of a currency's table."""
    return next(n for n, view in enumerate(made.reminded) if currency in view.rows[0].open)


@some
@given(of=accounts())
def test_an_accounts_rows_add_up_to_its_figures(of: Statement) -> None:
    order = make_order(language=of.language)
    made = letter(make_company(), order, of)
    text, page, words = layout.text(made), layout.html(made), Words(of.language, "CO")
    totals = {s.currency: abs(s.total) for s in of.sections if s.total}
    assert {c: a for c, a in amounts(made.subject, of.language).items() if a} == totals
    open_ones = {
        s.currency: [one for item in s.items for one in open_items(item, s.currency)]
        for s in of.sections
    }
    for section in of.sections:
        entries = open_ones[section.currency]
        heading = words.t("Open documents in {currency}", currency=section.currency)
        rows = text_rows(text, heading, of.language)
        assert sums(rows) == section.total
        assert len(rows) == min(len(entries), MOST_ITEMS + 1)
        if not entries:
            continue
        assert [r.amount for r in html_rows(page, heading, of.language)] == [r.amount for r in rows]
        late = [one.open for one in entries if one.is_overdue]
        assert sum(late, ZERO) == section.overdue
        # The page and the PDF show what the message does: the same instalments, the same marks.
        for form in (rows, html_rows(page, heading, of.language)):
            for row, entry in zip(form, entries[:MOST_ITEMS], strict=False):
                assert entry.item.number in row.what
                assert (words.t("Disputed") in row.what) == entry.item.disputed
    for section, seen in zip(of.sections, to_view(of).sections, strict=True):
        for item, shown in zip(section.items, seen.items, strict=True):
            parts = [one for one in open_items(item, section.currency) if one.instalment]
            assert len(shown.instalments) == len(parts)
            for one, detail in zip(parts, shown.instalments, strict=True):
                assert detail.day == words.day(one.due_date)
                assert words.money(one.open, section.currency) in detail.text
            assert (words.t("Disputed") in shown.marks) == item.disputed


@settings(max_examples=examples(6), deadline=None)
@given(of=accounts())
def test_the_files_have_the_messages_figures(of: Statement) -> None:
    stream = io.BytesIO()
    write_xlsx(of, stream)
    shown = {section.currency: section.total for section in of.sections}
    assert xlsx_totals(stream.getvalue()) == shown
    pdf, words = pdf_text(to_pdf(of)), Words(of.language, "CO")
    for section in of.sections:
        assert words.money(section.total, section.currency) in pdf
        assert words.money(section.overdue, section.currency) in pdf


def test_a_long_reminder_says_what_its_last_rows_come_to() -> None:
    items = [make_item(f"FV-{n:03}", "10.25", days=n + 1) for n in range(34)]
    made = reminder(make_statement(make_section(items)), "first")
    assert made is not None
    (view,) = made.reminded
    assert (view.more, view.more_open, view.sum) == (
        "y 4 más en la página", "COP\u00a041,00", "COP\u00a0348,50",
    )  # fmt: skip
    assert "- y 4 más en la página: COP\u00a041,00\nTotal: COP\u00a0348,50\n" in layout.text(made)


def test_money_in_favour_is_said_as_the_statement_says_it() -> None:
    of = make_statement(
        make_section(
            [make_item("FV-1", "100", days=54), make_item("NC-1", -60, type="credit_note")]
        )
    )
    made = reminder(of, "final", statement=False)
    assert made is not None
    (sentence,) = Words.of(of).summary(of)
    assert "a su favor" in sentence
    assert sentence in layout.text(made)
    assert sentence in unescape(layout.html(made))


def test_a_sentence_is_only_said_where_there_is_money_in_favour() -> None:
    of = make_statement(make_section([make_item("FV-1", "100", days=54)]))
    made = reminder(of, "final")
    assert made is not None
    assert [section.sentence for section in made.sections] == [""]
