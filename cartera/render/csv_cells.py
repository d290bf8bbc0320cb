"""Cells of CSV files that people open with a spreadsheet."""

from __future__ import annotations

from typing import Any


def defused(value: Any) -> Any:
    """Prefix what Excel would take for a formula (ASVS 1.2.10); numbers stay numbers."""
    if isinstance(value, str) and value[:1] in "=+-@\t\r" and value:
        try:
            float(value)
        except ValueError:
            return "'" + value
    return value
