"""Rows of the store that name clients and documents follow them to the keys of today."""

from __future__ import annotations

import json
import runpy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from cartera import keys
from cartera.store.db import MIGRATIONS, Store
from cartera.store.notice_schema import Amount
from cartera.store.schema import Moment, metadata
from tests.sources.test_keys import SEEN
from tests.store.old_stores import example

pytestmark = pytest.mark.dialects

OLD, NEW = "PEN\u0303A\u200b", "PEÑA"
FE, FE_NOW = "FE\u20111", "FE-1"
START = datetime(2026, 11, 20, 12, tzinfo=UTC)


def _value(column: sa.Column[Any], number: int) -> Any:
    if isinstance(column.type, Moment):
        return START + timedelta(hours=number)
    return Decimal(number) if isinstance(column.type, Amount) else example(column, number)


def put(store: Store, table: str, number: int, **values: Any) -> None:
    columns = metadata.tables[table]
    row = {c.name: _value(c, number) for c in columns.c} | {"company_id": "main"} | values
    with store.write() as connection:
        connection.execute(
            sa.insert(columns).values({k: v for k, v in row.items() if k in columns.c})
        )


def found(store: Store, table: str, *names: str) -> list[tuple[Any, ...]]:
    columns = metadata.tables[table].c
    with store.read() as connection:
        query = sa.select(*(columns[name] for name in names))
        return sorted(map(tuple, connection.execute(query)), key=json.dumps)


def upgrade(store: Store) -> None:
    """The one migration, whatever its number, on the tables of today."""
    (path,) = (MIGRATIONS / "versions").glob("*_keys.py")
    module = runpy.run_path(str(path))
    with store.write() as connection, Operations.context(MigrationContext.configure(connection)):
        module["upgrade"]()


def test_links_pauses_notices_and_messages(store):
    put(store, "links", 1, client_id=OLD)
    put(store, "links", 2, client_id=NEW)
    put(store, "pauses", 1, client_id=OLD, document_id=FE)
    put(store, "notices", 1, client_id=OLD)
    put(store, "notice_documents", 1, notice_id=1, document_id=FE)
    put(store, "access_requests", 1, client_id=OLD)
    common = {"mailing_id": None, "reminder_id": None}
    put(store, "messages", 1, client_id=OLD, document_id=FE, key=f"invoice:{FE}:a@b.co", **common)
    put(store, "messages", 2, client_id=OLD, document_id=None, key=f"run:{OLD}:a@b.co", **common)
    # The same was queued under both keys: neither may be queued a third time.
    put(store, "messages", 3, client_id=NEW, document_id=None, key=f"run:{NEW}:a@b.co", **common)
    upgrade(store)
    assert found(store, "links", "client_id") == [(NEW,), (NEW,)]
    assert found(store, "pauses", "client_id", "document_id") == [(NEW, FE_NOW)]
    assert found(store, "notices", "client_id") == [(NEW,)]
    assert found(store, "notice_documents", "document_id") == [(FE_NOW,)]
    assert found(store, "access_requests", "client_id") == [(NEW,)]
    assert found(store, "messages", "id", "client_id", "document_id", "key") == [
        (1, NEW, FE_NOW, f"invoice:{FE_NOW}:a@b.co"),
        (2, NEW, None, f"run:{OLD}:a@b.co"),
        (3, NEW, None, f"run:{NEW}:a@b.co"),
    ]


@pytest.mark.parametrize(("older", "newer"), [(OLD, NEW), (NEW, OLD)])
def test_where_a_client_has_one_row_the_newer_holds(store, older, newer):
    later = START + timedelta(days=1)
    for number, client, at in ((1, older, START), (2, newer, later)):
        put(
            store,
            "contacts",
            number,
            client_id=client,
            address="a@b.co",
            name=str(number),
            changed_at=at,
        )
        put(store, "client_rights", number, client_id=client, rights=[number], changed_at=at)
    put(store, "contacts", 3, client_id=OLD, address="c@d.co", name="3")
    upgrade(store)
    assert found(store, "contacts", "client_id", "address", "name") == [
        (NEW, "a@b.co", "2"), (NEW, "c@d.co", "3"),
    ]  # fmt: skip
    assert found(store, "client_rights", "client_id", "rights") == [(NEW, [2])]


