"""What is said of a file whose rows were taken."""

from __future__ import annotations

import re

import pytest

from cartera.contract import Note
from cartera.i18n import Translator
from cartera.mail import addresses
from cartera.sources import notes
from cartera.sources.files import FileContents
from cartera.sources.note_words import SENTENCES, sentence
from tests.sources.test_row_rules import as_csv

CLIENTS = "client_id;name;emails\n"
DOCUMENTS = "document_id;client_id;type;number;issue_date;total\n"


def said(contents: FileContents) -> list[tuple[str, int | None, str | None]]:
    return [(note.code, note.row, note.value) for note in contents.notes]


def documents(*rows: tuple[str, str, str]) -> str:
    """Key (also the number), client and total of each."""
    lines = (f"{key};{client};invoice;{key};2026-10-01;{total}\n" for key, client, total in rows)
    return DOCUMENTS + "".join(lines)


def test_a_usual_file_has_none(read_text):
    text = CLIENTS + "1;Niño Muñoz;a@b.co\n2;Æther – “José”;x@b.co;\n"
    assert said(read_text("clients.csv", text)) == []


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("client_id;name\n1;Niño “Muñoz” €\n".encode("cp1252"), "cp1252"),
        # What is behind the é and the Ñ would be letters in UTF-8.
        ("client_id;name;notes\n1;Niño “Muñoz” €;“café…” MAÑ°\n".encode("cp1252"), "cp1252"),
        ("client_id\tname\n1\tNiño “Muñoz” €\n".encode("utf-16"), "utf-16"),
        ("\ufeffclient_id\tname\n1\tNiño “Muñoz” €\n".encode("utf-16-be"), "utf-16"),
    ],
)
def test_another_encoding_is_recognised_and_said(read_text, content, encoding):
    contents = read_text("clients.csv", content)
    assert contents.tables["clients"]["name"].to_list() == ["Niño “Muñoz” €"]
    assert contents.notes == [Note("other_encoding", detail=encoding)]


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16"])
def test_an_encoding_that_a_mapping_names_is_none_to_say(read_text, encoding):
    mapping = (
        f"format: {{encoding: {encoding}}}\ntables:\n  - table: clients\n"
        "    columns: {client_id: client_id, name: name}\n"
    )
    contents = read_text("x.csv", "client_id,name\n1,Niño\n".encode(encoding), mapping)
    assert contents.tables["clients"]["name"].to_list() == ["Niño"]
    assert contents.notes == []


@pytest.mark.parametrize("as_if", ["cp1252", "latin-1", "mac_roman", "cp850"])
@pytest.mark.parametrize("name", ["Niño", "José", "ÑANDÚ", "Peña & Cía."])
def test_text_that_was_decoded_twice(read_text, as_if, name):
    wrong = name.encode().decode(as_if)
    contents = read_text("clients.csv", as_csv("clients", name=wrong, notes="Todo bien, señor"))
    assert said(contents) == [("decoded_twice", 1, wrong)]
    assert contents.tables["clients"]["name"].to_list() == [wrong]


def test_letters_that_are_lost(read_text):
    assert said(read_text("clients.csv", as_csv("clients", notes="Ni\ufffdo"))) == [
        ("decoded_twice", 1, "Ni\ufffdo")
    ]


@pytest.mark.parametrize(
    "name", ["ÍÑIGO", "CORAÇÃO", "SÃO PAULO", "Ångström", "Â.", "MAÇÃ", "È vero", "N.º 1 «Ñandú»"]
)
def test_what_is_written_well(read_text, name):
    assert said(read_text("clients.csv", as_csv("clients", name=name))) == []


@pytest.mark.parametrize(
    ("emails", "unusable"),
    [
        (" Ana.Gomez@Example.COM ; cobros@example.com ", []),
        ("a@example.com, b@example.com", []),
        ('"Pérez, Ana" <ana.perez@example.com>', []),
        ("pagos+cartera@example.com/otra@example.com", []),
        ("a@example.com b@example.com", []),
        ("info@exámple.com", []),
        ("josé.niño@correo.example", ["josé.niño@correo.example"]),
        ("no tiene", ["no tiene"]),
        ("a@example.com; pendiente", ["pendiente"]),
        ("a@example.com; b@example; c@", ["b@example", "c@"]),
    ],
)
def test_addresses_that_cannot_be_used(read_text, emails, unusable):
    contents = read_text("clients.csv", as_csv("clients", emails=emails))
    assert said(contents) == [("unusable_address", 1, one) for one in unusable]
    assert {note.detail for note in contents.notes} <= set(addresses.REASONS)
    assert contents.tables["clients"]["emails"].to_list() == [emails.strip()]


