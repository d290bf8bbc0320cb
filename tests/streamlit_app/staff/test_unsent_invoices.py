"""Invoices that were not mailed: listed on "Envíos" with the reason, and sent once after all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cartera import clock
from cartera.mail import invoices
from cartera.mail.unsent import unsent
from cartera.people import operator
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from cartera.store import audit, outbox
from tests.sample_home import SampleHome
from tests.streamlit_app.desks import TODAY
from tests.streamlit_app.staff.drawn import Pages, links
from tests.streamlit_app.test_staff_pages import button, html

BY = operator(COMPANY_ID)
SEND = "Enviar esta factura"


@pytest.fixture
def invoice(ledger: SampleHome) -> Iterator[str]:
    """The id of one of Pedro's that came too late to be mailed by itself."""
    found = ledger.reader().open_documents(COMPANY_ID, as_of=TODAY, client_id=PEDRO, currency="COP")
    one = next(row for row in found.rows if row.type == "invoice")
    details = {"number": one.number, "client_id": PEDRO, "reason": "too_late"}
    audit.record(
        ledger.store, COMPANY_ID, BY.login, invoices.UNSENT, one.document_id, details, clock.now()
    )
    yield one.document_id
    sent = [message.public_id for message in queued(ledger, one.document_id)]
    outbox.cancel(ledger.store, COMPANY_ID, sent, by=BY, now=clock.now())


def queued(home: SampleHome, document_id: str) -> list[outbox.Message]:
    found = outbox.list_messages(home.store, COMPANY_ID, kind="invoice", states=("waiting",))
    return [message for message in found if message.document_id == document_id]


def left(home: SampleHome) -> dict[str, str]:
    """Why each invoice that is listed was not mailed."""
    company = home.settings.company_profile(COMPANY_ID)
    since = clock.now() - invoices.PAPER_WAIT
    found = unsent(home.settings, home.store, home.reader(), company, since=since)
    return {one.document_id: one.reason for one in found}


def test_it_is_sent_once_after_all(pages: Pages, ledger: SampleHome, invoice: str) -> None:
    pages.enter()
    listed = pages.html("/envios")
    assert "Llegó más de 30 días después de su fecha." in listed
    (there,) = [link for link in links(listed, "send_invoice") if link.endswith(f"={invoice}")]
    assert left(ledger)[invoice] == "too_late"
    page = pages.open(there)
    assert "pedro.gomez@example.com" in " ".join(one.value for one in page.text)
    button(page, SEND)
    (message,) = queued(ledger, invoice)
    assert message.client_id == PEDRO
    # It waits like every other one: mail is off here.
    assert left(ledger)[invoice] == "mail_off"
    assert f"={invoice}" not in pages.html("/envios")
    # Somebody whose page is older presses it, too.
    button(pages.open(there), SEND)
    assert len(queued(ledger, invoice)) == 1


def test_who_may_not_mail_sees_the_reason_and_no_button(
    pages: Pages, ledger: SampleHome, invoice: str
) -> None:
    pages.enter("reader")
    listed = pages.html("/envios")
    assert "Llegó más de 30 días después de su fecha." in listed
    assert links(listed, "send_invoice") == []
    page = pages.open(f"/envios?send_invoice={invoice}")
    assert SEND not in {one.label for one in page.button}
    assert "no permite" in " ".join(one.value for one in page.error)
    assert queued(ledger, invoice) == []


def test_an_invoice_that_does_not_exist_is_said_to_be_none(pages: Pages) -> None:
    pages.enter()
    page = pages.open("/envios?send_invoice=%3Cb%3Enada")
    assert "No existe esa factura." in " ".join(one.value for one in page.error)
    assert "<b>nada" not in html(page)
