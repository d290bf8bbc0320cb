"""The apps as processes of their own, for tests, benchmarks and pictures."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from tests.ports import free_port

START_SECONDS = 60
#: An open stream of events must not hold up the end.
END_SECONDS = 20


@contextmanager
def running(
    app: str, environment: Mapping[str, str], folder: Path
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """`python -m streamlit_app.APP` on a free port: its address, and the process."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", f"streamlit_app.{app}", "--port", str(port)],
        cwd=folder,
        env={**environment, f"CARTERA_{app.upper()}_URL": url},
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"{url}/_stcore/health", process)
        yield url, process
    finally:
        process.terminate()
        process.wait(END_SECONDS)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urlopen(url) as answer:
                if answer.status == 200:
                    return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
