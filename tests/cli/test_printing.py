"""Tables, JSON and CSV of two companies that share ids, and never see each other."""

from __future__ import annotations

import csv
from io import StringIO

import pytest

#: Words that stand only in the rows of the company `other`.
OTHERS = ("Secreto", "Oculto", "OV-", "D-LATE", "minus", "C7", "D9")
COMMANDS = [
    ["aging"], ["rejects"], ["warnings"], ["status"], ["link", "list"], ["statement", "C1"],
    ["check"],
]  # fmt: skip


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_a_company_never_shows_another_s(loaded, command, form):
    if (command[0], form) == ("statement", "csv"):
        form = "html"
    made = loaded.json("link", "create", "C7", "--company", "other")
    mine = loaded(*command, "--format", form)
    assert (mine.code, mine.err) == (0, "")
    for word in (*OTHERS, made["link"]):
        assert word not in mine.out


@pytest.mark.full
def test_each_company_has_its_own_figures_under_the_same_ids(loaded):
    assert [r["total"] for r in loaded.json("aging")["rows"]] == ["900.00", "250.50"]
    assert [r["total"] for r in loaded.json("aging", "--company", "other")["rows"]] == ["77.00"]
    both = [loaded.json("statement", "C1", *which) for which in ([], ["--company", "other"])]
    assert [s["sections"][0]["total"] for s in both] == ["900.00", "77.00"]
    assert loaded.json("status")["tables"]["documents"] == 2
    assert loaded.json("status", "--company", "other")["tables"]["documents"] == 1
    assert loaded.json("aging", "--company", "nobody") == {
        "as_of": loaded.json("aging", "--company", "nobody")["as_of"],
        "basis": "due_date", "rows": [], "totals": [],
    }  # fmt: skip


def test_the_company_can_come_from_the_environment(loaded):
    shown = loaded("aging", "--format", "csv", CARTERA_COMPANY="other")
    assert [row["client"] for row in rows(shown.out)] == ["Secreto"]


@pytest.mark.parametrize(
    ("asked", "ranges"),
    [
        ((), "current,1-30,31-60,61-90,90+"),
        (("--buckets", "15,45"), "current,1-15,16-45,45+"),
        (("--basis", "issue_date", "--buckets", "10"), "0-10,10+"),
    ],
)
def test_aging_has_the_same_columns_whether_somebody_owes_or_not(loaded, asked, ranges):
    # Without a row the ranges were missing: what reads the file lost its columns on a quiet day.
    heading = f"client_id,client,currency,{ranges},unapplied,total,documents\n"
    nobody = loaded("aging", *asked, "--company", "nobody", "--format", "csv")
    assert (nobody.out, nobody.code) == (heading, 0)
    assert loaded("aging", *asked, "--format", "csv").out.startswith(heading)


def test_aging_json(loaded):
    shown = loaded.json("aging", "--as-of", "2026-04-30", "--buckets", "15,30,60")
    assert (shown["as_of"], shown["basis"]) == ("2026-04-30", "due_date")
    first, second = shown["rows"]
    names = ["current", "1-15", "16-30", "31-60", "60+"]
    assert [first[n] for n in names] == ["0.00", "0.00", "0.00", "0.00", "900.00"]
    assert [second[n] for n in names] == ["0.00", "0.00", "250.50", "0.00", "0.00"]
    (total,) = shown["totals"]
    assert (total["currency"], total["total"], total["unapplied"]) == ("COP", "1150.50", "0.00")
    by_issue = loaded.json(
        "aging", "--as-of", "2026-04-30", "--basis", "issue_date", "--client", "C2"
    )
    assert [(r["client_id"], r["31-60"]) for r in by_issue["rows"]] == [("C2", "250.50")]
    assert "current" not in by_issue["rows"][0]


def test_aging_csv_has_clients_only_and_plain_numbers(loaded):
    shown = rows(loaded("aging", "--format", "csv", "--as-of", "2026-04-30").out)
    assert [(r["client_id"], r["1-30"], r["90+"], r["total"]) for r in shown] == [
        ("C1", "0.00", "0.00", "900.00"),
        ("C2", "250.50", "0.00", "250.50"),
    ]


def test_a_formula_in_a_name_is_defused_in_csv_alone(loaded):
    shown = rows(loaded("aging", "--format", "csv").out)
    assert shown[0]["client"] == '\'=HYPERLINK("x")'
    assert loaded.json("aging")["rows"][0]["client"] == '=HYPERLINK("x")'


def test_rejects_in_each_form(loaded):
    refused, waits = loaded.json("rejects", "--language", "en")
    assert (refused["state"], refused["file"], refused["row"]) == ("rejected", "documents.csv", 3)
    assert refused["codes"] == ["not_a_date"]
    assert refused["record"]["issue_date"] == "yesterday"
    assert (waits["state"], waits["record"], waits["codes"]) == (
        "waiting", {"id": "A2"}, ["waiting_for_source"]
    )  # fmt: skip
    shown = rows(loaded("rejects", "--format", "csv").out)
    assert [(r["state"], r["table"]) for r in shown] == [
        ("rejected", "documents"), ("waiting", "allocations")
    ]  # fmt: skip
    assert "yesterday" in shown[0]["record"]
    assert "P-LATE" in loaded("rejects").out


def test_status_in_each_form(loaded):
    shown = loaded.json("status")
    assert shown["company"] == "main"
    assert (shown["rejected"], shown["waiting"], shown["pending_batches"]) == (1, 1, 0)
    assert shown["receivables"] == [
        {"currency": "COP", "documents": 2, "invoiced": "1250.50", "open": "1150.50",
         "paid_late": 0}
    ]  # fmt: skip
    assert {x["file"] for x in shown["last_loads"]} == {
        "clients.csv", "documents.csv", "allocations.csv"
    }  # fmt: skip
    (flat,) = rows(loaded("status", "--format", "csv").out)
    assert (flat["rejected"], flat["waiting"]) == ("1", "1")
    assert "rejected 1  held for a yes 0  waiting 1" in loaded("status").out
