"""A page of the aging: rows of some clients, totals of all."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cartera.config import Settings
from cartera.store.db import open_store
from cartera.warehouse.reader import Reader
from tests.ledger.lakes import built
from tests.warehouse.small import fill, write_tables

AS_OF = date(2026, 11, 24)


@pytest.mark.full
def test_rows_are_the_largest_of_each_currency_and_totals_are_of_all(tmp_path: Path) -> None:
    folder = write_tables(
        tmp_path / "in",
        clients="""
            client_id, name
            a,         Abarrotes
            b,         Bodega
            c,         Camiones
        """,
        documents="""
            document_id, client_id, type,    number, issue_date, due_date,   total, currency
            1,           a,         invoice, F-1,    2026-10-01, 2026-10-31, 100,   COP
            2,           b,         invoice, F-2,    2026-10-01, 2026-10-31, 300,   COP
            3,           c,         invoice, F-3,    2026-10-01, 2026-10-31, 200,   COP
            4,           a,         invoice, F-4,    2026-10-01, 2026-12-31, 7,     USD
            5,           c,         invoice, F-5,    2026-10-01, 2026-12-31, 9,     USD
        """,
    )
    settings = Settings(home=built(tmp_path / "home"), threads=1)
    store = open_store(settings)
    fill(settings, store, folder)
    reader = Reader(settings, store)

    def rows(limit: int | None, offset: int = 0) -> list[tuple[str, str]]:
        found = reader.aging("main", as_of=AS_OF, limit=limit, offset=offset)
        assert [(t.currency, int(t.total), t.clients) for t in found.totals] == [
            ("COP", 600, 3),
            ("USD", 16, 2),
        ]
        return [(row.currency, row.client) for row in found.rows]

    everybody = rows(None)
    assert everybody == [
        ("COP", "Bodega"), ("COP", "Camiones"), ("COP", "Abarrotes"),
        ("USD", "Camiones"), ("USD", "Abarrotes"),
    ]  # fmt: skip
    assert rows(2) == [everybody[0], everybody[1], everybody[3], everybody[4]]
    assert rows(2, 2) == [everybody[2]]
    assert rows(0) == []
    assert reader.client_names("main", ["a", "c", "nobody"]) == {"a": "Abarrotes", "c": "Camiones"}
    assert reader.client_names("other", ["a"]) == {}
    store.close()
