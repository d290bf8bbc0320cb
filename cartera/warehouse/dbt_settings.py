"""The settings that dbt runs with in this process: what its plugin asks for the lake's address.

Not by the environment, which belongs to the whole process: to write to it while another thread
reads it (the C library does whenever it makes local time) can end the process.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from cartera import config
from cartera.config import Settings

#: dbt keeps state in module globals: one run at a time in a process.
_one_at_a_time = threading.Lock()
_given: list[Settings] = []


@contextmanager
def given(settings: Settings) -> Iterator[None]:
    """Whatever dbt does meanwhile is over this lake; waits while another thread runs dbt."""
    with _one_at_a_time:
        _given.append(settings)
        try:
            yield
        finally:
            _given.clear()


def current() -> Settings:
    """What was given; where dbt was started by itself, what the environment says."""
    return _given[0] if _given else config.settings()
