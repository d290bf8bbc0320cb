"""dbt is told its lake without the environment, which other threads read meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cartera.config import Settings
from cartera.warehouse import dbt_settings
from tests.ledger.lakes import Lake


def test_a_refresh_writes_no_variable_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path / "elsewhere")  # not where CARTERA_HOME points
    lake.load([("clients", {"client_id": "C1", "name": "Uno"})])
    written: list[bytes] = []
    putenv = os.putenv

    def write(name: bytes, value: bytes) -> None:
        written.append(name)
        putenv(name, value)

    monkeypatch.setattr(os, "putenv", write)
    lake.refresh()
    assert [name for name in written if name.startswith((b"CARTERA_", b"DBT_"))] == []
    with lake.open() as connection:
        assert connection.execute("SELECT name FROM lake.marts.clients").fetchall() == [("Uno",)]


def test_what_is_given_holds_until_its_end(tmp_path: Path, home: Path) -> None:
    with dbt_settings.given(Settings(home=tmp_path / "given")):
        assert dbt_settings.current().home == tmp_path / "given"
    assert dbt_settings.current().home == home
