"""The real thing: `python -m pipelines`, a file dropped, a publication, a crash, a stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from cartera.config import Settings
from cartera.store.publications import current
from tests.pipelines.drops import CLIENTS, DOCUMENTS, drop
from tests.ports import free_port

pytestmark = pytest.mark.full
START_SECONDS = 90
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def pipeline(here: Settings) -> Iterator[subprocess.Popen[str]]:
    port = free_port()
    command = [sys.executable, "-m", "pipelines", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(what: Callable[[], bool], seconds: float = START_SECONDS) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.1)


def daemon_of(pipeline: subprocess.Popen[str]) -> psutil.Process | None:
    children = psutil.Process(pipeline.pid).children()
    return next((c for c in children if "pipelines.daemon" in c.cmdline()), None)


def test_drop_crash_drop_stop(pipeline, here, store):
    def published(batches: int) -> bool:
        publication = current(store)
        return publication is not None and publication.batch_seq >= batches

    drop(here, "clients.csv", CLIENTS)
    wait_for(lambda: published(1))
    assert pipeline.stdout.readline().startswith("Dagster: http://127.0.0.1:")

    killed = daemon_of(pipeline)
    os.kill(killed.pid, signal.SIGKILL)
    drop(here, "documents.csv", DOCUMENTS)
    wait_for(lambda: published(2))
    assert daemon_of(pipeline).pid != killed.pid

    children = psutil.Process(pipeline.pid).children(recursive=True)
    pipeline.terminate()
    assert pipeline.wait(30) == 0
    assert pipeline.stdout.read() == ""
    _, alive = psutil.wait_procs(children, timeout=5)
    assert not alive
    assert "Fatal" not in (here.root / "logs" / "dagster-daemon.log").read_text("utf-8")
