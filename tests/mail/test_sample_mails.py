"""Messages to every client of the sample company: one statement, the same figures everywhere."""

from __future__ import annotations

import io
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from html import unescape

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from cartera import clock, invoice_files
from cartera.config import Company
from cartera.errors import CarteraError
from cartera.mail import compose, texts
from cartera.mail.compose import Composer
from cartera.mail.outgoing import Composed, Order, Skip
from cartera.mail.plan import Choice, drafts, plan
from cartera.mail.profile import MailProfile
from cartera.people import operator
from cartera.render.html import to_html
from cartera.render.words import Words
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from cartera.store import companies, contacts, stopped
from cartera.warehouse.mail_clients import MailClientsAsked
from cartera.warehouse.reader import Reader
from tests.bounds import EVERY_CLIENT
from tests.mail.orders import LINK
from tests.sample_home import SampleHome, build

FILES = ("pdf", "xlsx")


@dataclass(frozen=True)
class Office:
    """The sample company with what composes its mail."""

    home: SampleHome
    reader: Reader
    company: Company
    composer: Composer

    @property
    def today(self):
        return clock.today(self.company.timezone)

    def order(self, client_id: str = PEDRO, kind="statement", language="es", **fields) -> Order:
        content = replace(texts.default(kind, language), **fields.pop("content", {}))
        return Order(kind, client_id, "", "a@b.co", language, content, LINK, **fields)

    def compose(self, *orders: Order) -> list[Composed | Skip | CarteraError]:
        made = self.composer.compose(self.company, MailProfile(), orders, as_of=self.today)
        return list(made)

    def one(self, *arguments, **fields) -> Composed | Skip | CarteraError:
        return self.compose(self.order(*arguments, **fields))[0]

    def invoices(self, client_id: str) -> list[str]:
        with self.reader.cursor() as cursor:
            rows = cursor.execute(
                "SELECT item_id FROM lake.marts.all_items WHERE company_id = ? AND client_id = ? "
                "AND item_type = 'invoice' AND counts ORDER BY issue_date",
                [COMPANY_ID, client_id],
            ).fetchall()
        return [row[0] for row in rows]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    home = build(tmp_path_factory.mktemp("sample") / "home")
    reader = home.reader()
    company = companies.profile(home.settings, home.store, COMPANY_ID)
    return Office(home, reader, company, Composer(home.settings, home.store, reader))


def plain(text: str) -> str:
    """One line, without the spaces that only keep a figure together."""
    return " ".join(text.replace("\xa0", " ").replace("\u200b", "").split())


def html_text(page: str) -> str:
    bare = re.sub(r"<(style|title)\b.*?</\1>|<!--.*?-->", " ", page, flags=re.DOTALL)
    return plain(unescape(re.sub(r"<[^>]*>", " ", bare)))


def pdf_text(content: bytes) -> str:
    return plain(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages))


def xlsx_totals(content: bytes) -> dict[str, Decimal]:
    """Total of each currency's sheet: what its last row holds."""
    book = load_workbook(io.BytesIO(content), data_only=True)
    found = {}
    for sheet in book.worksheets:
        if len(sheet.title) == 3:
            last = list(sheet.values)[-1]
            found[sheet.title] = Decimal(str(next(c for c in reversed(last) if c is not None)))
    return found


@pytest.mark.full
def test_balance_and_day_are_the_same_in_every_form_for_every_client(office: Office):
    clients = office.reader.mail_clients(office.company, MailClientsAsked(office.today))
    assert len(clients) == 60
    clients = clients[:: 1 if EVERY_CLIENT else 4]
    # The figures by another way: the aging of all clients, not a statement of one.
    owed: dict[str, dict[str, tuple[Decimal, Decimal]]] = defaultdict(dict)
    for row in office.reader.aging(COMPANY_ID, as_of=office.today).rows:
        owed[row.client_id][row.currency] = (row.total, row.overdue)
    orders = [
        office.order(c.client_id, language=c.language or "es", content={"enclosures": FILES})
        for c in clients
    ]
    for client, order, made in zip(clients, orders, office.compose(*orders), strict=True):
        assert isinstance(made, Composed), made
        words = Words(order.language, office.company.country)
        page = office.reader.statement(
            COMPANY_ID, client.client_id, as_of=office.today, include_paid=True,
            language=order.language,
        )  # fmt: skip
        pdf, xlsx = (a.content for a in made.attachments)
        subject, day = plain(made.subject), words.day(office.today)
        forms = {
            "text": plain(made.text),
            "html": html_text(made.html),
            "pdf": pdf_text(pdf),
            "page": html_text(to_html(page)),
        }
        # What staff wrote, alone: all before the heading of the first currency.
        forms["body"] = plain(made.text.partition("\n---")[0].rpartition("\n\n")[0])
        assert all(day in text for text in (subject, *forms.values())), client.client_id
        figures = owed[client.client_id]
        for currency, (total, overdue) in figures.items():
            shown = words.money(abs(total), currency)
            assert shown in subject, client.client_id
            for form, text in forms.items():
                assert shown in text, (client.client_id, form)
                assert words.money(overdue, currency) in text, (client.client_id, form)
        if not figures:
            assert words.money(Decimal(0), "COP") in subject
        totals = {currency: total for currency, total in xlsx_totals(xlsx).items() if total}
        assert totals == {currency: total for currency, (total, _) in figures.items()}
        assert made.publication_id == office.reader.publication().id


