"""The writer's lock: one process at a time loads and refreshes the warehouse.

Beside SQLite it is an operating-system lock on a file in CARTERA_HOME, on PostgreSQL a session
advisory lock. Both fall away by themselves when their holder dies, even by kill -9, so there is
never a stale lock to clean up.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy.engine import Connection

from cartera.config import Settings
from cartera.errors import Busy
from cartera.store.db import Store

LOCK_FILE = "writer.lock"
#: Says who holds the lock. Only read when the lock is taken, so an old text does no harm.
HOLDER_FILE = "writer.holder"
#: Any fixed number other than `MIGRATION_LOCK`: whoever writes the warehouse holds it.
ADVISORY_KEY = 4_817_210_002
POLL_SECONDS = 0.05


@contextmanager
def writer_lock(
    settings: Settings, store: Store, *, wait: float = 60.0, who: str = ""
) -> Iterator[None]:
    """Hold the one writer's place, or raise `Busy` after `wait` seconds. Not re-entrant."""
    holder = f"{who or 'cartera'} (pid {os.getpid()})"
    if store.is_sqlite:
        with _file_lock(settings, wait, holder):
            yield
    else:
        with _advisory_lock(store, wait, holder):
            yield


@contextmanager
def _file_lock(settings: Settings, wait: float, holder: str) -> Iterator[None]:
    settings.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    note = settings.root / HOLDER_FILE
    lock = FileLock(settings.root / LOCK_FILE, is_singleton=False)
    try:
        lock.acquire(timeout=wait, poll_interval=POLL_SECONDS)
    except Timeout as error:
        other = note.read_text(encoding="utf-8").strip() if note.exists() else ""
        raise _busy(other, wait) from error
    try:
        note.write_text(holder, encoding="utf-8")
        yield
    finally:
        lock.release()


@contextmanager
def _advisory_lock(store: Store, wait: float, holder: str) -> Iterator[None]:
    # A connection of its own, outside the pool's transactions: the lock lives as long as it does,
    # and autocommit keeps it from sitting idle in a transaction for the whole load.
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        _name_session(connection, holder)
        try:
            _acquire(connection, wait)
            try:
                yield
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(ADVISORY_KEY)))
        finally:
            _name_session(connection, "cartera")


def _acquire(connection: Connection, wait: float) -> None:
    deadline = time.monotonic() + wait
    attempt = sa.text("select pg_try_advisory_lock(:key)").bindparams(key=ADVISORY_KEY)
    while connection.execute(attempt).scalar_one() is not True:
        if time.monotonic() >= deadline:
            raise _busy(_advisory_holder(connection), wait)
        time.sleep(POLL_SECONDS)


def _name_session(connection: Connection, name: str) -> None:
    """Show the holder's name in `pg_stat_activity`, where `Busy` and people find it."""
    connection.execute(sa.select(sa.func.set_config("application_name", name, False)))


def _advisory_holder(connection: Connection) -> str:
    query = sa.text(
        "select a.application_name from pg_locks l join pg_stat_activity a using (pid)"
        " where l.locktype = 'advisory' and l.granted"
        # a 64-bit key is shown in two halves
        " and (l.classid::bigint << 32) | l.objid::bigint = :key"
        " and l.database = (select oid from pg_database where datname = current_database())"
    )
    return connection.execute(query, {"key": ADVISORY_KEY}).scalar() or ""


def _busy(holder: str, wait: float) -> Busy:
    by = f" by {holder}" if holder else ""
    return Busy(f"the warehouse is being written{by}; gave up after {wait:g} s")
