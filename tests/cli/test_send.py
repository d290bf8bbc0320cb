"""`cartera send`: to one client and to many, looked at first, sent once."""

from __future__ import annotations

import csv
import shutil
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from io import StringIO

import pytest

from tests.cli.conftest import Cartera, Outcome
from tests.ledger.lakes import built

PROFILE = """
[company.main]
name = "Distribuidora Ñandú S.A.S."
email = "cartera@nandu.example"
"""
CLIENTS = """\
company_id,client_id,name,emails,group
main,C1,Ferretería El Cóndor,pagos@condor.example;conta@condor.example,Norte
main,C2,Ágora,agora@agora.example,Sur
main,C3,Sin correo,,Sur
"""
DOCUMENTS = """\
company_id,document_id,client_id,type,number,issue_date,due_date,total
main,D1,C1,invoice,FV-1,2026-01-10,2026-02-10,1000
main,D2,C2,invoice,FV-2,2026-03-10,2099-04-10,250.50
main,D3,C3,invoice,FV-3,2026-03-10,2026-04-10,7
"""


class Office(Cartera):
    """An installation whose mail goes into a folder."""

    def __call__(self, *arguments: object, **variables: str) -> Outcome:
        return super().__call__(*arguments, **({"CARTERA_MAIL": "folder"} | variables))

    @property
    def mailbox(self) -> list[EmailMessage]:
        return [
            message_from_bytes(path.read_bytes(), policy=default)  # type: ignore[misc]
            for path in sorted((self.home / "mail").rglob("*.eml"))
        ]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    folder = tmp_path_factory.mktemp("office")
    (folder / "clients.csv").write_text(CLIENTS, encoding="utf-8")
    (folder / "documents.csv").write_text(DOCUMENTS, encoding="utf-8")
    made = Office(built(folder / "home"))
    (made.home / "cartera.toml").write_text(PROFILE, encoding="utf-8")
    assert made("load", folder / "clients.csv", folder / "documents.csv").code == 0
    return made


@pytest.fixture(autouse=True)
def empty_mailbox(office: Office) -> None:
    shutil.rmtree(office.home / "mail", ignore_errors=True)


def test_to_one_client_and_all_its_contacts(office: Office):
    sent = office.json("send", "C1", "--no-pdf")
    assert [(row["address"], row["state"]) for row in sent] == [
        ("pagos@condor.example", "sent"),
        ("conta@condor.example", "sent"),
    ]
    assert {message["To"] for message in office.mailbox} == {row["address"] for row in sent}
    for message in office.mailbox:
        assert message["From"] == '"Distribuidora Ñandú S.A.S." <cartera@nandu.example>'
        assert "COP 1.000,00" in message["Subject"]
        assert not list(message.iter_attachments())


def test_words_files_addresses_and_a_copy(office: Office, tmp_path):
    text = tmp_path / "body.txt"
    text.write_text("Hola {cliente} & <Cía>\n\nSaldo: {saldo}", encoding="utf-8")
    options = ("--to", "Otro@Condor.example", "--subject", "Su saldo", "--body", text, "--xlsx")
    sent = office.json("send", "C1", *options, "--copy", "yo@nandu.example")
    assert [row["address"] for row in sent] == ["otro@condor.example", "yo@nandu.example"]
    own, copy = sorted(office.mailbox, key=lambda message: "yo@" in message["To"])
    assert copy["To"] == "yo@nandu.example"
    names = [part.get_filename() for part in own.iter_attachments()]
    assert [name.rpartition(".")[2] for name in names] == ["pdf", "xlsx"]
    body = own.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Hola Ferretería El Cóndor & <Cía>" in body
    assert "Saldo: COP\xa01.000,00" in body
    assert own["Subject"] == copy["Subject"] == "Su saldo"
    copied = copy.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert copied.startswith("Copia para su archivo")


