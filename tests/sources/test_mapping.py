"""Mapping files: what they do to a row, and what they refuse to say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cartera.config import Company
from cartera.errors import FileRefused, MappingError
from cartera.i18n import Translator
from cartera.sources.files import read
from cartera.sources.mapping import Mapping

CLIENT = """
tables:
  - table: clients
    columns: {client_id: id, name: who}
"""


def invoices(extra: str = "", *, feed: str = "amt", where: str = "{}") -> str:
    return f"""
format: {{{extra}}}
tables:
  - table: documents
    where: {where}
    columns:
      document_id: {{template: "F-{{id}}"}}
      client_id: {{constant: 001}}
      type: {{constant: invoice}}
      number: id
      issue_date: day
      currency: {{constant: USD}}
      total: {feed}
"""


def totals(contents) -> list[Decimal]:
    return contents.tables["documents"]["total"].to_list()


def test_templates_constants_and_dates_without_leading_zeros(read_text):
    mapping = invoices('date_format: "%m/%d/%Y"')
    contents = read_text("export.csv", "ID,Day,AMT\n7,4/6/2013,1.50\n", mapping)
    row = contents.tables["documents"].row(0, named=True)
    assert (row["document_id"], row["client_id"]) == ("F-7", "001")
    assert (row["issue_date"], row["total"]) == (date(2013, 4, 6), Decimal("1.5"))


def test_iso_date_still_reads_under_another_format_and_nonsense_is_refused(read_text):
    mapping = invoices('date_format: "%d/%m/%Y"')
    contents = read_text("e.csv", "id,day,amt\n1,2024-02-01,1\n2,31/02/2024,1\n", mapping)
    assert contents.tables["documents"]["issue_date"].to_list() == [date(2024, 2, 1)]
    assert [(r.code, r.value) for r in contents.rejects[0].reasons] == [
        ("not_a_date", "31/02/2024")
    ]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("1.234,50", "1234.5"), ("1234,5", "1234.5"), ("1.234.567", "1234567"), ("2,5", "2.5"),
        ("1.5", None), ("1.23.456", None), ("1,234.50", None), ("1234.567,8", None),
        ("0.123", None), ("-012.345", None), ("0,5", "0.5"), ("007,5", "7.5"),
    ],
)  # fmt: skip
def test_decimal_comma(read_text, written, read_as):
    """`1.5` once became 15: the thousands mark was dropped wherever it stood."""
    mapping = invoices('decimal_mark: ",", thousands_mark: "."')
    contents = read_text("e.csv", f"id;day;amt\n1;2024-01-31;{written}\n", mapping)
    assert totals(contents) == ([Decimal(read_as)] if read_as else [])
    reasons = [r for reject in contents.rejects for r in reject.reasons]
    assert len(reasons) == (0 if read_as else 1)
    assert {(r.code, r.value) for r in reasons} <= {
        ("not_an_amount", written), ("marks_in_amount", written),
    }  # fmt: skip
    assert {reject.record["total"] for reject in contents.rejects} <= {written}


def test_numbers_of_a_json_file_are_numbers_whatever_the_mark(read_text):
    """A JSON number 123.45 is no text: it once went through the marks and became 12345."""
    mapping = invoices('decimal_mark: ",", thousands_mark: "."')
    lines = '{"id": 1, "day": "2024-01-31", "amt": 123.45}\n'
    lines += '{"id": 2, "day": "2024-01-31", "amt": "1.234,50"}\n'
    assert totals(read_text("e.jsonl", lines, mapping)) == [Decimal("123.45"), Decimal("1234.5")]


def test_numbers_of_a_workbook_are_numbers_whatever_the_mark_and_the_texts_beside(tmp_path):
    """One text in the column once made every number with decimals a refused row."""
    import xlsxwriter

    typed = [1500.50, 150, -80.25, 2000, 80.125, 0.5, 12345678901.25]
    texts = {"1.500,50": "1500.5", "1500.50": None, "80.125": "80125", "Revisó: Beto": None}
    path = tmp_path / "e.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(3, 0, ["id", "day", "amt"])
        for number, value in enumerate([*typed, *texts]):
            sheet.write_row(4 + number, 0, [str(number), "2024-01-31", value])
    extra = 'skip_rows: 3, decimal_mark: ",", thousands_mark: "."'
    (tmp_path / "m.yml").write_text(invoices(extra, feed="{column: amt, sign: absolute}"))
    contents = read(path, company=Company(), mapping=Mapping.load(tmp_path / "m.yml"))
    found = {r.row: r.reasons[0].value for r in contents.rejects}
    # Three decimals are too many for dollars, and still are what the cell says.
    assert found == {5: "80.125", 9: "1500.50", 11: "Revisó: Beto"}
    assert list(map(str, totals(contents))) == [
        "1500.5000", "150.0000", "80.2500", "2000.0000", "0.5000", "12345678901.2500",
        "1500.5000", "80125.0000",
    ]  # fmt: skip


def test_a_day_that_is_not_in_the_mapping_s_format_is_shown_as_it_stands(read_text):
    mapping = invoices('date_format: "%d/%m/%Y"')
    (reject,) = read_text("e.csv", "id,day,amt\n1,31/10/26,1\n", mapping).rejects
    assert [(r.code, r.value) for r in reject.reasons] == [("not_a_date", "31/10/26")]
    assert reject.record["issue_date"] == "31/10/26"


def test_no_break_space_is_a_thousands_space(read_text):
    mapping = invoices('decimal_mark: ",", thousands_mark: " "')
    contents = read_text("e.csv", "id;day;amt\n1;2024-01-31;1\u00a0234,50\n", mapping)
    assert totals(contents) == [Decimal("1234.5")]


def test_number_filter_reads_the_file_s_marks_and_hides_no_mistake(read_text):
    """`2,5` is above 0; `abc` is for the row rules to refuse, not for a filter to hide."""
    mapping = invoices('decimal_mark: ","', where="{amt: {above: 0}}")
    text = "id;day;amt\n1;2024-01-31;2,5\n2;2024-01-31;0,0\n3;2024-01-31;abc\n4;2024-01-31;\n"
    contents = read_text("e.csv", text, mapping)
    assert totals(contents) == [Decimal("2.5")]
    assert [r.row for r in contents.rejects] == [3]


REPORT = """
format: {skip_rows: 3}
tables:
  - table: clients
    columns: {client_id: NIT, name: Cliente}
  - table: documents
    where: {Valor: {above: 0}}
    columns: {document_id: No, client_id: NIT, type: {constant: invoice}, number: No,
              issue_date: Fecha, total: Valor}
  - table: documents
    where: {Valor: {below: 0}}
    columns: {document_id: No, client_id: NIT, type: {constant: credit_note}, number: No,
              issue_date: Fecha, total: {column: Valor, sign: absolute}}
