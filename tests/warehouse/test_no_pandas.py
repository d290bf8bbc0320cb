"""Whoever reads the lake does so without pandas, and whoever wants pandas still gets it."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("pandas", reason="nothing here brings pandas, so nothing can load it")

READING = """
import sys
from cartera.warehouse import lake
import duckdb
with duckdb.connect() as connection:
    asked = ["a", 1, None, 2.5, ["b"]]
    assert list(connection.execute("SELECT ?, ?, ?, ?, ?", asked).fetchone()) == asked
assert "pandas" not in sys.modules, "loaded after all"
import pandas
assert pandas.DataFrame({"a": [1]})["a"].sum() == 1
"""
LOADED_BEFORE = """
import pandas
from cartera.warehouse import no_pandas
assert not no_pandas.keep_out()
import duckdb
with duckdb.connect() as connection:
    assert connection.execute("SELECT ?", [pandas.NaT]).fetchone() == (None,)
"""
SEVERAL_THREADS = """
import sys, threading
from cartera.warehouse import no_pandas
ended = threading.Event()
other = threading.Thread(target=ended.wait)
other.start()
assert not no_pandas.keep_out()
ended.set()
other.join()
assert no_pandas.keep_out()
"""


@pytest.mark.parametrize("script", [READING, LOADED_BEFORE, SEVERAL_THREADS])
def test_in_a_process_of_its_own(script: str) -> None:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
