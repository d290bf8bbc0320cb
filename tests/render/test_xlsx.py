"""The Excel file read back: values, types, formulas, and texts that stay texts."""

import io
import re
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from cartera.aging import Aging, AgingRow
from cartera.render import sheet as sheets
from cartera.render.aging import write_aging_xlsx
from cartera.render.xlsx import write_xlsx
from cartera.statement import Instalment, Statement
from tests.factories import (
    AS_OF,
    COMPANY,
    make_activity,
    make_allocation,
    make_item,
    make_line,
    make_section,
    make_statement,
    money,
)


def written(statement: Statement) -> bytes:
    stream = io.BytesIO()
    write_xlsx(statement, stream)
    return stream.getvalue()


def read(statement: Statement, *, values: bool = False) -> Workbook:
    return load_workbook(io.BytesIO(written(statement)), data_only=values)


def below_header(sheet: Worksheet) -> list[tuple[object, ...]]:
    first = int(sheet.freeze_panes[1:]) if sheet.freeze_panes else 1
    return list(sheet.iter_rows(min_row=first, values_only=True))


def test_one_sheet_for_each_currency_named_by_it():
    book = read(make_statement(make_section(), make_section(currency="USD")))
    assert book.sheetnames == ["COP", "USD"]


def test_letterhead_says_who_and_as_of_when():
    top = list(read(make_statement())["COP"].iter_rows(max_row=4, values_only=True))
    assert top[0][0] == "Estado de cuenta"
    assert top[0][3] == datetime(2026, 11, 24)
    assert top[1][1:4] == ("Distribuidora Ñandú S.A.S.", "NIT / ID fiscal", "900.123.456-7")
    assert top[2][1] == "Ferretería El Cóndor Ltda."


def test_items_are_numbers_dates_and_words():
    item = make_item("FV-7", "1190.5", days=12, allocations=[make_allocation("190.5")])
    row = below_header(read(make_statement(make_section([item])))["COP"])[0]
    assert row == (
        "Factura", "FV-7", None, datetime(2026, 10, 13), datetime(2026, 11, 12), 12,
        "1 a 30 días", 1190.5, 190.5, 1000, "Pago parcial", "Vencida", None,
    )  # fmt: skip


def test_purchase_orders_are_the_last_column_and_only_where_there_are_any():
    items = [make_item("FV-7", purchase_order="OC-1"), make_item("FV-8")]
    rows = below_header(read(make_statement(make_section(items)))["COP"])
    assert [row[13] for row in rows[:2]] == ["OC-1", None]
    plain = read(make_statement(make_section([make_item("FV-8")])))["COP"]
    assert plain.max_column == 13


@pytest.mark.parametrize(
    ("currency", "pattern"), [("COP", "#,##0.00"), ("CLP", "#,##0"), ("CLF", "#,##0.0000")]
)
def test_amounts_have_the_decimals_of_their_currency(currency, pattern):
    sheet = read(make_statement(make_section(currency=currency)))[currency]
    assert sheet["J8"].number_format == pattern


def test_void_is_said_in_a_word():
    sheet = read(make_statement(make_section([make_item(status="void")])))["COP"]
    assert below_header(sheet)[0][10] == "Anulada"


def test_total_is_a_formula_that_already_shows_the_statements_figure():
    statement = make_statement(make_section([make_item("A", "10.01"), make_item("B", "20.02")]))
    assert read(statement)["COP"]["J10"].value == "=SUBTOTAL(109,'COP'!$J$8:$J$9)"
    assert read(statement, values=True)["COP"]["J10"].value == 30.03


def test_closing_balance_adds_the_opening_and_leaves_out_what_is_void():
    activity = make_activity(3)
    void = make_line("999", void=True, balance=activity.closing)
    section = replace(activity, lines=(*activity.lines, void))
    statement = make_statement(section, kind="activity", from_date=AS_OF, to_date=AS_OF)
    sheet = read(statement)["COP"]
    assert below_header(sheet)[0][1] == "Saldo anterior"
    assert below_header(sheet)[4][7] == "Anulada"
    formula = """=SUMIFS('COP'!$F$9:$F$13,'COP'!$H$9:$H$13,"=")"""
    assert sheet["G14"].value == formula
    assert read(statement, values=True)["COP"]["G14"].value == float(section.closing)


def test_header_is_frozen_filtered_and_repeated_on_paper():
    sheet = read(make_statement())["COP"]
    assert sheet.freeze_panes == "A8"
    assert sheet.auto_filter.ref == "A7:M8"
    assert sheet.print_title_rows == "$7:$7"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.sheet_properties.pageSetUpPr.fitToPage  # one page wide is the default of that
    assert sheet.page_setup.fitToHeight == 0


def test_applied_payments_stand_on_their_own_sheet_with_the_document():
    paid = [
        make_allocation("500", reference="TRX-1"),
        make_allocation("25", kind="withholding", source_id=None, label="ReteFuente 2.5 %"),
    ]
    book = read(make_statement(make_section([make_item("FV-1", allocations=paid)])))
    rows = below_header(book["Pagos aplicados COP"])
    day = datetime(2026, 11, 14)
    assert rows == [
        ("FV-1", "Factura", day, "Pago", "TRX-1", None, None, 500),
        ("FV-1", "Factura", day, "Retención", None, "ReteFuente 2.5 %", None, 25),
    ]


