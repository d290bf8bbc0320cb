"""What the steps of a home's story are told with: clock, commands, a client's page, the sender."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

from cartera import clock
from cartera.config import Settings
from cartera.people import operator
from cartera.store import links
from cartera.store.db import open_store
from tests.cli.conftest import Cartera

COMPANY = "norte"
TICK = timedelta(milliseconds=50)


def has(module: str) -> bool:
    """Whether the code at hand has this module."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # not even its package
        return False


def at(moment: datetime) -> None:
    """It is that moment, and its day. Each look at the clock finds it a little later: senders wait
    for their turn at a receiving domain, which never comes where time stands still.
    """
    ticks = count()
    clock.now = lambda: moment + next(ticks) * TICK
    os.environ["CARTERA_TODAY"] = moment.date().isoformat()


class Desk:
    """A home while it is made; `facts` is what a test must know of it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.command = Cartera(home)
        self.facts: dict[str, Any] = {}

    def run(self, *arguments: object) -> str:
        """A command, which must succeed; what it printed."""
        done = self.command(*arguments)
        if done.code != 0:
            raise SystemExit(f"cartera {' '.join(map(str, arguments))}: {done.err}")
        return done.out

    def ask(self, *arguments: object) -> Any:
        """What a command prints with `--format json`."""
        return self.command.json(*arguments)

    def opened(self) -> tuple[Settings, Any]:
        settings = Settings(home=self.home)
        return settings, open_store(settings)

    def page(self, store: Any, client: str) -> Any:
        """A link of the client's that nobody keeps."""
        made = links.create(
            store,
            company_id=COMPANY,
            client_id=client,
            days=30,
            contact=f"{client}@client.example",
            by=operator(COMPANY),
            now=clock.now(),
        )
        return made.link

    def remind(self) -> None:
        from cartera.reminders.run import remind
        from cartera.warehouse.reader import Reader

        settings, store = self.opened()
        done = remind(settings, store, Reader(settings, store), COMPANY, now=clock.now())
        self.facts.setdefault("reminded", []).append(list(done.clients))
        store.close()

    def send(self) -> None:
        from cartera.mail.sender import Sender
        from cartera.warehouse.reader import Reader

        settings, store = self.opened()
        Sender(settings, store, Reader(settings, store), now=clock.now).run()
        store.close()
