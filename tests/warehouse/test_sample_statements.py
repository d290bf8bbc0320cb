"""The sample company: open items, activity and aging of every client agree to the cent."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from cartera.aging import AgingRow
from cartera.config import Settings
from cartera.sample import COMPANY_ID, PROFILE, write_sample
from cartera.store.db import open_store
from cartera.warehouse.reader import Reader
from tests.bounds import EVERY_CLIENT
from tests.warehouse.small import assert_ties, fill

pytestmark = pytest.mark.full


def test_every_client_of_the_sample_agrees_to_the_cent(tmp_path: Path):
    today = date(2026, 11, 24)
    write_sample(tmp_path / "in", today)
    (tmp_path / "home").mkdir()
    shutil.copyfile(PROFILE, tmp_path / "home" / "cartera.toml")
    settings = Settings(home=tmp_path / "home", threads=1)
    store = open_store(settings)
    fill(settings, store, tmp_path / "in")
    reader = Reader(settings, store)
    everybody = [c.client_id for c in reader.find_clients(COMPANY_ID, limit=1000)]
    apart = 1 if EVERY_CLIENT else 4
    aged = assert_agreement(reader, everybody[::apart], today)
    assert {key for key, _ in aged} <= set(everybody)
    assert len(aged) > 20
    # each of the past days for a fifth of them: a statement of all would take a minute
    assert_agreement(reader, everybody[:: 5 * apart], today - timedelta(days=100))
    assert_agreement(reader, everybody[1 :: 5 * apart], today - timedelta(days=400))
    store.close()


def assert_agreement(
    reader: Reader, clients: list[str], as_of: date
) -> dict[tuple[str, str], AgingRow]:
    """Open items, activity and aging of each client have the same figures; returns the aging."""
    aged = {(r.client_id, r.currency): r for r in reader.aging(COMPANY_ID, as_of=as_of).rows}
    for client_id in clients:
        opened, moved = (
            {
                s.currency: s
                for s in reader.statement(COMPANY_ID, client_id, as_of=as_of, kind=kind).sections
            }
            for kind in ("open", "activity")
        )
        assert set(opened) == set(moved) >= {c for key, c in aged if key == client_id}
        for currency, section in opened.items():
            assert_ties(section)
            assert_ties(moved[currency])
            assert section.total == moved[currency].closing
            row = aged.get((client_id, currency))
            assert section.aging == (row.buckets if row else dict.fromkeys(section.aging, 0))
            assert section.unapplied == (row.unapplied if row else 0)
            assert section.overdue == (row.overdue if row else 0)
            assert section.total == (row.total if row else 0)
    return aged
