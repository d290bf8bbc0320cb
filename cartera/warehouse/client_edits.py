"""Carries what people wrote of clients from the store into the lake (`raw.client_edits`).

A version is added for each client whose edits are not the ones that the lake has, all in one
DuckLake transaction with its line in `raw.batches`. Cut off anywhere, it is simply run again: what
is there already is not added twice.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import UTC
from typing import TYPE_CHECKING, Any

from cartera import clock
from cartera.config import Settings
from cartera.store import client_edits
from cartera.store.client_edits import FIELDS, ClientEdit
from cartera.store.db import Store
from cartera.warehouse.batches import next_batch, record_acts
from cartera.warehouse.lake import ALIAS, connect

if TYPE_CHECKING:
    import duckdb

_COLUMNS = ("is_new", "edited_fields", *FIELDS, "changed_by", "changed_at")


def carry(settings: Settings, store: Store) -> int:
    """Bring the lake's edits up to date; how many clients changed.

    The caller holds the writer's lock and has initialised the lake.
    """
    edits = client_edits.every(store)
    if not edits:
        return 0
    with closing(connect(settings)) as connection:
        known = _known(connection)
        fresh = [e for e in edits if known.get((e.company_id, e.client_id)) != _values(e)]
        if fresh:
            _write(connection, fresh)
    # After the lake has them: cut off in between, they are found there the next time.
    client_edits.mark_carried(store, [e for e in edits if not e.is_carried])
    return len(fresh)


def _known(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], tuple[Any, ...]]:
    columns = ", ".join(f'"{name}"' for name in _COLUMNS)
    rows = connection.execute(
        f"SELECT company_id, client_id, {columns} FROM {ALIAS}.raw.client_edits "
        "QUALIFY row_number() OVER (PARTITION BY company_id, client_id ORDER BY batch_id DESC) = 1"
    ).fetchall()
    return {(row[0], row[1]): tuple(row[2:]) for row in rows}


def _values(edit: ClientEdit) -> tuple[Any, ...]:
    """The edit as a row of the lake has it, without its key and batch."""
    texts = {name: edit.fields.get(name) or None for name in FIELDS}
    limit = texts.pop("credit_limit")
    return (
        edit.is_new,
        ";".join(name for name in FIELDS if name in edit.fields),
        *(client_edits.amount(limit) if n == "credit_limit" and limit else texts.get(n)
          for n in FIELDS),
        edit.changed_by,
        edit.changed_at.astimezone(UTC).replace(tzinfo=None),
    )  # fmt: skip


def _write(connection: duckdb.DuckDBPyConnection, edits: list[ClientEdit]) -> None:
    connection.execute("BEGIN")
    batch_id = next_batch(connection)
    columns = ", ".join(f'"{name}"' for name in ("company_id", "client_id", *_COLUMNS, "batch_id"))
    places = ", ".join("?" for _ in range(len(_COLUMNS) + 3))
    connection.executemany(
        f"INSERT INTO {ALIAS}.raw.client_edits ({columns}) VALUES ({places})",
        [[e.company_id, e.client_id, *_values(e), batch_id] for e in edits],
    )
    counts = Counter(e.company_id for e in edits)
    record_acts(connection, counts, batch_id=batch_id, now=clock.now().replace(tzinfo=None))
    connection.execute(f"CALL {ALIAS}.set_commit_message('client edits', ?)", [f"batch {batch_id}"])
    connection.execute("COMMIT")
