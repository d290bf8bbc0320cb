"""Mails about accounts that are settled in part: from files to what a client reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape

import pytest

from cartera.config import Company
from cartera.mail import texts
from cartera.mail.compose import Composer
from cartera.mail.outgoing import About, Composed, Kind, Order
from cartera.mail.profile import MailProfile
from cartera.reminders.outlook import outlook
from cartera.reminders.rules import Policy
from cartera.store import companies
from cartera.warehouse.ingest import load_files
from cartera.warehouse.reader import Reader
from tests.ledger.lakes import Lake
from tests.mail.orders import LINK
from tests.mail.seen import amounts, html_rows, sums, text_rows
from tests.mail.test_sample_mails import pdf_text
from tests.warehouse.small import write_tables

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
COP = "COP"
ABOUT, OPEN = "Este mensaje se refiere a", "Documentos pendientes en COP"
CREDIT, OVERPAID, PLAN, DISPUTE, OTHER, PART = "CRE", "OVER", "PLAN", "DISP", "OTHER", "PART"
VOIDED = "VOIDED"
TABLES = {
    "clients": f"""
        client_id, name
        {CREDIT}, Nota sin aplicar
        {OVERPAID}, Factura pagada dos veces
        {PLAN}, En cuotas
        {DISPUTE}, En disputa
        {OTHER}, Debe dólares
        {PART}, Cuotas de varias etapas
        {VOIDED}, Por anular
    """,
    "documents": f"""
        document_id, client_id, type, number, issue_date, due_date, total, currency, disputed, \
        status, voided_on
        C-1, {CREDIT}, invoice, C-1, 2026-09-01, 2026-10-01, 500000, COP, , ,
        C-2, {CREDIT}, credit_note, C-2, 2026-09-10, , 120000, COP, , ,
        O-1, {OVERPAID}, invoice, O-1, 2026-08-01, 2026-08-31, 200000, COP, , ,
        O-2, {OVERPAID}, invoice, O-2, 2026-09-15, 2026-10-15, 180000, COP, , ,
        I-1, {PLAN}, invoice, I-1, 2026-08-31, 2026-12-31, 900000, COP, , ,
        D-1, {DISPUTE}, invoice, D-1, 2026-09-01, 2026-10-01, 81000, COP, true, ,
        D-2, {DISPUTE}, invoice, D-2, 2026-09-01, 2026-10-01, 52000, COP, , ,
        U-1, {OTHER}, invoice, U-1, 2026-09-01, 2026-10-01, 100.50, USD,, ,
        V-1, {PART}, invoice, V-1, 2026-08-31, 2026-12-31, 700000, COP, , ,
        W-1, {VOIDED}, invoice, W-1, 2026-11-01, 2026-12-31, 88000, COP, , void, 2026-12-15
        W-2, {VOIDED}, invoice, W-2, 2026-11-01, 2026-12-31, 88000, COP, , void, 2026-11-15
    """,
    "instalments": """
        document_id, instalment, due_date, amount
        I-1, 1, 2026-09-30, 300000
        I-1, 2, 2026-10-31, 300000
        I-1, 3, 2026-12-31, 300000
        V-1, 1, 2026-10-25, 200000
        V-1, 2, 2026-11-27, 250000
        V-1, 3, 2026-12-27, 250000
    """,
    "payments": f"""
        payment_id, client_id, date, amount, currency
        O-P, {OVERPAID}, 2026-08-20, 200000, COP
        O-Q, {OVERPAID}, 2026-08-25, 60000, COP
        I-P, {PLAN}, 2026-10-10, 410000, COP
        U-P, {OTHER}, 2026-11-01, 5000000, COP
    """,
    "allocations": """
        allocation_id, kind, amount, date, source_id, document_id
        A1, payment, 200000, 2026-08-20, O-P, O-1
        A2, payment, 60000, 2026-08-25, O-Q, O-1
        A3, payment, 410000, 2026-10-10, I-P, I-1
    """,
}


@dataclass(frozen=True)
class Desk:
    """The accounts, with what decides and writes about them."""

    company: Company
    composer: Composer
    due: dict[str, tuple[About, ...]]
    levels: dict[str, str]

    def mail(self, client: str, kind: Kind = "reminder", **order: object) -> Composed:
        """What goes out to a client; a reminder as the rules decide it today."""
        said = texts.default(kind, "es") if kind != "reminder" else texts.default(
            f"reminder-{self.levels[client]}", "es"  # type: ignore[arg-type]
        )  # fmt: skip
        content = replace(said, documents=self.due.get(client, ()), enclosures=("pdf",))
        asked = Order(kind, client, "", "a@b.co", "es", content, LINK, **order)  # type: ignore[arg-type]
        (made,) = self.composer.compose(self.company, MailProfile(), [asked], as_of=TODAY)
        assert isinstance(made, Composed), made
        return made


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("mails")
    lake = Lake(folder / "home")
    files = write_tables(folder / "files", **TABLES)
    found = load_files(lake.settings, [files], company=lake.settings.company_profile())
    assert not [one for one in found if one.error or one.rejects]
    lake.refresh()
    reader, company = Reader(lake.settings, lake.store), companies.profile(
        lake.settings, lake.store, "main"
    )  # fmt: skip
    rules = Policy(is_on=True, stale_days=0)
    seen = outlook(lake.store, reader, company, on=TODAY, now=NOW, policy=rules)
    yield Desk(
        company,
        Composer(lake.settings, lake.store, reader),
        {
            one.client_id: tuple(About(d.item.document_id, d.item.instalment) for d in one.due)
            for one in seen.decisions
        },
        {one.client_id: one.level or "" for one in seen.decisions},
    )
    lake.store.close()


@pytest.mark.parametrize(
    ("client", "currency", "rows"),
    [
        (CREDIT, COP, {"C-1, vencimiento 01/10/2026 (vencida hace 54 días)": "500000"}),
        (OVERPAID, COP, {"O-2, vencimiento 15/10/2026 (vencida hace 40 días)": "180000"}),
        (PLAN, COP, {"I-1, cuota 2, vencimiento 31/10/2026 (vencida hace 24 días)": "190000"}),
        (DISPUTE, COP, {"D-2, vencimiento 01/10/2026 (vencida hace 54 días)": "52000"}),
        (OTHER, "USD", {"U-1, vencimiento 01/10/2026 (vencida hace 54 días)": "100.50"}),
        (
            PART,
            COP,
            {
                "V-1, cuota 1, vencimiento 25/10/2026 (vencida hace 30 días)": "200000",
                "V-1, cuota 2, vencimiento 27/11/2026 (vence en 3 días)": "250000",
            },
        ),
    ],
)
def test_a_reminder_asks_for_what_it_names(
    desk: Desk, client: str, currency: str, rows: dict[str, str]
) -> None:
    made = desk.mail(client)
    wanted = {f"Factura {what}": Decimal(amount) for what, amount in rows.items()}
    figure = {currency: sum(wanted.values())}
    assert amounts(made.subject, "es") == figure
    assert amounts(made.text.split("\n\n")[1], "es") == figure  # what follows the greeting
    listed = text_rows(made.text, ABOUT, "es")
    assert {row.what: row.amount for row in listed} == wanted
    assert [row.amount for row in html_rows(made.html, ABOUT, "es")] == [r.amount for r in listed]


@pytest.mark.parametrize(
    ("client", "said"),
    [
        (CREDIT, "COP 380.000,00: hay COP 500.000,00 vencidos y COP 120.000,00 a su favor"),
        (OVERPAID, "COP 120.000,00: hay COP 180.000,00 vencidos y COP 60.000,00 a su favor"),
        (OTHER, "tiene un saldo a favor de COP 5.000.000,00."),
    ],
)
def test_money_in_favour_is_said_as_the_statement_says_it(
    desk: Desk, client: str, said: str
) -> None:
    made = desk.mail(client)
    (pdf,) = made.attachments
    for shown in (made.text, unescape(made.html), pdf_text(pdf.content)):
        assert said in " ".join(shown.replace("\u00a0", " ").split())


def test_what_a_reminder_leaves_out_is_said_and_marked(desk: Desk) -> None:
    made = desk.mail(DISPUTE)
    assert "Además hay COP 81.000,00 vencidos que no hacen parte de este mensaje." in (
        made.text.replace("\u00a0", " ")
    )
    for rows in (text_rows(made.text, OPEN, "es"), html_rows(made.html, OPEN, "es")):
        assert {row.amount: "En disputa" in row.what for row in rows} == {81000: True, 52000: False}
        assert sums(rows) == 133000


def test_a_statement_lists_instalments_one_by_one(desk: Desk) -> None:
    made = desk.mail(PLAN, "statement")
    (pdf,) = made.attachments
    shown = pdf_text(pdf.content)
    for rows in (text_rows(made.text, OPEN, "es"), html_rows(made.html, OPEN, "es")):
        assert [row.amount for row in rows] == [190000, 300000]
        for row, day in zip(rows, ("31/10/2026", "31/12/2026"), strict=True):
            assert day in row.what
            assert day in shown
    assert "Cuota 2 · 190.000,00 pendiente · Vencida" in shown
    assert "Cuota 3 · 300.000,00 pendiente" in shown
    assert amounts(made.subject, "es") == {COP: 490000}


def test_an_invoice_in_instalments_is_mailed_with_them(desk: Desk) -> None:
    made = desk.mail(PLAN, "invoice", document_id="I-1")
    text = made.text.replace("\u00a0", " ")
    assert "Cuota 2, vencimiento 31/10/2026: COP 190.000,00\n" in text
    assert "Cuota 3, vencimiento 31/12/2026: COP 300.000,00\n" in text
    assert "Saldo pendiente: COP 490.000,00\n" in text


def test_an_invoice_that_was_paid_twice_is_money_in_favour(desk: Desk) -> None:
    text = desk.mail(OVERPAID, "invoice", document_id="O-1").text.replace("\u00a0", " ")
    assert "Saldo pendiente: COP 60.000,00 a su favor\n" in text


def test_an_invoice_in_dispute_says_so(desk: Desk) -> None:
    assert "Observaciones: En disputa\n" in desk.mail(DISPUTE, "invoice", document_id="D-1").text


def test_what_will_be_void_is_an_invoice_until_then(desk: Desk) -> None:
    text = desk.mail(VOIDED, "invoice", document_id="W-1").text.replace("\u00a0", " ")
    assert "Saldo pendiente: COP 88.000,00\n" in text
    with pytest.raises(AssertionError, match="no_such_document"):
        desk.mail(VOIDED, "invoice", document_id="W-2")


def test_a_credit_note_asks_for_no_money(desk: Desk) -> None:
    with pytest.raises(AssertionError, match="no_such_document"):
        desk.mail(CREDIT, "invoice", document_id="C-2")
