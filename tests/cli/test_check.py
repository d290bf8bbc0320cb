"""`cartera check` says where figures do not tie, once somebody broke them."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from cartera.config import Settings
from cartera.store.db import open_store
from cartera.store.locks import writer_lock
from cartera.store.publications import current, publish
from cartera.warehouse import lake
from tests.cli.conftest import TWO_COMPANIES, Cartera
from tests.ledger.lakes import built


@pytest.fixture(scope="module")
def tampered(tmp_path_factory: pytest.TempPathFactory) -> Cartera:
    """An installation of its own, where a movement of `main` was made a peso larger by hand."""
    folder = tmp_path_factory.mktemp("tampered")
    for name, text in TWO_COMPANIES.items():
        (folder / name).write_text(text, encoding="utf-8")
    command = Cartera(built(folder / "home"))
    assert command("load", folder).code == 0
    clean = command("check")
    assert (clean.code, clean.out) == (0, "main: every number ties.\n")
    spoil(command.home)
    return command


def spoil(home: Path) -> None:
    settings = Settings(home=home)
    store = open_store(settings)
    before = current(store)
    with writer_lock(settings, store, who="a vandal"):
        connection = lake.connect(settings)
        connection.execute(
            "UPDATE lake.ledger.movements SET amount = amount + 1 "
            "WHERE company_id = 'main' AND item_id = 'D2'"
        )
        snapshot = lake.last_snapshot(connection)
        connection.close()
        publish(
            store,
            snapshot_id=snapshot,
            batch_seq=before.batch_seq,
            definitions=before.definitions,
        )
    store.close()


def test_broken_figures_are_named_and_it_fails(tampered):
    done = tampered("check", "--format", "csv")
    assert done.code == 1
    assert done.err.startswith("cartera: ")
    assert done.err.endswith(" figures do not tie\n")
    assert done.err.count("\n") == 1
    head, *lines = done.out.splitlines()
    assert head == "rule,client_id,currency,item_id,as_of,expected,found"
    assert len(lines) == int(done.err.split()[1])
    assert all(",C2,COP," in line for line in lines)
    assert any(line.startswith("open item = sum of its movements,C2,COP,D2,") for line in lines)
    assert any("250.5000,251.5000" in line for line in lines)


def test_another_company_is_not_told(tampered):
    done = tampered("check", "--company", "other")
    assert (done.code, done.out, done.err) == (0, "other: every number ties.\n", "")


def test_a_rebuild_mends_it(tampered):
    done = tampered("refresh", "--full")
    assert done.code == 0, done.err
    assert tampered("check").code == 0


def test_a_store_that_is_not_as_declared_is_said(tampered):
    store = open_store(Settings(home=tampered.home))
    try:
        with store.write() as connection:
            connection.execute(sa.text("DROP INDEX ix_messages_link_id"))
        done = tampered("check", "--format", "csv")
        difference = (
            "store: ix_messages_link_id: declared an index of messages (link_id), found nothing"
        )
        assert done.code == 1
        assert done.err.startswith(f"cartera: not as declared: {difference} (")
        _head, line = done.out.splitlines()
        assert line == (
            "the store's tables are as declared,,,ix_messages_link_id,,"
            "an index of messages (link_id),nothing"
        )
        (shown,) = tampered.json("status")["schema_differences"]
        assert (shown["where"], shown["what"]) == ("store", "ix_messages_link_id")
        assert f"declares it: {difference}\n" in tampered("status").out
    finally:
        with store.write() as connection:
            connection.execute(sa.text("CREATE INDEX ix_messages_link_id ON messages (link_id)"))
        store.close()
    assert tampered("check").code == 0
    assert tampered.json("status")["schema_differences"] == []
