"""A row that is there afterwards, whether it was there before or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection


def upsert(
    connection: Connection, table: sa.Table, key: Mapping[str, Any], values: Mapping[str, Any]
) -> None:
    """Insert the row, or give the one of that key these values; safe between processes.

    `key` are the columns of a primary key or unique constraint.
    """
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = dialect.insert(table).values({**key, **values})
    connection.execute(row.on_conflict_do_update(index_elements=list(key), set_=dict(values)))
