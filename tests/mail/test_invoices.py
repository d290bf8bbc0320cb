"""New invoices are mailed once, with their own PDF; history never is (A12)."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy

import pytest

from cartera import clock, invoice_files
from cartera.config import settings
from cartera.errors import Forbidden, NotFound
from cartera.mail import invoices, texts, unsent
from cartera.mail.outgoing import Draft
from cartera.mail.refusal import Refusal
from cartera.mail.sender import Sender
from cartera.store import companies, contacts, outbox, progress
from cartera.store.db import open_store
from cartera.warehouse.reader import Reader
from tests.mail.orders import make_company
from tests.people import ANA, EVE, READER
from tests.warehouse.small import fill, write_tables

HEAD = "document_id, client_id, type, number, issue_date, due_date, total"
#: The first asks for a language in which there are no words here.
CLIENTS = """client_id, name, emails, language
C-1, Uno, uno@example.com; dos@example.com, pt
C-2, Dos,,"""
PDF = b"%PDF-1.7\nthe paper of "


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


BEFORE = f"{HEAD}\nOLD, C-1, invoice, FV-1, 2026-11-09, 2026-12-09, 100"
#: What comes on the 21st: an old one changed, new ones, one of a client without an address, one
#: whose client is still to come.
NEWS = f"""{HEAD}
OLD, C-1, invoice, FV-1, 2026-11-09, 2026-12-09, 120
A, C-1, invoice, FV-2, 2026-11-21, 2026-12-21, 250
B, C-1, invoice, FV-2, 2026-11-21, 2026-12-21, 300
C, C-1, invoice, FV-7, 2026-11-21, 2026-12-21, 310
NOBODY, C-2, invoice, FV-8, 2026-11-21, 2026-12-21, 10
WAITS, C-9, invoice, FV-9, 2026-11-21, 2026-12-21, 20"""
MAILED = [(d, f"{who}@example.com") for d in "ABC" for who in ("dos", "uno")]


THE_21ST = at(21)


class Shop:
    """A company with history, which begins to mail its invoices on the 20th."""

    def __init__(self, here, folder, monkeypatch):
        self.here, self.store = here, open_store(here)
        self.reader = Reader(here, self.store)
        self.folder, self.monkeypatch, self.loads = folder, monkeypatch, 0

    def save(self, day: int = 20, **changes):
        companies.save(self.store, "main", changes, by=ANA, now=at(day))

    def load(self, day: int, documents: str, clients: str = CLIENTS):
        self.loads += 1
        self.monkeypatch.setattr(clock, "now", lambda: at(day))
        folder = write_tables(self.folder / str(self.loads), clients=clients, documents=documents)
        fill(self.here, self.store, folder)

    def look(self, now: datetime = THE_21ST):
        return invoices.queue_new(self.here, self.store, self.reader, "main", now=now)

    def queued(self):
        found = outbox.list_messages(self.store, "main", limit=100, offset=0)
        return sorted((m.document_id, m.address) for m in found)

    def paper(self, name: str):
        path = self.folder / f"{name}.pdf"
        path.write_bytes(PDF + name.encode())
        invoice_files.keep(self.here, "main", path)

    def send(self, start: datetime = THE_21ST):
        began = time.monotonic()  # the pace of messages needs a clock that goes on
        passed = lambda: start + timedelta(seconds=time.monotonic() - began)  # noqa: E731
        Sender(self.here, self.store, self.reader, now=passed).run()
        return [
            message_from_bytes(path.read_bytes(), policy=policy.default)
            for path in sorted((self.here.root / "mail").rglob("*.eml"))
        ]

    def unsent(self):
        company = companies.profile(self.here, self.store, "main")
        found = unsent.unsent(self.here, self.store, self.reader, company, since=at(1))
        return [(one.document_id, one.reason) for one in found]

    def send_after_all(self, document_id: str, now: datetime = THE_21ST):
        company = companies.profile(self.here, self.store, "main")
        return unsent.send(self.store, self.reader, company, document_id, by=ANA, now=now)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """The company's home after both loads; what a company wants is still to be said."""
    folder = tmp_path_factory.mktemp("shop")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARTERA_HOME", str(folder / "home"))
        patch.setenv("CARTERA_COMPANY", "main")
        shop = Shop(settings(), folder, patch)
        shop.load(10, BEFORE)
        shop.load(21, NEWS)
        shop.store.close()
    return folder / "home"


