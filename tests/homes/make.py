"""Make a home by the code at hand and keep it: `make home VERSION=0.2.0` (docs/releasing.md).

`--code DIR` makes it by the code of another tree, such as an older commit's. It is made at a place
that says nothing of the machine, since the lake's catalog remembers where it was.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.homes import packing

PLACE = Path("/srv/cartera-home")
MACHINE = "home"


def main() -> None:
    """Make the home, ask it, keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True, help="the release, or the commit")
    parser.add_argument("--code", type=Path, help="tree whose code makes it; default: this one")
    parser.add_argument("--out", type=Path, default=packing.FOLDER)
    parser.add_argument("--at", type=Path, default=PLACE, help="where it is made; must not exist")
    chosen = parser.parse_args()
    if chosen.at.exists():
        parser.error(f"{chosen.at} exists already")
    for name in [name for name in os.environ if name.startswith("CARTERA_")]:
        del os.environ[name]
    os.environ["CARTERA_THREADS"] = "1"  # a handful of rows: several threads take twice as long
    if chosen.code is not None:
        sys.path.insert(0, str(chosen.code.resolve()))
    secret = {socket.gethostname(), str(Path.home()), str(Path.cwd()), str(chosen.code or "")}
    try:
        said = _made(chosen.at)
        _settle(chosen.at)
        _look(chosen.at, secret - {"", MACHINE})
        target = chosen.out / f"{_number(chosen.out, chosen.name)}-{chosen.name}{packing.ENDING}"
        packing.pack(chosen.at, said | {"name": chosen.name}, target)
    finally:
        shutil.rmtree(chosen.at, ignore_errors=True)
    sys.stdout.write(f"{target}: {target.stat().st_size:,} bytes\n")


def _made(home: Path) -> dict[str, Any]:
    # A sender's name has the machine's in it.
    socket.gethostname = lambda: MACHINE
    # Now, and not above: the code that is at hand is what `main` chose.
    from tests.homes.story import Story

    story = Story(home)
    story.tell()
    return story.facts | {"said": story.said()}


def _settle(home: Path) -> None:
    """Every database in one file, and the small files that were loaded are not part of it."""
    shutil.rmtree(home / "in")
    for path in sorted(home.rglob("*.sqlite")):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("VACUUM")
    for path in [*home.rglob("*-wal"), *home.rglob("*-shm"), *home.rglob("*.lock")]:
        path.unlink()


def _look(home: Path, secret: set[str]) -> None:
    """Refuse a home that names the machine, its people or its folders."""
    for path in packing.files(home):
        if found := packing.named(path.read_bytes(), secret):
            raise SystemExit(f"{path.name} names {found!r}")


def _number(folder: Path, name: str) -> str:
    """The one of that name's home, which is then made anew; else the next."""
    found = [path.name.removesuffix(packing.ENDING).partition("-") for path in packing.kept(folder)]
    known = {of: number for number, _, of in found}
    return known.get(name, f"{len(found) + 1:02}")


if __name__ == "__main__":
    main()
