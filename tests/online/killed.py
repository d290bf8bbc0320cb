"""What happens to a payment, in a process of its own for `test_kill` to kill.

`python -m tests.online.killed` imports once, then forks a process for each line of JSON that it
reads, which kills itself just before its `at`-th step (`tests.warehouse.killed_payments`).
"""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Never

import sqlalchemy as sa

from cartera.config import Settings
from cartera.gateways import registry
from cartera.online import events
from cartera.online import round as rounds
from cartera.online.beginning import Choice, begin, checkout
from cartera.store import links
from cartera.store.db import Store
from cartera.warehouse import own_payments as carrying
from cartera.warehouse.reader import NothingPublished, Reader
from tests.online import paper
from tests.warehouse.killed_payments import Counted, Trap, serve


class NoFigures(Reader):
    """Opening the lake in each of a hundred processes shows nothing: only the store is written to.

    What is open is then not known, and a payment goes where it was meant to go.
    """

    def cursor(self) -> Never:
        raise NothingPublished

    def _snapshot(self) -> Never:
        raise NothingPublished

    def _published(self) -> Never:
        raise NothingPublished


def act(order: dict[str, Any]) -> None:
    """Do what the line says."""
    os.environ["CARTERA_PAPER_FOLDER"] = order["paper"]
    registry.MODULES = (paper.NAME,)
    registry.maker = lambda name: {paper.NAME: sys.modules[paper.__name__]}[name]
    settings = Settings(home=Path(order["home"]), store=order["store"])
    store = Store(settings.store_url)
    now = datetime.fromisoformat(order["now"])
    trap = Trap(order["at"])
    sa.event.listen(store.engine, "before_cursor_execute", lambda *given: trap.statement(given[2]))
    sa.event.listen(store.engine, "commit", lambda _: trap.commit())
    if order["act"] == "begin":
        reader = Reader(settings, store)
        link = links.by_id(store, order["link"])
        assert link is not None
        choice = Choice("a-key-of-the-form", paper.NAME, "COP", ("C1F1", "C1F2"))
        made = begin(store, reader, link, choice, as_of=now.date(), language="es", now=now)
        checkout(
            store, settings.company_profile(), made, return_url="https://x.example/",
            description="x", now=now,
        )  # fmt: skip
    elif order["act"] == "take":
        body, headers = paper.event(order["key"], order["reference"], stand="approved")
        events.take(store, "main", paper.NAME, body, headers, now=now)
    elif order["act"] == "fit":
        connect = carrying.connect
        carrying.connect = lambda *given: Counted(connect(*given), trap)  # type: ignore[assignment]
        carrying.fit(settings, store)
    else:
        rounds.run(settings, store, NoFigures(settings, store), now=lambda: now)


if __name__ == "__main__":
    serve(act)
