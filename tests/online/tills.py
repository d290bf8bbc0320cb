"""A company that is paid online: a lake, a client with invoices, a link, and the paper gateway."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from cartera.config import Company, Settings
from cartera.online import round as rounds
from cartera.online.beginning import Choice, begin, checkout
from cartera.online.terms import OnlinePayment
from cartera.people import operator
from cartera.store import links, online_payments, pay_settings
from cartera.store.db import open_store
from cartera.store.links import Link
from cartera.store.pay_settings import PaySettings
from cartera.warehouse.reader import Reader
from tests.ledger.lakes import Lake
from tests.online import paper
from tests.shared import made_once

NOW = datetime(2026, 11, 26, 15, tzinfo=UTC)
TODAY = date(2026, 11, 26)
COMPANY = "main"
TOTALS = ("100", "50.50", "200")


def documents(client_id: str, totals: Collection[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows of a client with invoices C1F1, C1F2, ..., each a day younger than the one before."""
    yield "clients", {"client_id": client_id, "name": client_id}
    for number, total in enumerate(totals, 1):
        yield "documents", {
            "document_id": f"{client_id}F{number}", "client_id": client_id, "type": "invoice",
            "number": f"F{number}", "issue_date": f"2026-10-{number:02}",
            "due_date": f"2026-11-{number:02}", "currency": "COP", "total": total,
        }  # fmt: skip


class Till:
    """Everything that a payment goes through, on one machine."""

    def __init__(self, home: Path, gateway: paper.Paper, model: Path | None = None) -> None:
        self.gateway = gateway
        self.lake = Lake(home, model)
        self.now = NOW
        self.company: Company = self.lake.settings.company_profile()
        self._set_up()

    def _set_up(self) -> None:
        self.store = self.lake.store
        self.reader = Reader(self.lake.settings, self.store)
        pay_settings.save(
            self.store, COMPANY, PaySettings(gateways=(paper.NAME,), minimum=Decimal(20)),
            by=operator(COMPANY), now=NOW,
        )  # fmt: skip

    def move_store(self, url: str) -> None:
        """Another store, over the same lake."""
        self.store.close()
        self.lake.settings = Settings(home=self.lake.settings.home, store=url)
        self.lake.store = open_store(self.lake.settings)
        self._set_up()
        self.publish()

    def link(self, client_id: str = "C1") -> Link:
        made = links.create(
            self.store, company_id=COMPANY, client_id=client_id, days=30, contact="ana@x.co",
            by=operator(COMPANY), now=NOW,
        )  # fmt: skip
        return made.link

    def begin(
        self,
        link: Link,
        *wanted: str,
        amount: str | None = None,
        key: str = "",
        currency: str = "COP",
        overdue: bool = False,
        gross: bool = False,
    ) -> OnlinePayment:
        choice = Choice(
            key or secrets.token_hex(8), paper.NAME, currency, wanted,
            None if amount is None else Decimal(amount), overdue, gross,
        )  # fmt: skip
        made = begin(
            self.store, self.reader, link, choice, as_of=TODAY, language="es", now=self.now
        )
        checkout(
            self.store, self.company, made, return_url="https://x.example/", description="x",
            now=self.now,
        )  # fmt: skip
        return self.of(made)

    def of(self, payment: OnlinePayment) -> OnlinePayment:
        return online_payments.get(self.store, COMPANY, payment.public_id)

    def round(self) -> dict[str, int]:
        """What the pipeline does; the ledger follows with `publish`."""
        return dict(rounds.run(self.lake.settings, self.store, self.reader, now=lambda: self.now))

    def publish(self) -> None:
        self.lake.refresh()

    def balance(self, client_id: str = "C1") -> Decimal:
        found = self.reader.statement(COMPANY, client_id, as_of=date(2026, 12, 31))
        return sum((section.total for section in found.sections), Decimal())

    def open(self, client_id: str = "C1") -> dict[str, Decimal]:
        found = self.reader.statement(COMPANY, client_id, as_of=TODAY)
        return {
            item.document_id: item.open
            for section in found.sections
            for item in section.items
            if item.open > 0
        }


def _loaded(folder: Path) -> None:
    lake = Lake(folder)
    lake.load(documents("C1", TOTALS))
    lake.refresh()
    lake.store.close()


@contextmanager
def till(tmp_path: Path) -> Iterator[Till]:
    """One client, C1, who owes `TOTALS`."""
    with pytest.MonkeyPatch.context() as patch:
        model = made_once("till", _loaded)
        made = Till(tmp_path / "home", paper.install(patch, tmp_path / "paper"), model)
        yield made
        made.store.close()
