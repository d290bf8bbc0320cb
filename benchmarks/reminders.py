"""Reminders of a large company: 50,000 clients, 200,000 open invoices, a history of reminders."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from benchmarks.homes import CARTERA, Home
from benchmarks.report import say
from cartera.mail.outgoing import Content, Draft
from cartera.people import operator
from cartera.reminders.outlook import outlook
from cartera.reminders.rules import Policy
from cartera.store import companies, reminders
from cartera.store.db import open_store
from cartera.store.reminders import Planned, RemindedItem
from cartera.warehouse.reader import Reader

COMPANY = "main"
#: A working day, at an hour inside of every window.
NOW = datetime(2026, 11, 25, 10, tzinfo=ZoneInfo("America/Bogota"))
POLICY = Policy(is_on=True, stale_days=0)


def measure(clients: int, invoices: int, kept: Path | None = None) -> None:
    """Decide today, first over nothing sent, then over a month of reminders; then a day to come."""
    with tempfile.TemporaryDirectory(prefix="cartera-bench-") as scratch:
        folder = kept or Path(scratch) / "reminders"
        home = Home(f"{clients:,} clients", folder, COMPANY)
        if not (folder / "store.sqlite").exists():
            _write(folder / "files", clients, invoices)
            subprocess.run(
                [*CARTERA, "load", str(folder / "files"), "--format", "csv"],
                env=home.environment,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        store = open_store(home.settings)
        company = companies.profile(home.settings, store, COMPANY)

        def look(name: str, on: date | None = None, *, reader: Reader) -> list[str]:
            started, spent = time.perf_counter(), time.process_time()
            seen = outlook(store, reader, company, on=on, now=NOW, policy=POLICY)
            seconds, spent = time.perf_counter() - started, time.process_time() - spent
            counts = ", ".join(
                f"{count:,} {reason}"
                for reason, count in Counter(d.reason for d in seen.decisions).most_common()
            )
            say(f"{name}: {seconds:.1f} s ({spent:.1f} s of CPU); {counts}")
            return [d.client_id for d in seen.decisions if d.outcome == "send"]

        reader = Reader(home.settings, store)
        say(f"{len(reader.reminder_clients(company, as_of=NOW.date())):,} clients")
        reader = Reader(home.settings, store)
        going = look("decided, a new process's reader", reader=reader)
        look("decided, again", reader=reader)
        started = time.perf_counter()
        _remind(store, going)
        say(f"{len(going):,} reminders queued in {time.perf_counter() - started:.1f} s")
        look("decided, with history", reader=reader)
        look("30 days ahead", NOW.date() + timedelta(days=30), reader=reader)
        store.close()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        say(f"peak {peak:.2f} GiB, {os.cpu_count()} cores, Python {sys.version.split()[0]}")


def _remind(store, going: list[str]) -> None:
    """A reminder of four documents to each, ten days ago."""
    day = NOW.date() - timedelta(days=10)
    content = Content("Recordatorio", "<p>Recordatorio</p>", level="first")
    planned = [
        Planned(
            client, day, "first", "first",
            tuple(RemindedItem(f"{client}-{n}", 0, "first") for n in range(4)),
            (
                Draft(
                    key=f"reminder:{client}:{day}", kind="reminder", client_id=client,
                    address=f"{client.lower()}@x.example", contact="", language="es",
                    content=content,
                ),
            ),
        )
        for client in going
    ]  # fmt: skip
    reminders.queue(store, COMPANY, planned, gap_days=1, by=operator(COMPANY), now=NOW)


def _write(folder: Path, clients: int, invoices: int) -> None:
    """Open invoices with due dates within two months around the day, and a little money."""
    folder.mkdir(parents=True)
    each = invoices // clients
    tables = {
        "clients": "'C' || i AS client_id, 'Cliente ' || i AS name, "
        "'c' || i || '@x.example' AS emails, 'es' AS language",
        "documents": "'C' || i || '-' || n AS document_id, 'C' || i AS client_id, "
        "'invoice' AS type, 'F-' || i || '-' || n AS number, DATE '2026-09-01' AS issue_date, "
        "DATE '2026-10-10' + ((i * 7919 + n * 17) % 75)::INTEGER AS due_date, 'COP' AS currency, "
        "(100000 + (i * 104729) % 500000)::DECIMAL(18, 2) AS total",
        "payments": "'P' || i AS payment_id, 'C' || i AS client_id, DATE '2026-11-01' AS date, "
        "'COP' AS currency, 5000::DECIMAL(18, 2) AS amount",
    }
    with duckdb.connect() as connection:
        for name, columns in tables.items():
            times = f", range({each}) AS t(n)" if name == "documents" else ""
            connection.execute(
                f"COPY (SELECT {columns} FROM range({clients}) AS r(i){times}) "
                f"TO '{folder / name}.parquet'"
            )
