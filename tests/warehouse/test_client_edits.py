"""What people write of clients reaches the marts, wins over every file, and survives anything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random

import pytest

from cartera.errors import NotFound
from cartera.store import client_edits
from cartera.store.publications import current
from cartera.warehouse import client_edits as carrying
from cartera.warehouse import health
from cartera.warehouse.lake import connect
from cartera.warehouse.reader import Reader
from tests.bounds import rounds
from tests.ledger.lakes import Lake, dump
from tests.people import ANA

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = date(2026, 11, 25)


def client(client_id, **values):
    row = {"name": f"Cliente {client_id}", "tax_id": "", "phone": "1", "group": "", **values}
    return "clients", {"client_id": client_id, **row}


def invoice(number, client_id):
    return "documents", {
        "document_id": number, "client_id": client_id, "type": "invoice", "number": number,
        "issue_date": "2026-11-01", "due_date": "2026-11-30", "currency": "COP", "total": "100",
    }  # fmt: skip


def edit(lake, client_id, **fields):
    shown = dict.fromkeys(fields, "of the file")
    client_edits.save(lake.store, "main", client_id, fields, shown=shown, by=ANA, now=NOW)


def create(lake, client_id, **fields):
    fields = {"name": f"A mano {client_id}"} | fields
    client_edits.create(lake.store, "main", client_id, fields, known=(), by=ANA, now=NOW)


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path / "lake")


def record(lake, client_id="C1"):
    return Reader(lake.settings, lake.store).client("main", client_id)


@pytest.mark.full
def test_an_edit_wins_over_every_file_until_it_is_undone(lake):
    lake.load([client("C1", phone="1"), client("C2")])
    lake.refresh()
    assert record(lake).edited_fields == frozenset()
    edit(lake, "C1", phone="2", group="", credit_limit="1500")
    lake.refresh()
    assert not current(lake.store).full
    found = record(lake)
    assert (found.phone, found.credit_limit, found.name) == ("2", Decimal(1500), "Cliente C1")
    assert found.edited_fields == {"phone", "group", "credit_limit"}
    assert not found.is_by_hand
    # A later load: the other fields are the file's, these stay.
    lake.load([client("C1", name="Otra SAS", phone="3", group="Mayoristas")])
    lake.refresh()
    found = record(lake)
    assert (found.name, found.phone, found.group) == ("Otra SAS", "2", "")
    client_edits.undo(lake.store, "main", "C1", ["phone", "group"], by=ANA, now=NOW)
    lake.refresh()
    found = record(lake)
    assert (found.phone, found.group, found.edited_fields) == ("3", "Mayoristas", {"credit_limit"})
    assert record(lake, "C2").edited_fields == frozenset()


@pytest.mark.full
def test_a_client_by_hand_exists_without_a_file_and_becomes_the_files(lake):
    create(lake, "N1", phone="5")
    lake.refresh()
    found = record(lake, "N1")
    assert (found.name, found.is_by_hand) == ("A mano N1", True)
    lake.load([client("N1", name="Del archivo", phone="9", tax_id="900")])
    lake.refresh()
    found = record(lake, "N1")
    assert (found.name, found.phone, found.tax_id) == ("A mano N1", "5", "900")
    assert (found.is_by_hand, found.edited_fields) == (False, {"name", "phone"})


@pytest.mark.full
def test_documents_that_waited_for_a_client_count_once_it_is_made_by_hand(lake):
    lake.load([invoice("F1", "N1")])
    lake.refresh()
    with pytest.raises(NotFound):
        record(lake, "N1")
    create(lake, "N1")
    lake.refresh()
    assert not current(lake.store).full
    reader = Reader(lake.settings, lake.store)
    statement = reader.statement("main", "N1", as_of=DAY)
    assert statement.client.name == "A mano N1"
    assert [section.total for section in statement.sections] == [Decimal(100)]


@pytest.mark.full
def test_an_edit_of_a_client_that_is_not_here_waits_for_it(lake):
    lake.load([client("C2")])
    edit(lake, "C1", phone="2")
    lake.refresh()
    with pytest.raises(NotFound):
        record(lake)
    lake.load([client("C1", phone="1")])
    lake.refresh()
    assert record(lake).phone == "2"


@pytest.mark.full
def test_edits_are_no_load_of_a_file(lake):
    lake.load([client("C1")])
    edit(lake, "C1", phone="2")
    lake.refresh()
    with Reader(lake.settings, lake.store).cursor() as cursor:
        assert [load["file"] for load in health.last_loads(cursor, "main")] == ["clients.csv"]


def test_what_the_lake_has_is_not_added_again(lake):
    edit(lake, "C1", phone="2")
    assert carrying.carry(lake.settings, lake.store) == 1
    assert not client_edits.are_waiting(lake.store)
    assert carrying.carry(lake.settings, lake.store) == 0
    edit(lake, "C1", phone="3")
    edit(lake, "C2", phone="4")
    assert carrying.carry(lake.settings, lake.store) == 2
    with connect(lake.settings, read_only=True) as connection:
        rows = connection.execute(
            "SELECT client_id, phone, batch_id FROM lake.raw.client_edits ORDER BY ALL"
        ).fetchall()
    assert rows == [("C1", "2", 1), ("C1", "3", 2), ("C2", "4", 2)]


@pytest.mark.full
def test_incremental_equals_rebuild_whatever_comes_in_which_order(lake):
    """Random files, edits, undone edits and new clients between refreshes."""
    random = Random(20261125)
    ids = [f"C{n}" for n in range(12)]
    made = 0
    for _ in range(rounds(2)):
        rows = []
        for client_id in random.sample(ids, 8):
            old = client_edits.get(lake.store, "main", client_id)
            act = random.choice(("file", "file", "edit", "undo", "create", "invoice"))
            if act == "file":
                rows.append(client(client_id, phone=str(random.random()), group="G"))
            elif act == "invoice":
                rows.append(invoice(f"F{random.randrange(30)}", client_id))
            elif act == "edit":
                edit(lake, client_id, phone=random.choice(("", "77", "78")), group="H")
            elif act == "create" and old is None:
                create(lake, client_id, notes="nuevo")
                made += 1
            elif old is not None and "phone" in old.fields:
                client_edits.undo(lake.store, "main", client_id, ["phone"], by=ANA, now=NOW)
        lake.load(rows)
        lake.refresh()
    assert made
    connection = lake.open()
    incremental = dump(connection)
    edited = "SELECT count(*) FROM lake.marts.clients WHERE len(edited_fields) > 0"
    assert connection.execute(edited).fetchone()[0] > 1
    assert connection.execute("FROM lake.marts.integrity").fetchall() == []
    connection.close()
    lake.refresh(full=True)
    connection = lake.open()
    assert dump(connection) == incremental
    connection.close()


KILLED = """
import os, signal, sys
from cartera.config import settings
from cartera.store import client_edits
from cartera.store.db import open_store
from cartera.warehouse import client_edits as carrying
real = client_edits.mark_carried
def die(*given):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] == "before":
    carrying._write = die
