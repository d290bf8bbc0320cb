"""`python -m tests.warehouse.killed_changes HOME=AT…` publishes each home's figures by this version
in a fork that is killed, and prints how each ended. `AT` is `3`: before the third statement of the
transaction that publishes, its commit being one.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from cartera.config import Settings
from cartera.store.db import open_store
from cartera.warehouse import refresh as refreshing


def upgrade(home: Path, at: int) -> None:
    """Compare and publish; what the models come to stands in the marts already."""
    left = at
    publish = refreshing.publish

    def step(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(*arguments: Any, **named: Any) -> Any:
        sa.event.listen(Engine, "before_cursor_execute", step)
        sa.event.listen(Engine, "commit", step)
        return publish(*arguments, **named)

    refreshing.run_dbt = lambda *_: []
    refreshing.publish = watched
    settings = Settings(home=home)
    refreshing.refresh(settings, open_store(settings))


def main(orders: list[str]) -> None:
    """One after the other; nothing of DuckDB is open where a process is forked."""
    for order in orders:
        home, _, at = order.rpartition("=")
        pid = os.fork()
        if pid == 0:
            upgrade(Path(home), int(at))
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
