"""Working days: weekends and public holidays of a country.

Holidays are the national ones of the library `holidays`. Of a country that it does not know only
the weekend is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

_DAY = timedelta(days=1)
_SATURDAY_AND_SUNDAY = frozenset({5, 6})
_LOCALES = {"es": "es", "en": "en_US"}


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working days of one country, by its two letters (ISO 3166)."""

    country: str

    def holiday(self, day: date, language: str = "es") -> str:
        """The public holiday's name in that language; "" on any other day."""
        return _holidays(self.country.upper(), day.year, language).get(day, "")

    def is_weekend(self, day: date) -> bool:
        """Whether that day of the week is not worked there."""
        return day.weekday() in _weekend(self.country.upper())

    def is_working_day(self, day: date) -> bool:
        """Neither weekend nor public holiday."""
        return not self.is_weekend(day) and not self.holiday(day)

    def next_working_day(self, day: date) -> date:
        """That day where it is worked, else the first one after it that is."""
        while not self.is_working_day(day):
            day += _DAY
        return day


@lru_cache(maxsize=256)
def _holidays(country: str, year: int, language: str) -> Mapping[date, str]:
    """One year's holidays. The library fills its own objects in as they are asked, and another
    thread may see one half full: each year is read from an object of its own, then kept.
    """
    # Takes half a second to import, which most commands need not wait for.
    import holidays

    wanted = _LOCALES.get(language, language)
    try:
        spoken = holidays.country_holidays(country).supported_languages
        chosen = wanted if wanted in spoken else None
        return dict(holidays.country_holidays(country, years=year, language=chosen).items())
    except NotImplementedError:
        return {}


@lru_cache(maxsize=64)
def _weekend(country: str) -> frozenset[int]:
    import holidays

    try:
        return frozenset(holidays.country_holidays(country).weekend)
    except NotImplementedError:
        return _SATURDAY_AND_SUNDAY
