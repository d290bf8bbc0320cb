"""The staff app as a process of its own, over figures in memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from cartera.config import Settings
from cartera.store.db import Store, open_store
from tests.ports import free_port
from tests.python_path import python_path

START_SECONDS = 60


@dataclass(frozen=True)
class StaffServer:
    """Its address, its store, and where its output goes."""

    url: str
    store: Store
    log: Path


@contextmanager
def staff_server(home: Path, port: int = 0, **variables: str) -> Iterator[StaffServer]:
    """Run it over `home` until the end of the block."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "CARTERA_HOME": str(home), "PYTHONPATH": python_path()}
    environment |= {"CARTERA_STAFF_URL": url, **variables}
    home.mkdir(exist_ok=True, parents=True)
    log = home / "staff.log"
    store = open_store(Settings(home=home))
    with log.open("ab") as output:
        process = subprocess.Popen(
            [
                sys.executable,
                str(Path(__file__).with_name("serve.py")),
                "staff",
                "--port",
                str(port),
            ],
            cwd=home,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(f"{url}/_stcore/health", process, log)
        yield StaffServer(url, store, log)
    finally:
        process.terminate()
        process.wait(20)
        if process.stdin:
            process.stdin.close()
        store.close()


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None, log.read_text()
        try:
            with urlopen(url) as answer:
                if answer.status == 200:
                    return
        except OSError:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
