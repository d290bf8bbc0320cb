"""`python -m benchmarks [help|ledger|mail|reminders|pages|openings|soak|phone|all]`: measure,
print, keep nothing.

help: time of `cartera --help`. ledger: 1,000,000 documents and 1,200,000 allocations from Parquet
to published marts, by the command line, in a child process (time and peak memory); then one
client's statement object and the aging of all clients at that size. mail: 10,000 statements
composed and delivered to a mail server on this machine, without and with PDF. The others measure
the apps, over the sample company and over one million documents: pages: click to finished page, in
Chromium.
openings: 100 clients within a second, and pages held open. soak: memory over 5,000 openings.
phone: a client's page on a slow phone. `--home FOLDER` keeps and uses the large company's home.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from benchmarks import browser, data, homes, mail, openings, reminders
from benchmarks.report import say
from cartera.config import Settings
from cartera.warehouse.reader import open_reader

APPS: dict[str, Callable[[homes.Home], None]] = {
    "pages": browser.pages,
    "openings": openings.measure,
    "soak": openings.soak,
    "phone": browser.phone,
}
PARTS = ("help", "ledger", "mail", "reminders", *APPS)
CARTERA = [sys.executable, "-c", "from cartera.cli import main; main()"]
AS_OF = date(2026, 11, 1)


def ledger(documents: int, clients: int, times_read: int) -> None:
    """Load, then read, at full size."""
    with tempfile.TemporaryDirectory(prefix="cartera-bench-") as scratch:
        rows = data.write(Path(scratch) / "files", documents, clients)
        say("input: " + ", ".join(f"{count:,} {name}" for name, count in rows.items()))
        home = Path(scratch) / "home"
        environment = {**os.environ, "CARTERA_HOME": str(home)}
        started = time.perf_counter()
        subprocess.run(
            [*CARTERA, "load", str(Path(scratch) / "files"), "--format", "csv"],
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
        say(f"Parquet to published marts: {seconds:.1f} s, peak {peak:.2f} GiB")
        reader = open_reader(Settings(home=home))
        reader.statement("main", "C0", as_of=AS_OF)
        chosen = random.Random(1)  # which clients, not a secret
        times = []
        for _ in range(times_read):
            client = f"C{chosen.randrange(clients)}"
            started = time.perf_counter()
            reader.statement("main", client, as_of=AS_OF)
            times.append((time.perf_counter() - started) * 1000)
        times.sort()
        say(
            f"one client's statement: median {statistics.median(times):.0f} ms, "
            f"p95 {times[int(len(times) * 0.95)]:.0f} ms over {times_read} clients"
        )
        spans = []
        for _ in range(5):
            started = time.perf_counter()
            found = reader.aging("main", as_of=AS_OF)
            spans.append(time.perf_counter() - started)
        say(f"aging of {len(found.rows):,} clients: median {statistics.median(spans):.2f} s of 5")


def command_help() -> None:
    """How long a person waits for `cartera --help`."""
    times = []
    for _ in range(7):
        started = time.perf_counter()
        subprocess.run([*CARTERA, "--help"], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - started)
    say(f"cartera --help: median {statistics.median(times):.2f} s of 7")


def apps(parts: list[str], documents: int, clients: int, kept: Path | None) -> None:
    """The apps over both companies."""
    with tempfile.TemporaryDirectory(prefix="cartera-bench-") as scratch:
        small = homes.sample(Path(scratch) / "sample")
        large = homes.large(kept or Path(scratch) / "large", documents, clients)
        for part in [part for part in parts if part in APPS]:
            for home in (small,) if part == "soak" else (small, large):
                APPS[part](home)


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("which", nargs="*", default=["all"], choices=("all", *PARTS))
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--clients", type=int, default=20_000)
    parser.add_argument("--openings", type=int, default=200)
    parser.add_argument("--messages", type=int, default=10_000, help="mail: without files")
    parser.add_argument("--with-pdf", type=int, default=10_000, help="mail: with the PDF")
    parser.add_argument("--home", type=Path, help="home of the company measured, made if missing")
    chosen = parser.parse_args()
    parts = [part for part in PARTS if "all" in chosen.which or part in chosen.which]
    if "help" in parts:
        command_help()
    if "ledger" in parts:
        ledger(chosen.documents, chosen.clients, chosen.openings)
    if "mail" in parts:
        mail.measure(chosen.messages, chosen.with_pdf, chosen.home)
    if "reminders" in parts:
        reminders.measure(50_000, 200_000, chosen.home)
    if set(parts) & set(APPS):
        apps(parts, chosen.documents, chosen.clients, chosen.home)


if __name__ == "__main__":
    main()
