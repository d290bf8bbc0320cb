"""What is made once in a run of tests, and then copied by whoever needs one of their own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock


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
