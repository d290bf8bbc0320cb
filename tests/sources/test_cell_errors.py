"""A spreadsheet's error is no empty cell: its row is refused, whatever column it stands in."""

from __future__ import annotations

import zipfile
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from cartera.config import Company
from cartera.contract import TABLES
from cartera.sources import workbook as book_cells
from cartera.sources.cell_errors import TEXTS
from cartera.sources.excel_child import ERRORS
from cartera.sources.files import FileContents, read
from cartera.sources.mapping import Mapping
from tests.sources.test_row_rules import GOOD, as_csv

#: Those that a workbook marks as errors; the reader knows no others.
OF_WORKBOOKS = sorted(set(ERRORS.values()) - {"#GETTING_DATA"})
EVERY_COLUMN = [(t.name, c.name) for t in TABLES.values() for c in t.columns]


def workbook(path: Path, rows: list[list[object]], skip: int = 0) -> Path:
    """A sheet of these rows; a text such as #N/A becomes a formula's error."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows, start=skip):
            for column, value in enumerate(row):
                if value in OF_WORKBOOKS:
                    sheet.write_formula(number, column, "=NA()", value=value)
                else:
                    sheet.write(number, column, value)
    return path


def refused(contents: FileContents) -> dict[int, set[tuple[str, str | None, str | None]]]:
    return {r.row: {(x.code, x.column, x.value) for x in r.reasons} for r in contents.rejects}


def test_every_error_in_every_column_of_a_workbook(tmp_path):
    for table in TABLES.values():
        names = [c.name for c in table.columns]
        good = [GOOD[table.name].get(name, "") for name in names]
        rows = [names, good]
        expected = {}
        for at, name in enumerate(names):
            error = OF_WORKBOOKS[at % len(OF_WORKBOOKS)]
            rows.append([*good[:at], error, *good[at + 1 :]])
            expected[at + 2] = {("error_cell", name, error)}
        contents = read(workbook(tmp_path / f"{table.name}.xlsx", rows), company=Company())
        found = refused(contents)
        for row, reasons in expected.items():
            assert reasons <= found[row], (table.name, row)
        assert contents.tables[table.name]["row"].to_list() == [1]


@pytest.mark.parametrize("error", [*sorted(TEXTS), "####", "Err:502", "#n/a"])
def test_the_text_of_an_error_in_a_csv_file(read_text, error):
    text = as_csv("documents", due_date=error, reference=error)
    (reject,) = read_text("documents.csv", text).rejects
    assert {(r.code, r.column) for r in reject.reasons} == {
        ("error_cell", "due_date"), ("error_cell", "reference"),
    }  # fmt: skip


@pytest.mark.parametrize("text", ["#1", "N/A", "ver #REF! en la hoja", "#", "##", "Error: 502"])
def test_text_that_only_looks_like_an_error_is_text(read_text, text):
    contents = read_text("documents.csv", as_csv("documents", reference=text))
    assert contents.tables["documents"]["reference"].to_list() == [text]


def test_an_error_beside_it_hides_no_gap(read_text):
    """A row without a total was loaded where another row's total was an error."""
    header, row = as_csv("documents", document_id="F-1", total="#N/A").splitlines()
    _, empty = as_csv("documents", document_id="F-2", total="").splitlines()
    contents = read_text("documents.csv", f"{header}\n{row}\n{empty}\n")
    assert refused(contents) == {
        1: {("error_cell", "total", "#N/A")}, 2: {("missing", "total", None)},
    }  # fmt: skip


def test_a_note_may_say_so_in_a_text_file_and_not_in_a_workbook(read_text, tmp_path):
    contents = read_text("clients.csv", as_csv("clients", notes="#N/A"))
    assert contents.tables["clients"]["notes"].to_list() == ["#N/A"]
    rows = [["client_id", "name", "notes"], ["1", "Ana", "#N/A"]]
    assert refused(read(workbook(tmp_path / "clients.xlsx", rows), company=Company())) == {
        1: {("error_cell", "notes", "#N/A")}
    }


def test_a_column_that_nothing_reads_is_kept_as_it_is(tmp_path):
    rows = [["client_id", "name", "zone"], ["1", "Ana", "#REF!"]]
    contents = read(workbook(tmp_path / "clients.xlsx", rows), company=Company())
    assert contents.tables["clients"]["extra"].to_list() == ['{"zone":"#REF!"}']


