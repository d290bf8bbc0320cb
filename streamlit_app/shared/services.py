"""What a process opens once and every request, run and fragment shares."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cartera.config import Company, Settings, settings
from cartera.i18n import Translator
from cartera.store import companies
from cartera.store.db import Store, open_store
from cartera.warehouse.reader import Reader, open_reader


@dataclass(frozen=True, slots=True)
class Services:
    """The settings, the store and the reader of this process; all are safe between threads."""

    settings: Settings
    store: Store
    reader: Reader

    @property
    def company(self) -> Company:
        """The company that this installation shows where nothing names another."""
        return self.company_of(None)

    def company_of(self, company_id: str | None) -> Company:
        """A company as its people set it up, now: what they save holds from the next page on."""
        return companies.profile(self.settings, self.store, company_id)

    @property
    def translator(self) -> Translator:
        """Sentences in that company's language."""
        return Translator(self.company.language, self.company.country)


@lru_cache(maxsize=1)
def services() -> Services:
    """Open everything at the first call; the same object ever after."""
    chosen = settings()
    return Services(chosen, open_store(chosen), open_reader(chosen))