"""


@pytest.mark.parametrize("total", ["{column: Valor, sign: absolute}", "Valor", "valor"])
def test_a_report_with_titles_and_credit_notes_below_zero(tmp_path, total):
    """Titles above the heading (one of them a merged cell), rows below zero, a line of totals."""
    import xlsxwriter

    path = tmp_path / "report.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 4, "Ferretería - facturas y notas")
        sheet.write(1, 0, "A 31/10/2026")
        sheet.write_row(3, 0, ["No", "NIT", "Cliente", "Fecha", "Valor"])
        sheet.write_row(4, 0, ["FE-1", "900", "Uno", "2026-10-01", 150000])
        sheet.write_row(5, 0, ["NC-1", "900", "Uno", "2026-10-05", -50000])
        sheet.write_row(6, 0, ["FE-2", "900", "Uno", "2026-10-06", 0])
        sheet.write_row(7, 0, ["TOTAL", None, None, None, 100000])
    (tmp_path / "m.yml").write_text(REPORT.replace("{column: Valor, sign: absolute}", total))
    found = read(path, company=Company(), mapping=Mapping.load(tmp_path / "m.yml"))
    rows = found.tables["documents"].sort("document_id").rows(named=True)
    assert [(row["document_id"], row["type"], row["total"]) for row in rows] == [
        ("FE-1", "invoice", Decimal(150000)),
        ("NC-1", "credit_note", Decimal(50000)),
    ]
    # The totals are no invoice: nobody owes them.
    assert {reject.row for reject in found.rejects} == {4}


def test_sign_goes_with_amounts_only(tmp_path):
    path = tmp_path / "m.yml"
    path.write_text(CLIENT.replace("who}", "{column: who, sign: absolute}}"))
    with pytest.raises(MappingError, match="sign goes with amounts only"):
        Mapping.load(path)


def test_yes_is_a_word_and_not_true(read_text):
    mapping = CLIENT.replace("who}", "who, language: {column: es, map: {Yes: es, No: en}}}")
    contents = read_text("e.csv", "id,who,es\n1,Ana,Yes\n2,Eva,No\n3,Leo,?\n", mapping)
    assert contents.tables["clients"]["language"].to_list() == ["es", "en", "?"]


def test_map_with_default_and_otherwise(read_text):
    mapping = CLIENT.replace(
        "who}",
        "{column: who, otherwise: id}, notes: {column: n, map: {a: A}, default: none}}",
    )
    contents = read_text("e.csv", "id,who,n\n1,,a\n2,Eva,b\n", mapping)
    assert contents.tables["clients"]["name"].to_list() == ["1", "Eva"]
    assert contents.tables["clients"]["notes"].to_list() == ["A", "none"]


@pytest.mark.parametrize(
    "amount", ["{column: amt, default: '7.50'}", "{column: amt, map: {x: '1'}, default: '7.50'}"]
)
def test_a_default_is_in_the_contract_s_spelling_as_a_constant_is(read_text, amount):
    """Under a decimal comma `7.50` is no way to write an amount, in the file."""
    mapping = invoices('decimal_mark: ",", thousands_mark: "."', feed=amount)
    contents = read_text("e.csv", "id;day;amt\n1;2024-01-31;\n", mapping)
    assert totals(contents) == [Decimal("7.50")]


def test_a_mapped_value_an_empty_one_and_an_error_beside_a_default(read_text):
    mapping = invoices(feed="{column: amt, map: {uno: '1', nada: null}, default: '9'}")
    text = "id,day,amt\n1,2024-01-31,uno\n2,2024-01-31,\n3,2024-01-31,5\n4,2024-01-31,#N/A\n"
    contents = read_text("e.csv", text + "5,2024-01-31,nada\n", mapping)
    assert totals(contents) == [Decimal(1), Decimal(9), Decimal(9)]
    assert {(r.row, r.reasons[0].code) for r in contents.rejects} == {
        (4, "error_cell"), (5, "missing"),
    }  # fmt: skip


SEEN = """
tables:
  - table: clients
    where: {Condici\u00f3n: {not_in: [Cr\u00e9dito]}, "Zona": [A-1, "B 2"]}
    columns:
      client_id: NIT
      name: {column: Raz\u00f3n social}
      language: {column: idioma, map: {espa\u00f1ol: es}}
      notes: {template: "{Condici\u00f3n}"}
