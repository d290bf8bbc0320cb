"""The days on which tests are run, and that faketime brings every process there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from cartera.calendar import Calendar
from tests.days import BOGOTA, DAYS, in_the_present, of_the_week
from tests.days.__main__ import HOW_TO_GET, environment, main, under

#: Each day of four years and a bit, at an hour when UTC and Bogotá disagree about the date.
NOWS = [datetime(2026, 11, 30, 3, tzinfo=UTC) + timedelta(days=n) for n in range(1500)]


@pytest.mark.parametrize("name", DAYS)
def test_each_day_is_of_its_kind_and_still_to_come(name: str) -> None:
    calendar = Calendar("CO")
    for now in NOWS[::7]:
        moment = DAYS[name](now)
        assert moment > now and moment.tzinfo == BOGOTA
        day = moment.date()
        assert {
            "sunday": day.weekday() == 6,
            "new-year-eve": f"{moment:%m-%d %H:%M}" == "12-31 23:50",
            "leap-day": (day.month, day.day) == (2, 29),
            "holiday": day.weekday() < 5 and bool(calendar.holiday(day)),
            "two-years": moment - now == timedelta(days=730),
        }[name]


def test_each_has_its_week() -> None:
    weeks = [of_the_week(now) for now in NOWS[: 7 * len(DAYS)]]
    assert {weeks.count(name) for name in DAYS} == {7}


def test_what_is_no_day_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--day", "someday"])
    assert end.value.code == 2
    assert "someday" in capsys.readouterr().err


SCRIPT = """
import datetime, subprocess, sys, threading, time
time.sleep(0.01)
held = threading.Lock()
held.acquire()
assert not held.acquire(timeout=0.01)
print(datetime.date.today(), flush=True)
subprocess.run([sys.executable, "-c", "import time; time.sleep(0.01); print(time.strftime('%F'))"])
"""


def test_there_every_process_sleeps_waits_and_agrees() -> None:
    faketime = shutil.which("faketime")
    if faketime is None:
        pytest.skip(HOW_TO_GET)
    outer = {k: v for k, v in in_the_present(os.environ).items() if "FAKE" not in k}
    true = subprocess.run(["date", "+%s"], env=outer, capture_output=True, check=True)
    now = datetime.fromtimestamp(int(true.stdout), UTC)  # this test may itself run on another day
    moment = DAYS["leap-day"](now)
    done = subprocess.run(
        [*under(faketime, moment, now), sys.executable, "-c", SCRIPT],
        env=environment(outer), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == [moment.date().isoformat()] * 2
