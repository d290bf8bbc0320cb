"""docs/opening-balances.md, loaded as it says: the figures are those that it gives."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Cartera
from tests.ledger.lakes import built

TEXT = (Path(__file__).parents[2] / "docs" / "opening-balances.md").read_text(encoding="utf-8")
OPENING, LATER = TEXT.split("## With what was paid before")


def files(text: str) -> dict[str, str]:
    """The files that a part of the page shows, by the table whose key their first column is."""
    found = re.findall(r"```csv\n(.*?)```", text, re.DOTALL)
    return {f"{block.partition('_id')[0]}s.csv": block for block in found}


def table(text: str) -> list[dict[str, str]]:
    """The page's table as rows by column."""
    lines = [line.strip("| \n").split("|") for line in text.splitlines() if line.startswith("|")]
    header, _, *rows = ([cell.strip() for cell in line] for line in lines)
    return [dict(zip(header, row, strict=True)) for row in rows]


def aging(cartera: Cartera) -> list[dict[str, str]]:
    """The same of what is loaded, as of the opening day."""
    columns = [name for name in table(OPENING)[0] if name != "client"]
    return [
        {"client": row["client_id"], **{name: row[name] for name in columns}}
        for row in cartera.json("aging", "--as-of", "2026-10-31")["rows"]
    ]


@pytest.fixture
def begun(home: Path, tmp_path: Path) -> Cartera:
    cartera = Cartera(built(home))
    load(cartera, tmp_path, files(OPENING))
    return cartera


def load(cartera: Cartera, folder: Path, texts: dict[str, str]) -> dict:
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return cartera.json("load", *(folder / name for name in texts))


def test_the_figures_are_the_page_s(begun, tmp_path):
    expected = table(OPENING)
    assert aging(begun) == expected
    begun("books", "close", "2026-10-31")

    # An export of November: old invoices with their original totals, and what is new.
    documents, payments, allocations = (
        files(OPENING)["documents.csv"].replace("350000,Original 500000", "500000,"),
        "payment_id,client_id,date,amount\nRC-601,C1,2026-11-12,100000\n",
        "allocation_id,kind,amount,source_id,document_id\nRC-601-1,payment,100000,RC-601,FV-801\n",
    )
    documents += "FV-960,C1,invoice,FV-960,2026-11-03,2026-12-03,60000,\n"
    came = {
        "documents.csv": documents, "payments.csv": payments, "allocations.csv": allocations,
    }  # fmt: skip
    result = load(begun, tmp_path, came)
    assert (result["loaded"], result["held"]) == (3, 1)
    assert aging(begun) == expected
    (row,) = begun.json("held", "list")
    assert (row["key"], row["codes"]) == ("FV-801", ["closed_day"])
    rows = begun.json("aging", "--as-of", "2026-11-24")["rows"]
    assert {row["client_id"]: row["total"] for row in rows} == {"C1": "430000.00", "C2": "40000.00"}

    begun("held", "dismiss", "--file", "documents.csv")
    again = load(begun, tmp_path, came)
    assert (again["loaded"], again["held"]) == (0, 0)
    assert begun.json("held", "list") == []


def test_with_what_was_paid_before_the_same_is_open(begun, tmp_path):
    before = table(OPENING)
    original = {
        "documents.csv": files(OPENING)["documents.csv"].replace("350000", "500000"),
        **files(LATER),
    }
    load(begun, tmp_path, original)
    assert aging(begun) == before
