"""What `python -m pipelines` looks at before it starts anything."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from cartera.config import Settings
from pipelines import __main__ as entry
from tests.ports import free_port
from tests.stores import new_store


@pytest.fixture
def supervised(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """Settings that something was started with; nothing is."""
    started: list[Settings] = []
    monkeypatch.setattr(entry, "supervise", lambda settings, **_: started.append(settings))
    monkeypatch.setattr(sys, "argv", ["pipelines"])
    return started


def test_a_schema_that_is_not_as_declared_is_said(
    home: Path, supervised: list[Settings], caplog: pytest.LogCaptureFixture
) -> None:
    store = new_store(Settings(home=home))
    with store.write() as connection:
        connection.execute(sa.text("DROP INDEX ix_messages_link_id"))
    store.close()
    entry.main()
    assert len(supervised) == 1
    assert ["ix_messages_link_id" in line for line in caplog.messages] == [True]
    assert caplog.records[0].levelno == logging.WARNING


def test_a_database_that_is_down_is_waited_for(
    home: Path, supervised: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARTERA_STORE", f"postgresql://nobody@127.0.0.1:{free_port()}/none")
    entry.main()
    assert len(supervised) == 1