def test_instalments_and_later_payments_stand_on_their_own_sheets():
    plan = (Instalment(1, AS_OF, money(600), money(0), 0, "current"),)
    item = make_item(instalments=plan)
    later = make_line("-300", type="payment", number="RC-9")
    book = read(make_statement(make_section([item], future_payments=(later,))))
    assert below_header(book["Cuotas COP"])[0][4:] == ("saldada", 600, 0)
    assert below_header(book["Pagos posteriores COP"])[0][4] == -300


@pytest.mark.parametrize(
    "text", ["=cmd|'/c calc'!A1", "+1", "@x", "-2+3", "{=1+1}", "=1+1", "http://evil.example", "01"]
)
def test_no_text_becomes_a_formula_number_or_link(text):
    paid = [make_allocation("1", reference=text, label=text)]
    item = make_item(text, reference=text, allocations=paid)
    statement = make_statement(make_section([item]), client={"name": text}, company={"name": text})
    book = read(statement)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert sum(cell.value == text and cell.data_type == "s" for cell in cells) == 7
    formulas = [cell.value for cell in cells if cell.data_type == "f"]
    assert formulas == ["=SUBTOTAL(109,'COP'!$J$8)"]
    assert not [cell for cell in cells if cell.hyperlink]


def test_characters_that_xml_refuses_are_left_out():
    name = "A\x00B\x01C\ufffeD\ud800E\U0001ffffF"
    sheet = read(make_statement(client={"name": name}))["COP"]
    assert sheet["B3"].value == "ABCDEF"


def test_a_number_is_written_digit_by_digit():
    """Through a float this one goes out as 8888809777878.439."""
    item = make_item(total="8888809777878.44")
    with ZipFile(io.BytesIO(written(make_statement(make_section([item]))))) as files:
        xml = files.read("xl/worksheets/sheet1.xml").decode()
    (found,) = re.findall(r'<c r="J8"[^>]*><v>([^<]*)</v>', xml)
    assert Decimal(found) == Decimal("8888809777878.44")


def test_an_amount_beyond_15_digits_is_text_and_so_is_not_rounded():
    item = make_item(total="99999999999999.99")
    sheet = read(make_statement(make_section([item])))["COP"]
    assert sheet["H8"].value == "99.999.999.999.999,99"
    assert sheet["J9"].value == "99.999.999.999.999,99"  # and a formula would have missed it


def test_a_full_sheet_goes_on_in_the_next(monkeypatch):
    monkeypatch.setattr(sheets, "ROWS", 10)
    items = [make_item(f"FV-{n}", 10) for n in range(7)]
    statement = make_statement(make_section(items))
    book = read(statement)
    assert book.sheetnames == ["COP", "COP (2)"]
    assert [row[1] for row in below_header(book["COP"])] == ["FV-0", "FV-1"]
    assert book["COP (2)"].max_row == 7
    formula = "=SUBTOTAL(109,'COP'!$J$8:$J$9)+SUBTOTAL(109,'COP (2)'!$J$2:$J$6)"
    assert book["COP (2)"]["J7"].value == formula
    assert read(statement, values=True)["COP (2)"]["J7"].value == 70


def test_a_statement_without_sections_is_still_a_workbook():
    book = read(replace(make_statement(), sections=()))
    assert book.active["A4"].value == "Al 24/11/2026 no tiene saldo pendiente."


def test_properties_name_the_company():
    properties = read(make_statement()).properties
    assert properties.creator == "Distribuidora Ñandú S.A.S."
    assert properties.title == "Estado de cuenta · Ferretería El Cóndor Ltda."


def test_to_a_path(tmp_path):
    write_xlsx(make_statement(), tmp_path / "cuenta.xlsx")
    assert load_workbook(tmp_path / "cuenta.xlsx").sheetnames == ["COP"]


@pytest.mark.full
def test_memory_stays_bounded_with_30_000_items():
    """In a process of its own, whose peak nothing else has raised before."""
    program = """
import io, resource
from cartera.render.xlsx import write_xlsx
from tests.factories import make_item, make_section, make_statement
write_xlsx(make_statement(), io.BytesIO())
statement = make_statement(make_section([make_item()] * 30_000))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open("/dev/null", "wb") as nowhere:
    write_xlsx(statement, nowhere)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 20 * 1024  # KiB; without constant memory it takes 120 MiB


def test_aging_has_a_sheet_for_each_currency_and_totals_that_tie():
    def row(client: str, current: str, late: str, currency: str = "COP") -> AgingRow:
        buckets = {"current": money(current), "1-30": money(late), "30+": money(0)}
        total = money(current) + money(late)
        return AgingRow(client, client, currency, buckets, money(late), money(0), total, 1)

    rows = (row("A", "10.10", "5"), row("=B", "1", "2"), row("A", "7", "0", "USD"))
    totals = (row("", "11.10", "7"), row("", "7", "0", "USD"))
    aging = Aging(AS_OF, "due_date", (30,), rows, totals)
    stream = io.BytesIO()
    write_aging_xlsx(aging, COMPANY, stream)
    book = load_workbook(stream, data_only=True)
    assert book.sheetnames == ["COP", "USD"]
    rows_read = below_header(book["COP"])
    assert [line[0] for line in rows_read] == ["A", "=B", "Total"]
    assert Decimal(str(rows_read[-1][6])) == Decimal("18.1")
    assert load_workbook(stream)["COP"]["G7"].value == "=SUBTOTAL(109,'COP'!$G$5:$G$6)"