"""


def test_words_and_headings_are_compared_as_people_see_them(read_text):
    """An accent apart from its letter, other spaces and hyphens, a line break in a heading."""
    heading = 'NIT\u200b;"Razo\u0301n\n social";Condicio\u0301n ;zona;Idioma\n'
    rows = [
        "1;Ana;Cre\u0301dito;A-1;espan\u0303ol", "2;Eva;Contado;A\u20111;espan\u0303ol",
        "3;Leo;contado;B\u00a02;English\u200b", "4;Luz;Contado;C;x",
    ]  # fmt: skip
    contents = read_text("e.csv", heading + "\n".join(rows), SEEN)
    found = contents.tables["clients"].select("client_id", "name", "language", "notes")
    assert found.rows() == [("2", "Eva", "es", "Contado"), ("3", "Leo", "English\u200b", "contado")]


def test_same_client_on_many_rows_is_one_row(read_text):
    contents = read_text("e.csv", "id,who\n1,Ana\n2,Eva\n1,Ana\n1,Anna\n", CLIENT)
    assert contents.tables["clients"].select("row", "name").rows() == [
        (1, "Ana"), (2, "Eva"), (4, "Anna"),
    ]  # fmt: skip


def test_a_row_is_one_unit(read_text):
    mapping = CLIENT + invoices().split("tables:\n")[1]
    text = "id,who,day,amt\n1,Ana,2024-01-31,5\n2,Eva,soon,-1\n"
    contents = read_text("e.csv", text, mapping)
    assert contents.tables["clients"]["client_id"].to_list() == ["1"]
    assert [(r.row, r.table) for r in contents.rejects] == [(2, "documents")]
    assert {r.code for r in contents.rejects[0].reasons} == {"not_a_date", "not_positive"}


def test_column_that_is_not_there(read_text):
    with pytest.raises(FileRefused, match="needs a column “who”"):
        read_text("e.csv", "id\n1\n", CLIENT)


def test_skipped_lines_and_encoding(read_text):
    mapping = "format: {encoding: latin-1, skip_rows: 2, delimiter: '|'}" + CLIENT
    contents = read_text("e.csv", "Report\n\nid|who\n1|Ñandú\n".encode("latin-1"), mapping)
    assert contents.tables["clients"]["name"].to_list() == ["Ñandú"]


@pytest.mark.parametrize(
    ("text", "where", "says"),
    [
        (CLIENT + "    colums: {}\n", "tables.0.colums", "no such key"),
        (CLIENT.replace("id,", "{colum: id},"), "tables.0.columns.client_id.colum", "no such key"),
        (CLIENT.replace("clients", "customers"), "tables.0", "“customers” is none of"),
        (CLIENT.replace(", name: who", ""), "tables.0", "needs name"),
        (CLIENT.replace("name:", "nmae:"), "tables.0", "no column “nmae” (is it “name”?)"),
        (CLIENT.replace("who", "{column: a, constant: b}"), "tables.0.columns.name", "exactly one"),
        (CLIENT.replace("who", '{template: "a {b"}'), "tables.0.columns.name", "brace"),
        (CLIENT.replace("table: clients", "table: clients\n    table: x"), "YAML", "given twice"),
        ("a: &a [x]\nb: *a", "YAML", "aliases"),
        ("tables: [", "YAML", "line 1: a bracket or a brace is not closed"),
        ("[" * 5000, "YAML", "nested too deeply"),
        ("!!python/object/apply:os.system ['true']", "YAML", "tags"),
        ("a: !!int x", "YAML", "line 1: tags"),
        ("a: b\n\tc: d", "YAML", "line 2: a tab"),
        ("\n\ta: b", "YAML", "line 2: a tab"),
        ("a: @b", "YAML", "a text with @ in front"),
        ("a: b: c", "YAML", "a colon too many"),
        ("a:\n 'b\nc: d", "YAML", "line 2: a quote is opened"),
        ("a: 1\nb\nc: 2", "YAML", "line 3: a colon is missing"),
        ("- a\nb: c", "YAML", "line 2: is not YAML"),
        ("? [a]\n: b", "YAML", "line 1: a key must be"),
        ("a: b\nc: \x07", "YAML", "line 2: a character that cannot be shown"),
        ("format: {skip_rows: -1}" + CLIENT, "format.skip_rows", "must be 0 or more"),
        ("format: {skip_rows: 1001}" + CLIENT, "format.skip_rows", "must be 1,000 or less"),
        ("format: {delimiter: ''}" + CLIENT, "format.delimiter", "must not be empty"),
        ("[]", "file", "keys and values"),
        ("format: {encoding: zip}" + CLIENT, "format.encoding", "unknown encoding"),
        ("format: {delimiter: '\"'}" + CLIENT, "format.delimiter", "cannot separate"),
        ('format: {date_format: "%d/%m"}' + CLIENT, "format.date_format", "day, month and year"),
        ('format: {thousands_mark: "."}' + CLIENT, "format", "are the same"),
    ],
)
def test_what_a_mapping_may_not_say(tmp_path, text, where, says):
    path = tmp_path / "m.yml"
    path.write_text(text)
    with pytest.raises(MappingError, match=r"^m\.yml: ") as caught:
        Mapping.load(path)
    assert caught.value.where == where
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    spanish = Translator("es")
    assert all(fault.said(spanish) != str(fault) for fault in caught.value.faults)


def test_a_mapping_that_is_not_in_utf_8(tmp_path):
    path = tmp_path / "m.yml"
    path.write_bytes("tables: []\ndescription: café".encode("cp1252"))
    with pytest.raises(MappingError, match=r"byte 27 \(line 2\) cannot be read"):
        Mapping.load(path)
