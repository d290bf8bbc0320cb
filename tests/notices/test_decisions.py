"""What staff decide reaches the client by mail, in the same transaction, once."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from cartera.config import Company, Settings
from cartera.errors import Forbidden
from cartera.mail.refusal import Refusal
from cartera.notices import decisions, letters
from cartera.notices.terms import Notice, NoticeDocument, NoticeDraft
from cartera.store import links, notices, outbox, users
from cartera.store.db import Store
from cartera.store.messages import Message
from cartera.store.notices import AlreadyDecided
from tests.people import ANA, LUIS, READER
from tests.reported import DAY, NOW, report
from tests.stores import new_store

COMPANY = Company(id="main", name="Tornillos & Cía.", timezone="America/Bogota")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", staff_url="https://equipo.tornillos.co/")


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = new_store(settings)
    yield opened
    opened.close()


def wrote(store: Store, kind: str, *, contact: str = "caja@cliente.co", **said: object) -> Notice:
    """What a client wrote through a link of its own."""
    link = links.create(
        store, company_id="main", client_id="C1", days=30, contact=contact, by=ANA, now=NOW
    ).link
    draft = NoticeDraft(kind, key=secrets.token_hex(8), **said)  # type: ignore[arg-type]
    return notices.add(store, link, draft, language="es", now=NOW)


def mails(store: Store, kind: str = "answer") -> list[Message]:
    """Those that are queued, the oldest first, with what they say."""
    found = outbox.list_messages(store, "main", kind=kind)[::-1]
    return [outbox.get(store, "main", one.public_id) for one in found]


def body(message: Message) -> str:
    assert message.content is not None
    return message.content.body


def accept(store: Store, notice: Notice, amount: str = "100", **more: object) -> None:
    decisions.accept(
        store, COMPANY, notice.public_id,
        amount=Decimal(amount), day=DAY, allocations=[("D1", Decimal(amount))],
        open_documents={"D1": Decimal(100)}, by=ANA, now=NOW, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_an_accepted_payment_is_told_whole_and_in_part(store: Store) -> None:
    accept(store, report(store, "100", documents={"D1": "100"}))
    accept(store, report(store, "100", documents={"D1": "100"}), "60", text="Faltó el IVA")
    whole, part = mails(store)
    assert (whole.address, whole.client_id, whole.state) == ("a@x.co", "C1", "waiting")
    assert whole.content is not None
    assert whole.content.subject == "Tornillos & Cía.: confirmamos su pago"
    assert "Confirmamos su pago de COP 100,00 del 24/11/2026" in body(whole).replace("\xa0", " ")
    said = body(part).replace("\xa0", " ")
    assert "Del pago de COP 100,00 del 24/11/2026 que usted reportó confirmamos COP 60,00" in said
    assert "<blockquote>Faltó el IVA</blockquote>" in said
    assert not whole.content.statement


@pytest.mark.parametrize(
    ("kind", "state", "said", "words"),
    [
        ("promise", "closed", {"day": DAY}, "Tomamos nota de su promesa de pago"),
        ("dispute", "accepted", {"reason": "goods"}, "Usted tiene razón sobre FE-1"),
        ("dispute", "rejected", {"reason": "goods"}, "el documento queda como está"),
        ("dispute", "closed", {"reason": "goods"}, "Revisamos su reclamo sobre FE-1"),
        ("comment", "closed", {"text": "Hola"}, "Leímos lo que usted nos escribió"),
    ],
)
def test_every_decision_has_its_words(
    store: Store, kind: str, state: str, said: dict[str, object], words: str
) -> None:
    documents = (NoticeDocument("D1", "FE-1", Decimal(5)),) if kind != "comment" else ()
    notice = wrote(store, kind, documents=documents, **said)
    decisions.decide(
        store, COMPANY, notice.public_id, state, text="Gracias", by=ANA, now=NOW  # type: ignore[arg-type]
    )  # fmt: skip
    (mail,) = mails(store)
    assert words in body(mail)
    assert "<blockquote>Gracias</blockquote>" in body(mail)


def test_what_is_put_away_without_a_word_writes_to_nobody(store: Store) -> None:
    notice = wrote(store, "comment", text="Hola")
    decisions.decide(store, COMPANY, notice.public_id, "closed", by=ANA, now=NOW)
    assert mails(store) == []


def test_who_loses_the_race_writes_to_nobody(store: Store) -> None:
    notice = report(store, "100", documents={"D1": "100"})
    accept(store, notice)
    with pytest.raises(AlreadyDecided):
        accept(store, notice)
    with pytest.raises(AlreadyDecided):
        decisions.decide(store, COMPANY, notice.public_id, "rejected", text="No", by=LUIS, now=NOW)
    assert len(mails(store)) == 1


def test_a_refused_act_leaves_neither_decision_nor_mail(store: Store) -> None:
    notice = report(store, "100", documents={"D1": "100"})
    with pytest.raises(Refusal):
        accept(store, notice, "150")
    with pytest.raises(Refusal):
        decisions.decide(store, COMPANY, notice.public_id, "rejected", by=ANA, now=NOW)
    for act in (
        lambda: decisions.decide(
            store, COMPANY, notice.public_id, "rejected", text="No", by=READER, now=NOW
        ),
        lambda: decisions.answer(store, COMPANY, notice.public_id, "Hola", by=READER, now=NOW),
    ):
        with pytest.raises(Forbidden):
            act()
    assert notices.get(store, "main", notice.public_id).state == "open"
    assert mails(store) == []


def test_each_answer_is_a_mail_and_words_are_words(store: Store) -> None:
    notice = wrote(store, "comment", text="<b>{saldo}</b>\n<script>alert(1)</script>")
    for n in range(2):
        decisions.answer(
            store, COMPANY, notice.public_id, f"<i>{n}</i> {{enlace}}", by=ANA, now=NOW
        )
    first, second = mails(store)
    assert "&lt;i&gt;0&lt;/i&gt; {enlace}" in body(first)
    assert "&lt;i&gt;1&lt;/i&gt; {enlace}" in body(second)
    assert "&lt;b&gt;{saldo}&lt;/b&gt;<br>&lt;script&gt;" in body(second)


def test_without_an_address_the_act_stands_and_nobody_is_written_to(store: Store) -> None:
    notice = wrote(store, "comment", contact="Doña Rosa, por WhatsApp", text="Hola")
    assert letters.address_of(notice) == ""
    done = decisions.answer(store, COMPANY, notice.public_id, "Sí", by=ANA, now=NOW)
    assert [one.text for one in done.answers] == ["Sí"]
    assert mails(store) == []


def test_a_payment_taken_back_is_told_once(store: Store) -> None:
    notice = report(store, "100", documents={"D1": "100"})
    made = decisions.accept(
        store, COMPANY, notice.public_id,
        amount=Decimal(100), day=DAY, allocations=[], open_documents={}, by=ANA, now=NOW,
    )  # fmt: skip
    for who in (ANA, LUIS):
        decisions.take_back(store, COMPANY, made.public_id, by=who, now=NOW)
    assert len(mails(store)) == 2
    assert "tuvimos que anularlo" in body(mails(store)[1])


def test_staff_who_manage_accounts_are_told_and_nobody_else(
    store: Store, settings: Settings
) -> None:
    for login, role, email in (
        ("ana", "administrator", "ana@t.co"), ("luis", "administrator", "luis@t.co"),
        ("gone", "administrator", "gone@t.co"), ("eva", "administrator", None),
        ("rosa", "reader", "rosa@t.co"),
    ):  # fmt: skip
        users.create(
            store, login=login, name=login, role=role, company_id="main",  # type: ignore[arg-type]
            password="una clave que nadie adivina", email=email, by=ANA, now=NOW,
        )  # fmt: skip
    users.disable(store, "main", "gone", ANA, NOW)
    notice = replace(
        report(store, "1200000", documents={"FE-1": "100"}, reference="TR-9"),
        text="Va el <soporte>",
    )
    for _ in range(2):  # cut off and run again
        with store.write() as connection:
            letters.told_staff(
                connection, store, settings, COMPANY, notice, NOW, client="Ferretería X"
            )
    told = mails(store, "notice")
    assert [one.address for one in told] == ["ana@t.co", "luis@t.co"]
    content = told[0].content
    assert content is not None
    subject = content.subject.replace("\xa0", " ")
    assert subject == "Pago reportado: Ferretería X, COP 1.200.000,00"
    for words in ("TR-9", "Va el &lt;soporte&gt;", "FE-1", "Transferencia"):
        assert words in content.body
    url = f"https://equipo.tornillos.co/avisos?kind=payment&amp;notice={notice.public_id}"
    assert f'href="{url}"' in content.body
    assert not content.is_daily
