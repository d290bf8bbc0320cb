"""Whether two payments are one is asked only once both can be seen."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from decimal import Decimal

import pytest

from cartera import clock
from cartera.notices import decisions
from cartera.notices.terms import NoticeDraft
from cartera.people import Role, operator
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from cartera.store import notices, own_payments
from cartera.store.own_payments import OwnPayment
from cartera.warehouse import history
from tests.sample_home import SampleHome
from tests.streamlit_app.desks import TODAY
from tests.streamlit_app.staff.drawn import Pages

BUTTONS = {"Es el mismo", "Son dos pagos"}
NOT_YET = "todavía no está en las cifras publicadas"
BY = operator(COMPANY_ID)


@pytest.fixture
def payment(ledger: SampleHome) -> Iterator[OwnPayment]:
    """One that a client reported and staff accepted."""
    draft = NoticeDraft(
        "payment", key=secrets.token_hex(8), amount=Decimal(5000), currency="COP", day=TODAY,
        method="transfer", reference="TR-77",
    )  # fmt: skip
    notice = notices.add(ledger.store, ledger.link().link, draft, language="es", now=clock.now())
    made = decisions.accept(
        ledger.store, ledger.settings.company_profile(COMPANY_ID), notice.public_id,
        amount=Decimal(5000), day=TODAY, allocations=[], open_documents={},
        by=BY, now=clock.now(),
    )  # fmt: skip
    yield made
    found = own_payments.get(ledger.store, COMPANY_ID, made.public_id)
    if found.match == "doubt":
        own_payments.different(
            ledger.store, COMPANY_ID, made.public_id, found.matched_id, by=BY, now=clock.now()
        )


def doubt(home: SampleHome, payment: OwnPayment, theirs: str) -> None:
    found = own_payments.Matched(payment.public_id, payment.revision, "doubt", theirs)
    assert own_payments.match(home.store, [found], now=clock.now())


def asked(pages: Pages, role: Role = "administrator") -> tuple[str, set[str], str]:
    """The question's HTML, its buttons, and what stands under it."""
    pages.enter(role)
    page = pages.open("/avisos")
    assert not page.exception
    shown = "".join(one.body for one in page.get("html"))
    labels = {one.label for one in page.button} & BUTTONS
    return shown, labels, " ".join(one.value for one in page.caption)


def test_until_the_other_payment_is_in_the_figures_there_is_nothing_to_press(
    pages: Pages, ledger: SampleHome, payment: OwnPayment
) -> None:
    # It stood there as a row of dashes, with buttons that said it was the same one.
    doubt(ledger, payment, "NOT-PUBLISHED-YET")
    shown, labels, said = asked(pages)
    assert "¿Es el mismo pago?" in shown
    assert "Sistema contable" not in shown
    assert labels == set()
    assert NOT_YET in said


def test_with_both_in_sight_whoever_may_decides(
    pages: Pages, ledger: SampleHome, payment: OwnPayment
) -> None:
    with ledger.reader().cursor() as cursor:
        booked = history.items(cursor, COMPANY_ID, PEDRO, limit=100)
    theirs = next(one for one in booked if one.kind == "payment")
    doubt(ledger, payment, theirs.item_id)
    shown, labels, said = asked(pages)
    assert "Sistema contable" in shown
    assert theirs.number in shown
    assert labels == BUTTONS
    assert NOT_YET not in said
    assert asked(pages, "reader")[1] == set()
