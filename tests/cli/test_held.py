"""`cartera held`, `cartera books`, and what other commands say of rows that wait."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cartera
from tests.ledger.lakes import built

HEAD = "document_id,client_id,type,number,issue_date,due_date,total\n"
CLIENTS = "client_id,name\nUNO,Uno\nDOS,Dos\n"
OLD = "FV-100,UNO,invoice,FV-100,2025-03-01,2025-03-31,900000\n"
NEW = "FV-100,DOS,invoice,FV-100,2026-03-01,2026-03-31,120000\n"


@pytest.fixture
def begun(home: Path, tmp_path: Path) -> Cartera:
    """An installation with a number used twice."""
    cartera = Cartera(built(home))
    for name, text in {
        "clients.csv": CLIENTS, "documents_1.csv": HEAD + OLD, "documents_2.csv": HEAD + NEW,
    }.items():  # fmt: skip
        (tmp_path / name).write_text(text, encoding="utf-8")
    shown = cartera.json("load", tmp_path)
    assert (shown["loaded"], shown["held"], shown["rejected"]) == (3, 1, 0)
    return cartera


def totals(cartera: Cartera) -> dict[str, str]:
    rows = cartera.json("aging", "--as-of", "2026-11-24")["rows"]
    return {row["client_id"]: row["total"] for row in rows}


def test_the_word_names_both_and_the_old_debt_stays_until_a_person_says_which(begun, tmp_path):
    assert totals(begun) == {"UNO": "900000.00"}
    (row,) = begun.json("rejects", "--language", "en")
    assert (row["state"], row["table"], row["file"], row["row"]) == (
        "held", "documents", "documents_2.csv", 1,
    )  # fmt: skip
    (said,) = row["reasons"]
    for word in ("UNO", "Mar 1, 2025", "900,000", "DOS", "Mar 1, 2026", "120,000"):
        assert word in said
    assert begun.json("status")["held"] == 1

    (listed,) = begun.json("held", "list")
    assert listed["in_books"]["client_id"] == "UNO"
    begun("held", "accept", listed["id"])
    assert begun.json("held", "list") == []
    begun("refresh")
    assert totals(begun) == {"DOS": "120000.00"}
    (decided,) = begun.json("held", "list", "--decided")
    assert (decided["state"], decided["by"]) == ("accepted", "command line")
    again = begun("load", tmp_path / "documents_2.csv").out
    assert "loaded 0, unchanged 1, rejected 0, waiting 0" in again


def test_what_cannot_be_meant_is_said(begun):
    assert begun("held", "accept").code == 2
    assert begun("held", "accept", "ffff").code == 1
    assert begun("held", "dismiss", "--file", "x.csv").code == 1
    assert begun("held", "accept", "").code != 0


def test_books_are_closed_and_reopened(begun):
    assert begun.json("books", "show")[0]["closed_until"] is None
    begun("books", "close", "2026-02-28")
    (shown,) = begun.json("books", "show")
    assert (shown["closed_until"], shown["by"]) == ("2026-02-28", "command line")
    assert begun("books", "close", "28/02/2026").code == 2
    assert begun("books", "close", "2999-01-01").code == 2
    begun("books", "reopen")
    assert begun.json("books", "show")[0]["closed_until"] is None
