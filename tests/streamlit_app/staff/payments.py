"""Payments of the sample company at the simulated gateway, for the staff's pages."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from cartera import clock
from cartera.online import round as rounds
from cartera.online.asking import ask
from cartera.online.beginning import Choice, begin, checkout
from cartera.online.choosing import payable
from cartera.online.terms import OnlinePayment
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from cartera.store import online_payments
from cartera.warehouse.refresh import refresh
from tests.sample_home import SampleHome, serving
from tests.sandbox.machine import Machine, keys, running
from tests.streamlit_app.desks import TODAY
from tests.streamlit_app.pay_home import turned_on


@dataclass
class Till:
    """The home, the gateway, and the staff app over both."""

    home: SampleHome
    machine: Machine
    url: str

    def begin(self, client_id: str = PEDRO, amount: Decimal | None = None) -> OnlinePayment:
        """The client's oldest document that is free, or an amount over all of them."""
        store, reader = self.home.store, self.home.reader()
        open_now = reader.statement(COMPANY_ID, client_id, as_of=TODAY)
        free = [one for one in payable(open_now, "COP") if not one.is_taken]
        wanted = () if amount is not None else (free[0].document_id,)
        choice = Choice(secrets.token_hex(8), "sandbox", "COP", wanted, amount)
        new = self.home.link(client_id, contact="caja@cliente.co")
        now = clock.now()
        made = begin(store, reader, new.link, choice, as_of=TODAY, language="es", now=now)
        company = self.home.settings.companies[COMPANY_ID]
        checkout(store, company, made, return_url="http://127.0.0.1:1/", description="x", now=now)
        return self.of(made)

    def press(self, payment: OnlinePayment, choice: str) -> OnlinePayment:
        """What the client presses at the gateway; what it answers is noted."""
        self.machine.press(choice, dict(parse_qsl(urlsplit(payment.url).query)))
        return self.asked(payment)

    def act(self, payment: OnlinePayment, act: str, **more: str) -> OnlinePayment:
        """What the gateway's own people press."""
        self.machine.act(act, self.of(payment).gateway_id, **more)
        return self.asked(payment)

    def asked(self, payment: OnlinePayment) -> OnlinePayment:
        return ask(self.home.store, self.of(payment), who="tests", now=clock.now)

    def of(self, payment: OnlinePayment) -> OnlinePayment:
        return online_payments.get(self.home.store, COMPANY_ID, payment.public_id)

    def round(self) -> None:
        rounds.run(self.home.settings, self.home.store, self.home.reader(), now=clock.now)

    def publish(self) -> None:
        self.round()
        refresh(self.home.settings, self.home.store)


@contextmanager
def till(home: SampleHome, folder: Path) -> Iterator[Till]:
    """The gateway and the staff app, each a process; this one has the keys, too."""
    turned_on(home)
    with pytest.MonkeyPatch.context() as patch, running(folder) as machine:
        for name, value in keys(machine.url).items():
            patch.setenv(name, value)
        with serving("staff", home, **keys(machine.url)) as url:
            yield Till(home, machine, url)
