"""A load, kept so that it could be done again: its bytes first, then its row in the store, then
the lake's commit.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cartera import clock
from cartera.errors import CarteraError
from cartera.sources import guards
from cartera.store import companies, loaded_files
from cartera.store.loaded_files import LoadedFile, State, Way
from cartera.warehouse import kept_files
from cartera.warehouse.lake_schema import ALIAS

if TYPE_CHECKING:
    import duckdb

    from cartera.config import Company, Settings
    from cartera.sources.mapping import Mapping
    from cartera.store.db import Store


@dataclass(frozen=True, slots=True)
class FileLoad:
    """A file that is being loaded: for whom, how it came, and how it is read."""

    settings: Settings
    store: Store
    path: Path
    company: Company
    mapping: Mapping | None = None
    any_company: bool = False
    way: Way = "command"

    @property
    def mapping_sha256(self) -> str:
        """Hash of the mapping as it is written; empty without one."""
        return hashlib.sha256(self.mapping.written).hexdigest() if self.mapping else ""

    def begin(self, file: str, sha256: str, batch_id: int, now: datetime) -> int:
        """Keep the bytes that were read and write the load down, before the lake's commit; its
        number. Raises `FileChanged`, and `OSError`.
        """
        with self.path.open("rb") as source:
            kept_files.keep(self.settings, source, sha256, self.path.name)
        return self._add(file, sha256, now, state="begun", batch_id=batch_id)

    def refuse(self, reason: str) -> None:
        """Keep a file that was refused whole, where it can be kept, and write down why."""
        name = guards.shown(self.path.name)[: guards.MAX_NAME]
        try:
            guards.size_of(self.path, name)
            sha256 = guards.sha256_of(self.path)
            with self.path.open("rb") as source:
                kept_files.keep(self.settings, source, sha256, name)
        except (CarteraError, PermissionError, FileNotFoundError):  # no plain file, or too large
            sha256 = ""
        self._add(name, sha256, clock.now(), state="refused", reason=reason)

    def _add(
        self,
        file: str,
        sha256: str,
        now: datetime,
        *,
        state: State,
        batch_id: int | None = None,
        reason: str = "",
    ) -> int:
        if self.mapping is not None:
            written = io.BytesIO(self.mapping.written)
            kept_files.keep(self.settings, written, self.mapping_sha256, self.mapping.name)
        return loaded_files.add(
            self.store,
            company_id=self.company.id,
            any_company=self.any_company,
            file=file,
            way=self.way,
            sha256=sha256,
            size=self.path.stat().st_size if sha256 else 0,
            mapping=self.mapping.name if self.mapping else "",
            mapping_sha256=self.mapping_sha256,
            currency=self.company.currency,
            timezone=self.company.timezone,
            loaded_at=now,
            state=state,
            batch_id=batch_id,
            reason=reason,
        )


def settle(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    """Close loads that were cut off: the lake says whether they are in it.

    The caller holds the writer's lock, so none of them is at work.
    """
    open_loads = loaded_files.begun(store)
    if not open_loads:
        return
    batches = set(
        connection.execute(
            f"SELECT DISTINCT batch_id, sha256 FROM {ALIAS}.raw.batches "
            "WHERE list_contains(?, batch_id)",
            [[load.batch_id for load in open_loads]],
        ).fetchall()
    )
    # A number that was never committed is given again: to the last load of it that was begun.
    newest = {(load.batch_id, load.sha256): load.id for load in open_loads}
    loaded_files.close(
        store,
        {
            load.id: "loaded"
            if (load.batch_id, load.sha256) in batches
            and newest[load.batch_id, load.sha256] == load.id
            else "cut_off"
            for load in open_loads
        },
    )


def forget(settings: Settings, store: Store, now: datetime) -> dict[str, int]:
    """Remove what companies keep no longer: loads, and files. The caller holds the writer's lock.

    The same bytes may belong to several loads; they go with the last. Cut off, it is done again.
    """
    here = loaded_files.kept(store)
    days = {each: _days(settings, store, each) for each in {load.company_id for load in here}}
    old = [
        load
        for load in here
        if (limit := days[load.company_id]) and load.loaded_at < now - timedelta(days=limit)
    ]
    gone = {load.id for load in old}
    wanted = {each for load in here if load.id not in gone for each in _hashes(load)}
    removed = kept_files.remove(settings, {each for load in old for each in _hashes(load)} - wanted)
    loaded_files.mark_removed(store, gone, now)
    return {"loads_expired": len(gone), "kept_files_removed": removed}


def _days(settings: Settings, store: Store, company_id: str) -> int:
    return companies.profile(settings, store, company_id).keep_files_days


def _hashes(load: LoadedFile) -> set[str]:
    return {load.sha256, load.mapping_sha256} - {""}
