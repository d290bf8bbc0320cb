"""Homes to measure over: the sample company, and one million documents."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks import data
from cartera import clock
from cartera.config import Settings
from cartera.people import operator
from cartera.sample import COMPANY_ID
from cartera.store import links
from cartera.store.db import open_store
from cartera.warehouse.reader import Reader
from tests.servers import running

ROOT = Path(__file__).parents[1]
CARTERA = [sys.executable, "-c", "from cartera.cli import main; main()"]


@dataclass(frozen=True)
class Home:
    """A folder with loaded figures, and whose they are."""

    name: str
    folder: Path
    company: str

    @property
    def settings(self) -> Settings:
        return Settings(home=self.folder, company=self.company)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "CARTERA_HOME": str(self.folder),
            "CARTERA_COMPANY": self.company,
            "PYTHONPATH": str(ROOT),
        }

    def tokens(self, count: int, skip: int = 0) -> list[str]:
        """So many links, each of another client as far as there are any, after the first `skip`."""
        store = open_store(self.settings)
        found = Reader(self.settings, store).find_clients(self.company, limit=count + skip)
        found = found[skip:] or found
        who, now = operator(self.company), clock.now()
        made = [
            links.create(
                store,
                company_id=self.company,
                client_id=found[n % len(found)].client_id,
                days=2,
                by=who,
                now=now,
            )
            for n in range(count)
        ]
        store.close()
        return [new.token for new in made]


def sample(folder: Path) -> Home:
    """The sample company."""
    home = Home("sample company", folder, COMPANY_ID)
    subprocess.run(
        [*CARTERA, "demo", "--once"], env=home.environment, check=True, stdout=subprocess.DEVNULL
    )
    return home


def large(folder: Path, documents: int = 1_000_000, clients: int = 20_000) -> Home:
    """One million documents; an existing home is used as it is."""
    home = Home(f"{documents:,} documents", folder, "main")
    if not (folder / "store.sqlite").exists():
        data.write(folder / "files", documents, clients)
        subprocess.run(
            [*CARTERA, "load", str(folder / "files"), "--format", "csv"],
            env=home.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    return home


@contextmanager
def serving(app: str, home: Home) -> Iterator[tuple[str, psutil.Process]]:
    """An app over a home: its address and its process."""
    with running(app, home.environment, home.folder) as (url, process):
        yield url, psutil.Process(process.pid)
