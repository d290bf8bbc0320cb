"""A store that a newer Cartera made is refused in words by whoever opens it; nothing is written."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from cartera.config import Settings
from cartera.errors import StoreNewerThanProgram
from cartera.store.db import Store, newest_version, open_store
from pipelines import __main__ as pipeline
from streamlit_app.client import __main__ as client
from streamlit_app.shared.services import services
from streamlit_app.staff import __main__ as staff
from tests.cli.conftest import Cartera
from tests.stores import newer

WORDS = (
    "the store was made by a newer Cartera: it has version 9999, this program knows "
    f"{newest_version()}; upgrade Cartera (nothing was changed)"
)


def test_a_newer_store_is_refused(settings: Settings) -> None:
    newer(settings)
    with pytest.raises(StoreNewerThanProgram) as refused:
        open_store(settings)
    assert str(refused.value) == WORDS
    assert (refused.value.found, refused.value.newest) == ("version 9999", newest_version())
    store = Store(settings.store_url)
    with store.read() as connection:
        assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == "9999"
    store.close()


def test_a_store_that_became_newer_while_another_migrated_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer(settings)
    monkeypatch.setattr(Store, "_versions", lambda _: ["0006"])  # what was found before the wait
    with pytest.raises(StoreNewerThanProgram):
        open_store(settings)


def test_nothing_is_written(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    newer(settings)
    before = _files(tmp_path)
    with pytest.raises(StoreNewerThanProgram):
        open_store(settings)
    assert _files(tmp_path) == before


def _files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize(
    "command",
    ["status", "check", "load .", "link list", "mail list", "user list", "demo --once"],
)
def test_commands_say_so_in_one_line(command: str, home: Path) -> None:
    newer(Settings(home=home))
    done = Cartera(home)(*command.split())
    assert (done.code, done.err) == (1, f"cartera: {WORDS}\n")


@pytest.mark.parametrize("main", [staff.main, client.main, pipeline.main])
def test_apps_and_the_pipeline_do_not_start(
    main: Callable[[], None], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer(Settings(home=home))
    monkeypatch.setattr(sys, "argv", ["program"])
    services.cache_clear()
    with pytest.raises(SystemExit) as refused:
        main()
    assert refused.value.code == f"error: {WORDS}"
    assert services.cache_info().currsize == 0
