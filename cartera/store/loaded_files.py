"""Loads of files, one row each: which bytes were read by which mapping, when, for whom.

With the kept bytes (`cartera.warehouse.kept_files`) that is all that a lake can be made anew from.
A row is written before the lake's commit (`begun`) and closed after it; what was cut off in between
is settled by what the lake says (`cartera.warehouse.loads`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from cartera.store.lake_schema import loaded_files

if TYPE_CHECKING:
    from cartera.store.db import Store

#: `cut_off`: it never reached the lake; the file was loaded again, or nobody did.
State = Literal["begun", "loaded", "refused", "cut_off"]
#: How a file came.
Way = Literal["inbox", "command"]


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """One load of a file. Hashes are empty where there was no mapping, or the file could not be
    kept; `removed_at` says when its bytes went, at the end of the time that its company keeps them.
    """

    id: int
    company_id: str
    any_company: bool
    file: str
    way: Way
    sha256: str
    size: int
    mapping: str
    mapping_sha256: str
    currency: str
    timezone: str
    loaded_at: datetime
    state: State
    batch_id: int | None
    reason: str
    removed_at: datetime | None


def add(store: Store, **values: Any) -> int:
    """Write the row of a load; its number. Columns as in `LoadedFile`."""
    with store.write() as connection:
        insert = sa.insert(loaded_files).values(**values).returning(loaded_files.c.id)
        return int(connection.execute(insert).scalar_one())


def close(store: Store, states: dict[int, State]) -> None:
    """Say how loads ended."""
    if not states:
        return
    with store.write() as connection:
        for number, state in states.items():
            values: dict[str, Any] = {"state": state}
            if state != "loaded":
                values["batch_id"] = None
            change = sa.update(loaded_files).where(loaded_files.c.id == number).values(values)
            connection.execute(change)


def begun(store: Store) -> list[LoadedFile]:
    """Loads that nobody closed: one at work, or such as were cut off."""
    return _found(store, sa.select(loaded_files).where(loaded_files.c.state == "begun"))


def listed(store: Store, company_id: str, limit: int = 100) -> list[LoadedFile]:
    """The newest loads of a company, newest first."""
    query = sa.select(loaded_files).where(loaded_files.c.company_id == company_id)
    return _found(store, query.order_by(loaded_files.c.id.desc()).limit(limit))


def get(store: Store, company_id: str, number: int) -> LoadedFile | None:
    """One load of a company, by its number."""
    here = (loaded_files.c.company_id == company_id, loaded_files.c.id == number)
    found = _found(store, sa.select(loaded_files).where(*here))
    return found[0] if found else None


def kept(store: Store) -> list[LoadedFile]:
    """Loads whose bytes are kept, of all companies, oldest first."""
    query = sa.select(loaded_files).where(loaded_files.c.removed_at.is_(None))
    return _found(store, query.order_by(loaded_files.c.id))


def mark_removed(store: Store, numbers: Iterable[int], now: datetime) -> None:
    """Say that the bytes of these loads are gone."""
    rows = [{"number": number, "gone": now} for number in numbers]
    if not rows:
        return
    change = sa.update(loaded_files).where(loaded_files.c.id == sa.bindparam("number"))
    with store.write() as connection:
        connection.execute(change.values(removed_at=sa.bindparam("gone")), rows)


def _found(store: Store, query: sa.Select[Any]) -> list[LoadedFile]:
    with store.read() as connection:
        return [LoadedFile(**row) for row in connection.execute(query).mappings()]
