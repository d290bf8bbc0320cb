"""A company's file holds rows of that company alone, however the row says whose it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cartera.config import Company
from cartera.sources.files import FileContents, read
from cartera.sources.mapping import Mapping

OURS = Company(id="main", currency="COP")
CLIENT = "tables:\n  - table: clients\n    columns: {client_id: id, name: n, company_id: %s}\n"
#: The second table alone says whose it is.
SECOND = (
    "tables:\n"
    "  - table: clients\n    columns: {client_id: id, name: n}\n"
    "  - table: payments\n    columns: {payment_id: id, client_id: id, date: day, amount: n, "
    "company_id: whose}\n"
)
CSV = "{name},client_id,name\n{value},C1,Ana\n"


def whose(path: Path, content: str, mapping: str = "", **options: Any) -> FileContents:
    path.write_text(content, encoding="utf-8")
    how = None
    if mapping:
        (path.parent / "how.yml").write_text(mapping)
        how = Mapping.load(path.parent / "how.yml")
    return read(path, company=OURS, mapping=how, **options)


@pytest.mark.parametrize(
    ("file", "content", "mapping"),
    [
        ("clients.csv", CSV.format(name="company_id", value="other"), ""),
        ("clients.csv", CSV.format(name="Company_ID", value="other"), ""),
        ("clients.csv", CSV.format(name=" COMPANY_ID ", value=" other "), ""),
        ("clients.csv", CSV.format(name="company_id", value="MAIN"), ""),
        ("clients.csv", CSV.format(name="company_id", value="ma in"), ""),
        ("clients.csv", CSV.format(name="company_id", value="main;other"), ""),
        ("clients.csv", CSV.format(name="company_id", value="máin"), ""),
        ("clients.jsonl", '{"company_id": "other", "client_id": "C1", "name": "Ana"}\n', ""),
        ("clients.jsonl", '{"Company_Id": "other", "client_id": "C1", "name": "Ana"}\n', ""),
        ("x.csv", "id,n\n1,2\n", CLIENT % "{constant: other}"),
        ("x.csv", "id,n,whose\n1,2,other\n", CLIENT % "whose"),
        ("x.csv", "id,n,whose\n1,2,er\n", CLIENT % '{template: "oth{whose}"}'),
        ("x.csv", "id,n,whose\n1,2,\n", CLIENT % "{column: whose, default: other}"),
        ("x.csv", "id,n,whose\n1,2,main\n", CLIENT % "{column: whose, map: {main: other}}"),
        ("x.csv", "id,n,day,whose\n1,2,2026-01-01,other\n", SECOND),
    ],
)
def test_a_row_of_another_company_is_refused_in_all_its_tables(tmp_path, file, content, mapping):
    contents = whose(tmp_path / file, content, mapping)
    assert [len(rows) for rows in contents.tables.values()] == [0] * len(contents.tables)
    (reject,) = contents.rejects
    assert [(r.code, r.column) for r in reject.reasons] == [("other_company", "company_id")]
    # It shows where the file was loaded, and to nobody else.
    assert reject.company_id == "main"


@pytest.mark.parametrize("value", ["main", " main ", "", "\u00a0main"])
def test_its_own_rows_and_rows_that_say_nothing_are_taken(tmp_path, value):
    contents = whose(tmp_path / "clients.csv", CSV.format(name="company_id", value=value))
    assert contents.rejects == []
    assert contents.tables["clients"]["company_id"].to_list() == ["main"]


def test_whatever_else_is_wrong_with_the_row_is_said_to_the_same_company(tmp_path):
    contents = whose(tmp_path / "clients.csv", "company_id,client_id,name\nother,C1,\n")
    (reject,) = contents.rejects
    assert {r.code for r in reject.reasons} == {"missing", "other_company"}
    assert reject.company_id == "main"


def test_the_operator_may_load_rows_of_several_companies(tmp_path):
    text = "company_id,client_id,name\nother,C1,Ana\n,C1,Eva\nthird,C1,\n"
    contents = whose(tmp_path / "clients.csv", text, any_company=True)
    assert contents.tables["clients"]["company_id"].to_list() == ["other", "main"]
    assert [reject.company_id for reject in contents.rejects] == ["third"]


def test_each_company_s_rows_are_in_its_own_currency(tmp_path):
    """What names no currency is in the company's: in Chile's there are no cents."""
    columns = "document_id,client_id,type,number,issue_date,total,company_id,currency"
    rows = (
        ("1", "70.25", "", ""), ("2", "5000", "chile", ""), ("3", "70.25", "chile", ""),
        ("4", "70.25", "chile", "USD"), ("5", "1", "third", ""),
    )  # fmt: skip
    text = columns + "\n" + "".join(
        f"{n},C1,invoice,{n},2026-10-01,{total},{company},{currency}\n"
        for n, total, company, currency in rows
    )  # fmt: skip
    contents = whose(
        tmp_path / "documents.csv", text, any_company=True, currencies={"chile": "CLP"}
    )
    found = contents.tables["documents"].sort("document_id")
    assert found.select("document_id", "currency").rows() == [
        ("1", "COP"), ("2", "CLP"), ("4", "USD"), ("5", "COP"),
    ]  # fmt: skip
    assert [(r.company_id, r.reasons[0].code) for r in contents.rejects] == [
        ("chile", "too_many_decimals")
    ]


def test_a_column_without_a_currency_has_the_decimals_of_its_company(tmp_path):
    text = "company_id,client_id,name,credit_limit\n,1,A,1.5\nchile,2,B,1.5\nchile,3,C,1500\n"
    contents = whose(tmp_path / "clients.csv", text, any_company=True, currencies={"chile": "CLP"})
    assert contents.tables["clients"]["client_id"].sort().to_list() == ["1", "3"]