@pytest.mark.parametrize(("older", "newer"), [(OLD, NEW), (NEW, OLD)])
def test_edits_of_both_are_kept_and_of_a_field_the_later(store, older, newer):
    for number, client, fields in (
        (1, older, {"phone": "1", "notes": "uno"}), (2, newer, {"phone": "2", "name": "Dos"}),
    ):  # fmt: skip
        put(
            store, "client_edits", number, client_id=client, fields=fields, is_new=number == 1,
            revision=3, carried=3, changed_at=START + timedelta(days=number),
        )  # fmt: skip
    upgrade(store)
    names = ("client_id", "is_new", "revision", "carried", "fields")
    ((client, is_new, revision, carried, fields),) = found(store, "client_edits", *names)
    assert (client, is_new, revision, carried) == (NEW, True, 4, 3)  # so the lake hears of it
    assert fields == {"phone": "2", "notes": "uno", "name": "Dos"}


def test_two_reminders_of_one_day_become_one(store):
    day = date(2026, 11, 20)
    for number, client in ((1, OLD), (2, NEW)):
        put(store, "reminders", number, client_id=client, day=day)
    put(store, "reminders", 3, client_id=OLD, day=day + timedelta(days=1))
    for reminder, document in ((1, FE), (1, "FE-2"), (2, FE_NOW), (3, FE)):
        put(store, "reminder_items", 1, reminder_id=reminder, document_id=document, instalment=0)
    put(store, "messages", 1, client_id=OLD, reminder_id=1, mailing_id=None)
    upgrade(store)
    assert found(store, "reminders", "id", "client_id") == [(2, NEW), (3, NEW)]
    assert found(store, "reminder_items", "reminder_id", "document_id") == [
        (2, FE_NOW), (2, "FE-2"), (3, FE_NOW),
    ]  # fmt: skip
    assert found(store, "messages", "reminder_id") == [(2,)]


def test_payments_keep_what_they_paid(store):
    put(
        store, "own_payments", 1, client_id=OLD, matched_id="RC\u00a01", not_these=["RC\u00a02"],
        allocations=[
            {"document_id": FE, "amount": "10", "given": "12"},
            {"document_id": "FE-2", "amount": "5", "given": "5"},
            {"document_id": FE_NOW, "amount": "1.50", "given": "1.50"},
        ],
    )  # fmt: skip
    put(
        store, "online_payments", 1, client_id=OLD,
        lines=[
            {"document_id": FE, "number": "FE-1", "amount": "10"},
            {"document_id": FE_NOW, "number": "FE-1", "amount": "2"},
        ],
    )  # fmt: skip
    put(store, "online_claims", 1, client_id=OLD, document_id=FE, payment_id=1)
    put(store, "online_claims", 1, client_id=NEW, document_id=FE_NOW, payment_id=1)
    upgrade(store)
    names = ("client_id", "matched_id", "not_these", "allocations")
    ((client, matched, not_these, allocations),) = found(store, "own_payments", *names)
    assert (client, matched, not_these) == (NEW, "RC 1", ["RC 2"])
    assert allocations == [
        {"document_id": FE_NOW, "amount": "11.50", "given": "13.50"},
        {"document_id": "FE-2", "amount": "5", "given": "5"},
        # Not under a key that counts: its row in the ledger becomes void.
        {"document_id": FE, "amount": "0", "given": "1.50"},
    ]
    assert found(store, "online_payments", "client_id", "lines") == [
        (NEW, [{"document_id": FE_NOW, "number": "FE-1", "amount": "12"}])
    ]
    assert found(store, "online_claims", "client_id", "document_id") == [(NEW, FE_NOW)]


def test_a_store_of_usual_keys_stays_as_it_is(store):
    put(store, "links", 1, client_id="C1")
    put(store, "contacts", 1, client_id="Ñandú 1", address="a@b.co")
    before = found(store, "contacts", "client_id", "name", "address")
    upgrade(store)
    assert found(store, "contacts", "client_id", "name", "address") == before
    assert found(store, "links", "client_id") == [("C1",)]


def test_the_store_s_definition_is_that_of_the_files(store):
    for number, (written, _) in enumerate(SEEN, 1):
        put(store, "links", number, client_id=written)
    upgrade(store)
    expected = sorted((number, seen) for number, (_, seen) in enumerate(SEEN, 1))
    assert sorted(found(store, "links", "id", "client_id")) == expected
    assert {keys.normal(written) for written, _ in SEEN} == {seen for _, seen in expected}
