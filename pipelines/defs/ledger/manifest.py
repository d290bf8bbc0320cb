"""dbt's manifest: which models and tests there are, and what each is made from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cartera.config import Settings
from cartera.warehouse import refresh
from cartera.warehouse.refresh import definitions


def manifest(settings: Settings) -> dict[str, Any]:
    """The manifest of the models as they are now; parsed only when they changed."""
    path = _path(settings)
    made_from = path.with_name("manifest.definitions")
    if not path.exists() or not made_from.exists() or made_from.read_text("utf-8") != definitions():
        parse(settings)
    return dict(json.loads(path.read_text("utf-8")))


def parse(settings: Settings) -> None:
    """Parse the models; afterwards dbt is imported and its caches are filled."""
    known = definitions()
    refresh.parse(settings)
    _path(settings).with_name("manifest.definitions").write_text(known, "utf-8")


def _path(settings: Settings) -> Path:
    return settings.root / "dbt" / "target" / "manifest.json"
