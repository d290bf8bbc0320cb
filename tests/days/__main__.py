"""Run the tests on another day: `python -m tests.days --day leap-day -- -m "not browser"`.

What follows `--` goes to pytest. The exit code is pytest's; 3 where faketime is not installed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from cartera import clock
from tests.days import BOGOTA, DAYS, of_the_week

HOW_TO_GET = "no faketime found; `apt-get install faketime` brings it"
#: Each of libfaketime 0.9.10's answers that would stop a run for good.
SETTINGS = {
    # Locks with a timeout ask the kernel to wait until a moment of the true monotonic clock.
    "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    # Whoever waits for Python's lock gives up at once and asks again, all the time: with two
    # threads at work a test takes three to seven times as long.
    "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    # A faked `stat` holds a semaphore that all processes share: one killed while holding it stops
    # all the others for good. Times of files stay true ones.
    "NO_FAKE_STAT": "1",
}
EVERY_PYTHON = Path(__file__).parent / "every_python"


def environment(outer: Mapping[str, str]) -> dict[str, str]:
    """The variables for faketime, and the correction that every Python process loads."""
    paths = [str(EVERY_PYTHON), *filter(None, [outer.get("PYTHONPATH")])]
    return {**outer, **SETTINGS, "PYTHONPATH": os.pathsep.join(paths)}


def under(faketime: str, moment: datetime, now: datetime) -> list[str]:
    """What to put before a command, so that for it and all that it starts it is that moment.

    As an offset: told a moment, each process would begin at it anew.
    """
    return [faketime, "-f", f"{round((moment - now).total_seconds()):+d}s"]


def moment(asked: str) -> datetime:
    """The next moment of that name, or the one that it tells in Bogotá."""
    now = clock.now()
    name = of_the_week(now) if asked == "of-the-week" else asked
    if name in DAYS:
        return DAYS[name](now)
    return datetime.fromisoformat(name).replace(tzinfo=BOGOTA)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.days", description=__doc__)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--list", action="store_true", help="the days, and when they are next")
    choice.add_argument(
        "--day",
        metavar="NAME",
        type=moment,
        help=f"{', '.join(DAYS)}, of-the-week, or a moment in Bogotá such as 2028-02-29T23:50",
    )
    parser.add_argument("pytest", nargs="*", help="arguments for pytest, after `--`")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """List the days, or run pytest on one of them."""
    asked = _parse(arguments)
    if asked.list:
        for name, after in DAYS.items():
            said = (after.__doc__ or "").partition("\n")[0]
            print(f"{name:13} {moment(name):%a %Y-%m-%d %H:%M}  {said}")
        print(f"{'of-the-week':13} {of_the_week(clock.now())}")
        return 0

    faketime = shutil.which("faketime")
    if faketime is None:
        print(HOW_TO_GET, file=sys.stderr)
        return 3
    print(f"The clock starts at {asked.day:%A %Y-%m-%d %H:%M} in Bogotá", flush=True)
    command = [
        *under(faketime, asked.day, clock.now()),
        sys.executable,
        "-m",
        "pytest",
        *asked.pytest,
    ]
    return subprocess.run(command, env=environment(os.environ), check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
