"""What assets are given: this installation's settings and its store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from pydantic import PrivateAttr

from cartera.config import Settings, settings
from cartera.store.db import Store, open_store


class Home(dg.ConfigurableResource[None]):
    """Settings, read when a run starts, and the store, open as long as it lasts."""

    _settings: Settings = PrivateAttr()
    _store: Store = PrivateAttr()

    @property
    def settings(self) -> Settings:
        return self._settings

    @property
    def store(self) -> Store:
        return self._store

    @contextmanager
    def yield_for_execution(  # type: ignore[override]  # it yields itself, as Dagster's docs do
        self,
        context: dg.InitResourceContext,  # noqa: ARG002
    ) -> Iterator[Home]:
        self._settings = settings()
        self._store = open_store(self._settings)
        try:
            yield self
        finally:
            self._store.close()
