"""Who is told what of a payment: the receipt, what went back, staff; once, whatever is cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from cartera.mail.compose import Composer
from cartera.mail.sender import Sender
from cartera.mail.transports import folder
from cartera.online import letters, resolving
from cartera.online.settling import settle
from cartera.online.terms import OnlinePayment
from cartera.people import operator
from cartera.store import companies, contacts, online_payments, outbox, stopped, users
from cartera.store.messages import Message
from tests.online.test_netting import allocation, credit
from tests.online.test_netting import payment as payment_row
from tests.online.tills import COMPANY, Till, till
from tests.people import ANA

HERE = operator(COMPANY)
D = Decimal


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Till]:
    with till(tmp_path) as made:
        users.create(
            made.store, login="ana", name="Ana", role="administrator", company_id=COMPANY,
            password="una clave que nadie adivina", email="ana@t.co", by=ANA, now=made.now,
        )  # fmt: skip
        companies.save(made.store, COMPANY, {"email": "cartera@t.co"}, by=HERE, now=made.now)
        yield made


def mails(shop: Till, kind: str = "receipt") -> list[Message]:
    """The oldest first, with what they say."""
    found = outbox.list_messages(shop.store, COMPANY, kind=kind)[::-1]
    return [outbox.get(shop.store, COMPANY, one.public_id) for one in found]


def said(message: Message) -> str:
    """Subject and body as text, with plain spaces."""
    assert message.content is not None
    text = f"{message.content.subject}\n{message.content.body}".replace("\xa0", " ")
    return re.sub(r"<[^>]+>", "|", text)


def to(shop: Till, kind: str = "receipt") -> list[str]:
    return [message.address for message in mails(shop, kind)]


def paid(shop: Till, *documents: str, refunded: str = "0") -> OnlinePayment:
    payment = shop.begin(shop.link(), *documents)
    shop.gateway.say(payment.reference, "approved", payment.amount, refunded=refunded)
    shop.now += timedelta(minutes=10)
    shop.round()
    return shop.of(payment)


def says(shop: Till, payment: OnlinePayment, stand: str, refunded: str = "0") -> None:
    """What the gateway says from now on, and the next daily question about it."""
    shop.gateway.say(payment.reference, stand, payment.amount, refunded=refunded)
    shop.now += timedelta(days=1, minutes=1)
    shop.round()


def test_who_paid_gets_a_receipt_with_everything_on_it(shop: Till) -> None:
    payment = paid(shop, "C1F1", "C1F2")
    (receipt,) = mails(shop)
    assert (receipt.address, receipt.client_id, receipt.language) == ("ana@x.co", "C1", "es")
    words = said(receipt)
    for text in (
        "recibo de su pago de COP 150,50", "Fecha: 26/11/2026", "Medio de pago: Papel · Tarjeta",
        payment.reference, f"Transacción en Papel: paper-{payment.reference}",
        "F1: COP 100,00", "F2: COP 50,50", "Esto es una simulación",
    ):  # fmt: skip
        assert text in words
    assert "a su favor" not in words
    (news,) = mails(shop, "notice")
    assert news.address == "ana@t.co"
    assert "Pago en línea: C1, COP 150,50" in said(news)
    assert news.content is not None
    url = f"http://127.0.0.1:8501/pagos?payment={payment.public_id}"
    assert f'href="{url}"' in news.content.body


def test_it_is_delivered_with_a_link_and_without_the_account(
    shop: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARTERA_MAIL", "folder")
    settings = shop.lake.settings.model_copy(update={"mail": "folder"})
    payment = paid(shop, "C1F1")
    composer = Composer(settings, shop.store, shop.reader)
    sender = Sender(settings, shop.store, None, composer=composer, now=lambda: shop.now)
    assert sender.run().counts == {"sent": 2}
    boxed = folder.messages(folder.box(settings, COMPANY))
    (mail,) = [one for one in boxed if one.to == "ana@x.co"]
    part = folder.read(folder.box(settings, COMPANY), mail.name).get_body(("plain",))
    assert part is not None
    text = part.get_content()
    assert payment.reference in text
    assert "http://127.0.0.1:8502/e/" in text
    assert "Saldo total" not in text


def test_contacts_who_want_receipts_get_one_each_once(shop: Till) -> None:
    for address, kinds in (
        ("ana@x.co", ("receipt",)), ("caja@x.co", ("receipt",)), ("otro@x.co", ("reminder",)),
        ("dead@x.co", ("receipt",)),
    ):  # fmt: skip
        contacts.save(shop.store, COMPANY, "C1", address, kinds=kinds, by=ANA, now=shop.now)
    contacts.save(
        shop.store, COMPANY, "C1", "jim@x.co", language="en", kinds=["receipt"], by=ANA,
        now=shop.now,
    )  # fmt: skip
    with shop.store.write() as connection:
        stopped.mark_dead(
            connection, shop.store, COMPANY, "dead@x.co", detail="", message_id=None, now=shop.now
        )
    paid(shop, "C1F1")
    assert sorted(to(shop)) == ["ana@x.co", "caja@x.co", "jim@x.co"]
    (english,) = [one for one in mails(shop) if one.address == "jim@x.co"]
    assert "receipt of your payment of COP 100.00" in said(english)


def test_who_paid_gets_it_whatever_they_wish_of_other_mail(shop: Till) -> None:
    contacts.save(shop.store, COMPANY, "C1", "ana@x.co", kinds=[], by=ANA, now=shop.now)
    paid(shop, "C1F1")
    assert to(shop) == ["ana@x.co"]


@pytest.mark.full
def test_what_is_not_needed_is_said(shop: Till) -> None:
    payment = shop.begin(shop.link(), "C1F1")
    shop.lake.load([
        ("payments", {"payment_id": "P1", "client_id": "C1", "date": "2026-11-26",
                      "amount": "60", "currency": "COP", "reference": "otra"}),
        ("allocations", {"allocation_id": "A1", "kind": "payment", "amount": "60",
                         "source_id": "P1", "document_id": "C1F1"}),
    ])  # fmt: skip
    shop.publish()
    shop.gateway.say(payment.reference, "approved", payment.amount)
    shop.now += timedelta(minutes=10)
    shop.round()
    (receipt,) = mails(shop)
    assert "F1: COP 40,00" in said(receipt)
    assert "COP 60,00 no se necesitaron y quedan a su favor" in said(receipt)
    assert "Sobró y queda a favor del cliente: COP 60,00" in said(mails(shop, "notice")[0])


@pytest.mark.full
def test_what_is_applied_of_money_in_favour_is_said_and_what_is_not(shop: Till) -> None:
    shop.lake.load([credit("N1", "30"), payment_row("P1", "40")])
    shop.publish()
    payment = shop.begin(shop.link(), "C1F1", "C1F2")
    assert (payment.amount, payment.netted) == (D("80.50"), D(70))
    shop.lake.load([allocation("A1", "P1", "C1F3", "25")])
    shop.publish()
    shop.gateway.say(payment.reference, "approved", payment.amount)
    shop.now += timedelta(minutes=10)
    shop.round()
    for message in (mails(shop)[0], mails(shop, "notice")[0]):
        words = said(message)
        assert "F1: COP 30,00|" in words
        assert "F2: COP 50,50|" in words
        assert "F1 (N1): COP 30,00||F1 (R P1): COP 15,00" in words
        assert "De los COP 70,00 a favor que se iban a aplicar, COP 25,00 no se aplicaron" in words
    assert "De su saldo a favor:" in said(mails(shop)[0])
    assert "Aplíquelo también en el sistema contable" in said(mails(shop, "notice")[0])
    says(shop, payment, "reversed", "80.50")
    assert "Vuelve a quedar pendiente:|||F1: COP 75,00||F2: COP 50,50|" in said(mails(shop)[1])


@pytest.mark.full
def test_what_the_accounting_system_applied_instead_does_not_open_again(shop: Till) -> None:
    shop.lake.load([credit("N1", "30"), payment_row("P1", "40")])
    shop.publish()
    payment = shop.begin(shop.link(), "C1F1", "C1F2")
    shop.gateway.say(payment.reference, "approved", payment.amount)
    shop.now += timedelta(minutes=10)
    shop.round()
    shop.publish()
    shop.lake.load([allocation("A1", "N1", "C1F1", "30"), allocation("A2", "P1", "C1F3", "15")])
    shop.publish()
    says(shop, payment, "reversed", "80.50")
    assert "Vuelve a quedar pendiente:|||F1: COP 55,00||F2: COP 50,50|" in said(mails(shop)[1])


def test_what_goes_back_is_told_and_each_time_once(shop: Till) -> None:
    payment = paid(shop, "C1F1", "C1F2")
    for _ in range(2):
        says(shop, payment, "approved", "60")
    assert "De su pago de COP 150,50 del 26/11/2026 se le devolvieron COP 60,00" in said(
        mails(shop)[1]
    )
    assert "Vuelve a quedar pendiente:|||F1: COP 9,50||F2: COP 50,50|" in said(mails(shop)[1])
    says(shop, payment, "approved", "100")
    says(shop, payment, "reversed", "150.50")
    assert "fue reversado: ya no cuenta" in said(mails(shop)[3])
    assert "F1: COP 100,00||F2: COP 50,50" in said(mails(shop)[3])
    says(shop, payment, "approved")  # a chargeback that the company won
    assert "vuelve a contar" in said(mails(shop)[4])
    says(shop, payment, "reversed", "150.50")
    assert len(mails(shop)) == 6
    subjects = [said(one).split("\n")[0].split(":")[0] for one in mails(shop, "notice")]
    assert subjects == [
        "Pago en línea", *["Devolución de un pago en línea"] * 2, "Pago en línea reversado",
        "Vuelve a contar un pago en línea", "Pago en línea reversado",
    ]  # fmt: skip


def test_another_amount_is_for_staff_until_they_accept_it(shop: Till) -> None:
    payment = shop.begin(shop.link(), "C1F1")
    shop.gateway.say(payment.reference, "approved", "120")
    shop.now += timedelta(minutes=10)
    shop.round()
    assert mails(shop) == []
    assert "Por decidir: pago en línea de C1" in said(mails(shop, "notice")[0])
    assert "se pagaron COP 120,00 donde se pedían COP 100,00" in said(mails(shop, "notice")[0])
    resolving.accept(shop.store, COMPANY, payment.public_id, by=ANA, now=shop.now)
    shop.round()
    assert "recibo de su pago de COP 120,00" in said(mails(shop)[0])
    assert "COP 20,00 no se necesitaron" in said(mails(shop)[0])


def test_whoever_settles_twice_writes_once_and_who_fails_writes_to_nobody(shop: Till) -> None:
    payment = shop.begin(shop.link(), "C1F1")
    shop.gateway.say(payment.reference, "approved", payment.amount)
    shop.now += timedelta(minutes=10)

    class CutOff(Exception):
        pass

    def tell(connection, before, after, own):  # type: ignore[no-untyped-def]
        letters.telling(shop.store, shop.lake.settings, shop.company, shop.now)(
            connection, before, after, own
        )
        raise CutOff

    from cartera.online.asking import ask

    asked = ask(shop.store, payment, who="x", now=lambda: shop.now)
    with pytest.raises(CutOff):
        settle(shop.store, shop.reader, shop.company, asked, tell=tell, now=shop.now)
    assert mails(shop) == [] == mails(shop, "notice")
    shop.round()
    online_payments.change(
        shop.store, shop.of(payment), {"is_settled": False}, who="x", now=shop.now
    )
    shop.round()
    assert len(mails(shop)) == len(mails(shop, "notice")) == 1


@pytest.mark.full
def test_names_from_outside_are_words(shop: Till) -> None:
    shop.lake.load([("documents", {
        "document_id": "X1", "client_id": "C1", "type": "invoice",
        "number": "<b>{enlace}</b>", "issue_date": "2026-10-01", "currency": "COP",
        "total": "30",
    })])  # fmt: skip
    shop.publish()
    paid(shop, "X1")
    assert "&lt;b&gt;{enlace}&lt;/b&gt;: COP 30,00" in said(mails(shop)[0])


def test_a_link_that_was_made_for_nobody_s_address_gets_no_mail(shop: Till) -> None:
    payment = shop.begin(shop.link(), "C1F1")
    with shop.store.write() as connection:
        connection.execute(online_payments.table.update().values(contact="Doña Rosa, por WhatsApp"))
    shop.gateway.say(payment.reference, "approved", payment.amount)
    shop.now += timedelta(minutes=10)
    assert shop.round() == {"asked": 1, "approved": 1}
    assert mails(shop) == []
    assert len(mails(shop, "notice")) == 1