@pytest.fixture
def shop(loaded, home, tmp_path, monkeypatch):
    shutil.copytree(loaded, home, dirs_exist_ok=True)
    monkeypatch.setenv("CARTERA_COMPANY", "main")
    monkeypatch.setenv("CARTERA_MAIL", "folder")
    shop = Shop(settings(), tmp_path, monkeypatch)
    shop.save(mails_new_invoices=True, per_minute=60_000, email="cartera@empresa.co")
    return shop


def test_every_contact_gets_a_new_invoice_once_and_history_goes_to_nobody(shop):
    done = invoices.queue_all(shop.here, shop.store, shop.reader, now=THE_21ST)
    assert done == {"main": invoices.Queued(messages=6, unsent=1)}
    found = outbox.list_messages(shop.store, "main", limit=100, offset=0)
    assert {message.language for message in found} == {"es"}
    assert shop.queued() == MAILED
    assert shop.look() == invoices.Queued(unsent=1)
    assert shop.queued() == MAILED


def test_nothing_is_mailed_unless_the_company_wants_it(shop):
    shop.save(mails_new_invoices=False)
    assert shop.look() == invoices.Queued()
    # Switched on again, what came meanwhile is history.
    shop.save(day=23, mails_new_invoices=True)
    assert shop.look(at(24)) == invoices.Queued()
    assert shop.queued() == []


