"""dbt's manifest: which models and tests there are, and what each is made from."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cartera.config import Settings
from cartera.errors import RefreshFailed
from cartera.warehouse.lake import ducklake_uri
from cartera.warehouse.refresh import dbt_arguments, definitions


def manifest(settings: Settings) -> dict[str, Any]:
    """The manifest of the models as they are now; parsed only when they changed."""
    path = _path(settings)
    made_from = path.with_name("manifest.definitions")
    if not path.exists() or not made_from.exists() or made_from.read_text("utf-8") != definitions():
        parse(settings)
    return dict(json.loads(path.read_text("utf-8")))


def parse(settings: Settings) -> None:
    """Parse the models; reads files alone: neither the lake nor the store need exist.

    Afterwards dbt is imported and its caches are filled: the daemon calls it for that.
    """
    # Importing dbt takes seconds: only where something is to be parsed.
    from dbt.cli.main import dbtRunner

    path, known = _path(settings), definitions()
    path.parent.mkdir(parents=True, exist_ok=True)
    with _lake_named(settings):
        outcome = dbtRunner().invoke(["parse", *dbt_arguments(settings, since=-1)])
    if outcome.exception is not None or not outcome.success:
        raise RefreshFailed(f"dbt parse: {outcome.exception}") from outcome.exception
    path.with_name("manifest.definitions").write_text(known, "utf-8")


@contextmanager
def _lake_named(settings: Settings) -> Iterator[None]:
    """What dbt's profile asks the environment for; parsing opens nothing, but it wants a value."""
    names = {"CARTERA_DBT_LAKE": ducklake_uri(settings), "CARTERA_DBT_DATA": settings.lake_path}
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _path(settings: Settings) -> Path:
    return settings.root / "dbt" / "target" / "manifest.json"
