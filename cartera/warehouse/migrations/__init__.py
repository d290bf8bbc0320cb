"""Versions of the lake's own tables, one module each: `m0001_first_release`, `m0002_…`.

A module's `apply(connection)` runs inside the transaction that records it. It may meet a lake that
has its change already, one from before versions were recorded, and then does nothing. A module
that has landed never changes again: lakes that it made would not be what it says (a test keeps
it). Columns of the contract are added without a migration (`cartera.warehouse.lake_versions`).
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent


def modules() -> dict[int, str]:
    """Names of the modules by the version that each leads to, in order."""
    found = (path.stem for path in FOLDER.glob("m[0-9]*.py"))
    return dict(sorted((int(name[1:5]), name) for name in found))
