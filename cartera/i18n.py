"""Languages: translated sentences, and money and dates as people there write them.

Sentences are looked up by their English text in `cartera/locale/<language>/*.po` (standard
gettext catalogs, read with babel, no compiling step). English needs no catalog.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from cartera.money import decimals_of

LOCALE_DIR = Path(__file__).parent / "locale"
LANGUAGES = ("es", "en")


@lru_cache(maxsize=8)
def _catalog(language: str) -> dict[str, str]:
    from babel.messages.pofile import read_po

    texts: dict[str, str] = {}
    for path in sorted((LOCALE_DIR / language).glob("*.po")):
        with path.open("rb") as handle:
            for message in read_po(handle):
                if isinstance(message.id, str) and message.id and message.string:
                    texts[message.id] = str(message.string)
    return texts


@lru_cache(maxsize=64)
def _marks(locale: str, language: str) -> dict[int, str]:
    """What stands between groups and before decimals, for `str.translate`.

    Babel's own formatting asks for these at every amount; a page or a message writes hundreds.
    """
    from babel.core import Locale, UnknownLocaleError
    from babel.numbers import get_decimal_symbol, get_group_symbol

    try:
        found = Locale.parse(locale)
    except UnknownLocaleError:
        found = Locale.parse(language)
    return str.maketrans({",": get_group_symbol(found), ".": get_decimal_symbol(found)})


class Translator:
    """Sentences and formats of one language in one country.

    >>> Translator("en").money(Decimal("1234.5"), "USD")
    '1,234.50'
    """

    def __init__(self, language: str = "es", country: str = "CO") -> None:
        self.language = language if language in LANGUAGES else "es"
        self.locale = f"es_{country}" if self.language == "es" and len(country) == 2 else "en_US"

    def t(self, text: str, **values: object) -> str:
        """The sentence in this language, with `{names}` filled in."""
        found = text if self.language == "en" else _catalog(self.language).get(text, text)
        return found.format(**values) if values else found

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount with grouping and the currency's decimals, without its code."""
        plain = f"{amount:,.{decimals_of(currency)}f}"
        return plain.translate(_marks(self.locale, self.language))

    def number(self, number: int) -> str:
        """A whole number with grouping."""
        return f"{number:,}".translate(_marks(self.locale, self.language))

    def day(self, day: date | None) -> str:
        """A date such as 24/11/2026 (es) or Nov 24, 2026 (en); empty for none."""
        if day is None:
            return ""
        if self.language == "es":
            return day.strftime("%d/%m/%Y")
        from babel.dates import format_date

        return format_date(day, format="medium", locale="en_US")

    def weekday(self, number: int) -> str:
        """The name of a day of the week, 0 for Monday."""
        from babel.dates import get_day_names

        return str(get_day_names("wide", locale=self.locale)[number])
