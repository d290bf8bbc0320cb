"""`python -m tests.warehouse.killed_upgrade HOME=AT…` brings each home's lake up in a fork that is
killed, and prints how each ended. `AT` is `7`: before its seventh statement; or `commit:4`: four
milliseconds after its transaction began to be committed.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import duckdb

from cartera.config import Settings
from cartera.warehouse import lake, lake_versions


class Watched:
    """A DuckDB connection whose process is killed at a statement, or while it commits."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, at: str) -> None:
        self._connection = connection
        when, _, delay = at.rpartition(":")
        self._left = 0 if when else int(delay)
        self._commit_seconds = int(delay) / 1000 if when else None

    def execute(self, *arguments: Any) -> Any:
        """Count, then execute."""
        self._left -= 1
        if self._left == 0:
            _kill()
        if arguments[0] == "COMMIT" and self._commit_seconds is not None:
            threading.Timer(self._commit_seconds, _kill).start()
        return self._connection.execute(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def upgrade(home: Path, at: str) -> None:
    """Make the lake ready, as a writer does."""
    bring_up = lake_versions.bring_up
    lake_versions.bring_up = lambda connection: bring_up(Watched(connection, at))  # type: ignore[arg-type,assignment]
    lake.initialise(Settings(home=home))


def main(orders: list[str]) -> None:
    """One after the other; nothing of DuckDB is open where a process is forked."""
    for order in orders:
        home, _, at = order.rpartition("=")
        pid = os.fork()
        if pid == 0:
            upgrade(Path(home), at)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
