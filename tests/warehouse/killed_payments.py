"""Accepting and carrying in a process of their own, for `test_own_payments_kill` to kill.

`python -m tests.warehouse.killed_payments` imports once, then forks a process for each line of
JSON that it reads. That one kills itself just before its `at`-th step: a statement that changes
the store or the lake, or a commit of such. It prints how it ended.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa  # noqa: F401  # here, once, and not in each process
import sqlalchemy as sa

from cartera.config import Settings
from cartera.notices import decisions
from cartera.store import notices, own_payments
from cartera.store.db import Store
from cartera.warehouse import own_payments as carrying
from tests.people import ANA


class Trap:
    """Counts steps, and kills the process before the one that was asked for."""

    def __init__(self, at: int) -> None:
        self.left = at
        self.has_written = False

    def statement(self, statement: str) -> None:
        """One is about to run; those that only read leave nothing that a kill could halve."""
        word = statement.split(maxsplit=1)[0].upper()
        if word in ("INSERT", "UPDATE", "DELETE", "CALL", "COMMIT"):
            self.has_written = True
            self._step()

    def commit(self) -> None:
        """The store commits a transaction."""
        if self.has_written:
            self.has_written = False
            self._step()

    def _step(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class Counted:
    """A DuckDB connection whose statements are steps."""

    def __init__(self, connection: Any, trap: Trap) -> None:
        self._connection = connection
        self._trap = trap

    def execute(self, *arguments: Any) -> Any:
        self._trap.statement(arguments[0])
        return self._connection.execute(*arguments)

    def executemany(self, *arguments: Any) -> Any:
        self._trap.statement(arguments[0])
        return self._connection.executemany(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def act(order: dict[str, Any]) -> None:
    """Do what the line says."""
    settings = Settings(home=Path(order["home"]), store=order["store"])
    store = Store(settings.store_url)
    trap = Trap(order["at"])
    sa.event.listen(store.engine, "before_cursor_execute", lambda *given: trap.statement(given[2]))
    sa.event.listen(store.engine, "commit", lambda _: trap.commit())
    if order["act"] == "accept":
        accept(settings, store, order["notice"], datetime.fromisoformat(order["now"]))
    else:
        connect = carrying.connect
        carrying.connect = lambda *given: Counted(connect(*given), trap)  # type: ignore[assignment]
        own_payments.mark_carried(store, carrying.carry(settings, store))


def accept(settings: Settings, store: Store, public_id: str, now: datetime) -> None:
    """As it was reported; nothing where it is accepted already."""
    company = settings.company_profile()
    notice = notices.get(store, company.id, public_id)
    opens = {document.document_id: document.open for document in notice.documents}
    try:
        decisions.accept(
            store, company, public_id, amount=notice.amount or Decimal(), day=notice.day or now,
            allocations=list(opens.items()), open_documents=opens, text="Gracias", by=ANA, now=now,
        )  # fmt: skip
    except notices.AlreadyDecided:
        return


def serve(act: Callable[[dict[str, Any]], None]) -> None:
    """Fork for each line of input, one after the other; say how each ended."""
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                act(json.loads(line))
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    serve(act)
