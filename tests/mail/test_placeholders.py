"""Placeholders in subjects and bodies: filled once, escaped, never evaluated."""

from decimal import Decimal

import pytest

from cartera.mail import clean, placeholders, values
from cartera.mail.placeholders import Values
from cartera.render.words import Words
from cartera.statement import Section
from tests.factories import make_item, make_section, make_statement
from tests.mail.orders import LINK

FILLED = Values(
    {"client": "<b>{saldo}</b> & Cía", "balance": "COP 5", "link": "https://x.co/e/a&b"},
    "su página",
)


def test_both_languages_name_the_same_thing_in_any_letters():
    text = "{cliente} {client} {Cliente} {SALDO}"
    assert placeholders.fill_text(text, FILLED) == "<b>{saldo}</b> & Cía " * 3 + "COP 5"


def test_a_value_is_escaped_in_html_and_never_filled_again():
    assert placeholders.fill_html("<p>{cliente}</p>", FILLED) == (
        "<p>&lt;b&gt;{saldo}&lt;/b&gt; &amp; Cía</p>"
    )


@pytest.mark.parametrize(
    "text",
    ["{nada}", "{0}", "{}", "{client.__class__}", "{client!r}", "%s", "{{7*7}}", "{% if x %}", "{"],
)
def test_what_is_no_placeholder_stays_as_text(text: str):
    assert placeholders.fill_text(text, FILLED) == text
    assert placeholders.fill_html(text, FILLED) == text


def test_the_link_goes_where_it_stands():
    body = clean.body('<p>{enlace} <a href="{link}">ver {enlace}</a></p>')
    assert placeholders.fill_html(body, FILLED) == (
        '<p><a href="https://x.co/e/a&amp;b">su página</a> '
        '<a href="https://x.co/e/a&amp;b" rel="noopener noreferrer">ver https://x.co/e/a&amp;b</a>'
        "</p>"
    )


def test_without_a_link_nothing_points_anywhere():
    assert placeholders.fill_html("<p>{enlace}</p>", Values({"link": ""}, "x")) == "<p></p>"


def test_the_editor_is_told_what_it_does_not_know():
    text = "{cliente} {balance} {Clinete} {total} {total}"
    assert placeholders.used(text) == {"client", "balance"}
    assert placeholders.unknown(text) == ["{Clinete}", "{total}"]
    assert placeholders.written("balance", "es") == "{saldo}"
    assert placeholders.written("balance", "en") == "{balance}"


def balance_of(*sections: Section, language: str = "es") -> tuple[str, str]:
    statement, words = make_statement(*sections), Words(language, "CO")
    filled = values.of(statement, words, currency="COP", link=LINK)
    return tuple(filled.texts[name].replace("\xa0", " ") for name in ("balance", "overdue"))


def test_one_currency():
    assert balance_of(make_section([make_item(total="1200000", days=3)])) == (
        "COP 1.200.000,00",
        "COP 1.200.000,00",
    )


def test_several_currencies_read_well():
    pesos = make_section([make_item(total="1200000")])
    dollars = make_section([make_item(total="300", days=9)], currency="USD")
    euros = make_section([make_item(total="7.5")], currency="EUR")
    assert balance_of(pesos, dollars) == ("COP 1.200.000,00 y USD 300,00", "USD 300,00")
    assert balance_of(euros, pesos, dollars, language="en") == (
        "EUR 7.50, COP 1,200,000.00 and USD 300.00",
        "USD 300.00",
    )


def test_money_in_favour_is_said_to_be_that():
    assert balance_of(make_section([make_item(total="-50", type="payment")]))[0] == (
        "COP 50,00 a su favor"
    )


def test_nothing_owed_is_a_zero():
    assert balance_of(make_section([], currency="USD")) == ("USD 0,00", "USD 0,00")
    settled = make_section([], currency="COP", total=Decimal(0))
    assert balance_of(settled, make_section([make_item(total="9")], currency="USD")) == (
        "USD 9,00",
        "USD 0,00",
    )
