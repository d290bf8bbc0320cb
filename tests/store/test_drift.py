"""What a store has otherwise than the code declares is found and said."""

from __future__ import annotations

import logging

import pytest

from cartera.store.db import Store
from cartera.store.drift import differences, log_differences


def spoil(store: Store, *statements: str) -> None:
    with store.write() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_a_new_store_is_as_declared(store: Store) -> None:
    assert differences(store) == []


def test_what_others_keep_in_the_same_database_does_not_count(store: Store) -> None:
    spoil(
        store,
        "CREATE TABLE ducklake_snapshot (snapshot_id BIGINT)",
        "CREATE INDEX operators_own ON links (contact)",
    )
    assert differences(store) == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "ALTER TABLE messages DROP COLUMN transport",
            "messages.transport: declared VARCHAR(16) NOT NULL, found nothing",
        ),
        ("DROP TABLE progress", "progress: declared a table, found nothing"),
        (
            "ALTER TABLE links ADD COLUMN colour INTEGER",
            "links.colour: declared nothing, found INTEGER",
        ),
        (
            "DROP INDEX ix_messages_link_id",
            "ix_messages_link_id: declared an index of messages (link_id), found nothing",
        ),
        (
            "CREATE UNIQUE INDEX one_each ON links (contact)",
            "one_each: declared nothing, found a unique index of links (contact)",
        ),
    ],
)
def test_what_differs_is_said(store: Store, statement: str, said: str) -> None:
    spoil(store, statement)
    assert [str(each) for each in differences(store)] == [said]


def test_what_differs_is_logged(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    log_differences(store)
    assert caplog.records == []
    spoil(store, "DROP TABLE progress")
    log_differences(store)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == (
        "the store is not as this program declares it: progress: declared a table, found nothing"
    )


#: Tables of migrations that came after 0007, which brings early databases right.
MADE_SINCE = (
    "changed_accounts", "figure_changes", "held_decisions", "lake_files", "loaded_files",
)  # fmt: skip


def test_what_a_migration_does_not_bring_right_is_logged(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    spoil(
        store,
        "UPDATE alembic_version SET version_num = '0006'",
        "DROP INDEX ix_links_company_id_client_id",
        *(f"DROP TABLE {name}" for name in MADE_SINCE),
    )
    store.migrate()
    assert ["ix_links_company_id_client_id" in line for line in caplog.messages] == [True]


def moment(store: Store) -> str:
    return "DATETIME" if store.is_sqlite else "TIMESTAMP WITH TIME ZONE"


def test_a_column_that_was_made_otherwise_is_said(store: Store) -> None:
    """Another default, length and type, and NULL where none may be."""
    spoil(
        store,
        "DROP TABLE progress",
        "CREATE TABLE progress (company_id TEXT DEFAULT 'main' NOT NULL, "
        "name VARCHAR(32) NOT NULL, position INTEGER, "
        f"changed_at {moment(store)} NOT NULL, PRIMARY KEY (company_id, name))",
    )
    found = {(each.what, each.declared) for each in differences(store)}
    assert found == {
        ("progress.company_id", "no default"),
        ("progress.name", "VARCHAR(64)"),
        ("progress.position", "BIGINT"),
        ("progress.position", "NOT NULL"),
    }


def test_a_reference_that_is_gone_is_said(store: Store) -> None:
    number = "INTEGER" if store.is_sqlite else "BIGINT"
    spoil(
        store,
        "DROP TABLE schedule_holds",
        f"CREATE TABLE schedule_holds (schedule_id {number} NOT NULL, client_id TEXT NOT NULL, "
        f"planned VARCHAR(10) NOT NULL, created_at {moment(store)} NOT NULL, "
        "created_by TEXT NOT NULL, PRIMARY KEY (schedule_id, client_id, planned))",
    )
    (difference,) = differences(store)
    assert str(difference) == (
        "fk_schedule_holds_schedule_id: declared a foreign key from schedule_holds (schedule_id) "
        "to schedules, found nothing"
    )
