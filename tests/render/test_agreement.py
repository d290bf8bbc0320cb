"""All forms of one statement: the same figures, and no text that breaks any of them."""

import io
from contextlib import redirect_stdout
from datetime import timedelta
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pypdf import PdfReader
from rich.console import Console

from cartera.render.html import to_html
from cartera.render.pdf import to_pdf
from cartera.render.table import to_table
from cartera.render.text import breakable, clean
from cartera.render.words import Words
from cartera.render.xlsx import write_xlsx
from cartera.statement import Instalment, Statement
from tests.bounds import examples
from tests.factories import (
    AS_OF,
    make_activity,
    make_allocation,
    make_item,
    make_line,
    make_section,
    make_statement,
    money,
)

DIRECTION_MARKS = set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def terminal(statement: Statement) -> str:
    console = Console(width=100, file=io.StringIO(), force_terminal=False)
    console.print(to_table(statement))
    return console.file.getvalue()  # type: ignore[attr-defined]


def pdf_text(statement: Statement) -> str:
    return "".join(p.extract_text() for p in PdfReader(io.BytesIO(to_pdf(statement))).pages)


def xlsx_totals(statement: Statement) -> dict[str, Decimal]:
    """The cell in the last row of each currency's sheet that holds the total."""
    stream = io.BytesIO()
    write_xlsx(statement, stream)
    book = load_workbook(stream, data_only=True)
    return {
        section.currency: Decimal(
            str(next(c for c in reversed(list(book[section.currency].values)[-1]) if c is not None))
        )
        for section in statement.sections
    }


def assert_same_totals(statement: Statement) -> None:
    words = Words.of(statement)
    texts = [terminal(statement), to_html(statement), pdf_text(statement)]
    for section in statement.sections:
        shown = words.money(section.total, section.currency)
        assert [shown in text for text in texts] == [True, True, True]
    totals = xlsx_totals(statement)
    assert totals == {section.currency: section.total for section in statement.sections}


def test_open_items_show_the_same_totals_everywhere():
    pesos = make_section(
        [
            make_item("FV-1", "1190000.37", days=40, allocations=[make_allocation("190000.11")]),
            make_item("RC-1", "-250000.05", type="payment"),
        ]
    )
    assert_same_totals(
        make_statement(pesos, make_section([make_item(total="7.10")], currency="USD"))
    )


def test_activity_shows_the_same_closing_balance_everywhere():
    assert_same_totals(
        make_statement(make_activity(9), kind="activity", from_date=AS_OF, to_date=AS_OF)
    )


def everywhere(statement: Statement) -> list[str]:
    """The text of each form, on one line."""
    stream = io.BytesIO()
    write_xlsx(statement, stream)
    cells = (
        str(cell)
        for sheet in load_workbook(stream)
        for row in sheet.values
        for cell in row
        if cell is not None
    )
    shown = (terminal(statement), to_html(statement), pdf_text(statement), " ".join(cells))
    return [" ".join(text.replace("│", " ").split()) for text in shown]


def test_a_purchase_order_is_said_in_every_form_and_only_where_there_is_one():
    ordered = make_item("FV-1", "1000", purchase_order="4500-77", days=3)
    activity = make_section((), lines=[make_line("1000", number="FV-1", purchase_order="4500-77")])
    period = {"kind": "activity", "from_date": AS_OF, "to_date": AS_OF}
    for statement in (
        make_statement(make_section([ordered, make_item("FV-2")])),
        make_statement(activity, **period),
    ):
        texts = everywhere(statement)
        assert ["4500-77" in text for text in texts] == [True] * 4
        assert ["rden de compra" in text for text in texts] == [True] * 4
    for statement in (make_statement(), make_statement(make_activity(), **period)):
        assert ["rden de compra" in text for text in everywhere(statement)] == [False] * 4


def test_instalments_and_disputes_are_said_in_every_form():
    parts = [
        Instalment(n, AS_OF - timedelta(days=days), money(amount), money(left), days, bucket)
        for n, days, amount, left, bucket in (
            (2, 24, 300_000, 190_000, "1-30"), (3, -37, 300_000, 300_000, "current"),
        )
    ]  # fmt: skip
    planned = make_item("FV-1", "490000", days=24, instalments=tuple(parts))
    texts = everywhere(make_statement(make_section([planned, make_item("FV-2", disputed=True)])))
    narrow, page, pdf, cells = texts
    for said in ("Cuota 2 · 190.000,00 pendiente · Vencida", "Cuota 3 · 300.000,00 pendiente"):
        assert said in page
        assert said in pdf
        assert said[:7] in narrow  # the column of a terminal wraps the rest
    for text in (narrow, page, pdf):
        assert "31/10/2026" in text and "31/12/2026" in text
    assert ["disputa" in text for text in texts] == [True] * 4
    assert "FV-1 2 2026-10-31 00:00:00 24 1 a 30 días 300000.0 190000.0" in cells


hostile = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=40),
    st.sampled_from(
        [
            "[bold red]x[/]", "{{ 7*7 }}", "{total}", "%s", "\x1b[31mred", "\u202egnp.exe", "=1+1",
            "N" * 10_000, "ñ " * 5_000, "\ud800", "\x00", "عربي", "日本語", "👩‍👩‍👧", "", " ",
        ]
    ),
)  # fmt: skip


@settings(max_examples=examples(25))
@given(name=hostile, number=hostile, note=hostile)
@example("\u202e" + "A" * 10_000, "9" * 10_000, "[/bold]{x}\x1b]0;t\x07")
def test_no_text_breaks_a_renderer(name, number, note):
    paid = [make_allocation("1", kind=note, reference=note, label=note, number=number)]
    item = make_item(number, reference=note, purchase_order=note, allocations=paid, url=note)
    line = make_line(
        "-1", type=note, number=number, reference=note, purchase_order=note, label=note
    )
    section = make_section([item], future_payments=(line,))
    party = {"name": name, "tax_id": number, "address": note, "color": note, "logo": note}
    statement = make_statement(section, company=party, client={"name": name, "phone": note})
    with redirect_stdout(io.StringIO()):
        page, shown = to_html(statement), terminal(statement)
    assert to_pdf(statement).startswith(b"%PDF")
    assert xlsx_totals(statement) == {"COP": section.total}
    page.encode()
    assert "\x1b" not in shown
    assert not DIRECTION_MARKS & set(page + shown)


@given(st.text(st.characters(exclude_categories=())))
def test_clean_text_is_stable_and_one_line(text):
    once = clean(text)
    assert clean(once) == once
    assert "\n" not in once
    once.encode()


@given(st.text(max_size=80))
def test_breaks_change_nothing_that_is_seen(text):
    seen = text.replace("\u200b", "")
    assert breakable(seen).replace("\u200b", "") == seen
