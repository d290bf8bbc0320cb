"""A reminder at the moment of sending: about what is still to be paid, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from cartera.i18n import LANGUAGES
from cartera.mail import layout, placeholders, texts
from cartera.mail.letter import Letter, letter, notice
from cartera.mail.outgoing import TEXT_KINDS, About, Content, Order
from cartera.mail.reminded import MOST_ROWS, still_due
from cartera.reminders.rules import LEVELS
from cartera.reminders.terms import Hold
from cartera.statement import Instalment, Section, Statement
from tests.factories import AS_OF, make_item, make_section, make_statement, money
from tests.mail.orders import make_company, make_order

TO = "pagos@condor.example"


def instalment(number: int, days: int, amount: str = "100") -> Instalment:
    due = AS_OF - timedelta(days=days)
    return Instalment(number, due, money(amount), money(amount), days, "1-30")


def account(*items: object, **section: object) -> Statement:
    return make_statement(make_section(items, **section))  # type: ignore[arg-type]


def due(
    statement: Statement, *wanted: About, holds: Iterable[Hold] = (), address: str = TO
) -> list[tuple[str, int]]:
    found = still_due(statement, wanted, holds, address)
    return [(one.item.number, one.instalment) for one in found]


LATE = make_item("FV-1", "100", days=9)
OLDER = make_item("FV-2", "50", days=40)
ABOUT = (About("D-FV-1"), About("D-FV-2"))


def test_oldest_first_and_only_what_it_is_about() -> None:
    other = make_item("FV-3", "70", days=3)
    assert due(account(LATE, OLDER, other), *ABOUT) == [("FV-2", 0), ("FV-1", 0)]


@pytest.mark.parametrize(
    "gone",
    [
        make_item("FV-2", "50", days=40, disputed=True),
        make_item("FV-2", "50", days=40, status="void"),
        make_item("FV-2", "0", days=40, status="paid"),
        make_item("FV-2", "-50", type="credit_note"),
    ],
)
def test_paid_void_disputed_and_in_favour_are_dropped(gone: object) -> None:
    assert due(account(LATE, gone), *ABOUT) == [("FV-1", 0)]


def test_money_that_covers_the_currency_leaves_nothing_to_remind_of() -> None:
    paid = make_item("RC-1", "-150", type="payment")
    assert due(account(LATE, OLDER, paid), *ABOUT) == []
    euros = make_section([make_item("FV-9", "10", days=5)], currency="EUR")
    both = make_statement(make_section([LATE, OLDER, paid]), euros)
    assert due(both, *ABOUT, About("D-FV-9")) == [("FV-9", 0)]


@pytest.mark.parametrize(
    ("hold", "left"),
    [
        (Hold("", "", None, ""), []),
        (Hold("D-FV-2", "", None, ""), ["FV-1"]),
        (Hold("", TO.upper(), None, ""), ["FV-2", "FV-1"]),  # kept in small letters
        (Hold("", TO, None, ""), []),
        (Hold("D-FV-1", TO, None, ""), ["FV-2"]),
        (Hold("", "otra@condor.example", None, ""), ["FV-2", "FV-1"]),
    ],
)
def test_what_people_hold_back_is_dropped(hold: Hold, left: list[str]) -> None:
    assert [number for number, _ in due(account(LATE, OLDER), *ABOUT, holds=[hold])] == left


def test_an_instalment_is_an_item_of_its_own() -> None:
    parts = (instalment(2, 10), instalment(3, -20))
    item = make_item("FV-4", "200", days=10, instalments=parts)
    assert due(account(item), About("D-FV-4", 2)) == [("FV-4", 2)]
    assert due(account(item), About("D-FV-4", 1)) == []  # paid meanwhile
    (one,) = still_due(account(item), [About("D-FV-4", 2)], (), TO)
    assert (one.open, one.days_overdue) == (money("100"), 10)


def reminder(of: Statement, /, level: str, language: str, **content: object) -> Letter:
    said = texts.default(f"reminder-{level}", language)  # type: ignore[arg-type]
    order = replace(
        make_order(language=language), kind="reminder", content=replace(said, **content)
    )
    found = still_due(of, order.content.documents, (), TO)
    return letter(make_company(), order, of, None, found)


def _section() -> Section:
    soon = make_item("FV-5", "300", days=-3)
    return make_section([LATE, OLDER, soon])


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_level_has_words_of_its_own_and_shows_its_documents(
    level: str, language: str
) -> None:
    made = reminder(make_statement(_section()), level, language, documents=ABOUT)
    page, text = layout.html(made), layout.text(made)
    assert not placeholders.unknown(made.text + made.subject)
    for shown in (page, text):
        assert "Distribuidora Ñandú" in shown
        assert shown.index("FV-2") < shown.index("FV-1")
    assert made.link in text
    assert len(made.reminded) == 1
    (view,) = made.reminded
    assert [(row.number, row.is_late) for row in view.rows] == [("FV-2", True), ("FV-1", True)]
    others = {
        reminder(make_statement(_section()), each, language).text
        for each in LEVELS
        if each != level
    }
    assert made.text not in others
    assert len(others) == len(LEVELS) - 1


def test_without_the_statement_the_summary_stays_and_its_list_goes() -> None:
    statement = make_statement(_section())
    with_it = reminder(statement, "first", "es", documents=ABOUT)
    without = reminder(statement, "first", "es", documents=ABOUT, statement=False)
    assert "FV-5" in layout.text(with_it)
    assert "FV-5" not in layout.text(without)
    assert without.sections[0].total == with_it.sections[0].total
    assert without.sections[0].total in layout.text(without)


def test_many_documents_are_cut_with_how_many_more_there_are() -> None:
    items = [make_item(f"FV-{n:03}", "10", days=n + 1) for n in range(MOST_ROWS + 4)]
    about = tuple(About(item.document_id) for item in items)
    made = reminder(account(*items), "final", "es", documents=about)
    assert len(made.reminded[0].rows) == MOST_ROWS
    assert made.reminded[0].more == "y 4 más en la página"
    assert made.reminded[0].more in layout.html(made)


def test_names_of_documents_are_text_in_the_page() -> None:
    item = make_item("<b>FV</b>", "10", days=2, url="javascript:alert(1)")
    made = reminder(account(item), "due", "es")
    assert "&lt;b&gt;FV&lt;/b&gt;" in layout.html(made)
    assert "javascript:" not in layout.html(made)


def test_a_notice_is_its_words_and_nothing_of_an_account() -> None:
    body = '<p>Hola</p><p><a href="https://x.co/envios">3</a></p>'
    content = Content("Resumen del día", body, is_daily=True)
    order = Order("notice", "", "Ana", "ana@x.co", "es", content, "")
    made = notice(make_company(), order)
    page = layout.html(made)
    assert 'href="https://x.co/envios"' in page
    assert "lo pide su usuario" in page
    assert not (made.link or made.unsubscribe or made.sections or made.reminded)


def test_only_the_daily_mail_says_how_to_switch_it_off() -> None:
    order = Order("notice", "", "Ana", "ana@x.co", "es", Content("Pago", "<p>Hola</p>"), "")
    (foot,) = notice(make_company(), order).foot
    assert "Usted administra" in foot


def test_what_was_kept_before_there_were_reminders_is_read() -> None:
    old = {
        "subject": "S",
        "body": "<p>B</p>",
        "enclosures": ["pdf"],
        "statement": True,
        "only": "all",
    }
    assert Content.from_json(old) == Content("S", "<p>B</p>", ("pdf",))
    new = Content("S", "<p>B</p>", documents=(About("D1", 2), About("D2")), level="first")
    assert Content.from_json(new.to_json()) == new


def test_there_are_words_for_each_level() -> None:
    assert {texts.of_level(level) for level in LEVELS} <= set(TEXT_KINDS)
    assert {texts.level_of(kind) for kind in TEXT_KINDS} == {"", *LEVELS}


def test_what_money_in_favour_covers_is_left_out() -> None:
    """The oldest first, as on the client's page: what is not due yet is no reason to ask."""
    later = make_item("FV-9", "500", days=-30)
    favour = make_item("P-1", "-150", type="payment")
    assert due(account(OLDER, LATE, later, favour), *ABOUT) == []
    less = make_item("P-1", "-149", type="payment")
    assert due(account(OLDER, LATE, later, less), *ABOUT) == [("FV-2", 0), ("FV-1", 0)]
