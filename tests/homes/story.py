"""What happens in a home before it is kept: its loads, then whatever its code can do.

Only what the code at hand has is used: a step asks for its module, and older code goes without.
The clock is ours, so that a home says the same whenever it is made.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

from cartera import clock
from cartera.config import Settings
from cartera.people import operator
from tests.homes.books import COMPANIES, LOADS, PROFILES, write
from tests.homes.desk import COMPANY, Desk, at, has
from tests.homes.said import figures, lists

#: The moment of the last step: a Wednesday, 10:00 in Bogotá, when people may be reminded.
MADE_AT = datetime(2026, 6, 10, 15, tzinfo=UTC)
FAR = "2099-12-31 00:00:00.000000"
PAST = "2026-04-01 00:00:00.000000"
PASSWORD = "una frase que nadie adivina"
#: Keys of the simulated gateway: it answers nobody without them.
GATEWAY = {
    "CARTERA_SANDBOX_KEY": "key-of-a-kept-home-01",
    "CARTERA_SANDBOX_SIGNING_SECRET": "signs-for-a-kept-home",
    "CARTERA_SANDBOX_EVENTS_SECRET": "events-of-a-kept-home",
}


class Story(Desk):
    """A home while it is made."""

    def tell(self) -> None:
        """All of it, in the order in which it happened."""
        os.environ["CARTERA_MAIL"] = "folder"
        self.facts |= {"made_at": MADE_AT.isoformat(), "password": PASSWORD}
        self.home.mkdir(parents=True, mode=0o700)
        (self.home / "cartera.toml").write_text(PROFILES, encoding="utf-8")
        for day, tables in LOADS.items():
            at(datetime.fromisoformat(f"{day}T14:00:00+00:00"))
            self.run("load", write(self.home / "in" / day, tables))
        self._people_and_links()
        for module, step in (
            ("cartera.mail.sender", self._mail),
            ("cartera.reminders.run", self._reminders),
            ("cartera.schedules.run", self._schedule),
            ("cartera.notices.writing", self._notices),
            ("cartera.online.beginning", self._online),
            ("cartera.mail.sender", self._queued),
        ):
            if has(module):
                step()
        at(MADE_AT)
        self.run("refresh")
        for company in COMPANIES:
            self.run("check", "--company", company)

    def said(self) -> dict[str, dict[str, Any]]:
        """What the code says of each company, at that last moment."""
        from cartera.warehouse.reader import Reader

        settings, store = self.opened()
        reader = Reader(settings, store)
        has_mail = has("cartera.cli.mail")
        return {
            company: {"figures": figures(reader, company)}
            | lists(self.ask, company, has_mail=has_mail)
            for company in COMPANIES
        }

    # --- what every home has

    def _people_and_links(self) -> None:
        at(MADE_AT - timedelta(days=1))
        sys.stdin = StringIO(PASSWORD + "\n")
        self.run(
            "user",
            "add",
            "ana",
            "--name",
            "Ana Ruiz",
            "--role",
            "administrator",
            "--email",
            "ana@norte.example",
            "--password-stdin",
            "--company",
            COMPANY,
        )
        self.facts["links"] = {
            "live": self._link(COMPANY, "C1", "pagos@tornillo.example"),
            "revoked": self._link(COMPANY, "C2", "compras@nandu.example"),
            "expired": self._link("sur", "C9", "print@lakeside.example"),
        }
        revoked = self.facts["links"]["revoked"]
        self.run("link", "revoke", revoked["link"], "--company", COMPANY)
        # The code lets a link live for a year at most: whenever a home is opened, this one lives.
        self._write("UPDATE links SET expires_at = ? WHERE revoked_at IS NULL", FAR)
        expired = self.facts["links"]["expired"]["link"]
        self._write("UPDATE links SET expires_at = ? WHERE public_id = ?", PAST, expired)

    def _link(self, company: str, client: str, contact: str) -> dict[str, str]:
        made = self.ask(
            "link", "create", client, "--days", "300", "--contact", contact, "--company", company
        )
        token = made["url"].rpartition("/")[2]
        return {"link": made["link"], "token": token, "company": company, "client": client}

    def _write(self, statement: str, *values: str) -> None:
        with closing(sqlite3.connect(self.home / "store.sqlite")) as connection, connection:
            connection.execute(statement, values)

    # --- what younger ones have

    def _mail(self) -> None:
        """Settings, contacts, clients by hand; messages that were sent, and one that was not: its
        address wants no more.
        """
        from cartera.store import companies, stopped

        settings, store = self.opened()
        changes = {
            "sender_name": "Cartera Norte",
            "statement_sender": "cartera@norte.example",
            "phone": "6045550100",
            "attaches_pdf": False,
            "text.statement.es": ("Su estado de cuenta", "<p>Estimados señores:</p>"),
        }
        profile = companies.profile(settings, store, COMPANY)
        companies.save(
            store, COMPANY, changes, by=operator(COMPANY), now=clock.now(), company=profile
        )
        of = ("--company", COMPANY)
        self.run("contact", "save", "C2", "tesoreria@nandu.example", "--name", "Inés Paz", *of)
        self.run("contact", "remove", "C1", "gerencia@tornillo.example", *of)
        self.run("client", "edit", "C2", "--phone", "6045550199", *of)
        self.run("client", "add", "H1", "--name", "Cliente a mano", *of)
        (message,) = self.ask("send", "C3", "--subject", "Estado de cuenta", *of)
        stopped.unsubscribe(store, message["message"], now=clock.now())
        self.run("send", "C3", "--to", "ap@cafe.example", *of)
        self.run("send", "--with-balance", "--run", "junio", "--yes", *of)
        store.close()

    def _reminders(self) -> None:
        """A policy, a pause, and one day's reminders, sent."""
        from cartera.reminders.rules import Policy
        from cartera.store import reminder_policy

        _, store = self.opened()
        policy = Policy(is_on=True, gap_days=1, enclosures=(), stale_days=0)
        reminder_policy.save(store, COMPANY, policy, by=operator(COMPANY), now=clock.now())
        store.close()
        pause = ("--document", "D3", "--until", "2026-07-31", "--reason", "en revisión")
        self.run("remind", "pause", "C2", *pause, "--company", COMPANY)
        self.remind()
        self.send()

    def _schedule(self) -> None:
        """One that went out on the tenth."""
        at(MADE_AT - timedelta(days=1))
        self.run("schedule", "add", "Mensual", "--day", "10", "--company", COMPANY)
        at(MADE_AT - timedelta(hours=1))
        self.run("schedule", "run")
        self.send()

    def _notices(self) -> None:
        """A payment reported and accepted, another that waits, a promise, a dispute, a comment."""
        paid = {"amount": "100000,10", "day": "2026-06-05", "method": "transfer"}
        accepted = self._notice("C1", "payment", ("D10",), **paid, reference="BC-1")
        self.run("notices", "accept", accepted, "--say", "Recibido", "--company", COMPANY)
        self._notice("C1", "payment", ("D10",), **paid | {"amount": "50000"}, reference="BC-2")
        self._notice("C2", "promise", ("D13",), day="2026-06-25")
        self._notice("C3", "dispute", ("D14",), reason="other", text="The price is wrong")
        comment = self._notice("C1", "comment", (), text="¿Me envían el extracto?")
        self.run("notices", "answer", comment, "Va hoy mismo", "--company", COMPANY)
        self.run("refresh")
        self.send()

    def _notice(self, client: str, kind: Any, documents: tuple[str, ...], **texts: str) -> str:
        from cartera.notices import writing
        from cartera.notices.rights import Rights
        from cartera.store import notices
        from cartera.warehouse.reader import Reader

        settings, store = self.opened()
        today = clock.now().date()
        statement = Reader(settings, store).statement(COMPANY, client, as_of=today)
        key = f"form-{client}-{kind}-{texts.get('reference', '')}".ljust(32, "0")
        form = writing.Form(key, texts, documents)
        draft = writing.draft(kind, form, statement=statement, rights=Rights(), today=today)
        made = notices.add(store, self.page(store, client), draft, language="es", now=clock.now())
        store.close()
        return made.public_id

    def _online(self) -> None:
        """One payment that the gateway approved, and one that nobody finished."""
        from cartera.gateways.base import Found
        from cartera.gateways.sandbox import Sandbox
        from cartera.online import round as rounds
        from cartera.store import pay_settings
        from cartera.warehouse.reader import Reader

        os.environ |= GATEWAY
        settings, store = self.opened()
        wanted = pay_settings.PaySettings(gateways=("sandbox",), minimum=Decimal(1000))
        pay_settings.save(store, COMPANY, wanted, by=operator(COMPANY), now=clock.now())
        paid = self._begin(settings, store, "C1", "D12")
        found = Found(
            "approved",
            paid.reference,
            paid.amount,
            paid.currency,
            "sbx-0123456789abcdef",
            method="PSE",
        )

        # The simulation is another process: its answer is put into its mouth.
        def look_up(_self: Sandbox, reference: str, _ids: Any = ()) -> Found | None:
            return found if reference == paid.reference else None

        Sandbox.look_up = look_up
        at(clock.now() + timedelta(minutes=5))
        rounds.run(settings, store, Reader(settings, store), now=clock.now)
        self.run("refresh")
        self.send()
        self._begin(settings, store, "C1", "D2")
        store.close()

    def _begin(self, settings: Settings, store: Any, client: str, document: str) -> Any:
        from cartera.online.beginning import Choice, begin, checkout
        from cartera.warehouse.reader import Reader

        choice = Choice(f"form-{document}".ljust(32, "0"), "sandbox", "COP", (document,))
        payment = begin(
            store,
            Reader(settings, store),
            self.page(store, client),
            choice,
            as_of=clock.now().date(),
            language="es",
            now=clock.now(),
        )
        checkout(
            store,
            settings.company_profile(COMPANY),
            payment,
            description="x",
            now=clock.now(),
            return_url="https://portal.example/",
        )
        return payment

    def _queued(self) -> None:
        """A statement and a day's reminders that did not leave any more."""
        at(MADE_AT)
        if has("cartera.reminders.run"):
            self.remind()
        self.run("send", "C2", "--queue-only", "--company", COMPANY)
