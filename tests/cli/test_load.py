"""`cartera load`: what it counts, says twice, leaves out and picks up later."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cartera
from tests.ledger.lakes import built

CLIENTS = "client_id,name\nC1,Ana\nC2,Beto\n"
DOCUMENTS = (
    "document_id,client_id,type,number,issue_date,due_date,total,colour\n"
    "D1,C1,invoice,FV-1,2026-01-10,2026-02-10,1000,blue\n"
    "D2,C1,invoice,FV-2,bad,2026-02-10,-5,red\n"
)
ALLOCATIONS = (
    "allocation_id,kind,amount,date,source_id,document_id\nA1,payment,400,2026-02-01,P1,D1\n"
)
PAYMENTS = "payment_id,client_id,date,amount\nP1,C1,2026-02-01,400\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, text in {
        "clients.csv": CLIENTS,
        "documents.csv": DOCUMENTS,
        "allocations.csv": ALLOCATIONS,
    }.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def begun(home: Path) -> Cartera:
    """An installation whose models are built: only its first load ever does that."""
    return Cartera(built(home))


def counts(shown: dict[str, object]) -> tuple[object, ...]:
    return tuple(shown[name] for name in ("rows", "loaded", "unchanged", "rejected", "waiting"))


def test_counts_then_nothing_new_then_what_waited(cartera, folder):
    first = cartera.json("load", folder)
    assert counts(first) == (5, 4, 0, 1, 1)
    assert [(f["file"], f["rows"], f["loaded"], f["rejected"]) for f in first["files"]] == [
        ("clients.csv", 2, 2, 0),
        ("documents.csv", 2, 1, 1),
        ("allocations.csv", 1, 1, 0),
    ]
    assert first["files"][1]["unknown_columns"] == ["colour"]
    (reject,) = first["rejects"]
    assert (reject["table"], reject["file"], reject["row"]) == ("documents", "documents.csv", 2)
    assert len(reject["reasons"]) == len(reject["codes"]) == 2
    (row,) = cartera.json("aging")["rows"]
    assert row["total"] == "1000.00"

    again = cartera.json("load", folder)
    assert counts(again) == (5, 0, 4, 1, 1)

    (folder / "payments.csv").write_text(PAYMENTS)
    resolved = cartera.json("load", folder / "payments.csv")
    assert counts(resolved) == (1, 1, 0, 0, 0)
    (row,) = cartera.json("aging")["rows"]
    assert (row["total"], row["unapplied"]) == ("600.00", "0.00")
    assert [r["state"] for r in cartera.json("rejects")] == ["rejected"]

    (folder / "documents.csv").write_text(DOCUMENTS.replace("bad", "2026-01-11").replace("-5", "5"))
    corrected = cartera.json("load", folder)
    assert counts(corrected) == (6, 1, 5, 0, 0)
    assert cartera("rejects").out == "Nothing was rejected, nothing waits.\n"


def test_a_bad_file_among_good_ones_is_named_and_they_load(begun, folder):
    (folder / "payments.xlsx").write_text("not a workbook")
    done = begun("load", folder)
    assert done.code == 1
    assert done.err.startswith("cartera: payments.xlsx: ")
    assert done.err.count("\n") == 1
    *table, sums, reason = done.out.splitlines()
    assert sums == "loaded 4, unchanged 0, rejected 1, waiting 1"
    assert reason.startswith("  documents.csv, row 2: issue_date: ")
    assert "colour" in "".join(table)
    (row,) = begun.json("aging")["rows"]
    assert row["total"] == "1000.00"


def test_what_waits_is_counted_for_every_company_in_the_files(begun, tmp_path):
    # Once only the default company's rows were counted, beside everybody's loaded rows.
    path = tmp_path / "payments.csv"
    path.write_text("company_id,payment_id,client_id,date,amount\nother,P1,C1,2026-02-01,400\n")
    assert counts(begun.json("load", path)) == (1, 1, 0, 0, 1)


@pytest.mark.full
def test_a_company_sees_its_own_rows_of_a_file_that_several_share(begun, tmp_path):
    path = tmp_path / "clients.csv"
    path.write_text("company_id,client_id,name\nones,C1,Ana\nothers,C1,Berta\nothers,C2,\n")
    first = begun("load", path)
    path.write_text(path.read_text() + "others,C3,Carla\n")
    second = begun("load", path)
    assert (first.code, second.code) == (0, 0)

    def seen(company: str) -> list[tuple[object, ...]]:
        shown = begun.json("status", "--company", company)["last_loads"]
        return [(x["rows"], x["loaded"], x["unchanged"], x["rejected"]) for x in shown]

    assert seen("ones") == [(1, 0, 1, 0), (1, 1, 0, 0)]
    assert seen("others") == [(3, 1, 1, 1), (2, 1, 0, 1)]
    assert seen("third") == []


def test_with_a_company_named_rows_of_others_are_refused(begun, tmp_path):
    path = tmp_path / "clients.csv"
    path.write_text("company_id,client_id,name\nones,C1,Ana\nothers,C1,Berta\n,C2,Eva\n")
    done = begun.json("load", path, "--company", "ones")
    assert counts(done) == (3, 2, 0, 1, 0)
    assert [reject["codes"] for reject in done["rejects"]] == [["other_company"]]
    assert begun.json("status", "--company", "others")["last_loads"] == []


def test_a_file_without_rows_is_a_load_of_whoever_loaded_it(begun, tmp_path):
    path = tmp_path / "clients.csv"
    path.write_text("client_id,name\n")
    assert begun("load", path).code == 0
    (load,) = begun.json("status")["last_loads"]
    assert (load["file"], load["rows"], load["loaded"]) == ("clients.csv", 0, 0)


def test_a_folder_without_a_table_is_refused(cartera, tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    done = cartera("load", tmp_path)
    assert (done.code, done.out) == (1, "")
    assert "no file to load" in done.err
    assert done.err.count("\n") == 1


def test_what_else_is_said_of_a_file(tmp_path, begun):
    """Notes are printed, stay with the load, and each company reads its own."""
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "clients.csv").write_bytes(
        "company_id;client_id;name;emails\nmain;ABC;Niño;no tiene\notra;9;Otra;nunca\n".encode(
            "cp1252"
        )
    )
    (folder / "documents.csv").write_text(
        "document_id,client_id,type,number,issue_date,total\n"
        "D1,abc,invoice,1,2026-01-10,5\nD2,A\u200bBC,invoice,2,2026-01-10,5\n"
    )
    shown = begun.json("load", folder)
    notes = [[(n["code"], n["row"], n["value"]) for n in f["notes"]] for f in shown["files"]]
    assert notes == [
        [
            ("other_encoding", None, None),
            ("unusable_address", 1, "no tiene"),
            ("unusable_address", 2, "nunca"),
        ],
        [("capitals_differ", 1, "abc")],
    ]
    assert "cp1252" in shown["files"][0]["notes"][0]["text"]
    assert (shown["rejected"], shown["waiting"]) == (0, 1)
    printed = begun("load", folder).out
    assert "  clients.csv: el archivo no está en UTF-8; se leyó como cp1252\n" in printed
    assert "  documents.csv: fila 1, client_id: «abc» y «ABC» son dos" in printed
    kept = begun.json("status", "--company", "otra")["last_loads"][0]["notes"]
    assert [(note["code"], note["value"]) for note in kept] == [
        ("other_encoding", None), ("unusable_address", "nunca"),
    ]  # fmt: skip
    # A key is found as it was typed, too.
    assert begun.json("statement", "A\u00adBC\u00a0")["client"]["client_id"] == "ABC"


def test_everything_wrong_with_a_file_is_said_at_once_in_the_company_s_language(begun, folder):
    (folder / "payments.csv").write_text("recibo,clinet_id,fecha\n1,C1,2026-02-01\n")
    done = begun("load", folder)
    assert done.code == 1
    assert done.err == (
        "cartera: payments.csv: falta la columna «payment_id» (¿es «recibo»?); "
        "falta la columna «client_id» (¿es «clinet_id»?); falta la columna «date» (¿es «fecha»?); "
        "falta la columna «amount»; columnas que trae: recibo, clinet_id, fecha\n"
    )
    assert "loaded 4" in done.out


def test_a_file_whose_name_is_nearly_a_table_s_is_not_passed_over_in_silence(begun, tmp_path):
    (tmp_path / "clientes.csv").write_text(CLIENTS)
    nothing = begun("load", tmp_path)
    assert (nothing.code, nothing.out) == (1, "")
    assert "clientes.csv: el nombre no dice de qué tabla es" in nothing.err
    assert "¿es «clients»?" in nothing.err
    (tmp_path / "documents.csv").write_text("document_id\n")
    others = begun("load", tmp_path)
    assert "clientes.csv: " in others.err


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("tables: []", "m.yml: tables: necesita al menos uno"),
        ("tables:\n  - {table: clientes, columns: {}}", "¿es «clients»?"),
        (None, "m.yml: no existe ese archivo"),
    ],
)
def test_what_is_wrong_with_a_mapping_is_said_in_the_company_s_language(
    begun, folder, mapping, said
):
    path = folder / "m.yml"
    if mapping is not None:
        path.write_text(mapping)
    done = begun("load", folder / "clients.csv", "--mapping", path)
    assert done.code == 1
    assert said in done.err
    assert done.err.count("\n") == 1


def test_what_is_odd_is_loaded_and_listed(begun, folder):
    (folder / "documents.csv").write_text(DOCUMENTS.replace("bad", "2026-03-10"))  # due before
    (folder / "payments.csv").write_text(PAYMENTS)
    (folder / "allocations.csv").write_text(ALLOCATIONS.replace("400", "450"))
    assert begun.json("load", folder)["rejected"] == 1
    assert (
        begun("warnings", "--language", "en").out.count("More was applied than it amounts to") == 1
    )
    (row,) = begun.json("warnings")
    assert row == {
        "warning": "over_allocated", "client_id": "C1", "item_kind": "payment", "item_id": "P1",
        "number": "P1", "amount": "50", "what": "Se aplicó más de lo que vale",
    }  # fmt: skip
    assert begun("warnings", "--company", "other").out == "Nothing is odd.\n"
