"""`PYTHONPATH` for the processes that tests start."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]


def python_path() -> str:
    """This tree first, then what was there: under `tests.days` it holds a correction."""
    return os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
