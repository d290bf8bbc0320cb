"""Rows that wait, for tests: loading text, what waits, deciding, what stands in the books."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

from cartera.contract import TABLES
from cartera.store import held_decisions
from cartera.store.held_decisions import Choice
from cartera.warehouse import held_rows
from cartera.warehouse.held_rows import Held, State
from cartera.warehouse.ingest import FileResult, load_files
from tests.ledger.lakes import Lake
from tests.people import ANA

#: After whatever a test loads.
LATER = datetime.now(UTC) + timedelta(days=1)


def load(lake: Lake, name: str, text: str, **options: Any) -> FileResult:
    """Load one file of that name; spaces around commas only line the columns up."""
    lake.batches += 1
    folder = lake.settings.root / "given" / str(lake.batches)
    folder.mkdir(parents=True)
    lines = [",".join(c.strip() for c in line.split(",")) for line in dedent(text).splitlines()]
    (folder / name).write_text("\n".join(filter(None, lines)) + "\n", encoding="utf-8")
    (result,) = load_files(
        lake.settings, [Path(folder / name)], company=lake.settings.company_profile(), **options
    )
    assert result.error is None
    return result


def waiting(lake: Lake, *states: State) -> list[Held]:
    """What waits (or stands in these states), by key."""
    with closing(lake.open()) as connection:
        found = held_rows.listed(connection, lake.store, "main", states=states or ("held",))
    return sorted(found, key=lambda one: (one.table, one.key))


def decide(lake: Lake, choice: Choice, *rows: Held, now: datetime = LATER) -> int:
    """Ana decides about these rows."""
    return held_decisions.decide(lake.store, "main", rows, choice, by=ANA, now=now)


def books(lake: Lake, table: str = "documents") -> dict[str, tuple[Any, ...]]:
    """Client and amount of each document or payment as it stands in the books."""
    key = TABLES[table].key[0]
    amount = "total" if table == "documents" else "amount"
    with closing(lake.open()) as connection:
        rows = connection.execute(
            f"SELECT {key}, client_id, CAST({amount} AS INTEGER) FROM lake.raw.{table} QUALIFY "
            f"row_number() OVER (PARTITION BY company_id, {key} "
            'ORDER BY version_at DESC, batch_id DESC, "row" DESC) = 1'
        ).fetchall()
    return {row[0]: row[1:] for row in rows}
