"""The sample company, loaded and published as `cartera demo` does it, and the apps over it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cartera import clock
from cartera.config import Settings
from cartera.people import operator
from cartera.sample import COMPANY_ID
from cartera.sample.clients import PEDRO
from cartera.store import links, publications
from cartera.store.db import Store, open_store
from cartera.store.links import NewLink
from cartera.warehouse.reader import Reader
from tests.python_path import python_path
from tests.servers import running
from tests.shared import made_once
from tests.stores import new_store

CARTERA = [sys.executable, "-c", "from cartera.cli import main; main()"]


@dataclass(frozen=True)
class SampleHome:
    """A home with the sample company in it."""

    folder: Path
    settings: Settings
    store: Store

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "CARTERA_HOME": str(self.folder),
            "CARTERA_COMPANY": COMPANY_ID,
            "PYTHONPATH": python_path(),
        }

    def reader(self) -> Reader:
        return Reader(self.settings, self.store)

    def link(self, client_id: str = PEDRO, **changes: object) -> NewLink:
        values = {
            "company_id": COMPANY_ID,
            "client_id": client_id,
            "days": 30,
            "by": operator(COMPANY_ID),
            "now": clock.now(),
        }
        return links.create(self.store, **(values | changes))  # type: ignore[arg-type]

    def revoke(self, new: NewLink) -> None:
        links.revoke(
            self.store, COMPANY_ID, new.link.public_id, by=operator(COMPANY_ID), now=clock.now()
        )

    def publish_again(self) -> None:
        """What open pages notice: the same figures, published once more."""
        now = publications.current(self.store)
        assert now is not None
        publications.publish(self.store, snapshot_id=now.snapshot_id, batch_seq=now.batch_seq)

    def load(self, *paths: Path) -> None:
        subprocess.run(
            [*CARTERA, "load", *map(str, paths)],
            env=self.environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )


def build(
    folder: Path, *, name: str = "sample", prepare: Callable[[SampleHome], None] | None = None
) -> SampleHome:
    """A home of one's own with it: made once in a run of tests (some twenty seconds), then copied.

    `prepare` does more to the one that is copied, under a `name` of its own.
    """
    shutil.copytree(_made(name, prepare), folder, symlinks=True)
    return _opened(folder)


def _made(name: str, prepare: Callable[[SampleHome], None] | None) -> Path:
    def make(folder: Path) -> None:
        if prepare is None:
            environment = {**os.environ, "CARTERA_HOME": str(folder), "PYTHONPATH": python_path()}
            subprocess.run(
                [*CARTERA, "demo", "--once"], env=environment, check=True, stdout=subprocess.DEVNULL
            )
        else:
            shutil.copytree(_made("sample", None), folder, symlinks=True)
            home = _opened(folder)
            prepare(home)
            home.store.close()

    return made_once(f"{name}-home", make)


def _opened(folder: Path) -> SampleHome:
    settings = Settings(home=folder, company=COMPANY_ID)
    return SampleHome(folder, settings, open_store(settings))


def on_postgres(home: SampleHome, url: str) -> SampleHome:
    """The same home with its store on PostgreSQL, where nothing is but what is published."""
    shown = publications.current(home.store)
    assert shown is not None
    home.store.close()
    settings = home.settings.model_copy(update={"store": url})
    store = open_store(settings)
    publications.publish(store, snapshot_id=shown.snapshot_id, batch_seq=shown.batch_seq)
    return SampleHome(home.folder, settings, store)


def empty(folder: Path) -> SampleHome:
    """A home in which something was published, and that is all: links open, accounts do not."""
    settings = Settings(home=folder, company=COMPANY_ID)
    store = new_store(settings)
    publications.publish(store, snapshot_id=1, batch_seq=1)
    return SampleHome(folder, settings, store)


@contextmanager
def serving(app: str, home: SampleHome, **more: str) -> Iterator[str]:
    """`python -m streamlit_app.APP` over a home; its address."""
    with running(app, {**home.environment, **more}, home.folder) as (url, _process):
        yield url
