"""A throw-away PostgreSQL for tests: a cluster of its own in a temporary folder, on a free port.

`with temporary_cluster() as url` gives the URL of an empty database and removes everything
afterwards; it raises `Missing`, saying how to get PostgreSQL, where none is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

HOW_TO_GET = "no PostgreSQL server binaries found; `apt-get install postgresql` brings them"


class Missing(Exception):
    """PostgreSQL is not installed here."""


@contextmanager
def temporary_cluster() -> Iterator[str]:
    """Start a cluster, yield `postgresql://...` of its database, stop and remove it."""
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="cartera-pg-"))
    port = free_port()
    try:
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres", "postgres")
        data = str(folder / "data")
        options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"
        _run(binaries, "initdb", "-D", data, "-U", "cartera", "-A", "trust", "-E", "UTF8")
        _run(binaries, "pg_ctl", "-D", data, "-o", options, "-l", f"{folder}/log", "-w", "start")
        try:
            yield f"postgresql://cartera@127.0.0.1:{port}/postgres"
        finally:
            _run(binaries, "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    if on_path:
        return Path(on_path).parent
    raise Missing(HOW_TO_GET)


def _run(binaries: Path, program: str, *arguments: str) -> None:
    command = [str(binaries / program), *arguments]
    if os.geteuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    # the server inherits these: a pipe here would keep this call waiting for its end
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", check=False
    )
    if done.returncode:
        raise RuntimeError(f"{program} failed with {done.returncode}: {' '.join(command)}")