def test_keys_that_differ_in_capitals_alone(read_text):
    rows = documents(("fv-1", "C", "5"), ("FV-2", "C", "5"), ("FV-1", "C", "7"), ("FV-2", "C", "5"))
    contents = read_text("documents.csv", rows)
    assert said(contents) == [("capitals_differ", 3, "FV-1")]
    assert contents.notes[0].detail == "fv-1"


@pytest.mark.parametrize(
    ("rows", "sums"),
    [
        ([("T-3", "C", "100"), ("SUBTOTAL T3", "C", "100")], [2]),
        ([("A", "C", "1"), ("TOTAL", "C", "2")], [2]),
        ([("A", "C", "1"), ("Sub-total", "C", "2"), ("Gran total", "C", "2")], [2, 3]),
        ([("A", "C", "10"), ("B", "C", "20"), ("D", "C", "5"), ("x", "C", "35")], [4]),
        # A sum of each client, and one of all at the end.
        (
            [
                *((f"A{n}", "C", "10") for n in range(3)), ("CC", "C", "30"),
                *((f"B{n}", "D", "1") for n in range(3)), ("DD", "D", "3"),
            ],
            [4, 8],
        ),
        ([("A", "C", "10"), ("B", "D", "20"), ("E", "F", "5"), ("x", "G", "35")], [4]),
        # By chance, and names that only begin like one.
        ([("A", "C", "10"), ("B", "C", "10"), ("D", "C", "20")], []),
        ([("TOTALIZADOR-1", "C", "10"), ("1-TOTAL", "C", "10")], []),
        ([("A", "C", "10")], []),
        ([], []),
    ],
)  # fmt: skip
def test_rows_that_are_sums_of_others(read_text, rows, sums):
    contents = read_text("documents.csv", documents(*rows))
    assert [(note.code, note.row) for note in contents.notes] == [("subtotal", n) for n in sums]
    assert len(contents.tables["documents"]) == len(rows)


def test_a_sum_that_is_named_where_the_client_stands(read_text):
    rows = "payment_id,client_id,date,amount\nA,C,2026-10-01,5\nB,Subtotal C,2026-10-01,5\n"
    assert said(read_text("payments.csv", rows)) == [("subtotal", 2, "B")]


def test_payments_have_sums_too(read_text):
    rows = "payment_id,client_id,date,amount\nA,C,2026-10-01,5\nTotal,C,2026-10-01,5\n"
    assert said(read_text("payments.csv", rows)) == [("subtotal", 2, "Total")]


def test_notes_are_bounded_in_number_and_length(read_text):
    long = "x" * 5_000
    rows = CLIENTS + "".join(f"{n};{long} NiÃ±o;nada {n}\n" for n in range(300))
    contents = read_text("clients.csv", rows)
    kinds = [note.code for note in contents.notes]
    most = notes.MOST_NAMED
    assert kinds == [*["decoded_twice"] * most, "more", *["unusable_address"] * most, "more"]
    assert [note.count for note in contents.notes if note.code == "more"] == [300 - most] * 2
    assert max(len(note.value or "") for note in contents.notes) <= notes.LONGEST_VALUE + 1


def test_notes_are_of_the_company_whose_row_it_is(read_text):
    rows = "company_id,client_id,name,emails\nuno,1,A,nada\ndos,2,B,nunca\n"
    contents = read_text("clients.csv", rows, any_company=True)
    assert {(note.company_id, note.value) for note in contents.notes} == {
        ("uno", "nada"), ("dos", "nunca"),
    }  # fmt: skip


@pytest.mark.parametrize("code", SENTENCES)
def test_every_sentence_is_translated(code):
    english = SENTENCES[code]
    spanish = Translator("es").t(english)
    assert spanish != english
    assert set(re.findall(r"{\w+}", spanish)) == set(re.findall(r"{\w+}", english))


def test_sentences():
    note = Note("unusable_address", "main", "emails", 7, "no {x}", addresses.NO_AT)
    assert sentence(note, "en") == "row 7: no mail can go to “no {x}”: it has no @"
    assert sentence(note, "es") == "fila 7: no se puede enviar correo a «no {x}»: no tiene @"
    assert sentence(Note("capitals_differ", detail="{y}", value="{Y}", row=1), "en").count("{") == 2
    assert sentence(Note("later", value="x"), "es") == "later: x"


def test_a_file_without_rows(read_text):
    assert read_text("documents.csv", DOCUMENTS).notes == []
