"""A spreadsheet's error is no empty cell: its row is refused, whatever column it stands in."""

from __future__ import annotations

import zipfile
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from cartera.config import Company
from cartera.contract import TABLES
from cartera.errors import FileRefused
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


def test_an_error_that_the_reader_of_workbooks_does_not_know_is_named(tmp_path):
    whole = workbook(tmp_path / "whole.xlsx", [["client_id", "name"], ["1", "#N/A"]])
    path = tmp_path / "clients.xlsx"
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w") as new:
        for member in old.namelist():
            new.writestr(member, old.read(member).replace(b"#N/A", b"#SPILL!"))
    with pytest.raises(FileRefused, match="a cell holds the error #SPILL!"):
        read(path, company=Company())


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
