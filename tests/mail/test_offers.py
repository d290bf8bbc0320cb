"""What a message says can be done on the page: what its client may do there, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cartera.config import Settings
from cartera.i18n import LANGUAGES
from cartera.mail import layout, texts
from cartera.mail.letter import letter
from cartera.mail.offers import Offers, offers_of
from cartera.mail.outgoing import TEXT_KINDS, Order, TextKind
from cartera.notices.rights import RIGHTS, Rights
from cartera.render.words import Words
from cartera.statement import Statement
from cartera.store import client_rights, pay_settings
from cartera.store.pay_settings import PaySettings
from tests.factories import make_item, make_section, make_statement
from tests.mail.orders import make_company, make_order
from tests.people import ANA
from tests.store.mails import NOW
from tests.stores import new_store
from tests.streamlit_app.pay_home import KEYS

ES = Words("es", "CO")
OWES = make_statement(make_section([make_item("FV-1", days=5)]))
PAID = make_statement(make_section([make_item("RC-1", -5, type="payment")]))
DISPUTED = make_statement(make_section([make_item("FV-1", disputed=True)]))
BEING_PAID = make_statement(make_section([make_item("FV-1", paying=True)]))
COP = frozenset({"COP"})
PAST = "reportar un pago que ya hizo, indicarnos la fecha en que va a pagar, reclamar un documento"
ANSWER = "Si ya pagó o tiene alguna pregunta, responda este mensaje."


def only(*names: str) -> Rights:
    return Rights(**{name: name in names for name in RIGHTS})


@pytest.mark.parametrize(
    ("rights", "currencies", "account", "said"),
    [
        (Rights(), COP, OWES,
         f"En su página puede pagar en línea, {PAST} y escribirnos."),
        (only("pay", "comment"), COP, OWES, "En su página puede pagar en línea y escribirnos."),
        (only("pay", "comment"), COP, BEING_PAID, "En su página puede escribirnos."),
        (only("pay", "comment"), frozenset(), OWES, "En su página puede escribirnos."),
        (only("pay", "comment"), frozenset({"USD"}), OWES, "En su página puede escribirnos."),
        (only("report"), COP, OWES, "En su página puede reportar un pago que ya hizo."),
        (only("promise", "comment"), COP, PAID, "En su página puede escribirnos."),
        (only("dispute", "comment"), COP, DISPUTED, "En su página puede escribirnos."),
        (only("pay"), COP, OWES, f"En su página puede pagar en línea. {ANSWER}"),
        (only("download"), COP, OWES, ANSWER),
        (only(), frozenset(), PAID, ANSWER),
    ],
)  # fmt: skip
def test_the_sentence(
    rights: Rights, currencies: frozenset[str], account: Statement, said: str
) -> None:
    assert Offers(rights, currencies).sentence(account, ES) == said


def order(kind: str) -> Order:
    """An order of each kind; the reminder's words are those of its first level."""
    if kind != "reminder":
        return make_order(kind=kind)
    return replace(make_order(), kind=kind, content=texts.default("reminder-first", "es"))


@pytest.mark.parametrize("kind", ["statement", "invoice", "reminder"])
def test_it_stands_with_the_link_in_both_forms(kind: str) -> None:
    made = letter(make_company(), order(kind), OWES, offers=Offers(only("report")))
    for shown in (layout.text(made), layout.html(made)):
        assert "En su página puede reportar un pago que ya hizo." in shown


def test_without_a_link_and_in_a_conversation_nothing_is_offered() -> None:
    offers = Offers(Rights(), COP)
    assert not letter(make_company(), make_order(link=""), OWES, offers=offers).offers
    assert not letter(make_company(), make_order(kind="access"), OWES, offers=offers).offers


@pytest.mark.parametrize("kind", TEXT_KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_of_ours_ask_for_a_receipt_by_mail(kind: TextKind, language: str) -> None:
    """What can be done instead depends on the client: that is said beside the link."""
    said = texts.default(kind, language).body.lower()
    for asked in ("soporte", "comprobante", "respond", "receipt", "proof", "answer", "reply to"):
        assert asked not in said.replace("no es necesario que responda", "")


def test_a_client_is_offered_what_the_companys_settings_let_it_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = new_store(Settings(home=tmp_path))
    accounts = {"C1": OWES, "C2": OWES}

    def said(client: str) -> str:
        found = offers_of(store, "main", accounts, accounts.values())
        return found[client].sentence(OWES, ES)

    assert "pagar en línea" not in said("C1")  # no gateway is turned on
    wanted = PaySettings(gateways=("sandbox",))
    pay_settings.save(store, "main", wanted, by=ANA, now=NOW)
    assert "pagar en línea" not in said("C1")  # ... and its keys are not set
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    assert "pagar en línea" in said("C1")
    client_rights.save_company(store, "main", Rights(dispute=False), by=ANA, now=NOW)
    client_rights.save_client(store, "main", "C2", {"pay": False}, by=ANA, now=NOW)
    assert ("pagar en línea" in said("C1"), "reclamar" in said("C1")) == (True, False)
    assert ("pagar en línea" in said("C2"), "reclamar" in said("C2")) == (False, False)
    store.close()
