"""Which version of a row counts: `updated_at`, else the order in which it came."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartera.config import Settings
from cartera.warehouse import lake
from cartera.warehouse.ingest import load_files
from tests.warehouse.small import write_tables


@pytest.fixture
def settings(home: Path) -> Settings:
    settings = Settings(home=home)
    lake.initialise(settings)
    return settings


def load(settings: Settings, folder: Path, rows: str) -> tuple[int, int]:
    """Load one file of clients: rows that were new, rows that were known."""
    write_tables(folder, clients="client_id, name, updated_at\n" + rows)
    (result,) = load_files(settings, [folder], company=settings.company_profile())
    assert result.error is None and not result.rejects
    return result.loaded, result.unchanged


def newest(settings: Settings, client: str) -> str:
    connection = lake.connect(settings, read_only=True)
    row = connection.execute(
        "SELECT name FROM lake.raw.clients WHERE client_id = ? "
        "ORDER BY version_at DESC, batch_id DESC LIMIT 1",
        [client],
    ).fetchone()
    connection.close()
    assert row is not None
    return row[0]


def test_a_row_without_a_time_is_newer_than_its_key_with_one_in_the_same_file(settings, tmp_path):
    """Also than one in the future; otherwise the same file twice would change the ledger."""
    rows = "C1, Ana, 2099-01-01T00:00:00\nC1, Berta,\nC2, Carla, 2026-01-01T00:00:00\n"
    assert load(settings, tmp_path, rows) == (3, 0)
    assert newest(settings, "C1") == "Berta"
    assert load(settings, tmp_path, rows) == (0, 3)
    assert load(settings, tmp_path, "C1, Diana,\n") == (1, 0)
    assert newest(settings, "C1") == "Diana"


def test_an_older_version_that_comes_late_changes_nothing(settings, tmp_path):
    assert load(settings, tmp_path, "C1, Ana, 2026-05-01T00:00:00\n") == (1, 0)
    assert load(settings, tmp_path, "C1, Antes, 2026-04-01T00:00:00\n") == (1, 0)
    assert newest(settings, "C1") == "Ana"


def test_the_later_row_counts_where_a_file_has_the_same_key_and_time_twice(settings, tmp_path):
    rows = "C1, Ana, 2026-05-01T00:00:00\nC1, Berta, 2026-05-01T00:00:00\n"
    assert load(settings, tmp_path, rows) == (1, 1)
    assert newest(settings, "C1") == "Berta"
    assert load(settings, tmp_path, rows) == (0, 2)
