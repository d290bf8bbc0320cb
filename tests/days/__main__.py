"""Run the tests on another day: `python -m tests.days --day leap-day -- -m "not browser"`.

What follows `--` goes to pytest. The exit code is pytest's; 3 where faketime is not installed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from cartera import clock
from tests.days import BOGOTA, DAYS, of_the_week

HOW_TO_GET = "no faketime found; `apt-get install faketime` brings it"
#: Of faketime itself, see `docs/testing.md`.
SETTINGS = {
    # Locks with a timeout ask the kernel to wait until a moment of the true monotonic clock.
    "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    # A faked `stat` holds a semaphore that all processes share: one killed while holding it stops
    # all the others for good. Times of files stay true ones.
    "NO_FAKE_STAT": "1",
}
EVERY_PYTHON = Path(__file__).parent / "every_python"


def environment(outer: dict[str, str]) -> dict[str, str]:
    """The variables for faketime, and the correction that every Python process loads."""
    paths = [str(EVERY_PYTHON), *filter(None, [outer.get("PYTHONPATH")])]
    return {**outer, **SETTINGS, "PYTHONPATH": os.pathsep.join(paths)}


def _moment(asked: str, now: datetime) -> datetime:
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
        help=f"{', '.join(DAYS)}, of-the-week, or a moment in Bogotá such as 2028-02-29T23:50",
    )
    parser.add_argument("pytest", nargs="*", help="arguments for pytest, after `--`")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """List the days, or run pytest on one of them."""
    asked, now = _parse(arguments), clock.now()
    if asked.list:
        for name, moment in DAYS.items():
            said = (moment.__doc__ or "").partition("\n")[0]
            print(f"{name:13} {moment(now):%a %Y-%m-%d %H:%M}  {said}")
        print(f"{'of-the-week':13} {of_the_week(now)}")
        return 0

    faketime = shutil.which("faketime")
    if faketime is None:
        print(HOW_TO_GET, file=sys.stderr)
        return 3
    moment = _moment(asked.day, now)
    print(f"The clock starts at {moment:%A %Y-%m-%d %H:%M} in Bogotá", flush=True)
    # An offset, not a moment: each process would begin at the moment anew.
    offset = round((moment - clock.now()).total_seconds())
    command = [faketime, "-f", f"{offset:+d}s", sys.executable, "-m", "pytest", *asked.pytest]
    return subprocess.run(command, env=environment(dict(os.environ)), check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
