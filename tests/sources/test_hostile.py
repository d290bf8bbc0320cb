"""Files made to break the reader: each ends in one clear line, or in rejects of its rows."""

from __future__ import annotations

import tracemalloc
import zipfile
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from cartera.config import Company
from cartera.errors import FileRefused
from cartera.i18n import Translator
from cartera.sources import guards
from cartera.sources.files import FileContents, is_supported, read, table_of
from cartera.sources.mapping import Mapping

HEADER = "client_id,name\n"


def refusal(path: Path) -> str:
    with pytest.raises(FileRefused) as caught:
        read(path, company=Company())
    assert caught.value.file
    assert "\n" not in str(caught.value)
    return caught.value.reason


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("clients.csv", b"", "empty"),
        ("clients.csv", b"\n\n", "header"),
        ("clients.csv", HEADER.encode() + b"1,caf\x81\n", "byte 20 (line 2)"),
        ("clients.csv", HEADER.encode() + b"1,caf\xe9 caf\xc3\xa9\n", "byte 20 (line 2)"),
        ("clients.csv", HEADER.encode() + b"1,caf\xe9\x07\n", "byte 20 (line 2)"),
        ("clients.jsonl", b'{"client_id": "1", "name": "caf\xe9"}\n', "byte 31 (line 1)"),
        ("clients.csv", HEADER.encode() + b"1,a\x00\n", "zero byte in line 2"),
        ("clients.csv", b"client_id,name, NAME \n1,a,b\n", "two columns are called “name”"),
        ("clients.csv", b"client_id\n1\n", "“name” is missing"),
        ("clients.csv", b"client_id,\"name\n1,Ana\n2,Eva\n", "a quote of the header"),
        ("clients.csv", HEADER.encode() + b"1," + b"x" * (guards.MAX_LINE + 1), "line 2 is longer"),
        ("clients.csv", ",".join(f"c{n}" for n in range(501)).encode(), "501 columns"),
        ("clients.parquet", b"PAR1 cut short", "not a Parquet file"),
        ("clients.xlsx", b"client_id,name\n", "not an Excel workbook"),
        ("clients.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "encrypted"),
        ("clients.pdf", b"%PDF", "ending"),
        ("things.csv", b"a,b\n", "starts with none of"),
    ],
)  # fmt: skip
def test_refused_with_one_line(tmp_path, name, content, says):
    path = tmp_path / name
    path.write_bytes(content)
    assert says in refusal(path)


def test_byte_position_counts_across_blocks(tmp_path):
    path = tmp_path / "clients.csv"
    rows = HEADER.encode() + b"1,\xc3\xa9\n" * (guards.CHUNK // 5)
    path.write_bytes(rows + b"\xff\n")
    assert f"byte {len(rows):,} " in refusal(path)


def test_endless_line_is_found_while_streaming(tmp_path):
    path = tmp_path / "clients.csv"
    with path.open("wb") as handle:
        handle.write(HEADER.encode() + b"1,")
        for _ in range(64):
            handle.write(b"x" * (1 << 20))
    tracemalloc.start()
    reason = refusal(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "line 2 is longer" in reason
    assert peak < 16 << 20


def test_two_gigabytes_of_nothing(tmp_path):
    path = tmp_path / "clients.csv"
    with path.open("wb") as handle:
        handle.truncate(2 << 30)  # sparse: takes no disk
    assert "zero byte in line 1" in refusal(path)


def test_quoted_line_breaks_cannot_swallow_the_file(read_text, monkeypatch):
    monkeypatch.setattr(guards, "MAX_LINE", 1000)
    found = read_text("clients.csv", HEADER + '1,"' + "x\n" * 600 + "2,Eva\n")
    assert [row["name"] for row in found.tables["clients"].rows(named=True)] == ["Eva"]
    refused = Counter(reason.code for reject in found.rejects for reason in reject.reasons)
    assert refused == {"bad_quote": 1, "too_few_fields": 599}


def panic(*_: object) -> None:
    """What a reader in Rust does with a value that it did not foresee: no `Exception`."""
    pl.Series([2**31 - 1], dtype=pl.Int32).cast(pl.Date).cast(pl.String)


def our_own_fault(*_: object) -> None:
    raise AttributeError("nothing of the kind")


@pytest.mark.parametrize("fails", [panic, our_own_fault])
@pytest.mark.parametrize("name", ["clients.csv", "clientes.csv"])
def test_a_reader_that_fails_refuses_the_file(tmp_path, monkeypatch, fails, name):
    monkeypatch.setattr("cartera.sources.files.chunks", fails)
    path = tmp_path / name
    path.write_text(HEADER)
    says = "cannot be read (" if name == "clients.csv" else "is it “clients”?"
    assert says in refusal(path)


def test_truncated_parquet(tmp_path):
    path = tmp_path / "clients.parquet"
    pl.DataFrame({"client_id": ["1"], "name": ["Ana"]}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-10])
    assert "cut short" in refusal(path)


def test_nested_parquet(tmp_path):
    path = tmp_path / "clients.parquet"
    pl.DataFrame({"client_id": ["1"], "name": [["Ana"]]}).write_parquet(path)
    assert "“name” holds lists" in refusal(path)


def a_workbook(path: Path) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["client_id", "name", "credit_limit"])
        sheet.write_row(1, 0, ["1", "Ana", 1234.56])
        sheet.write_formula(2, 2, "=1+1", value=2.5)
        sheet.write_row(2, 0, ["2", "Eva"])
        sheet.write_string(3, 0, "3")
        sheet.write_string(3, 1, '=HYPERLINK("http://x")')
    return path