def test_cut_off_before_it_is_noted_it_queues_nothing_twice(shop, monkeypatch):
    with monkeypatch.context() as cut:
        cut.setattr(progress, "advance", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            shop.look()
    assert shop.queued() == MAILED
    assert shop.look().messages == 0
    assert shop.queued() == MAILED


def test_only_contacts_who_want_invoices_get_them(shop):
    contacts.save(
        shop.store, "main", "C-1", "dos@example.com", was="dos@example.com",
        kinds=["statement"], by=ANA, now=at(20),
    )  # fmt: skip
    shop.look()
    assert {address for _, address in shop.queued()} == {"uno@example.com"}


def test_what_cannot_be_mailed_is_said_with_its_reason_until_a_person_sends_it(shop):
    shop.look()
    shop.look()
    assert shop.unsent() == [("NOBODY", "no_contact")]
    draft = Draft(
        key="by hand", kind="invoice", client_id="C-2", address="x@example.com",
        document_id="NOBODY", content=texts.of(shop.store, "main", "invoice", "es"),
    )  # fmt: skip
    outbox.queue(shop.store, "main", [draft], by=ANA, now=at(21))
    assert shop.unsent() == []


def test_books_that_were_caught_up_with_late_are_left_to_a_person(shop):
    done = shop.look(at(21) + timedelta(days=invoices.LATEST_DAYS + 1))
    assert done == invoices.Queued(unsent=4)
    assert set(shop.unsent()) == {(document, "too_late") for document in ("A", "B", "C", "NOBODY")}


def test_an_invoice_whose_client_is_still_to_come_is_mailed_when_it_does(shop):
    shop.look()
    shop.load(
        22,
        f"{HEAD}\nNEXT, C-1, invoice, FV-10, 2026-11-22, 2026-12-22, 1",
        clients="client_id, name, emails\nC-9, Nueve, nueve@example.com",
    )
    assert shop.look(at(22)).messages == 3
    assert ("WAITS", "nueve@example.com") in shop.queued()
    assert shop.look(at(22)) == invoices.Queued()


def test_it_goes_with_its_own_pdf_and_never_with_that_of_the_same_number(shop):
    for name in ("fv-2", "B", "FV-7"):
        shop.paper(name)
    shop.look()
    sent = shop.send(at(21, hour=13))
    files = sorted(
        file.get_content()
        for message in sent
        for file in message.iter_attachments()
        if file.get_content_type() == "application/pdf"
    )
    assert len(sent) == 6
    assert files == sorted([PDF + b"B", PDF + b"FV-7"] * 2)


def test_where_the_source_gives_pdfs_a_new_invoice_waits_for_its_own(shop):
    shop.paper("FV-7")
    shop.look()
    assert len(shop.send()) == 2
    assert len(shop.send(at(21, hour=13))) == 6


@pytest.mark.parametrize("wanted", [False, True])
def test_the_statement_goes_along_where_the_company_wants_it_so(shop, wanted):
    shop.save(statement_in_invoices=wanted)
    shop.look()
    sent = shop.send()
    assert len(sent) == 6
    for message in sent:
        names = [file.get_filename() or "" for file in message.iter_attachments()]
        assert any(name.startswith("Estado de cuenta") for name in names) is wanted
        # The account's other invoices stand in the message only with the statement.
        assert ("FV-1" in message.get_body(("plain",)).get_content()) is wanted


#: What comes on Sunday the 22nd: of before the switch, of long before, of that day, and what counts
#: for nothing.
SUNDAY = f"""{HEAD}, status
EARLY, C-1, invoice, FV-20, 2026-11-19, 2026-12-19, 5, issued
ANCIENT, C-1, invoice, FV-21, 2026-10-20, 2026-11-19, 5, issued
TODAY, C-1, invoice, FV-22, 2026-11-22, 2026-12-22, 5, issued
DRAFT, C-1, invoice, FV-23, 2026-11-19, 2026-12-19, 5, draft
VOID, C-1, invoice, FV-24, 2026-11-19, 2026-12-19, 5, void
NOTE, C-1, credit_note, NC-1, 2026-11-19, , 5, issued"""


def test_what_was_taken_as_history_is_listed_and_sent_once_after_all(shop):
    """An invoice of Friday that came on Sunday, a day after the switch, was left out in silence."""
    shop.load(22, SUNDAY)
    assert shop.look(at(22)) == invoices.Queued(messages=8, unsent=1)  # TODAY, on a Sunday
    assert len([sent for sent in shop.send(at(22)) if "FV-22" in sent["Subject"]]) == 2
    assert set(shop.unsent()) == {("EARLY", "dated_before"), ("NOBODY", "no_contact")}
    assert shop.send_after_all("EARLY") == 2
    assert shop.send_after_all("EARLY") == 0
    assert shop.unsent() == [("NOBODY", "no_contact")]
    assert len([sent for sent in shop.send(at(22)) if "FV-20" in sent["Subject"]]) == 2
    assert shop.send_after_all("EARLY") == 0
    assert shop.look(at(23)).messages == 0


def test_what_came_just_before_the_switch_is_listed_and_true_history_is_not(shop):
    shop.load(22, SUNDAY)
    shop.save(day=22, mails_new_invoices=False)
    shop.save(day=22, mails_new_invoices=True)
    assert shop.look(at(22)) == invoices.Queued()
    assert shop.unsent() == [("TODAY", "loaded_before")]
    shop.save(mails_new_invoices=False)  # nobody expects mail then
    assert shop.unsent() == []


def test_queued_invoices_are_listed_while_mail_is_off(shop, monkeypatch):
    shop.look()
    before = set(shop.unsent())
    shop.save(is_on=False)
    assert set(shop.unsent()) == before | {(name, "mail_off") for name in "ABC"}
    shop.save(is_on=True)
    assert set(shop.unsent()) == before
    monkeypatch.setenv("CARTERA_MAIL", "off")
    shop.here = settings()
    company = companies.profile(shop.here, shop.store, "main")
    found = unsent.unsent(shop.here, shop.store, shop.reader, company, since=at(1))
    assert {one.number for one in found if one.reason == "mail_off"} == {"FV-2", "FV-7"}


def test_sending_after_all_needs_somebody_to_write_to_and_the_right_to(shop):
    company = companies.profile(shop.here, shop.store, "main")
    with pytest.raises(Refusal, match="no contact"):
        shop.send_after_all("NOBODY")
    for unknown in ("NONE", "WAITS"):  # whose client is still to come
        with pytest.raises(NotFound):
            shop.send_after_all(unknown)
    for person in (READER, EVE):
        with pytest.raises(Forbidden):
            unsent.send(shop.store, shop.reader, company, "OLD", by=person, now=THE_21ST)
    assert shop.queued() == []


@pytest.mark.parametrize(
    ("today", "first"), [(date(2026, 11, 21), 20), (date(2026, 11, 20), 20), (date(2026, 11, 3), 3)]
)
def test_on_a_fixed_day_its_invoices_are_new(today, first):
    """A demonstration on a day that is over mailed nothing: all it brought was history."""
    company = make_company()
    assert invoices.first_day(at(20), company, today) == date(2026, 11, first)
