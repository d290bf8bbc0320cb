"""DuckDB without pandas, which it otherwise loads with the first parameter of the first query.

Every value that DuckDB is given is compared to pandas' own words for "nothing", so where pandas is
installed (Dagster's and Streamlit's libraries bring it) it is imported: 0.6 s of CPU and 60 MB in
every command and every sender, for values that never come from there. DuckDB looks once and keeps
what it found: here it finds an empty module of that name, which is gone again at once.
"""

from __future__ import annotations

import sys
import threading
from types import ModuleType

import duckdb

NAME = "pandas"


class _Empty(ModuleType):
    """A module in which everything is there, as a type of which there are no values."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def keep_out() -> bool:
    """Let this process' DuckDB do without pandas; whether it does so now.

    Only where nobody can miss it: not where pandas is loaded already, and not where another
    thread could import it in this very moment and find the empty one. DuckDB's answers as data
    frames of pandas do not work afterwards; Cartera asks for none.
    """
    if NAME in sys.modules or threading.active_count() > 1:
        return False
    sys.modules[NAME] = _Empty(NAME)
    try:
        with duckdb.connect() as connection:
            connection.execute("SELECT ?", [1])
    finally:
        del sys.modules[NAME]
    return True
