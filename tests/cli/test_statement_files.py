"""`cartera statement` into files: each form, chosen by name or by ending, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pypdf
import pytest


@pytest.mark.parametrize("form", ["xlsx", "pdf", "html", "json", "txt"])
def test_the_ending_chooses_the_form(loaded, tmp_path: Path, form):
    path = tmp_path / f"ana.{form}"
    done = loaded("statement", "C2", "-o", path)
    assert (done.code, done.out, done.err) == (0, "", "")
    assert list(tmp_path.iterdir()) == [path]
    assert "FV-2" in words(path)


def words(path: Path) -> str:
    if path.suffix == ".xlsx":
        sheet = openpyxl.load_workbook(path).active
        return " ".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
    if path.suffix == ".pdf":
        return " ".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    return path.read_text(encoding="utf-8")


def test_format_wins_over_the_ending(loaded, tmp_path: Path):
    path = tmp_path / "statement.dat"
    assert loaded("statement", "C2", "--format", "json", "-o", path).code == 0
    written = json.loads(path.read_text(encoding="utf-8"))
    assert written["sections"][0]["total"] == "250.50"
    assert written == loaded.json("statement", "C2")


@pytest.mark.parametrize("form", ["table", "json", "xlsx", "pdf", "html"])
def test_a_folder_that_is_not_there_is_a_failure_that_names_the_file(loaded, tmp_path, form):
    path = tmp_path / "missing" / "ana"
    done = loaded("statement", "C2", "--format", form, "-o", path)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"cartera: {path}: ")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("form", ["table", "xlsx", "pdf", "html"])
def test_what_fails_half_way_leaves_the_old_file(loaded, tmp_path, monkeypatch, form):
    path = tmp_path / "ana"
    path.write_text("the last good one")

    def torn(self: Path, content: bytes) -> int:
        with self.open("wb") as handle:
            handle.write(content[: len(content) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", torn)
    done = loaded("statement", "C2", "--format", form, "-o", path)
    assert (done.code, done.err) == (1, f"cartera: {path}: No space left on device\n")
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "the last good one"


def test_the_table_goes_to_standard_output_and_leaves_it_open(loaded):
    # Once the command closed standard output behind itself.
    done = loaded("statement", "C2", "--language", "en", "--as-of", "2026-04-30")
    assert done.code == 0
    assert "250.50" in done.out
    assert "FV-2" in done.out
    assert max(map(len, done.out.splitlines())) <= 110


def test_kind_period_and_paid_reach_the_statement(loaded):
    shown = loaded.json(
        "statement", "C1", "--kind", "activity", "--from", "2026-02-01", "--to", "2026-02-28"
    )
    (section,) = shown["sections"]
    assert (shown["kind"], shown["from"], shown["to"]) == ("activity", "2026-02-01", "2026-02-28")
    assert (section["opening"], section["closing"]) == ("1000.00", "900.00")
    assert [(x["type"], x["amount"], x["balance"]) for x in section["items"]] == [
        ("discount", "-100.00", "900.00")
    ]
    past = loaded.json("statement", "C1", "--as-of", "2026-01-31", "--paid")
    assert past["sections"][0]["items"][0]["open"] == "1000.00"


def test_a_status_or_range_chooses_lines_and_no_figure(loaded):
    whole = loaded.json("statement", "C2")
    late = loaded.json("statement", "C2", "--status", "paid, void", "--range", "90+")
    assert late["selection"]["filters"] == {"status": "paid,void", "range": "90+"}
    assert late["sections"][0]["items"] == []
    assert late["sections"][0]["aging"] == whole["sections"][0]["aging"]
    assert late["sections"][0]["total"] == whole["sections"][0]["total"]
    assert "selection" not in whole


@pytest.mark.parametrize(
    "options",
    [
        ("--status", "open,nope"),
        ("--status", ""),
        ("--range", "1-29"),
        ("--status", "open", "--kind", "activity"),
    ],
)
def test_a_choice_that_makes_no_sense_is_a_mistake(loaded, options):
    done = loaded("statement", "C2", *options)
    assert (done.code, done.out) == (2, "")
