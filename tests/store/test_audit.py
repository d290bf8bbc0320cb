from __future__ import annotations

from datetime import UTC, datetime

from cartera.store import audit
from cartera.store.db import Store

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_newest_first_and_each_company_apart(store: Store) -> None:
    audit.record(store, "main", "ana", "statement.seen", "C1", {"kind": "open"}, NOW)
    audit.record(store, "main", "ana", "statement.sent", "C1", {}, NOW)
    audit.record(store, "other", "eve", "statement.seen", "C1", {}, NOW)
    trail = audit.entries(store, "main")
    assert [entry.action for entry in trail] == ["statement.sent", "statement.seen"]
    assert trail[1].details == {"kind": "open"}
    assert trail[1].at == NOW
    assert len(audit.entries(store, "main", limit=1)) == 1
    assert audit.entries(store, "main", subject="C2") == []
