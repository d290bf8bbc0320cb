"""Invoices' PDFs: named like the invoice, kept whole, never another document's."""

from __future__ import annotations

import pytest

from cartera import inbox, invoice_files
from cartera.clock import now
from cartera.config import settings
from cartera.errors import FileRefused
from cartera.store.db import open_store
from tests.people import ANA

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\nthe invoice"


@pytest.fixture
def here(home, monkeypatch):
    monkeypatch.setenv("CARTERA_COMPANY", "main")
    (home / "inbox").mkdir(parents=True)
    return settings()


def drop(here, name, content=PDF):
    path = here.inbox / name
    path.write_bytes(content)
    return path


def test_a_pdf_is_found_by_the_documents_id_or_its_number_whatever_the_capitals(here):
    invoice_files.keep(here, "main", drop(here, "fv-1042.PDF"))
    assert invoice_files.find(here, "main", "D-77", "FV-1042") == PDF
    assert invoice_files.find(here, "main", "FV-1042") == PDF
    assert invoice_files.find(here, "main", "FV-104") is None
    assert invoice_files.find(here, "other", "FV-1042") is None


def test_the_id_goes_before_the_number(here):
    invoice_files.keep(here, "main", drop(here, "D-1.pdf", PDF + b" by id"))
    invoice_files.keep(here, "main", drop(here, "FV-1.pdf", PDF + b" by number"))
    assert invoice_files.find(here, "main", "D-1", "FV-1") == PDF + b" by id"


def test_the_newest_of_a_name_holds(here):
    invoice_files.keep(here, "main", drop(here, "FV-1.pdf", PDF + b" old"))
    invoice_files.keep(here, "main", drop(here, "FV-1.pdf", PDF + b" new"))
    assert invoice_files.find(here, "main", "FV-1") == PDF + b" new"


@pytest.mark.parametrize("number", ["A/1", "A\\1", "..", "../../etc/passwd", "Ñandú 5º", "a%2F1"])
def test_a_number_that_no_file_can_be_called_is_written_as_in_an_address(here, number):
    from urllib.parse import quote

    invoice_files.keep(here, "main", drop(here, quote(number, safe="") + ".pdf"))
    assert invoice_files.find(here, "main", number) == PDF
    kept = [path for path in (here.root / "invoices").rglob("*") if path.is_file()]
    assert [path.parent for path in kept] == [here.root / "invoices" / "main"]


def test_numbers_that_look_alike_never_share_a_file(here):
    invoice_files.keep(here, "main", drop(here, "A-1.pdf"))
    for other in ("A/1", "A_1", "A 1", "A.1", "A1"):
        assert invoice_files.find(here, "main", other) is None


def test_what_is_no_pdf_or_too_large_is_refused(here, monkeypatch):
    with pytest.raises(FileRefused, match="is not a PDF"):
        invoice_files.keep(here, "main", drop(here, "FV-1.pdf", b"MZ\x90"))
    monkeypatch.setattr(invoice_files, "MAX_BYTES", len(PDF) - 1)
    with pytest.raises(FileRefused, match="more than"):
        invoice_files.keep(here, "main", drop(here, "FV-1.pdf"))
    assert not invoice_files.has_any(here, "main")


def test_the_inbox_takes_pdfs_before_the_rows_and_puts_them_away(here):
    store = open_store(here)
    drop(here, "FV-1.pdf")
    drop(here, "FV-2.pdf", b"<script>")
    drop(here, "clients.csv", b"client_id,name\nC-1,Uno\n")
    assert [f.path.name for f in inbox.ready(here, quiet_seconds=0)] == [
        "FV-1.pdf", "FV-2.pdf", "clients.csv",
    ]  # fmt: skip
    results = {r.file: r.error for r in inbox.process(here, store, now=now(), quiet_seconds=0)}
    assert results == {
        "FV-1.pdf": None, "FV-2.pdf": "FV-2.pdf: no es un PDF", "clients.csv": None,
    }  # fmt: skip
    assert invoice_files.find(here, "main", "FV-1") == PDF
    assert invoice_files.has_any(here, "main")
    assert not list(here.inbox.iterdir())
    assert (here.root / "refused" / "FV-2.pdf").exists()


def test_staff_can_send_a_pdf_to_the_inbox(here):
    store = open_store(here)
    assert inbox.deliver(here, store, "FV-9.pdf", PDF, ANA, now()).name == "FV-9.pdf"
