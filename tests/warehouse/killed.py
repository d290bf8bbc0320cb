"""A load and refresh in a process of its own, for `test_kill` to kill.

`python -m tests.warehouse.killed SCRATCH` imports and parses once, then forks a writer for each
line of JSON that it reads: a fresh Python would need longer to start than to load and refresh.
The writer loads each of `folders` into `home` and refreshes after it. It prints a line at each
stage it reaches, so that the test can kill it a moment later. With `at` = `load:7` (or `dbt:7`,
`publish:1`) it kills itself just before its seventh statement of loading (of dbt; before it
publishes for the first time).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.environments.local import DuckDBCursorWrapper

import cartera.sources.files  # noqa: F401  here, once, and not in each writer
from cartera.config import Settings
from cartera.store.db import open_store
from cartera.store.locks import writer_lock
from cartera.warehouse import ingest, lake
from cartera.warehouse import refresh as refreshing


class Trap:
    """Counts the steps of each kind and kills the process before the one that was asked for."""

    def __init__(self, at: str) -> None:
        kind, _, number = at.partition(":")
        self.kind = kind
        self.left = int(number or 0)
        self.dbt_runs = 0
        self.dbt_started = False

    def step(self, kind: str) -> None:
        """One more step is about to happen."""
        if kind == "dbt" and not self.dbt_started:
            self.dbt_started = True
            say(f"dbt {self.dbt_runs}")
        if kind == self.kind:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class Counted:
    """A DuckDB connection whose statements are counted."""

    def __init__(self, connection: Any, trap: Trap) -> None:
        self._connection = connection
        self._trap = trap

    def execute(self, *arguments: Any) -> Any:
        """Count, then execute."""
        self._trap.step("load")
        return self._connection.execute(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def set_trap(trap: Trap) -> None:
    """Wrap loading's connections, dbt's cursors and publishing."""
    connect = ingest.connect
    execute = DuckDBCursorWrapper.execute
    publish = refreshing.publish

    def counted_connect(*arguments: Any, **options: Any) -> Any:
        return Counted(connect(*arguments, **options), trap)

    def counted_execute(cursor: Any, *arguments: Any, **options: Any) -> Any:
        trap.step("dbt")
        return execute(cursor, *arguments, **options)

    def counted_publish(*arguments: Any, **options: Any) -> Any:
        trap.step("publish")
        return publish(*arguments, **options)

    ingest.connect = counted_connect  # type: ignore[attr-defined]
    DuckDBCursorWrapper.execute = counted_execute
    refreshing.publish = counted_publish  # type: ignore[attr-defined]


def say(text: str) -> None:
    """One line for the test that watches."""
    print(text, flush=True)


def write(home: Path, folders: list[Path], at: str) -> None:
    """Load and refresh, folder by folder."""
    trap = Trap(at)
    set_trap(trap)
    os.environ["CARTERA_HOME"] = str(home)
    settings = Settings(home=home)
    store = open_store(settings)
    with writer_lock(settings, store, wait=5):
        say("start 0")
        lake.initialise(settings)
        for number, folder in enumerate(folders, 1):
            say(f"load {number}")
            company = settings.company_profile()
            results = ingest.load_files(settings, [folder], company=company, any_company=True)
            assert not [r.error for r in results if r.error]
            trap.dbt_runs, trap.dbt_started = number, False
            say(f"loaded {number}")
            refreshing.refresh(settings, store)
            say(f"refreshed {number}")


def serve(scratch: Path) -> None:
    """Fork a writer for each line of input, one after the other; say its pid and how it ended."""
    refreshing.parse(Settings(home=scratch))
    say("ready")
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                say(f"pid {os.getpid()}")
                write(Path(order["home"]), [Path(f) for f in order["folders"]], order["at"])
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        say(f"exit {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
