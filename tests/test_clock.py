"""One day for everybody: whatever is decided by today's day follows `CARTERA_TODAY`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartera import clock
from tests.bounds import examples

ROOT = Path(__file__).parents[1]
FIXED = date(2026, 11, 24)
ZONES = ("America/Bogota", "Pacific/Auckland", "Pacific/Pago_Pago", "America/Santiago", "UTC")
#: These get the moment that was decided already, and moments of other days.
PURE = {
    "cartera/clock.py", "cartera/reminders/decide.py", "cartera/reminders/outlook.py",
    "cartera/schedules/timing.py",
}  # fmt: skip


@settings(max_examples=examples(50))
@given(
    present=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
)
def test_a_fixed_day_is_the_day_everywhere_at_the_hour_that_it_is_there(present, zone):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARTERA_TODAY", FIXED.isoformat())
        fixed = clock.local(present, zone)
    assert fixed.date() == FIXED
    assert fixed.time() == present.astimezone(ZoneInfo(zone)).time()


@settings(max_examples=examples(50))
@given(
    present=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(ZONES),
)
def test_without_one_it_is_the_same_moment(present, zone):
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CARTERA_TODAY", raising=False)
        assert clock.local(present, zone) == present
        assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("zone", ZONES)
def test_what_happened_is_noted_by_the_real_clock(monkeypatch, zone):
    monkeypatch.setenv("CARTERA_TODAY", "2001-02-03")
    assert clock.today(zone) == date(2001, 2, 3)
    assert clock.now().year > 2001
    assert clock.local(datetime(2026, 11, 24, tzinfo=UTC), "UTC").time() == time(0)


def test_nobody_else_makes_a_day_of_the_present_moment():
    """`remind`, schedules, the daily mail and payments once took the machine's day."""
    found = {
        path.relative_to(ROOT).as_posix()
        for room in ("cartera", "streamlit_app", "pipelines")
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"\bnow(\(\))?\)?\.(astimezone|date)\(", path.read_text(encoding="utf-8"))
    }
    assert found <= PURE
