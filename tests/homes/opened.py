"""A kept home as today's code opened it, and how two answers are compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cartera import clock
from cartera.config import Settings
from tests.cli.conftest import Cartera


@dataclass(frozen=True)
class Home:
    """`said`: what the code that made it said of it; `first`: exit code and output of the first
    command on it.
    """

    folder: Path
    said: dict[str, Any]
    first: tuple[int, str]

    @property
    def now(self) -> datetime:
        """An hour after it was left: the same day, when people may still be reminded."""
        return datetime.fromisoformat(self.said["made_at"]) + timedelta(hours=1)

    @property
    def settings(self) -> Settings:
        return Settings(home=self.folder)

    @property
    def command(self) -> Cartera:
        return Cartera(self.folder)


def on_that_day(patch: pytest.MonkeyPatch, now: datetime) -> None:
    """Whatever day it is, it is that moment."""
    patch.setenv("CARTERA_TODAY", now.date().isoformat())
    patch.setenv("CARTERA_MAIL", "folder")
    patch.setattr(clock, "now", lambda: now)


def differences(before: Any, after: Any, path: str = "") -> list[str]:
    """Where something that was said is not said any more; what is new in an answer is no matter."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            found
            for name, value in before.items()
            for found in (
                differences(value, after[name], f"{path}/{name}")
                if name in after
                else [f"{path}/{name}: gone"]
            )
        ]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [found for n, (a, b) in pairs for found in differences(a, b, f"{path}/{n}")]
    return [] if before == after else [f"{path}: {before!r} is now {after!r}"]