def test_formulas_give_their_cached_value_and_text_stays_text(tmp_path):
    frame = read(a_workbook(tmp_path / "clients.xlsx"), company=Company()).tables["clients"]
    assert frame["credit_limit"].cast(pl.String).to_list() == ["1234.5600", "2.5000", None]
    assert frame["name"].to_list()[2] == '=HYPERLINK("http://x")'


def test_zip_bomb(tmp_path):
    path = a_workbook(tmp_path / "clients.xlsx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/media/zeros.bin", bytes(20 << 20))
    assert "not a workbook of rows" in refusal(path)


def test_macros(tmp_path):
    path = a_workbook(tmp_path / "clients.xlsx")
    with zipfile.ZipFile(path, "a") as book:
        book.writestr("xl/vbaProject.bin", b"x")
    assert "macros" in refusal(path)


def test_damaged_sheet(tmp_path):
    whole, path = a_workbook(tmp_path / "whole.xlsx"), tmp_path / "clients.xlsx"
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w") as new:
        for member in old.namelist():
            new.writestr(member, b"<x" if "sheet1" in member else old.read(member))
    refusal(path)


def test_two_cells_far_apart(tmp_path):
    path = tmp_path / "clients.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "client_id")
        sheet.write(1_048_575, 16_383, "x")
    refusal(path)  # a table of 17 billion cells: the child process ends, not ours


SHEET = """
format: {{sheet: {}}}
tables:
  - table: clients
    columns: {{client_id: client_id, name: name}}
"""


def sheets(folder: Path, sheet: str, extra: str = "") -> FileContents:
    """A workbook of three sheets, read with a mapping that names one."""
    path, mapping = folder / "clients.xlsx", folder / "m.yml"
    with xlsxwriter.Workbook(path) as book:
        for name in ("Datos ", "Saldos 2026", "2026"):
            rows = book.add_worksheet(name)
            rows.write_row(0, 0, ["client_id", "name"])
            rows.write_row(1, 0, ["1", name])
    mapping.write_text(SHEET.format(sheet + extra))
    return read(path, company=Company(), mapping=Mapping.load(mapping))


@pytest.mark.parametrize(
    ("sheet", "name"),
    [
        ("datos", "Datos"), ("' SALDOS  2026'", "Saldos 2026"), ("2026", "2026"), ("0", "Datos"),
        ("1", "Saldos 2026"),
    ],
)  # fmt: skip
def test_a_sheet_is_found_whatever_its_capitals_and_spaces(tmp_path, sheet, name):
    assert sheets(tmp_path, sheet).tables["clients"]["name"].to_list() == [name]


@pytest.mark.parametrize(
    ("sheet", "says"),
    [
        ("Dattos", "no hay hoja «Dattos» (¿es «Datos»?); el libro tiene "),
        ("Otra", "no hay hoja «Otra»; el libro tiene "),
        ("7", "no hay hoja 7 (la primera es la 0); el libro tiene "),
        ("-1", "no hay hoja -1 (la primera es la 0); el libro tiene "),
    ],
)
def test_a_sheet_that_is_not_there(tmp_path, sheet, says):
    with pytest.raises(FileRefused) as caught:
        sheets(tmp_path, sheet)
    assert caught.value.why(Translator("es")) == says + "Datos, Saldos 2026, 2026"


def test_a_sheet_that_ends_above_its_header(tmp_path):
    with pytest.raises(FileRefused, match="the sheet is empty"):
        sheets(tmp_path, "datos", ", skip_rows: 900")


def test_header_alone_is_no_mistake(read_text):
    contents = read_text("clients.csv", "client_id,name")
    assert (contents.rows, contents.rejects) == (0, [])
    assert contents.tables["clients"].is_empty()


def test_ragged_rows_are_rejects(read_text):
    contents = read_text("clients.csv", HEADER + "1,Ana\n2\n3,Eva,x\n\n4,Leo\n")
    assert [(r.row, r.reasons[0].code) for r in contents.rejects] == [
        (2, "too_few_fields"), (3, "too_many_fields"),
    ]  # fmt: skip
    assert contents.tables["clients"]["client_id"].to_list() == ["1", "4"]


def test_lines_that_are_no_json_object(read_text):
    lines = [
        '{"client_id": "1", "name": "Ana"}', "[1]", "null", "{", "[" * 200_000,
        '{"client_id": "6", "client_id": "7", "name": "Eva"}',
        '{"client_id": "8", "name": "\\ud800"}',
    ]  # fmt: skip
    contents = read_text("clients.jsonl", "\n".join(lines))
    codes = [r.reasons[0].code for r in contents.rejects]
    assert codes == ["not_json"] * 4 + ["duplicate_field", "not_json"]
    assert contents.tables["clients"]["client_id"].to_list() == ["1"]
    assert all(len(r.record["line"]) <= 500 for r in contents.rejects)


def test_strange_file_names(read_text):
    contents = read_text("clients\x1b[31m ñ\n.csv", HEADER + "1,Ana\n")
    assert contents.file.isprintable()
    assert contents.tables["clients"]["name"].to_list() == ["Ana"]


def test_too_many_rejects_are_a_wrong_file(tmp_path, monkeypatch):
    monkeypatch.setattr("cartera.sources.files.MAX_REJECTS", 10)
    path = tmp_path / "clients.csv"
    path.write_text(HEADER + ",nobody\n" * 11)
    assert "more than 10 rows are refused; the first: client_id: is required" in refusal(path)


@pytest.mark.parametrize(
    ("name", "table"),
    [("Clients-2024.csv", "clients"), ("documents.parquet", "documents"), ("my_clients.csv", None)],
)
def test_table_of_a_name(name, table):
    assert table_of(Path(name)) == table


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.csv", True), ("a.NDJSON", True), ("a.xls", False), ("~$a.xlsx", False), (".a.csv", False)],
)
def test_is_supported(name, expected):
    assert is_supported(Path(name)) is expected