def test_errors_are_found_where_they_stand_below_titles_and_among_numbers(tmp_path):
    """Numbers of a column with an error still get the mark that the mapping says."""
    rows: list[list[object]] = [["Cliente", "Nombre", "Cupo"]]
    rows += [[n, "x", 1000.5 + n] for n in range(5)]
    rows[3][2] = "#DIV/0!"
    path = workbook(tmp_path / "cartera.xlsx", rows, skip=3)
    (tmp_path / "m.yml").write_text(
        'format: {skip_rows: 3, decimal_mark: ","}\ntables:\n  - table: clients\n'
        "    columns: {client_id: Cliente, name: Nombre, credit_limit: Cupo}\n"
    )
    contents = read(path, company=Company(), mapping=Mapping.load(tmp_path / "m.yml"))
    assert refused(contents) == {3: {("error_cell", "credit_limit", "#DIV/0!")}}
    limits = contents.tables["clients"]["credit_limit"].cast(pl.String).to_list()
    assert limits == ["1000.5000", "1001.5000", "1003.5000", "1004.5000"]


def changed(path: Path, *changes: tuple[bytes, bytes]) -> Path:
    """The workbook with other words in its sheets, as no writer of ours would write them."""
    target = path.with_name("documents.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for member in old.namelist():
            content = old.read(member)
            if "worksheets" in member:
                for one, other in changes:
                    assert one in content
                    content = content.replace(one, other)
            new.writestr(member, content)
    return target


DOCUMENTS = ["document_id", "client_id", "type", "number", "issue_date", "total"]


def documents(path: Path, **values: list[object]) -> Path:
    """Three invoices; a text such as `=E2+30` becomes a formula with the result 424242."""
    columns: dict[str, list[object]] = {
        "document_id": ["F-1", "F-2", "F-3"], "client_id": ["C"] * 3, "type": ["invoice"] * 3,
        "number": ["1", "2", "3"], "issue_date": ["2026-10-01"] * 3, "total": [5, 6, 7], **values,
    }  # fmt: skip
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for at, (name, cells) in enumerate(columns.items()):
            sheet.write(0, at, name)
            for row, value in enumerate(cells, start=1):
                if str(value).startswith("="):
                    sheet.write_formula(row, at, str(value), value=424242)
                else:
                    sheet.write(row, at, value)
    return path


@pytest.mark.parametrize(("error", "named"), [("#SPILL!", "#SPILL!"), ("#NEVER-SEEN!", "#N/A")])
def test_an_error_that_the_reader_of_workbooks_does_not_know_refuses_its_row(
    tmp_path, error, named
):
    """It once refused the whole workbook, also from a column that nothing reads."""
    rows = [[*DOCUMENTS, "due_date", "zone"]]
    rows += [[f"F-{n}", "C", "invoice", str(n), "2026-10-01", "5", "", ""] for n in range(3)]
    rows[1][6], rows[2][7] = "#N/A", "#N/A"
    path = workbook(tmp_path / "whole.xlsx", rows)
    contents = read(changed(path, (b"#N/A", error.encode())), company=Company())
    assert refused(contents) == {1: {("error_cell", "due_date", named)}}
    assert contents.tables["documents"]["document_id"].to_list() == ["F-1", "F-2"]
    assert contents.tables["documents"]["extra"].to_list() == [f'{{"zone":"{named}"}}', None]


@pytest.mark.parametrize("nothing", [b"<v></v>", b"<v/>", b"<v> </v>", b""])
def test_a_formula_without_a_result_is_no_empty_cell(tmp_path, nothing):
    """As scripts write them: it was due at issue, in silence."""
    path = documents(
        tmp_path / "whole.xlsx",
        due_date=['=IF(E2<"x",E2+30,0)', "2026-12-01", ""],
        zone=["", "=1+1", ""],
    )
    contents = read(changed(path, (b"<v>424242</v>", nothing)), company=Company())
    said = ("formula_without_value", "due_date", '=IF(E2<"x",E2+30,0)')
    assert refused(contents) == {1: {said}}
    assert contents.rejects[0].record["due_date"] == said[2]
    assert contents.tables["documents"]["document_id"].to_list() == ["F-2", "F-3"]


def test_every_column_that_is_read_refuses_a_formula_without_a_result(tmp_path):
    names = [c.name for c in TABLES["documents"].columns]
    path = documents(tmp_path / "whole.xlsx", **{name: ["=A1", "", ""] for name in names})
    contents = read(changed(path, (b"<v>424242</v>", b"<v></v>")), company=Company())
    found = {(code, column) for code, column, _ in refused(contents)[1]}
    assert found == {("formula_without_value", name) for name in names}


def test_a_formula_whose_result_is_the_empty_text_is_an_empty_cell(tmp_path):
    path = documents(tmp_path / "whole.xlsx", due_date=["=A1", "", ""])
    empty = changed(
        path, (b"<v>424242</v>", b"<v></v>"), (b'<c r="G2"><f>', b'<c r="G2" t="str"><f>')
    )
    contents = read(empty, company=Company())
    assert contents.tables["documents"]["due_date"].to_list() == [None] * 3


def test_formulas_of_a_sheet_with_prefixes_and_of_one_that_is_shared(tmp_path):
    path = documents(tmp_path / "whole.xlsx", due_date=["=E2+30", "=E3+30", "2026-12-01"])
    found = changed(
        path,
        (b"<f>E2+30</f><v>424242</v>", b'<f t="shared" ref="G2:G3" si="0">E2+30</f><v/>'),
        (b"<f>E3+30</f><v>424242</v>", b'<f t="shared" si="0"/><v/>'),
        (b"</", b"</x:"), (b"<", b"<x:"), (b"<x:/x:", b"</x:"), (b"<x:?xml", b"<?xml"),
        (b"<x:worksheet xmlns=", b"<x:worksheet xmlns:x="),
    )  # fmt: skip
    said = refused(read(found, company=Company()))
    assert {row: reason for row, ((_, _, reason),) in said.items()} == {1: "=E2+30", 2: "=..."}


def test_blocks_part_no_cell(tmp_path, monkeypatch):
    path = documents(tmp_path / "whole.xlsx", due_date=["=E2+30", "=E3+30", "=E4+30"])
    found = changed(path, (b"<v>424242</v>", b"<v></v>"))
    for size in (7, 50, 333):
        monkeypatch.setattr(book_cells, "_BLOCK", size)
        assert set(refused(read(found, company=Company()))) == {1, 2, 3}


def test_a_filter_of_a_mapping_hides_no_formula(tmp_path):
    path = documents(tmp_path / "whole.xlsx", Estado=["=A1", "Anulada", "Vigente"])
    found = changed(path, (b"<v>424242</v>", b"<v></v>"))
    (tmp_path / "m.yml").write_text(
        "tables:\n  - table: clients\n    where: {Estado: {not_in: [Anulada]}}\n"
        "    columns: {client_id: document_id, name: number}\n"
    )
    contents = read(found, company=Company(), mapping=Mapping.load(tmp_path / "m.yml"))
    assert refused(contents) == {1: {("formula_without_value", "estado", "=A1")}}
    assert contents.tables["clients"]["client_id"].to_list() == ["F-3"]


MAPPED = """
tables:
  - table: documents
    where: {Estado: {not_in: [Anulada]}, Tipo: Factura}
    columns:
      document_id: Factura
      client_id: {column: NIT, map: {"1": C1}, default: C0}
      type: {constant: invoice}
      number: {template: "FV-{Factura}"}
      issue_date: Fecha
      total: Total
      reference: {column: Pedido, otherwise: Orden}
"""


@pytest.mark.parametrize(
    ("column", "named"),
    [
        ("Estado", {"estado"}),
        ("Tipo", {"tipo"}),
        ("NIT", {"client_id"}),
        ("Factura", {"document_id", "number"}),
        ("Fecha", {"issue_date"}),
        ("Total", {"total"}),
        ("Pedido", {"reference"}),
        ("Nada", set()),
    ],
)
def test_no_filter_default_or_template_of_a_mapping_hides_an_error(read_text, column, named):
    row = {
        "Estado": "Activa", "Tipo": "Factura", "NIT": "1", "Factura": "7", "Fecha": "2026-10-01",
        "Total": "5", "Pedido": "P", "Orden": "O", "Nada": "",
    }  # fmt: skip
    row[column] = "#N/A"
    text = ";".join(row) + "\n" + ";".join(row.values()) + "\n"
    found = read_text("x.csv", text, MAPPED)
    assert {r.column for reject in found.rejects for r in reject.reasons} == named
    assert len(found.tables["documents"]) == (0 if named else 1)
