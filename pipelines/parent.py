"""A child process that ends with its parent, however the parent ends."""

from __future__ import annotations

import os
import signal
import threading


def stop_with_parent() -> None:
    """Send this process SIGTERM once its standard input closes.

    The supervisor holds the other end and never writes. The system closes it even after
    kill -9, so no process is ever left behind.
    """
    threading.Thread(target=_wait, name="parent", daemon=True).start()


def _wait() -> None:
    # Not through sys.stdin: Python would find its lock taken when it ends.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
