"""How far a job is: kept per company, and never going back."""

from __future__ import annotations

from datetime import UTC, datetime

from cartera.store import progress

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def test_a_job_starts_at_zero_and_never_goes_back(store):
    assert progress.position(store, "main", "invoices") == 0
    for to in (5, 3, 9):
        progress.advance(store, "main", "invoices", to, NOW)
    assert progress.position(store, "main", "invoices") == 9
    assert progress.position(store, "other", "invoices") == 0
    assert progress.position(store, "main", "reminders") == 0
