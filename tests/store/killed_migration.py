"""A process that migrates stores and dies by kill -9, for `test_migration_kill`.

`python -m tests.store.killed_migration` imports once, then forks a process for each line of JSON
it reads, and answers how many statements that one executed before it ended. Its `before` is the
statement that writes, counted from 1, or the word COMMIT, before which it is killed; 0: never.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import alembic.command  # noqa: F401  here, once, and not in each process
import sqlalchemy as sa

import cartera.store.online_schema  # noqa: F401
from cartera.config import Settings
from cartera.store.db import Store

WRITING = ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE")


def migrate(home: str, before: int, at_commit: bool) -> int:
    """Migrate; how many statements wrote."""
    store = Store(Settings(home=Path(home)).store_url)
    count = 0

    @sa.event.listens_for(store.engine, "before_cursor_execute")
    def _count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal count
        if statement.split(None, 1)[0].upper() in WRITING:
            count += 1
            if count == before:
                os.kill(os.getpid(), signal.SIGKILL)

    @sa.event.listens_for(store.engine, "commit")
    def _commit(_connection: Any) -> None:
        if at_commit and count:
            os.kill(os.getpid(), signal.SIGKILL)

    store.migrate()
    return count


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            count = migrate(asked["home"], asked["before"], asked["at_commit"])
            os.write(writing, str(count).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as answer:
            done = answer.read().decode()
        _, status = os.waitpid(child, 0)
        end = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        print(json.dumps({"end": end, "statements": int(done or 0)}), flush=True)


if __name__ == "__main__":
    main()