def test_a_batch_keeps_its_order_and_says_of_each_why_not(office: Office):
    settled = next(
        c.client_id
        for c in office.reader.mail_clients(office.company, MailClientsAsked(office.today))
        if not c.balances
    )
    outcomes = office.compose(
        office.order("nobody"),
        office.order(),
        office.order(settled, content={"only": "balance"}),
        office.order(settled, content={"only": "overdue"}),
        office.order(settled, content={"only": "credit"}),
        office.order(settled),
        office.order(kind="invoice", document_id="nothing"),
        office.order(kind="invoice"),
    )
    assert [o.reason if isinstance(o, Skip) else type(o) for o in outcomes] == [
        "no_such_client", Composed, "nothing_open", "not_overdue", "nothing_open", Composed,
        "no_such_document", "no_such_document",
    ]  # fmt: skip


def test_a_broken_order_hurts_no_other(office: Office):
    broken = office.order(content={"subject": ""})
    outcomes = office.compose(office.order(), broken, office.order())
    assert [type(o) is Composed for o in outcomes] == [True, False, True]
    assert str(outcomes[1]) == "the subject is empty"


def test_a_failure_of_ours_is_said_of_the_order_it_struck(office: Office, monkeypatch):
    real = compose.letter

    def fails(company, order, *about):
        if order.client_id == PEDRO:
            raise ZeroDivisionError("secret detail")
        return real(company, order, *about)

    monkeypatch.setattr(compose, "letter", fails)
    first, second = office.compose(office.order(), office.order("restaurante-fogon-paisa"))
    assert isinstance(first, CarteraError)
    assert "secret" not in str(first)
    assert isinstance(second, Composed)


def test_an_account_that_cannot_be_read_holds_no_other_back(office: Office, monkeypatch):
    real = office.reader.accounts

    def fails(company, client_ids, documents=(), *, as_of):
        if PEDRO in client_ids:
            raise ZeroDivisionError
        return real(company, client_ids, documents, as_of=as_of)

    monkeypatch.setattr(office.reader, "accounts", fails)
    first, second = office.compose(office.order(), office.order("restaurante-fogon-paisa"))
    assert isinstance(first, CarteraError)
    assert isinstance(second, Composed)


def test_more_clients_than_are_read_at_once(office: Office, monkeypatch):
    together = office.compose(*(office.order(c) for c in office_clients(office)))
    monkeypatch.setattr(compose, "CLIENTS_AT_ONCE", 7)
    apart = office.compose(*(office.order(c) for c in office_clients(office)))
    assert apart == together


def office_clients(office: Office) -> list[str]:
    found = office.reader.mail_clients(office.company, MailClientsAsked(office.today))
    return [client.client_id for client in found]


def test_an_invoice_with_its_own_pdf(office: Office, tmp_path):
    document_id = office.invoices(PEDRO)[-1]
    paper = tmp_path / f"{document_id}.pdf"
    paper.write_bytes(b"%PDF-1.7 mine")
    kept = invoice_files.keep(office.home.settings, COMPANY_ID, paper)
    try:
        content = {"enclosures": FILES}
        alone = office.one(kind="invoice", document_id=document_id, content=content)
        both = office.one(
            kind="invoice", document_id=document_id, content=content | {"statement": True}
        )
    finally:
        kept.unlink()
    assert isinstance(alone, Composed) and isinstance(both, Composed)
    assert [a.content for a in alone.attachments] == [b"%PDF-1.7 mine"]
    assert alone.attachments[0].name.startswith("Factura FE-")
    assert [a.name.rpartition(".")[2] for a in both.attachments] == ["pdf", "pdf", "xlsx"]


