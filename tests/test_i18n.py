"""Amounts as people write them: exactly what babel makes of them, only quicker."""

from decimal import Decimal

from babel.core import Locale
from babel.numbers import parse_pattern
from hypothesis import example, given
from hypothesis import strategies as st

from cartera.i18n import Translator

COUNTRIES = ("CO", "MX", "PE", "CL", "AR", "EC", "CR", "VE", "UY", "PY", "ES", "US", "DO", "ZZ")


@given(
    amount=st.decimals(-(10**15), 10**15, places=4, allow_nan=False),
    country=st.sampled_from(COUNTRIES),
    currency=st.sampled_from([("COP", 2), ("CLP", 0), ("KWD", 3)]),
    language=st.sampled_from(["es", "en"]),
)
@example(Decimal("-0.0049"), "CO", ("COP", 2), "es")
@example(Decimal("1234.0000"), "ES", ("CLP", 0), "es")
@example(Decimal("2.5"), "CR", ("CLP", 0), "es")
def test_an_amount_is_written_as_babel_writes_it(amount, country, currency, language):
    code, places = currency
    translator = Translator(language, country)
    known = translator.locale if country != "ZZ" or language == "en" else "es"
    pattern = parse_pattern("#,##0" + ("." + "0" * places if places else ""))
    assert translator.money(amount, code) == pattern.apply(amount, Locale.parse(known))
