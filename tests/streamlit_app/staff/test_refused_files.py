"""A file that could not be loaded stands on "Datos" with everything that is wrong with it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cartera import clock
from tests.sample_home import SampleHome
from tests.streamlit_app.staff.drawn import Pages

WHY = "documents_x.csv: falta la columna «client_id» (¿es «<b>cliente</b>»?)"
HEADING = "Archivos que no se pudieron cargar"


@pytest.fixture
def refused(ledger: SampleHome) -> Iterator[Path]:
    """The folder with one such file."""
    folder = ledger.settings.root / "refused"
    folder.mkdir()
    reason = folder / "documents_x.csv.reason.txt"
    reason.write_text(f"{WHY}\n", encoding="utf-8")
    os.utime(reason, (clock.now().timestamp(),) * 2)  # as the inbox does
    yield folder
    shutil.rmtree(folder)


def test_it_is_listed_until_one_of_its_name_is_loaded(pages: Pages, refused: Path) -> None:
    # It was received "to be loaded in a moment", and nothing was heard of it again.
    pages.enter()
    page = pages.html("/datos")
    assert HEADING in page
    assert "falta la columna «client_id» (¿es «&lt;b&gt;cliente&lt;/b&gt;»?)" in page
    assert HEADING not in pages.html("/datos?show=refused")
    # Of the sample's own name: loaded before it was refused; and then after.
    reason = (refused / "documents_x.csv.reason.txt").rename(refused / "documents.csv.reason.txt")
    assert HEADING in pages.html("/datos")
    loaded = clock.now() - timedelta(days=30)
    os.utime(reason, (loaded.timestamp(), loaded.timestamp()))
    assert HEADING not in pages.html("/datos")


def test_without_one_nothing_is_said(pages: Pages) -> None:
    pages.enter("reader")
    assert HEADING not in pages.html("/datos")