def test_what_is_left_of_every_invoice_is_what_the_account_says(office: Office):
    for client_id in (PEDRO, "obras-pavimentos-quindio"):
        wanted = [(client_id, document_id) for document_id in office.invoices(client_id)]
        found = office.reader.accounts(office.company, [client_id], wanted, as_of=office.today)
        full = office.reader.statement(COMPANY_ID, client_id, as_of=office.today, include_paid=True)
        items = {i.document_id: i for s in full.sections for i in s.items if i.type == "invoice"}
        assert len(found.documents) == len(wanted) > 5
        for (_, document_id), document in found.documents.items():
            if document.issue_date <= office.today:
                item = items[document_id]
                shown = (document.number, document.total, document.open, document.is_overdue)
                assert shown == (item.number, item.total, item.open, item.overdue)


def test_another_clients_invoice_is_no_invoice_of_this_one(office: Office):
    theirs = office.invoices("restaurante-fogon-paisa")[-1]
    assert office.one(kind="invoice", document_id=theirs) == Skip("no_such_document")


def test_a_plan_finds_the_clients_of_each_choice(office: Office):
    def found(**choice) -> set[str]:
        made = plan(
            office.reader, office.home.store, office.company, Choice(**choice),
            kind="statement", as_of=office.today,
        )  # fmt: skip
        return {row.client_id for row in made.rows}

    owed = office.reader.aging(COMPANY_ID, as_of=office.today).rows
    assert found(only="all") == set(office_clients(office))
    assert found() == {r.client_id for r in owed if r.total > 0}
    assert found(only="overdue") == {r.client_id for r in owed if r.overdue > 0}
    assert found(only="credit") == {r.client_id for r in owed if r.unapplied < 0}
    assert found(currency="USD") == {r.client_id for r in owed if r.currency == "USD"}
    five = Decimal(5_000_000)
    assert found(minimum=five) == {r.client_id for r in owed if r.total >= five}
    assert found(only="overdue", minimum=five) == {r.client_id for r in owed if r.overdue >= five}
    assert found(only="all", text="gomez") == {PEDRO}
    agro = found(only="all", groups=("Agro",))
    assert 0 < len(agro) < 60
    assert found(only="all", groups=("Agro",), text="cafetales") == {"cafetales-ilusion"}
    assert found(only="all", groups=("Nobody",)) == set()


def test_a_plan_names_who_gets_nothing_and_why(office: Office):
    store, by, now = office.home.store, operator(COMPANY_ID), clock.now()
    clients = office.reader.mail_clients(office.company, MailClientsAsked(office.today))
    single = [c for c in clients if ";" not in c.emails and c.client_id != PEDRO]
    muted, dead = single[0], single[1]
    kinds = frozenset({"invoice"})
    contacts.save(
        store,
        COMPANY_ID,
        muted.client_id,
        muted.emails,
        kinds=kinds,
        was=muted.emails,
        by=by,
        now=now,
    )
    with store.write() as connection:
        stopped.mark_dead(
            connection, store, COMPANY_ID, dead.emails, detail="550", message_id=None, now=now
        )
    made = plan(
        office.reader, store, office.company, Choice("all"), kind="statement", as_of=office.today
    )
    rows = {row.client_id: row for row in made.rows}
    assert len(rows) == 60
    assert rows[muted.client_id].problem == "no_contact"
    assert rows[dead.client_id].problem == "stopped"
    assert [left.stops[0].cause for left in rows[dead.client_id].left_out] == ["dead"]
    assert {row.client_id for row in made.unready} == {muted.client_id, dead.client_id}
    written = drafts(made, "run-1")
    assert len(written) == made.messages == len({draft.key for draft in written})
    assert f"statement:run-1:{PEDRO}:pedro.gomez@example.com" in {d.key for d in written}
    assert {d.client_id for d in written} == {row.client_id for row in made.ready}
    english = [d.language for d in written if d.client_id == "andes-hardware-trading"]
    assert set(english) == {"en"}
    both = drafts(made, "run-1", {"en": texts.default("statement", "en")})
    assert {d.language for d in both if d.content is not None} == {"en"}


def test_the_last_due_date_is_of_what_is_open(office: Office):
    """Of every client: by the list of open documents, not by the statement."""
    found = office.reader.accounts(office.company, office_clients(office), as_of=office.today)
    for client_id, statement in found.statements.items():
        assert statement is not None
        page = office.reader.open_documents(
            COMPANY_ID, as_of=office.today, client_id=client_id, limit=1_000
        )
        days = [row.due_date for row in page.rows if row.open > 0 and row.due_date]
        in_parts = any(i.instalments for s in statement.sections for i in s.items)
        if in_parts and days:  # the last instalment falls due later than the document's row says
            assert statement.last_due is not None
            assert statement.last_due >= max(days)
        else:
            assert statement.last_due == max(days, default=None)
