"""A store's schema as the database itself tells it, for comparison with another's."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from cartera.store.db import Store


def schema(store: Store) -> dict[str, dict[str, Any]]:
    """By table: columns with types and defaults, keys, indexes. The order of columns is left out:
    a column that was added later stands last.
    """
    with store.read() as connection:
        inspector = sa.inspect(connection)
        return {name: _table(inspector, name) for name in inspector.get_table_names()}


def _table(inspector: sa.Inspector, name: str) -> dict[str, Any]:
    return {
        "columns": {
            column["name"]: {
                **{key: value for key, value in column.items() if key != "type"},
                "type": column["type"].compile(inspector.dialect),
            }
            for column in inspector.get_columns(name)
        },
        "primary key": inspector.get_pk_constraint(name),
        "unique": _by_name(inspector.get_unique_constraints(name)),
        "indexes": _by_name(inspector.get_indexes(name)),
        "foreign keys": _by_name(inspector.get_foreign_keys(name)),
        "checks": _by_name(inspector.get_check_constraints(name)),
        "options": inspector.get_table_options(name),
    }


def _by_name(things: Any) -> list[dict[str, Any]]:
    return sorted((dict(thing) for thing in things), key=repr)
