"""Stores whose tables are there already: migrated once in a run, then copied.

Making each test's own takes a fifth of a second on SQLite and most of one on PostgreSQL, with
hundreds of tests. What the migrations do is tested where nothing is copied (tests/store/test_db).
"""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg
import sqlalchemy as sa

from cartera.config import Settings
from cartera.store.db import Store, open_store
from tests.shared import made_once

FILE = "store.sqlite"


def new_store(settings: Settings) -> Store:
    """The store of a home in which there is none yet, opened as everyone opens it."""
    if not settings.store:
        place(settings.root)
    return open_store(settings)


def place(home: Path) -> None:
    """A SQLite store for a home in which there is none yet."""
    if not (home / FILE).exists():
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(made_once("store", _make) / FILE, home / FILE)


def newer(settings: Settings) -> None:
    """Let the store be one that a newer program has migrated."""
    store = new_store(settings)
    with store.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()


def _make(folder: Path) -> None:
    open_store(Settings(home=folder)).close()


class Cluster:
    """A running PostgreSQL, and the databases that tests make in it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._base = url.removesuffix("/postgres")
        self._count = 0
        self._template = ""

    def empty(self) -> str:
        """URL of a new database with nothing in it."""
        return self._create("template1")

    def migrated(self) -> str:
        """URL of a new database with the store's tables."""
        if not self._template:
            url = self.empty()
            store = Store(url)
            store.migrate()
            store.close()
            self._template = url.rpartition("/")[2]
        return self._create(self._template)

    def drop(self, url: str) -> None:
        """Remove it, whoever is still connected: a thousand files each, in memory."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def _create(self, template: str) -> str:
        self._count += 1
        name = f"test_{self._count}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return f"{self._base}/{name}"