else:
    client_edits.mark_carried = die
here = settings()
carrying.carry(here, open_store(here))
"""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.full
def test_a_kill_loses_nothing_and_doubles_nothing(lake, moment):
    lake.load([client("C1")])
    edit(lake, "C1", phone="2")
    environment = {**os.environ, "CARTERA_HOME": str(lake.settings.root)}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, moment], env=environment, check=False, timeout=120
    )
    assert killed.returncode == -signal.SIGKILL
    assert client_edits.are_waiting(lake.store)
    lake.refresh()
    assert record(lake).phone == "2"
    assert not client_edits.are_waiting(lake.store)
    with connect(lake.settings, read_only=True) as connection:
        count = connection.execute("SELECT count(*) FROM lake.raw.client_edits").fetchone()
    assert count == (1,)


@pytest.mark.full
def test_a_lake_from_before_gets_the_table(lake):
    from cartera.warehouse import lake as lakes

    with connect(lake.settings) as connection:
        connection.execute("DROP TABLE lake.raw.schema_changes")
        connection.execute("DROP TABLE lake.raw.client_edits")
        before = connection.execute("SELECT count(*) FROM lake.raw.currencies").fetchone()
    lakes._complete.clear()
    lakes.initialise(lake.settings)
    edit(lake, "C1", phone="2")
    lake.load([client("C1")])
    lake.refresh()
    assert record(lake).phone == "2"
    with connect(lake.settings, read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM lake.raw.currencies").fetchone() == before
