"""Each kept home, opened once in a run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cartera.store.db import Store, open_store
from tests.bounds import EVERY_HOME
from tests.cli.conftest import Cartera
from tests.homes import packing
from tests.homes.books import COMPANIES
from tests.homes.opened import Home, on_that_day
from tests.shared import made_once

ARCHIVES = packing.kept()
ENDS = [ARCHIVES[0], ARCHIVES[-1]]
#: The oldest and the newest are opened in every run, one between them in the full tier, and all of
#: them by `make prove`: what breaks one between them alone is rare.
BETWEEN = ARCHIVES[1:-1]
OPENED = ARCHIVES if EVERY_HOME else [*ENDS, BETWEEN[len(BETWEEN) // 2]]
FIRST = ("aging", "--as-of", "2026-06-10", "--basis", "due_date", "--company", COMPANIES[0])


def name_of(archive: Path) -> str:
    """What the home is called in this folder: `06-f670847`."""
    return archive.name.removesuffix(packing.ENDING)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(path, marks=[pytest.mark.full] if path in BETWEEN else []) for path in OPENED
    ],
    ids=map(name_of, OPENED),
)
def old(request: pytest.FixtureRequest) -> Home:
    """A home, brought up to date as a person does it: by using it. Nobody changes it."""
    archive: Path = request.param
    said = packing.said(archive)

    def make(folder: Path) -> None:
        home = Home(packing.unpack(archive, folder), said, (1, ""))
        with pytest.MonkeyPatch.context() as patch:
            on_that_day(patch, home.now)
            first = Cartera(home.folder)(*FIRST, "--format", "json")
            assert home.command("refresh").code == 0
        (folder / "first.json").write_text(json.dumps([first.code, first.out]), encoding="utf-8")

    made = made_once(f"kept-{name_of(archive)}", make)
    code, out = json.loads((made / "first.json").read_text(encoding="utf-8"))
    return Home(made / "home", said, (code, out))


@pytest.fixture(autouse=True)
def _that_day(home: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "old" in request.fixturenames:
        on_that_day(monkeypatch, request.getfixturevalue("old").now)


@pytest.fixture
def copy(old: Home, tmp_path: Path) -> Home:
    """One to change."""
    mine = tmp_path / "copy"
    shutil.copytree(old.folder, mine, symlinks=True)
    return Home(mine, old.said, old.first)


@pytest.fixture
def store(old: Home) -> Iterator[Store]:
    opened = open_store(old.settings)
    yield opened
    opened.close()
