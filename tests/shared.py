"""What tests share: what is made once in a run and then copied, and what processes are given."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock


def plain_environment() -> dict[str, str]:
    """This process's environment for one that is to be killed: no setting of Cartera's but how
    many threads a handful of rows are given (see `tests.conftest`).
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CARTERA_") or name == "CARTERA_THREADS"
    }


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """A folder that all workers of a run share; `make` fills it, whoever comes first.

    It has its name only once it is whole. Where it lies, `tests.conftest` says.
    """
    made = Path(os.environ["CARTERA_TESTS_SHARED"]) / name
    with FileLock(f"{made}.lock"):
        if not made.exists():
            making = made.with_name(f"{name}-in-making")
            make(making)
            making.rename(made)
    return made
