"""Statements composed and delivered: how many a second, and what the senders' memory does.

A company with 21,000 clients writes to ten thousand who owe it money, through real
senders, each a process, to a mail server in a process of its own, all on this machine: without
files, then with the PDF.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil

from benchmarks import data
from benchmarks.homes import CARTERA, ROOT, Home
from benchmarks.report import say
from cartera import clock
from cartera.mail import plan, texts
from cartera.mail.outgoing import Enclosure
from cartera.people import operator
from cartera.store import companies, outbox
from cartera.store.db import open_store
from cartera.warehouse.reader import Reader
from tests.ports import free_port

COMPANY = "main"
#: As many as a mail server takes conversations where nothing else is said
#: (CARTERA_SMTP_CONNECTIONS): while one waits for an answer or the disk, the others work.
SENDERS = 3
#: Documents of each client, paid ones too; and clients for ten messages: half owe nothing.
DOCUMENTS_EACH, CLIENTS_FOR_TEN = 15, 21
_SENDER = """
from cartera.config import settings
from cartera.mail.sender import Sender
from cartera.store.db import open_store
from cartera.warehouse.reader import Reader
given = settings()
store = open_store(given)
done = Sender(given, store, Reader(given, store)).run()
print(done.total, done.trouble, flush=True)
"""


def measure(messages: int, with_pdf: int, kept: Path | None = None) -> None:
    """So many messages without files, and so many with the PDF."""
    with tempfile.TemporaryDirectory(prefix="cartera-bench-") as scratch:
        folder = kept or Path(scratch) / "mail"
        home = Home(f"{messages:,} clients", folder, COMPANY)
        if not (folder / "store.sqlite").exists():
            clients = CLIENTS_FOR_TEN * messages // 10
            data.write(folder / "files", clients * DOCUMENTS_EACH, clients)
            subprocess.run(
                [*CARTERA, "load", str(folder / "files"), "--format", "csv"],
                env=home.environment,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        store = open_store(home.settings)
        # The pace of one domain is for other people's servers.
        companies.save(
            store, COMPANY, {"per_minute": 60_000, "statement_sender": "cartera@nandu.example"},
            by=operator(COMPANY), now=clock.now(),
        )  # fmt: skip
        reader = Reader(home.settings, store)
        for name, count, files in (
            ("without files", messages, ()),
            ("with PDF", with_pdf, ("pdf",)),
        ):
            if count:
                _queue(home, reader, count, files)
                _send(home, name, count, Path(scratch) / f"{count}{len(files)}.log")
        store.close()


def _queue(home: Home, reader: Reader, count: int, files: tuple[Enclosure, ...]) -> None:
    store = reader.store
    company = companies.profile(home.settings, store, COMPANY)
    today = clock.today(company.timezone)
    started = time.perf_counter()
    found = plan.plan(reader, store, company, plan.Choice(), kind="statement", as_of=today)
    planned = time.perf_counter() - started
    content = texts.default("statement", "es")
    content = replace(content, enclosures=files, only="balance")
    run = clock.now().isoformat()
    drafts = plan.drafts(found, run, content)[:count]
    made = outbox.queue(store, COMPANY, drafts, by=operator(COMPANY), now=clock.now())
    seconds = time.perf_counter() - started
    say(
        f"plan of {len(found.rows):,} clients in {planned:.1f} s; {len(made):,} queued "
        f"after {seconds:.1f} s"
    )


def _send(home: Home, name: str, count: int, log: Path) -> None:
    with _sink(log) as (port, server):
        environment = {
            **home.environment,
            "CARTERA_MAIL": "smtp",
            "CARTERA_SMTP_HOST": "127.0.0.1",
            "CARTERA_SMTP_PORT": str(port),
            "CARTERA_SMTP_SECURITY": "none",
            "CARTERA_THREADS": "1",
        }
        started = time.perf_counter()
        senders = [
            subprocess.Popen([sys.executable, "-c", _SENDER], env=environment)
            for _ in range(SENDERS)
        ]
        watched = [psutil.Process(sender.pid) for sender in senders]
        memory: list[tuple[int, int]] = []
        cpu = taking = 0.0
        while any(sender.poll() is None for sender in senders):
            time.sleep(1)
            memory.append((_lines(log), sum(map(_resident, watched))))
            cpu = max(cpu, sum(map(_cpu, watched)))
            taking = _cpu(server)
        seconds = time.perf_counter() - started
    arrived = _lines(log)
    failed = [sender.returncode for sender in senders if sender.returncode]
    say(
        f"{name}: {arrived:,} of {count:,} arrived in {seconds:.0f} s, {arrived / seconds:.0f} a "
        f"second; CPU a message: senders {1000 * cpu / max(arrived, 1):.1f} ms, server "
        f"{1000 * taking / max(arrived, 1):.1f} ms" + (f"; FAILED {failed}" if failed else "")
    )
    marks = {n: mb for n, mb in memory if mb}
    at = [next((mb for n, mb in marks.items() if n >= count * part / 4), 0) for part in (1, 2, 3)]
    peak = max(marks.values(), default=0)
    say(f"  memory of {SENDERS} senders at 1/4, 1/2, 3/4: {at} MiB, peak {peak} MiB")


@contextmanager
def _sink(log: Path):
    """A mail server that takes everything, and writes a line for each message."""
    port = free_port()
    log.touch()
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.sink", str(port), str(log)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    try:
        assert server.stdout is not None
        server.stdout.readline()
        yield port, psutil.Process(server.pid)
    finally:
        server.kill()
        server.wait()


def _lines(log: Path) -> int:
    return log.read_bytes().count(b"\n")


def _resident(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss >> 20
    except psutil.NoSuchProcess:
        return 0


def _cpu(process: psutil.Process) -> float:
    try:
        spent = process.cpu_times()
        return spent.user + spent.system
    except psutil.NoSuchProcess:
        return 0.0
