"""dbt's manifest: which models and tests there are, and what each is made from."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from cartera.config import Settings
from cartera.warehouse.refresh import definitions, parse


def manifest(settings: Settings) -> dict[str, Any]:
    """The manifest of the models as they are now; parsed only when they changed.

    Several processes start at once: whoever finds no file makes it, and a file is there whole or
    not at all.
    """
    folder = settings.root / "dbt"
    path = folder / f"manifest-{definitions()[:16]}.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _write(parse(settings).writable_manifest().to_dict(omit_none=False), path)
        for old in set(folder.glob("manifest-*.json")) - {path}:
            old.unlink(missing_ok=True)
    return dict(json.loads(path.read_text("utf-8")))


def _write(content: dict[str, Any], path: Path) -> None:
    fresh = path.with_suffix(f".{os.getpid()}")
    with fresh.open("w", encoding="utf-8") as file:
        json.dump(content, file, default=str)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
