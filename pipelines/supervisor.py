"""Keeps the webserver and the daemon running: restarts what dies, stops both when told to.

The daemon executes fast runs itself, so a crash in one takes it down: nothing is lost (see
`pipelines.launcher.fail_orphans`), but somebody has to start it again.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from cartera.config import Settings
from pipelines.instance import write_instance, write_workspace

#: A child that stayed up this long had started well: the next pause is the shortest again.
STABLE_SECONDS = 60.0
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
#: The daemon lets a fast run finish; what takes longer is safe to be done again.
STOP_SECONDS = 20.0
POLL_SECONDS = 0.25
#: A log that has grown beyond this is put aside, once, when its process starts.
LOG_BYTES = 10_000_000


class Child:
    """A process that is started again when it ends, later and later while it keeps ending."""

    def __init__(self, command: Sequence[str], log: Path, environ: dict[str, str]) -> None:
        self._command = list(command)
        self._log = log
        self._environ = environ
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._pause = FIRST_PAUSE
        self._due = 0.0

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def keep_running(self, now: float) -> None:
        """Start the process where it is not running and its pause is over."""
        if self.is_running:
            return
        if self._process is not None:
            self._note_end(now)
        if now >= self._due:
            self._start(now)

    def stop(self) -> None:
        """Ask the process to end."""
        if self._process is not None and self.is_running:
            self._process.terminate()

    def wait(self, until: float) -> None:
        """Wait for the end; past `until` it is made to."""
        if self._process is None:
            return
        try:
            self._process.wait(max(until - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _note_end(self, now: float) -> None:
        stable = now - self._started >= STABLE_SECONDS
        self._pause = FIRST_PAUSE if stable else min(self._pause * 2, LONGEST_PAUSE)
        self._due = now + self._pause
        self._process = None

    def _start(self, now: float) -> None:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        if self._log.exists() and self._log.stat().st_size > LOG_BYTES:
            self._log.replace(self._log.with_suffix(".old.log"))
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                # Never written to: it tells the child when we are gone (`pipelines.parent`).
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environ,
                # Control-C in a terminal reaches us alone; we stop them in order.
                start_new_session=True,
            )
        self._started = now


def supervise(
    settings: Settings, *, port: int, say: Callable[[str], None], host: str = "127.0.0.1"
) -> None:
    """Run the pipeline until SIGTERM or SIGINT."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    with tempfile.TemporaryDirectory(prefix="cartera-") as folder:
        # The code server asks nobody who they are: a socket in a folder of our own, no port.
        # Not in CARTERA_HOME, since the system allows a socket's path about a hundred letters.
        socket = Path(folder) / "code.sock"
        children = _children(settings, socket=socket, host=host, port=port)
        say(f"Dagster: http://{host}:{port}")
        try:
            _keep_running(children, socket, told)
        finally:
            for child in children:
                child.stop()
            until = time.monotonic() + STOP_SECONDS
            for child in children:
                child.wait(until)


def _keep_running(children: Sequence[Child], socket: Path, told: threading.Event) -> None:
    daemon, *others = children
    while not told.is_set():
        daemon.keep_running(time.monotonic())
        if socket.exists():  # only then is there code for the webserver to show
            for child in others:
                child.keep_running(time.monotonic())
        told.wait(POLL_SECONDS)


def _children(settings: Settings, *, socket: Path, host: str, port: int) -> list[Child]:
    home = write_instance(settings)
    environ = {
        **os.environ,
        "CARTERA_HOME": str(settings.root),
        "DAGSTER_HOME": str(home),
        "PYTHONUNBUFFERED": "1",
    }
    web = [
        "--host", host, "--port", str(port),
        "--workspace", str(write_workspace(socket.parent, socket)), "--log-level", "warning",
    ]  # fmt: skip
    python = [sys.executable, "-m"]
    logs = settings.root / "logs"
    return [
        Child([*python, "pipelines.daemon", str(socket)], logs / "dagster-daemon.log", environ),
        Child([*python, "pipelines.webserver", *web], logs / "dagster-web.log", environ),
    ]
