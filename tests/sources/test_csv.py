"""CSV as people have it: separators, quotes and blank lines that mean nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest

ANA = "client_id;name\nC1;Ana\n"


def names(contents) -> list[str]:
    assert contents.rejects == []
    return contents.tables["clients"]["name"].to_list()


@pytest.mark.parametrize(
    ("first", "mark"),
    [
        ("sep=;", ";"), ("SEP=;", ";"), ("sep=; ", ";"), ("sep=|", "|"), ("sep=,", ","),
        ("sep=\t", "\t"), ('"sep=;"', ";"), ("sep=;;;;", ";"), ("sep=;,,,", ";"),
        ("\ufeffsep=;", ";"), ("\n\nsep=;", ";"), ("sep=;\n\n;;", ";"),
    ],
)  # fmt: skip
def test_the_line_that_names_the_separator(read_text, first, mark):
    text = f"{first}\n{ANA}".replace("client_id;name", f"client_id{mark}name")
    assert names(read_text("clients.csv", text.replace("C1;", f"C1{mark}"))) == ["Ana"]


@pytest.mark.parametrize("above", ["\n", "\r\n\r\n", ";;;\n", " ; \n\n,,\n", "\ufeff\n"])
def test_blank_lines_above_the_header(read_text, above):
    assert names(read_text("clients.csv", above + ANA)) == ["Ana"]


@pytest.mark.parametrize(
    "text",
    [
        "client_id;name\nC1;Ana;\n", "client_id;name;\nC1;Ana;\n", "client_id;name;;;\nC1;Ana\n",
        "client_id;name;;;\nC1;Ana;\n", "client_id;name\nC1;Ana;;; ;\n",
        "client_id;name\n;;\nC1;Ana\n\n",
    ],
)  # fmt: skip
def test_separators_at_the_ends_of_rows_or_of_the_header(read_text, text):
    assert names(read_text("clients.csv", text)) == ["Ana"]


def test_a_field_too_few_is_a_field_too_few_whatever_the_header_ends_with(read_text):
    contents = read_text("clients.csv", "client_id;name;notes;;\nC1;Ana\nC2;Eva;x\n")
    assert [(r.row, r.reasons[0].code) for r in contents.rejects] == [(1, "too_few_fields")]
    assert contents.tables["clients"]["name"].to_list() == ["Eva"]


def test_separators_inside_quotes_do_not_count(read_text):
    text = 'client_id;name;"obs, a, b, c, d, e"\nC1;Ana;x\n'
    assert names(read_text("clients.csv", text)) == ["Ana"]


@pytest.mark.parametrize("bad", ['C2;Tubo 1/2" PVC;"1/2" x', '"C2;Eva;ok', 'C2;"Eva" SAS;ok'])
def test_one_bad_quote_costs_one_row(read_text, bad):
    text = (
        f'client_id;name;notes\nC1;Ana;ok\n{bad}\nC3;Cliente 1/2" Nueve;pide 3/4"\nC4;"a ""b""";\n'
    )
    contents = read_text("clients.csv", text)
    assert [(r.row, r.reasons[0].code) for r in contents.rejects] == [(2, "bad_quote")]
    assert contents.tables["clients"]["name"].to_list() == ["Ana", 'Cliente 1/2" Nueve', 'a "b"']


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("0.30000000000000004", "0.3"), ("124474116.42999999", "124474116.43"),
        ("99999999.000000015", "99999999"), ("1.25E7", "12500000"), ("1.5e1", "15"),
        ("150000.000", "150000"), ("1234567890123.56", "1234567890123.56"),
        ("9007199254740.93", "9007199254740.93"),
    ],
)  # fmt: skip
def test_numbers_of_json_are_what_they_are_without_their_noise(read_text, written, read_as):
    line = (
        '{"document_id": "D", "client_id": "C", "type": "invoice", "number": "1",'
        f' "issue_date": "2026-10-01", "total": {written}}}'
    )
    contents = read_text("documents.jsonl", line)
    assert contents.rejects == []
    assert contents.tables["documents"]["total"].to_list() == [Decimal(read_as)]


@pytest.mark.parametrize("written", ["12345678901.12345", "1.005", "1E-3", "1e400"])
def test_what_a_number_of_json_says_beyond_its_currency_is_refused(read_text, written):
    line = (
        '{"document_id": "D", "client_id": "C", "type": "invoice", "number": "1",'
        f' "issue_date": "2026-10-01", "total": {written}}}'
    )
    assert len(read_text("documents.jsonl", line).rejects) == 1