def test_an_invoice(office: Office):
    (row, _) = office.json("send", "C1", "--invoice", "D1")
    assert row["subject"] == "Factura FV-1 de Distribuidora Ñandú S.A.S."
    failed = office("send", "C1", "--invoice", "D9", "--to", "a@b.co", "--dry-run")
    assert failed.code == 1
    assert "no_such_document" in failed.err


def test_a_dry_run_shows_the_message_and_sends_nothing(office: Office):
    before = len(office.json("send", "C1", "--no-pdf", "--queue-only"))
    shown = office("send", "C1", "--to", "a@b.co", "--dry-run")
    assert shown.code == 0
    assert shown.out.startswith("To: a@b.co\nSubject: Distribuidora Ñandú S.A.S.: estado de cuenta")
    assert "Files: Estado de cuenta Ferretería El Cóndor" in shown.out
    assert "/e/..." in shown.out
    assert before == 2
    assert not office.mailbox


def test_many_are_looked_at_first_and_nobody_is_left_out_in_silence(office: Office):
    plan = office.json("send", "--with-balance", "--dry-run")
    assert [(row["client_id"], len(row["to"]), row["problem"]) for row in plan] == [
        ("C2", 1, None),
        ("C1", 2, None),
        ("C3", 0, "no_contact"),
    ]
    assert plan[0]["balances"] == {"COP": {"total": "250.50", "overdue": "0.00"}}
    late = office.json("send", "--overdue", "--minimum", "100", "--dry-run")
    assert [row["client_id"] for row in late] == ["C1"]
    assert (
        office.json("send", "--with-balance", "--group", "Sur", "--dry-run")[0]["client_id"] == "C2"
    )
    as_csv = office("send", "--with-balance", "--dry-run", "--format", "csv").out
    assert [row["to"] for row in csv.DictReader(StringIO(as_csv))][2] == ""
    table = office("send", "--with-balance", "--dry-run").out
    assert "3 messages to 2 clients; 1 clients get nothing" in table
    assert not office.mailbox


def test_a_run_writes_to_nobody_twice(office: Office):
    first = office("send", "--with-balance", "--yes", "--run", "november", "--no-pdf")
    assert first.code == 0, first.err
    assert "3 of 3 messages sent" in first.out
    again = office("send", "--with-balance", "--yes", "--run", "november", "--no-pdf")
    assert again.code == 0, again.err
    assert "0 of 0 messages sent; 3 were in the outbox before" in again.out
    assert len(office.mailbox) == 3
    assert all(message["List-Unsubscribe"] for message in office.mailbox)


def test_what_waits_is_said_to_wait(office: Office):
    off = office("send", "C2", CARTERA_MAIL="off")
    assert off.code == 1
    assert "waits in the outbox: mail is switched off" in off.err
    assert "waiting" in off.out


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((), "name one client"),
        (("C1", "--overdue"), "name one client"),
        (("C1", "--group", "Sur"), "--group"),
        (("--overdue", "--to", "a@b.co"), "--to"),
        (("--overdue",), "--yes"),
        (("--overdue", "--minimum", "mucho", "--dry-run"), "minimum"),
        (("--overdue", "--minimum", "-1", "--dry-run"), "minimum"),
        (("C1", "--to", "a@b.co, pedro"), "'pedro': it has no @"),
        (("C1", "--to", ","), "no address"),
        (("C1", "--copy", "yo"), "yo is not an address"),
        (("C1", "--subject", " "), "the subject is empty"),
        (("C1", "--subject", "x" * 300), "too long"),
        (("C1", "--body", "/nothing/there.html"), "cannot be read"),
    ],
)
def test_wrong_use_is_said_in_one_line(office: Office, arguments: tuple[str, ...], word: str):
    done = office("send", *arguments)
    assert (done.code, done.out) == (2, "")
    assert word in done.err
    assert done.err.count("\n") == 1


def test_nobody_to_write_to(office: Office):
    assert "no client 'C9'" in office("send", "C9").err
    alone = office("send", "C3")
    assert alone.code == 1
    assert "name them with --to" in alone.err
