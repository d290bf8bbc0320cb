"""Printing measurements."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def say(line: str) -> None:
    """Print at once: a benchmark that hangs should show how far it came."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many percent do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * percent // 100) - 1)]
