"""What the running demo's store and ledger say, asked in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from cartera import clock
from cartera.config import Settings
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from cartera.store.db import Store, open_store
from cartera.warehouse.reader import Reader


@dataclass(frozen=True)
class Ledger:
    """The published figures: a command that prints them takes seconds to start."""

    store: Store
    reader: Reader

    def balance(self) -> Decimal:
        """What Pedro owes."""
        today = clock.today("America/Bogota")
        (section,) = self.reader.statement(COMPANY_ID, PEDRO, as_of=today).sections
        return section.total


@contextmanager
def opened(home: Path) -> Iterator[Ledger]:
    """The ledger of the demo that runs over `home`."""
    settings = Settings(home=home, company=COMPANY_ID)
    store = open_store(settings)
    try:
        yield Ledger(store, Reader(settings, store))
    finally:
        store.close()
