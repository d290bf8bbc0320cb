"""The words: sentences, states, ranges; and that Spanish has all of them."""

from dataclasses import replace

import pytest

from cartera.render.color import AA, NIGHT, WHITE, contrast, palette
from cartera.render.words import Words
from tests.factories import make_item, make_line, make_section, make_statement

ES = Words("es", "CO")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("current", "Por vencer"), ("0-30", "0 a 30 días"), ("1-30", "1 a 30 días"),
        ("90+", "Más de 90 días"), ("unapplied", "Saldo a favor"), ("?", "?"),
    ],
)  # fmt: skip
def test_ranges(name, shown):
    assert ES.bucket(name) == shown


def test_money_in_favour_is_applied_not_paid():
    assert ES.status(make_item("RC-1", -5, type="payment")) == "Sin aplicar"
    assert ES.status(make_item("RC-1", -5, type="payment", status="void")) == "Anulado"
    assert ES.status(make_item("NC-1", -5, type="credit_note", status="void")) == "Anulada"
    assert ES.void(make_line(void=True)) == "Anulada"


@pytest.mark.parametrize(
    ("days", "shown"),
    [
        (-2, "vence en 2 días"), (-1, "vence en 1 día"), (0, "vence hoy"),
        (1, "vencida hace 1 día"), (45, "vencida hace 45 días"),
    ],
)  # fmt: skip
def test_days(days, shown):
    assert ES.days(make_item(days=days)) == shown


@pytest.mark.parametrize(
    ("total", "overdue", "unapplied", "shown"),
    [
        (100, 0, 0, "su saldo es de USD 100,00; no hay valores vencidos."),
        (100, 40, 0, "su saldo es de USD 100,00, de los cuales USD 40,00 están vencidos."),
        (100, 100, 0, "su saldo es de USD 100,00, todo vencido."),
        (0, 0, 0, "no tiene saldo pendiente en USD."),
        (-5, 0, -5, "tiene un saldo a favor de USD 5,00."),
        (-5, 20, -25, "tiene un saldo a favor de USD 5,00, con USD 20,00 vencidos por cruzar."),
        (10, 15, -5, "su saldo es de USD 10,00: hay USD 15,00 vencidos y USD 5,00 a su favor"),
        # Of 300 that are owed 100 are late, and 200 came in: "all of it overdue" was not so.
        (100, 100, -200, "USD 100,00: hay USD 100,00 vencidos y USD 200,00 a su favor por aplicar"),
        (100, 50, -200, "USD 100,00: hay USD 50,00 vencidos y USD 200,00 a su favor por aplicar"),
        (100, 0, -5, "no hay valores vencidos y hay USD 5,00 a su favor por aplicar"),
        (0, 5, -5, "su saldo es de USD 0,00: hay USD 5,00 vencidos y USD 5,00 a su favor"),
    ],
)
def test_sentence(total, overdue, unapplied, shown):
    section = make_section((), currency="USD", total=total, overdue=overdue, unapplied=unapplied)
    (sentence,) = ES.summary(make_statement(section))
    assert shown in sentence.replace("\xa0", " ")


def test_summary_without_sections():
    assert ES.summary(replace(make_statement(), sections=())) == [
        "Al 24/11/2026 no tiene saldo pendiente."
    ]


@pytest.mark.parametrize("color", ["#1f6f6b", "#ffff00", "#ffffff", "#000000", "#777777", "red"])
def test_any_company_colour_stays_legible(color):
    parts = palette(color)
    assert contrast(parts.on_accent, parts.accent) >= 4.4
    assert contrast(parts.accent_ink, WHITE) >= AA
    assert contrast(parts.accent_night, NIGHT) >= AA
